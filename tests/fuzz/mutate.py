"""Random damage to OOM reports: `python tests/fuzz/mutate.py CASES SEED`. Needs nothing but the project.

Reports of every era are cut, doubled, interleaved, and overwritten at the level of lines and of bytes; whatever comes
out must be read without an exception, in a bounded time, and say nothing that is not in the text.
"""

import io
import random
import re
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from helpers.report_text import ALL, Report, Row
from helpers.whole_reading import read_whole

from oomscope import killers
from oomscope.incident import build_incidents
from oomscope.kernel import BRIDGES, MARKERS, Assembly, assemble
from oomscope.killers import KillerWatch
from oomscope.read import ReadOptions

CASE_SECONDS = 2.0
TOKENS = [
    b"Killed process 7 (x) total-vm:1kB", b"oom-kill:constraint=", b",task=", b",pid=1,uid=0", b",oom_memcg=/", b",task_memcg=/",
    b" invoked oom-killer: ", b"gfp_mask=0xcc0", b"order=-1", b"\n", b"\r\n", b"\x1b[31m", b"\\x0a", b"#012", b"(", b")", b"[", b"]",
    b"[  pid  ]   uid  tgid total_vm", b"memory: usage 1kB, limit 2kB, failcnt 3", b"99999999999999999999", b"-1", b"\xff\xfe", b"\x00",
    b"Task in /a killed as a result of limit of /b", b"oom_reaper: reaped process 4711 (java), now anon-rss:0kB, file-rss:0kB",
    b"Tasks in /a are going to be killed due to memory.oom.group set", b"page allocation failure", b"> ", b"kernel: ", b"<6>", b"anon 12",
    b"Kernel panic - not syncing: Out of memory: ", b"[    1.000000] ", b"[  T12] ", b"Memory cgroup stats for /a:", b"score 9 or sacrifice child",
    b"systemd-oomd[7]: oomd attempting to kill 9 with KILL", b"Node 0 Normal free:1kB", b"0*4kB", b"=3D", b"&gt;", b"\xe2\x80\xa6",
]  # fmt: skip


def sample(rng: random.Random) -> bytes:
    """One to three reports, in one of the ways that logs print them."""
    out = []
    for n in range(rng.choice((1, 1, 1, 2, 3))):
        report = rng.choice(ALL)
        if rng.random() < 0.3:
            rows = tuple(
                Row(
                    rng.randint(1, 4_000_000),
                    rng.choice(NAMES),
                    rng.randint(0, 99_999),
                    adj=rng.choice((0, -999, 1000)),
                )
                for _ in range(rng.randint(1, 9))
            )
            report = replace(report, rows=rows, victim=rng.choice(rows).pid, invoker=rng.choice(NAMES))
        report = replace(report, seconds=1000.0 + n * rng.choice((0.0001, 3, 400)))
        text = rng.choice((Report.dmesg, Report.console))(report)
        out.append(rng.choice(DRESSES)(text))
    return "".join(out).encode("utf-8", "surrogateescape")


NAMES = ["java", "npm start", "(sd-pam)", "a,pid=1,uid=0", "x) total-vm:1kB", "a invoked b", "12345", "", "a\\x0ab", "é", "[7] 0 7 1 1", ",task=b"]  # fmt: skip
DRESSES: list[Callable[[str], str]] = [
    lambda text: text,
    lambda text: re.sub(r"(?m)^\[[ \d.]+\] ", "", text),
    lambda text: re.sub(r"(?m)^", "> ", text),
    lambda text: re.sub(r"(?m)^", "Jan 21 08:42:30 node kernel: ", text),
    lambda text: "\n".join(line[i : i + 76] for line in text.split("\n") for i in range(0, max(len(line), 1), 76)),
]


def cut(rng: random.Random, data: bytes) -> bytes:
    a, b = sorted((rng.randint(0, len(data)), rng.randint(0, len(data))))
    return rng.choice((data[a:], data[:b], data[a:b], data[:a] + data[b:]))


def doubled(rng: random.Random, data: bytes) -> bytes:
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    return b"\n".join(lines[:at] + lines[at : at + rng.randint(1, 6)] * 2 + lines[at + 1 :])


