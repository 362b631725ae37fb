"""Lines that want to be the kernel's, and lines that want to hide it: `python tests/fuzz/forge.py CASES SEED`.

Every transport's kill line is planted, alone, into every log that a program writes: as a line of its own, and inside what
the program's collector wraps. It must count at no level of trust. Every beginning that tells a kind of file is planted
before and into every transport's log of the kernel: its kills must all be found, and be believed no more than without.
"""

import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import get_args

sys.path.insert(0, str(Path(__file__).parents[1]))

from transports.goldens import RENDERERS
from transports.one_set import Printk, records

from fuzz.hostile import CASE_SECONDS, KILL, PASTES, analysed, wrong, wrong_output
from oomscope.incident.trust import Level
from oomscope.read.record import TRUST_RANK

LEVELS: tuple[Level, ...] = get_args(Level)[:3]
"""Those that ask for something: `any` takes everybody's word."""
LINES = tuple(name for name in RENDERERS if name not in PASTES)
FIELDS = ("whole", "before", "behind", "quoted", "name", "path")
"""Where in a line the forged words stand."""

# -- logs that programs write ------------------------------------------------------------------------------------------


def _json(**fields: object) -> str:
    return json.dumps(fields, separators=(",", ":"))


PROGRAMS: dict[str, Callable[[int, str], str]] = {
    "bare lines of a dated log": lambda n, text: f"2026-11-22 app: {text}",
    "python": lambda n, text: f"2026-11-22 10:00:{n % 60:02d},123 INFO root: {text}",
    "iso": lambda n, text: f"2026-11-22T10:00:{n % 60:02d}Z INFO {text}",
    "klog": lambda n, text: f"I1122 10:00:{n % 60:02d}.123456       1 main.go:7] {text}",
    "web server": lambda n, text: f"[Sun Nov 22 10:00:{n % 60:02d} 2026] [notice] {text}",
    "access log": lambda n, text: f'10.0.0.1 - - [22/Nov/2026:10:00:{n % 60:02d} +0000] "GET /{text} HTTP/1.1" 200 1',
    "cri": lambda n, text: f"2026-11-22T10:00:{n % 60:02d}.123456789Z stdout F {text}",
    "docker": lambda n, text: _json(log=f"{text}\n", stream="stdout", time=f"2026-11-22T10:00:{n % 60:02d}Z"),
    "json": lambda n, text: _json(level="info", ts=1_795_000_000 + n, msg=text),
    "json with a message": lambda n, text: _json(level="info", message=text),
    "cloud": lambda n, text: _json(textPayload=text, resource={"type": "k8s_container"}, timestamp="2026-11-22T10:00:00Z"),
    "syslog": lambda n, text: f"Nov 22 10:00:{n % 60:02d} node-1 app[9]: {text}",
    "syslog iso": lambda n, text: f"2026-11-22T10:00:{n % 60:02d}.000001+00:00 node-1 app[9]: {text}",
    "rfc5424": lambda n, text: f"<14>1 2026-11-22T10:00:{n % 60:02d}Z node-1 app 9 - - {text}",
    "a tag with a pid": lambda n, text: f"Nov 22 10:00:{n % 60:02d} node-1 kernel[9]: {text}",
    "journal": lambda n, text: _json(
        __REALTIME_TIMESTAMP=str(1_795_000_000_000_000 + n), MESSAGE=text, _TRANSPORT="stdout", SYSLOG_IDENTIFIER="kernel", _PID="9"
    ),
    "facility": lambda n, text: f"user  :info  : [   12.{n:06d}] {text}",
    "kmsg": lambda n, text: f"14,{n},{n}000,-;{text}",
    "compose": lambda n, text: f"app-1  | {text}",
}  # fmt: skip
_LINES_BROKEN = ("bare lines of a dated log", "python", "iso", "klog", "web server", "access log", "compose")
"""Logs into which a program may write a line as it likes; the others' collectors wrap every line."""


def forged(rng: random.Random) -> tuple[str, bytes]:
    """A program's log with kill lines in it, each as another transport writes it."""
    name = rng.choice(tuple(PROGRAMS))
    return f"forged into {name}", planted(rng, name, rng.choices(LINES, k=rng.choice((1, 1, 2, 5))))


