"""Real programs are killed at a limit, the remedy is applied, and it holds, or it was called a lower bound.

What is not installed is skipped, as is a machine without a memory controller of its own.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from live_cgroup import _JOIN, KernelLog, MemoryCgroup, NotHere, memory_cgroup

import oomscope
from oomscope.units import parse_quantity

MIB = 1 << 20
MOST = 256 * MIB
SECONDS = 60.0


class Trial(NamedTuple):
    """How a run in a cgroup ended."""

    kills: int  # of the kernel, in that cgroup
    log: bytes


Run = Callable[[Sequence[str], int], Trial]


def set_limit(cgroup: MemoryCgroup, limit: int) -> None:
    if cgroup.version == 2:
        (cgroup.folder / "memory.max").write_text(str(limit))
        return
    both = cgroup.folder / "memory.memsw.limit_in_bytes"
    if both.exists():
        both.write_text("-1")
    (cgroup.folder / "memory.limit_in_bytes").write_text(str(limit))
    if both.exists():
        both.write_text(str(limit))


def kills_in(cgroup: MemoryCgroup) -> int:
    text = (cgroup.folder / ("memory.oom_control" if cgroup.version == 1 else "memory.events")).read_text()
    counted = dict(line.split() for line in text.splitlines())
    if "oom_kill" not in counted:
        pytest.skip("this kernel does not count the kills of a cgroup (4.13 and newer do)")
    return int(counted["oom_kill"])


def end(process: subprocess.Popen[bytes], cgroup: MemoryCgroup, before: int) -> None:
    """Wait until the program has ended, or for a moment after a kill: a pool may go on."""
    deadline = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if kills_in(cgroup) > before:
            time.sleep(1.0)
            break
        time.sleep(0.05)
    for pid in map(int, (cgroup.folder / "cgroup.procs").read_text().split()):
        if pid:
            os.kill(pid, signal.SIGKILL)
    process.kill()
    process.wait()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    try:
        log = KernelLog()
    except NotHere as reason:
        pytest.skip(str(reason))

    def run_one(command: Sequence[str], limit: int) -> Trial:
        try:
            with memory_cgroup("remedy") as cgroup:
                set_limit(cgroup, limit)
                since, before = log.mark(), kills_in(cgroup)
                join = ["/bin/sh", "-c", _JOIN, "sh", str(cgroup.folder / "cgroup.procs"), *command]
                quiet = subprocess.DEVNULL
                process = subprocess.Popen(join, cwd=tmp_path, stdout=quiet, stderr=quiet, start_new_session=True)
                end(process, cgroup, before)
                time.sleep(0.2)
                return Trial(kills_in(cgroup) - before, b"".join(log._records[since:]))
        except (NotHere, OSError) as reason:
            pytest.skip(str(reason))

    yield run_one
    log.close()


def needs(*programs: str) -> None:
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


def killed(run: Run, tmp_path: Path, command: Sequence[str], limit: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run a program to a kill; return the facts and the verdict."""
    assert limit <= MOST
    trial = run(command, limit)
    if not trial.kills:  # on a busy machine it may still have been filling when its time was up
        trial = run(command, limit)
    assert trial.kills, f"{command[0]} was to be killed at {limit >> 20} MiB"
    path = tmp_path / "kmsg"
    path.write_bytes(trial.log)
    analysis = oomscope.analyze([str(path)])
    ours = [
        one
        for one in analysis.incidents
        if one.event.summary and f"oomscope-remedy-{os.getpid()}-" in (one.event.summary.oom_memcg or "")
    ]
    if not ours:
        pytest.skip("the kernel rate-limits its reports, and left out this one")
    facts = dict(analysis.facts_of(ours[0]).values)
    (entry,) = [one for one in analysis.document()["incidents"] if one["id"] == ours[0].id]
    return facts, entry["verdict"]


def remedies(verdict: dict[str, Any]) -> str:
    return "\n".join(f"{one['action']}\n{one['detail']}" for one in (*verdict["remedies"], *verdict["remedies_if"]))


