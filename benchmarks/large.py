"""Ratios for large inputs: CPU medians and peak memory, each beside something run in turn with it.

    python benchmarks/large.py FOLDER [--rounds N] [--sparse-mib N] [--dense-reports N]

Makes its inputs in FOLDER (seeded; kept for the next run), then runs in turn: a sparse log to HTML and ripgrep with the
same literals; dense reports to lines of JSON and in brief; large task tables; packed logs and `rg -z`. What ripgrep or
zstd are needed for is left out, and said, where they are not there.
"""

import argparse
import gzip
import os
import random
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from everyday import everyday
from scaling import report, row
from startup import environment

OOMSCOPE = str(Path(sys.executable).with_name("oomscope"))
LITERALS = ("invoked oom-killer", "oom-kill:constraint=", "Killed process ")
TABLES, TABLE_ROWS = 200, 600


class Used(NamedTuple):
    """What one run took."""

    cpu_seconds: float
    peak_mib: float


def run(command: Sequence[str]) -> Used:
    """Run a command to its end. Raises SystemExit where it fails."""
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment())
    _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        raise SystemExit(f"{' '.join(command)}: exit {running.returncode}")
    return Used(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def in_turn(rounds: int, *commands: Sequence[str]) -> list[Used]:
    """The medians of several commands, run in turn; a first round warms the caches and does not count."""
    taken: list[list[Used]] = [[] for _ in commands]
    for turn in range(rounds + 1):
        for used, command in zip(taken, commands, strict=True):
            one = run(command)
            if turn:
                used.append(one)
    return [Used(statistics.median(u.cpu_seconds for u in used), max(u.peak_mib for u in used)) for used in taken]


def made(path: Path, parts: Iterator[str]) -> Path:
    """The file with these parts, written unless it is there."""
    if not path.exists():
        begun = path.with_suffix(".part")
        with begun.open("w") as out:
            out.writelines(parts)
        begun.replace(path)
    return path


def sparse(mib: int) -> Iterator[str]:
    """A syslog with an everyday report each 50 MiB."""
    chance = random.Random(7)
    words = ("session opened for user", "connection from", "GET /healthz 200", "level=info msg=done", "cache refreshed")
    block = "".join(
        f"Nov  1 02:{n // 60 % 60:02d}:{n % 60:02d} node-1 app[{chance.randrange(9999)}]: {chance.choice(words)} "
        f"{chance.getrandbits(64):016x}\n"
        for n in range(200_000)
    )
    written = 0
    while written < mib << 20:
        if written // (50 << 20) < (written + len(block)) // (50 << 20):
            lines = everyday(1, 1, written % 97).splitlines(keepends=True)
            yield "".join(f"Nov  1 02:00:00 node-1 kernel: {line}" for line in lines)
        yield block
        written += len(block)


def dense(reports: int) -> Iterator[str]:
    """Reports one after the other, each of a node of sixty."""
    for n in range(reports):
        at = f"Nov {1 + n // 86400 % 28:2d} {n // 3600 % 24:02d}:{n // 60 % 60:02d}:{n % 60:02d} node-{n % 60}"
        for line in everyday(1, 1, n).splitlines(keepends=True):
            yield f"{at} kernel: {line.replace('[  161', f'[{n:5d}')}"


def tables() -> Iterator[str]:
    """Reports with large task tables."""
    for n in range(TABLES):
        yield report(n, rows=[row(2000 + k, f"worker{k}") for k in range(TABLE_ROWS)])


def show(what: str, value: float, unit: str, gate: str) -> None:
    print(f"{what:58} {value:10.2f} {unit:24} gate {gate}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sparse-mib", type=int, default=1024)
    parser.add_argument("--dense-reports", type=int, default=100_000)
    chosen = parser.parse_args()
    folder: Path = chosen.folder
    folder.mkdir(parents=True, exist_ok=True)
    html, lines = str(folder / "report.html"), str(folder / "report.jsonl")
    n = chosen.dense_reports
    log = str(made(folder / f"dense-{n}.log", dense(n)))
    (used, brief, page) = in_turn(
        1,
        (OOMSCOPE, "analyze", log, "-q", "-o", lines),
        (OOMSCOPE, "analyze", log, "--brief", "-o", lines),
        (OOMSCOPE, "analyze", log, "-q", "-o", html),
    )
    show(f"dense, {n:,} reports, complete, lines of JSON", n / used.cpu_seconds, "reports per CPU second", ">= 2,000")
    show("the same, --brief", n / brief.cpu_seconds, "reports per CPU second", ">= 30,000")
    show("the same to HTML, peak memory", page.peak_mib, "MiB", "<= 600")
    big = str(made(folder / "tables.log", tables()))
    (used,) = in_turn(1, (OOMSCOPE, "analyze", big, "-q", "-o", html))
    show(f"{TABLES} reports of {TABLE_ROWS} rows, peak memory", used.peak_mib, "MiB", "<= 150")
    rg = shutil.which("rg")
    if rg is None:
        print("ripgrep is not there: what is compared with it is left out")
        return
    plain = made(folder / f"sparse-{chosen.sparse_mib}.log", sparse(chosen.sparse_mib))
    words = [part for word in LITERALS for part in ("-e", word)]
    ours, theirs = in_turn(
        chosen.rounds,
        (OOMSCOPE, "analyze", str(plain), "-q", "-o", html),
        (rg, "--no-mmap", "-F", "-c", *words, str(plain)),
    )
    show(f"sparse, {chosen.sparse_mib} MiB to HTML, CPU / rg", ours.cpu_seconds / theirs.cpu_seconds, "times", "<= 1.5")
    show("the same, peak memory", ours.peak_mib, "MiB", "<= 120")
    for ending, gate in ((".gz", "<= 1.0"), (".zst", "<= 1.25")):
        packed = plain.with_name(plain.name + ending)
        if not packed.exists() and not pack(plain, packed):
            print(f"no zstd here: {ending} is left out")
            continue
        ours, theirs = in_turn(
            1, (OOMSCOPE, "analyze", str(packed), "-q", "-o", html), (rg, "-z", "-F", "-c", *words, str(packed))
        )
        show(f"the same as {ending}, CPU / rg -z", ours.cpu_seconds / theirs.cpu_seconds, "times", gate)


def pack(plain: Path, packed: Path) -> bool:
    """Pack a file by the ending of the other; False where there is no tool for it."""
    if packed.suffix == ".gz":
        with plain.open("rb") as source, gzip.open(packed, "wb", 6) as out:
            shutil.copyfileobj(source, out, 1 << 20)
        return True
    zstd = shutil.which("zstd")
    return zstd is not None and run((zstd, "-q", "-3", str(plain), "-o", str(packed))) is not None


if __name__ == "__main__":
    main()
