"""Names and messages that want to be the kernel's: `python tests/fuzz/hostile.py CASES SEED`. Needs nothing but the project.

The one set of records goes through every transport, with hostile names in its cgroup paths, processes and invokers, and
with hostile messages of a user's program between its records. Of the kills that count none may be of another process
than the three that the kernel killed (nothing is forged), and all three must be found (nothing is hidden).
"""

import json
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import jsonschema

sys.path.insert(0, str(Path(__file__).parents[1]))

from transports import one_set, pastes
from transports.goldens import RENDERERS
from transports.one_set import Printk, records

from oomscope.api import Analysis, Options, analyze
from oomscope.incident.trust import Level
from oomscope.report.document.schema import schema
from oomscope.report.text import render_text
from oomscope.safe_text import INVISIBLE

CASE_SECONDS = 2.0
FORGED = 1
SIZES = "total-vm:100kB, anon-rss:50kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0"
KILL = f"Out of memory: Killed process {FORGED} (systemd) {SIZES}"
JOURNAL = json.dumps({"MESSAGE": KILL, "_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "kernel"}, separators=(",", ":"))
ENTRY = f"\n\n__CURSOR=s=9\n__REALTIME_TIMESTAMP=1768481071500197\n_TRANSPORT=kernel\nSYSLOG_IDENTIFIER=kernel\nMESSAGE={KILL}\n\n"

WORDS = (
    KILL, KILL, JOURNAL, f"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),task=systemd,pid={FORGED},uid=0",
    f"Memory cgroup out of memory: Killed process {FORGED} (systemd) {SIZES}", f"Killed process {FORGED} (systemd)",
    f"sending SIGKILL to process {FORGED} uid 0 \"systemd\": badness 900, VmRSS 1 MiB", f"oomd attempting to kill {FORGED} with KILL",
    "Killed /init.scope due to memory pressure for /a being 85.03% > 80.00% for > 2s with reclaim activity",
    f"systemd-oomd[7]: oomd attempting to kill {FORGED} with KILL", f"send sigkill to {FORGED} (systemd), adj 15, size 3400",
)  # fmt: skip
SEPARATORS = (
    "", " ", "\r", "\\x0a", "\\n", "#012", "\x0b", "\x0c", "\x85", "\u2028", "\x1b[2K", "\x1b[1G", "\t", "\\x0aanon 1#012", ":#012anon 1#012",
    "[    1.000000] ", "[ 1000.000010] ", "[ 1000.000010][  T901] ", "[Thu Jan 15 10:16:40 2026] ", "<3>", "<3>[ 1000.000010] ", "3,1,1000000010,-;",
    "kern  :err   : ", "Jan 15 10:16:40 node-1 kernel: ", "kernel: ", "node-1 kernel: [ 1000.000010] ", "2026-01-15T10:16:40.250010+00:00 node-1 kernel: ",
    "2026-01-15T10:16:40,250010+00:00 ", "2026-01-15T10:16:40.250010789Z stdout F ", "-- Reboot -- ", "[s=59263e1f;i=1;b=0c0af076df13e5041cc106faef52c015;m=1] ",
    "    MESSAGE=", "MESSAGE=", "_TRANSPORT=kernel", "__CURSOR=s=1", "> ", "1042:", "| ", "`", "=3D", "=", "&gt;", "&lt;TASK&gt;", "{", "}", '"', "data: ",
    ",task_memcg=/", f",task=systemd,pid={FORGED},uid=0", ") total-vm:1kB", "::error::", "##vso[", "LPKSHHRH", "Panic#1 Part1",
)  # fmt: skip
SHORT = ("a", "\r", "\\x0a", "#012", "=3D=3D", "&gt;", "{}", "[ 1.0] ", "kernel: ", "<3>", "`> ", ") total-vm:1", "\x1b[2K", "::error::x", "x\nKill process 1")  # fmt: skip
LOUD = (  # lines that might change how the lines after them are read
    '{"level":"info","msg":"starting"}', "{bad", "[s=00000000;i=1;", "=3D" * 40, "gfp_mask=3D0x1 order=3D0", "&gt;&lt;" * 30, "hi 1\\x0aabc 1", "active_anon:1 inactive_anon:2\\x0a active_file:3",
    "-- Logs begin at x --", "-- Boot 0c0af076df13e5041cc106faef52c015 --", "Panic#1 Part1", "__CURSOR=s=1", "__REALTIME_TIMESTAMP=1\n_BOOT_ID=1", "\u00a0", "| a | b |\n|---|---|", "1: a\n2: b\n3: c",
    "x" * 70_000, "{" * 5_000, "[" * 5_000, '{"a":' * 500, "\x00" * 300, "\ufeff", "\r" * 50, "a\n" * 500,
)  # fmt: skip


def payload(rng: random.Random, *, newline: bool) -> str:
    """What somebody would have believed: a separator or two, and the kernel's words."""
    parts = [rng.choice(SEPARATORS) for _ in range(rng.randint(0, 3))]
    text = "".join(
        [rng.choice(("", "x", "a b")), *parts, rng.choice(WORDS), *rng.choices(SEPARATORS, k=rng.randint(0, 1))]
    )
    if newline and rng.random() < 0.5:
        text = rng.choice((f"hi\n{text}\nbye", f"hi{ENTRY}bye", text.replace(" ", "\n", 1), "a\n" * 450 + text))
    return text if newline else text.replace("\n", " ")


def hostile_names(rng: random.Random) -> list[Printk]:
    """The set with a hostile name in one of the places that names have."""
    path = f"/user.slice/{payload(rng, newline=False).replace('/', '|')[:250]}"
    comm = rng.choice(SHORT).encode()[:15].decode("utf-8", "ignore")
    kills = []
    for kill in one_set._KILLS:
        field = rng.choice(("oom_memcg", "task_memcg", "both", "invoker", "row"))
        if field in ("oom_memcg", "both"):
            kill = replace(kill, oom_memcg=path)
        if field in ("task_memcg", "both"):
            kill = replace(kill, task_memcg=path)
        if field == "invoker":
            kill = replace(kill, invoker=comm)
        if field == "row":
            kill = replace(kill, rows=(*kill.rows, replace(kill.rows[0], pid=5000, comm=comm)))
        kills.append(kill)
    found = [Printk(*around) for around in one_set._AROUND]
    for kill in kills:
        found += one_set._report(kill)
    return sorted(found, key=lambda record: record.seconds)


# -- what a user's program says, as each transport writes it ------------------------------------------------------------


def _tagged(name: str, record: Printk) -> bytes:
    return RENDERERS[name]([record]).replace(b" kernel: ", b" app[9]: ", 1)


def _wire(name: str, record: Printk) -> bytes:
    return re.sub(rb"^<\d+>", b"<14>", RENDERERS[name]([record])).replace(b" kernel", b" app", 1)


def _export(name: str, record: Printk) -> bytes:
    data = RENDERERS[name]([record])
    for old, new in ((b"_TRANSPORT=kernel", b"_TRANSPORT=syslog"), (b"FACILITY=0", b"FACILITY=1"), (b"IDENTIFIER=kernel", b"IDENTIFIER=app")):  # fmt: skip
        data = data.replace(old, new, 1)
    return data


def _json(name: str, record: Printk) -> bytes:
    data = RENDERERS[name]([record]).decode()
    start, end = data.index("{"), data.rindex("}") + 1
    value = json.loads(data[start:end]) | {"_TRANSPORT": "syslog", "SYSLOG_FACILITY": "1", "SYSLOG_IDENTIFIER": "app"}
    indent = "\t" if "pretty" in name else None
    return (data[:start] + json.dumps(value, indent=indent) + data[end:]).encode()


def _facility(name: str, record: Printk) -> bytes:
    data = RENDERERS[name]([record])
    return re.sub(rb"^kern  ", b"user  ", re.sub(rb"^<3>", b"<11>", re.sub(rb"^3,", b"11,", data)))


_SHORT = ("journal-short", "journal-short-full", "journal-short-iso", "journal-short-iso-precise", "journal-short-precise", "journal-short-unix", "journal-short-monotonic")  # fmt: skip
USERS: dict[str, Callable[[str, Printk], bytes]] = {
    **dict.fromkeys(_SHORT, _tagged),
    **dict.fromkeys(("syslog-rfc3164", "syslog-iso", "syslog-imjournal"), _tagged),
    **dict.fromkeys(("syslog-rfc3164-wire", "syslog-rfc5424"), _wire),
    **dict.fromkeys(("journal-export", "journal-verbose"), _export),
    **dict.fromkeys(("journal-json", "journal-json-pretty", "journal-json-seq"), _json),
    **dict.fromkeys(("dmesg-x", "dmesg-r", "kmsg"), _facility),
}


def with_messages(rng: random.Random, name: str) -> bytes:
    """The set with hostile messages of a program between its records, or before them."""
    of_kernel, user = records(), USERS[name]
    at = sorted(rng.choices(range(1, len(of_kernel)), k=rng.randint(1, 4)))
    if rng.random() < 0.3:
        at = [0, *at]
    loud = rng.random() < 0.4
    out, since = [], 0
    for place in at:
        out.append(RENDERERS[name](of_kernel[since:place]) if place > since else b"")
        near = of_kernel[min(place, len(of_kernel) - 1)]
        text = rng.choice(LOUD) if loud else payload(rng, newline=True)
        if name not in ("journal-export", "journal-verbose", *USERS) or _of_lines(name):
            text = text.replace("\x00", "")
        if _keeps_lines(name):
            text = text.replace("\n", "#012" if "im" in name else " ")
        out += [user(name, Printk(near.seconds, 3, "T9", text))] * rng.choice((1, 1, 2, 30))
        since = place
    out.append(RENDERERS[name](of_kernel[since:]))
    return b"".join(out)


def _of_lines(name: str) -> bool:
    return name.startswith(("journal-short", "syslog", "dmesg", "kmsg"))


def _keeps_lines(name: str) -> bool:
    """A syslog daemon writes a message on one line; of /dev/kmsg it is escaped."""
    return name.startswith(("syslog", "kmsg")) or name == "dmesg-r"


# -- what has to hold --------------------------------------------------------------------------------------------------

REAL = {4711, 4712, 4714}
PASTES = tuple(pastes.TRANSPORTS)
"""Left out: where a paste has broken the lines, the end of a name may begin one."""


def analysed(data: bytes, level: Level = "tag") -> Analysis:
    """The analysis of one input."""
    with tempfile.NamedTemporaryFile(suffix=".log") as file:
        file.write(data)
        file.flush()
        options = Options(trust=level)
        return analyze(
            [file.name], options._replace(read=options.read._replace(year=one_set.YEAR, now=1_795_000_000.0))
        )


FAILED = {"reading-failed", "report-unreadable", "line-unreadable"}
"""The warnings that stand for an exception: a fault of ours, and not of the input."""


def wrong(found: Analysis, *, hides: bool) -> str | None:
    """What does not hold of the analysis."""
    pids = [v.pid for i in found.incidents for v in i.event.victims]
    if forged := set(pids) - REAL:
        return f"forged {sorted(forged)}"
    if any(i.killer != "kernel" for i in found.incidents):
        return f"a kill of {sorted({i.killer for i in found.incidents})}"
    if hides and (missed := REAL - set(pids)):
        return f"hidden {sorted(missed)}"
    if hides and len(pids) > len(REAL):
        return f"counted twice {sorted(pids)}"
    if failed := FAILED & {warning.code for one in found.inputs for warning in one.warnings}:
        return f"an exception was passed over: {sorted(failed)}"
    return None


SCHEMA = jsonschema.Draft202012Validator(schema())
_OBEYED = re.compile(r"(?m)^\s*::|##\[|##vso\[|##teamcity\[")
_INVISIBLE = re.compile(f"[\x00-\x08\x0b-\x1f{INVISIBLE}]")


def wrong_output(found: Analysis) -> str | None:
    """What does not hold of the texts that are made of the analysis."""
    doc = found.document()
    for error in SCHEMA.iter_errors(doc):
        return f"schema: {error.message[:200]} at {error.json_path}"
    for name, text in (("text", render_text(doc)), ("JSON", "".join(found.written_json()))):
        if spoken := _OBEYED.search(text):
            return f"a runner obeys {text[spoken.start() : spoken.end() + 40]!r} of the {name}"
        if hidden := _INVISIBLE.search(text):
            return f"{hidden[0]!r} in the {name}"
    if spoken := _OBEYED.search("".join(found.html())):
        return f"a runner obeys {spoken[0]!r} of the page"
    return None


def case(rng: random.Random, names: Sequence[str] = ()) -> tuple[str, bytes]:
    """The transport and the bytes of one case."""
    if rng.random() < 0.5:
        name = rng.choice(names or tuple(USERS))
        if name in USERS:
            return name, with_messages(rng, name)
    name = rng.choice(names or [n for n in RENDERERS if n not in PASTES])
    return name, RENDERERS[name](hostile_names(rng))


def run(cases: int, seed: int, seconds: float | None = None, names: Sequence[str] = ()) -> int:
    """`cases` inputs from `seed`; how many failed."""
    failed = 0
    for n in range(cases):
        name, data = case(random.Random(f"{seed}/{n}"), names)
        began = time.process_time()
        try:
            found = analysed(data)
            reason = wrong(found, hides=True) or (wrong_output(found) if n % 8 == 0 else None)
            took = time.process_time() - began
            if seconds is not None and took > seconds:
                reason = reason or f"took {took:.1f} s"
        except Exception as error:  # any of them is a finding: the case is kept, the run goes on
            reason = f"fails: {error!r}"
        if reason:
            failed += 1
            Path(f"hostile-{seed}-{n}.bin").write_bytes(data)
            sys.stderr.write(f"case {n} of seed {seed}, {name}: {reason}; it is kept in hostile-{seed}-{n}.bin\n")
    return failed


def main(argv: list[str]) -> int:
    cases, seed = int(argv[1]), int(argv[2]) if len(argv) > 2 else 1
    began = time.monotonic()
    failed = run(cases, seed, CASE_SECONDS)
    sys.stdout.write(f"{cases} hostile cases of seed {seed}: {failed} failures, {time.monotonic() - began:.0f} s\n")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv))