def holds_or_is_a_lower_bound(run: Run, command: Sequence[str], facts: dict[str, Any], verdict: dict[str, Any]) -> None:
    """The suggested limit is tried; where it does not hold, the remedy must have said that it is a lower bound."""
    limit = parse_quantity(facts["suggested_limit"])
    assert limit is not None
    if run(command, limit).kills:
        assert re.search(r"lower bound", facts["suggested_why"]), facts["suggested_why"]
    if "Raise the memory limit" in remedies(verdict):
        assert "to at least" in remedies(verdict)


def test_sort_with_a_bounded_buffer(run: Run, tmp_path: Path) -> None:
    needs("sort")
    data = tmp_path / "data"
    data.write_text("".join(f"{n * 2654435761 % 1000003:08d} {'x' * 60}\n" for n in range(900_000)))
    facts, verdict = killed(run, tmp_path, ["sort", "-S", "400M", "--parallel=1", "-T", "/var/tmp", "data"], 48 * MIB)
    assert facts["program"] == "a sort"
    assert "-S below the limit" in remedies(verdict)
    assert run(["sort", "-S", "16M", "--parallel=1", "-T", "/var/tmp", "data"], 48 * MIB).kills == 0


def test_xz_with_fewer_threads_and_a_lower_level(run: Run, tmp_path: Path) -> None:
    needs("xz")
    (tmp_path / "blob").write_bytes(os.urandom(10 * MIB))
    facts, verdict = killed(run, tmp_path, ["xz", "-9", "-T2", "-k", "-c", "blob"], 48 * MIB)
    assert facts["program_job"] is True
    assert "lower level" in remedies(verdict)
    assert run(["xz", "-3", "-T1", "-k", "-c", "blob"], 48 * MIB).kills == 0


def test_python_that_reads_it_all(run: Run, tmp_path: Path) -> None:
    command = [sys.executable, "-c", "rows = [str(n) * 8 for n in range(2_000_000)]"]
    facts, verdict = killed(run, tmp_path, command, 64 * MIB)
    holds_or_is_a_lower_bound(run, command, facts, verdict)
    assert verdict["words"] not in ("likely", "very likely"), "one kill does not tell a leak from a low limit"


def test_node_with_a_bounded_heap(run: Run, tmp_path: Path) -> None:
    needs("node")
    code = "const held=[]; for (let i=0;;i++) held.push(new Array(262144).fill(i+.5))"
    command = ["node", "--max-old-space-size=1024", "-e", code]
    facts, verdict = killed(run, tmp_path, command, 160 * MIB)
    holds_or_is_a_lower_bound(run, command, facts, verdict)
    bounded = ["node", "--max-old-space-size=100", "--max-semi-space-size=4", "-e", code]
    assert run(bounded, 160 * MIB).kills == 0, "the heap ends by itself, and says so"


def test_java_with_a_bounded_heap(run: Run, tmp_path: Path) -> None:
    needs("java")
    (tmp_path / "Fill.java").write_text(
        "import java.util.*; class Fill { public static void main(String[] a) { List<byte[]> held = new ArrayList<>();"
        " while (true) held.add(new byte[65536]); } }"
    )
    start = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
    facts, verdict = killed(run, tmp_path, [*start, "-Xmx400m", "Fill.java"], 200 * MIB)
    assert facts["program_fills"] == "always"
    assert verdict["cause"] != "leak"
    assert "three quarters of the limit" in remedies(verdict) or verdict["cause"] == "undetermined"
    assert run([*start, "-Xmx100m", "Fill.java"], 200 * MIB).kills == 0, "the heap ends by itself, and says so"


POOL = """
import os, sys, time
shared = bytearray(8 << 20)
for n in range(int(sys.argv[1])):
    if os.fork() == 0:
        own = bytearray(12 << 20)
        time.sleep(6)
        os._exit(0)
time.sleep(3)
"""