def dropped(rng: random.Random, data: bytes) -> bytes:
    return b"\n".join(line for line in data.split(b"\n") if rng.random() > 0.1)


def mixed(rng: random.Random, data: bytes) -> bytes:
    lines = data.split(b"\n")
    for _ in range(rng.randint(1, 4)):
        a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
        lines[a], lines[b] = lines[b], lines[a]
    return b"\n".join(lines)


def overwritten(rng: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(rng.randint(1, 12)):
        if out:
            out[rng.randrange(len(out))] = rng.choice((rng.randrange(256), 0x20, 0x0A, 0x30))
    return bytes(out)


def inserted(rng: random.Random, data: bytes) -> bytes:
    for _ in range(rng.randint(1, 4)):
        at = rng.randint(0, len(data))
        data = data[:at] + rng.choice(TOKENS) * rng.choice((1, 1, 1, 30)) + data[at:]
    return data


MUTATIONS = (cut, doubled, dropped, mixed, overwritten, inserted)


def numbers(value: object) -> list[int]:
    """Every integer of a shape, however deep."""
    if isinstance(value, bool):
        return []
    if isinstance(value, int):
        return [value]
    if isinstance(value, tuple | list):
        return [n for item in value for n in numbers(item)]
    return []


def check(data: bytes) -> Assembly:
    """Read one input and hold what comes out against what is true of any log."""
    (reading,) = read_whole(
        "-", MARKERS, options=ReadOptions(bridges=BRIDGES, now=1_795_000_000.0), stdin=io.BytesIO(data)
    )
    assembly = assemble(reading.records)
    build_incidents((0, 0, event) for event in assembly.events)
    KillerWatch().look(b"".join(word for word in killers.MARKERS), reading.records)
    plain = re.sub(rb"\x1b\[[0-9;]*m", b"", data)  # a colour may stand inside a number
    assert not assembly.left_out.unreadable, f"an exception over line {assembly.left_out.unreadable[0]}"
    digits = re.sub(rb"[^0-9]+", b"", plain)
    misread = re.sub(rb"[^0-9]+", b"", plain.translate(bytes.maketrans(b"lI|!OoQSsBZz", b"111100055822")))
    for event in assembly.events:
        assert 1 <= event.lines[0] <= event.lines[1] <= reading.summary.lines, event.lines
        assert all(-(1 << 64) < n < 1 << 64 for n in numbers(event)), "a number that no kernel prints"
        for victim in event.victims:
            said = (
                misread if victim.evidence == "damaged" else digits
            )  # a victim that is marked so was read approximately
            assert str(victim.pid).encode() in said, f"pid {victim.pid} is not in the text"
    return assembly


def case(rng: random.Random) -> bytes:
    data = sample(rng)
    for _ in range(rng.randint(1, 3)):
        data = rng.choice(MUTATIONS)(rng, data)
    return data


def run(cases: int, seed: int, seconds: float | None = None) -> tuple[int, int]:
    """`cases` inputs from `seed`: how many events were read, and how many cases failed or took longer than `seconds`."""
    events = failed = 0
    for n in range(cases):
        data = case(random.Random(f"{seed}/{n}"))
        began = time.process_time()
        try:
            events += len(check(data).events)
            took = time.process_time() - began
            wrong = f"took {took:.1f} s" if seconds is not None and took > seconds else None
        except Exception as error:  # any of them is a finding: the case is kept, the run goes on
            wrong = f"fails: {error!r}"
        if wrong:
            failed += 1
            Path(f"mutate-{seed}-{n}.bin").write_bytes(data)
            sys.stderr.write(f"case {n} of seed {seed} {wrong}; it is kept in mutate-{seed}-{n}.bin\n")
    return events, failed


def main(argv: list[str]) -> int:
    cases, seed = int(argv[1]), int(argv[2]) if len(argv) > 2 else 1
    began = time.monotonic()
    events, failed = run(cases, seed, CASE_SECONDS)
    seconds = time.monotonic() - began
    sys.stdout.write(f"{cases} cases of seed {seed}: {events} events, {failed} failures, {seconds:.0f} s\n")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv))