def planted(rng: random.Random, name: str, transports: Sequence[str]) -> bytes:
    """The log of a program, with the kill line of each of these transports somewhere in it."""
    program = PROGRAMS[name]
    rows = [program(n, f"hello {n}") for n in range(rng.randint(12, 60))]
    for transport in transports:
        field = rng.choice(FIELDS)
        if transport in _OF_ONE_FILE:
            transport = "dmesg"
        text = RENDERERS[transport]([Printk(rng.uniform(1, 2e4), 3, "T9", KILL)]).decode("utf-8", "replace")
        line = text.strip("\n").replace("\n", rng.choice((" ", "\\n", "#012")))
        wrapped = {
            "whole": line, "before": f"{line} hello", "behind": f"hello {line}", "quoted": f'said "{line}"',
            "name": f"user {line} logged in", "path": f"GET /{line.replace(' ', '%20')}",
        }[field]  # fmt: skip
        is_raw = field == "whole" and name in _LINES_BROKEN and rng.random() < 0.5
        rows.insert(rng.randint(0, len(rows)), line if is_raw else program(rng.randint(0, 59), wrapped))
    return ("\n".join(rows) + "\n").encode()


_OF_ONE_FILE = ("journal-json-pretty", "journal-export", "journal-verbose")
"""Their entries have several lines."""

# -- beginnings that tell a kind of file -------------------------------------------------------------------------------

SNIFFED = (
    '{"level":"info","msg":"x"}', "{", "[", "{bad", '[{"a":1},', "data: {}", "\x1e{}", "__CURSOR=s=1;i=1", "__REALTIME_TIMESTAMP=1",
    "MESSAGE=x", "Thu 2026-01-15 10:16:40 UTC [s=59263e1f;i=1;b=0c0af076df13e5041cc106faef52c015;m=1;t=1;x=1]", "    MESSAGE=x",
    "time,message", "_time,_raw,host", '"message","level"', "Panic#1 Part1", "Oops#2 Part3", "-- Logs begin at Thu --",
    "-- Boot 0c0af076df13e5041cc106faef52c015 --", "-- Reboot --", "> > quoted", "| a | b |", "|---|---|", "```", "1: a", "12:x", "1042:y",
    "kern.log:7:x", "gfp_mask=3D0x1 order=3D0 a=3D", "x=", "&gt;&lt;&amp;", "&nbsp;<br>", "<pre>", "</div><div>", "a\\x0ab\\x09c",
    "a#012b#011c", "\u00a0\u00a0", "\ufeff", "\x1b[31mred\x1b[0m", "\r", "a\rb\rc", "    indented", "\tindented", "$ dmesg", "x$", "x\u00b6",
    "-- cut here --", "10:16:40 x", "[<    0.000001>] x", "[  +0.000001] x", "[Jan15 10:16] x", "1768472200.123456 node-1 app: x",
    "node-1 kernel: x", "kernel: x", "<6>x", "<14>Jan 15 10:16:40 h a: x", "6,1,1,-;x", " SUBSYSTEM=x", "2026-01-15T10:16:40.250010Z stdout P x",
    "10.5.0.2: kern: info: [2026-01-15T10:16:40.123Z]: x", "Linux version 9.9.9", "x" * 5_000, "\\" * 99, '"a",', "'x',", "- 'x'",
)  # fmt: skip


def hidden(rng: random.Random) -> tuple[str, bytes]:
    """The kernel's log with lines of other kinds of file before it and in it."""
    name = rng.choice([one for one in LINES if one not in _WITHOUT_STRANGERS])
    strangers = rng.choices(SNIFFED, k=rng.choice((1, 1, 1, 2, 3)))
    if rng.random() < 0.6:
        return name, with_strangers(name, strangers)
    return name, with_strangers_inside(name, strangers, rng)


def with_strangers_inside(name: str, lines: Sequence[str], rng: random.Random) -> bytes:
    """A transport's log with such lines before one of its reports, or between the report and its kill line."""
    rows = RENDERERS[name](records()).split(b"\n")
    loud = [line.encode() for line in lines if not _IS_WHAT_IT_SEEMS(line.encode())]
    if name.startswith(("cri", "kubectl", "docker", "compose", "stern")):
        loud = [line for line in loud if line != _EARLIER]
    if name.startswith("pstore"):
        loud = [line for line in loud if b" Part" not in line]  # there it is the head of another dump
    place = rng.choice(_between_reports(rows))
    return b"\n".join([*rows[:place], *loud, *rows[place:]])