def test_a_pool_of_as_many_workers_as_fit(run: Run, tmp_path: Path) -> None:
    facts, _ = killed(run, tmp_path, [sys.executable, "-c", POOL, "24"], 160 * MIB)
    fit = facts["workers_fit"]
    assert 1 <= fit < 24
    assert run([sys.executable, "-c", POOL, str(fit)], 160 * MIB).kills == 0


SAVE = """
import os, time
held = [bytearray(4096) for _ in range(9000)]
if os.fork() == 0:
    for page in held:
        page[0] = 1
    grown = bytearray(30 << 20)
    time.sleep(1)
    os._exit(0)
os.wait()
"""


def test_a_fork_that_writes_its_copies_needs_no_more_than_their_sum(run: Run, tmp_path: Path) -> None:
    facts, verdict = killed(run, tmp_path, [sys.executable, "-c", SAVE], 80 * MIB)
    holds_or_is_a_lower_bound(run, [sys.executable, "-c", SAVE], facts, verdict)


def test_a_build_with_as_many_jobs_as_fit(run: Run, tmp_path: Path) -> None:
    needs("g++", "make")
    numbers = ",".join(str(n * 7919 % 100003) for n in range(400_000))
    for n in range(8):
        (tmp_path / f"f{n}.cc").write_text(f"int numbers{n}[] = {{{numbers}}};\n")
    objects = " ".join(f"f{n}.o" for n in range(8))
    (tmp_path / "Makefile").write_text(f"all: {objects}\n%.o: %.cc\n\tg++ -O0 -c -o $@ $<\n")
    for _ in range(4):  # a kill may come while only one compiler has grown
        facts, verdict = killed(run, tmp_path, ["make", "-B", "-k", "-j8"], MOST)
        if "worker_comm" in facts:
            break
    assert facts["worker_comm"] == "cc1plus"
    fit = facts["workers_fit"]
    again = run(["make", "-B", "-k", f"-j{fit}"], MOST)
    if again.kills:
        assert "fewer, if it was still growing" in remedies(verdict)
    assert run(["make", "-B", "-k", "-j1"], MOST).kills == 0


APP = """
held = bytearray(b"x") * (14 << 20)
def app(environ, start):
    start("200 OK", [])
    return [b""]
"""


def test_gunicorn_with_as_many_workers_as_fit(run: Run, tmp_path: Path) -> None:
    needs("gunicorn", "timeout")
    (tmp_path / "app.py").write_text(APP)
    serve = ["timeout", "8", "gunicorn", "-b", "unix:g.sock", "--worker-tmp-dir", "/var/tmp", "app:app", "-w"]
    facts, verdict = killed(run, tmp_path, [*serve, "24"], 192 * MIB)
    assert str(facts["program"]).startswith("Gunicorn")
    fit = facts["workers_fit"]
    assert 1 <= fit < 24
    assert f"at most {fit} gunicorn" in remedies(verdict)
    if run([*serve, str(fit)], 192 * MIB).kills:
        assert "fewer, if it was still growing" in remedies(verdict)
    assert run([*serve, "2"], 192 * MIB).kills == 0


FILL = """
redis-server --port 0 --unixsocket r.sock --save '' "$@" &
until redis-cli -s r.sock ping; do sleep 0.1; done
set='for i=1,1000 do redis.call("set",ARGV[1]..":"..i,string.rep("x",1000)) end'
for n in $(seq 160); do redis-cli -s r.sock eval "$set" 0 $n || exit; done
redis-cli -s r.sock shutdown nosave
"""


def test_redis_with_maxmemory_at_half_of_the_limit(run: Run, tmp_path: Path) -> None:
    needs("redis-server", "redis-cli")
    fill = ["sh", "-c", FILL, "sh"]
    facts, verdict = killed(run, tmp_path, fill, 64 * MIB)
    assert facts["program"] == "Redis or Valkey"
    assert "Set maxmemory to about half of the limit" in remedies(verdict)
    bounded = ["--maxmemory", "32mb", "--maxmemory-policy", "allkeys-lru"]
    assert run([*fill, *bounded], 64 * MIB).kills == 0