def with_strangers(name: str, lines: Sequence[str]) -> bytes:
    """A transport's log behind lines that tell another kind of file."""
    return b"".join(line.encode() + b"\n" for line in lines) + RENDERERS[name](records())


_IS_WHAT_IT_SEEMS = re.compile(rb"-- |\S+ stdout P ").match
"""Between lines: a remark of journalctl's, and the first part of a line that goes on in the next."""
_EARLIER = b"6,1,1,-;x"
"""An uptime that has fallen; in a container's log, where every line is contained, another boot."""
DOCUMENT_NAMES = ("dmesg-J", "dmesg-J-x", "cloudwatch-events", "cloudwatch-insights", "cloudwatch-lines", "gcp-read")
_WITHOUT_STRANGERS = ("journal-json-pretty", "journal-json-seq", "journal-export", "journal-verbose", "pstore-panic")
"""Nothing stands between the entries of these but what the tool that writes them puts there."""


def _between_reports(rows: list[bytes]) -> list[int]:
    """Where a line can stand without being inside of what is one record."""
    return [n for n, row in enumerate(rows) if b"Killed process" in row or b"invoked oom-killer" in row] or [0]


# -- what has to hold --------------------------------------------------------------------------------------------------


@cache
def _best(name: str) -> int:
    """How far the kills of a transport's own log are believed."""
    return max(TRUST_RANK[i.event.trust] for i in analysed(RENDERERS[name](records())).incidents)


def check(kind: str, name: str, data: bytes, level: Level) -> str | None:
    """What does not hold of one case."""
    if kind == "forge":
        found = analysed(data, level)
        pids = sorted({v.pid for i in found.incidents for v in i.event.victims})
        said = KILL.encode() not in data or found.text_findings or any(one.not_read for one in found.inputs)
        return f"forged {pids} at {level}" if found.incidents else None if said else "a forged kill is silent"
    found = analysed(data)
    if name in DOCUMENT_NAMES and (found.text_findings or any(one.not_read for one in found.inputs)):
        return wrong(found, hides=False)  # a broken document; what is missing is said
    if reason := wrong(found, hides=True):
        return reason
    most = max(TRUST_RANK[i.event.trust] for i in found.incidents)
    return "believed more than without the strange lines" if most > _best(name) else None


def run(cases: int, seed: int, seconds: float | None = None) -> Counter[str]:
    """`cases` inputs from `seed`; how many of each kind there were, and how many failed."""
    counted: Counter[str] = Counter()
    for n in range(cases):
        rng = random.Random(f"{seed}/{n}")
        kind = "forge" if n % 4 else "hide"
        name, data = forged(rng) if kind == "forge" else hidden(rng)
        began = time.process_time()
        try:
            reason = check(kind, name, data, LEVELS[n % len(LEVELS)] if kind == "forge" else "tag")
            reason = reason or (wrong_output(analysed(data)) if n % 32 == 0 else None)
        except Exception as error:  # any of them is a finding: the case is kept, the run goes on
            reason = f"fails: {error!r}"
        took = time.process_time() - began
        if seconds is not None and took > seconds:
            reason = reason or f"took {took:.1f} s"
        counted[kind] += 1
        if reason:
            counted["failed"] += 1
            Path(f"forge-{seed}-{n}.bin").write_bytes(data)
            sys.stderr.write(f"case {n} of seed {seed}, {kind}, {name}: {reason}; it is kept in forge-{seed}-{n}.bin\n")
    return counted


def main(argv: list[str]) -> int:
    cases, seed = int(argv[1]), int(argv[2]) if len(argv) > 2 else 1
    began = time.monotonic()
    counted = run(cases, seed, CASE_SECONDS)
    sys.stdout.write(
        f"{counted['forge']} forgeries and {counted['hide']} hidings of seed {seed}: {counted['failed']} failures, "
        f"{time.monotonic() - began:.0f} s\n"
    )
    return 1 if counted["failed"] else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv))
