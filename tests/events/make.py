"""Writes the synthetic golden files: `python tests/events/make.py`. Their expectations are then read and corrected by hand."""

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from helpers.report_text import ALL, Report, Row

from events.golden import CUT, HERE, update

MEMCG, NODE = Report(era="6.12"), Report(era="6.12", memcg=False)
OLD = Report(era="5.10")


def _without(text: str, pattern: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not re.search(pattern, line))


def _unstamped(text: str) -> str:
    return re.sub(r"(?m)^\[ *\d+\.\d+\] ", "", text)


def _wrapped(text: str, width: int, quote: str = "") -> str:
    out = []
    for line in text.splitlines():
        while len(line) > width and (at := line.rfind(" ", 1, width)) > 0:
            out.append(line[:at])
            line = line[at + 1 :]
        out.append(line)
    return "".join(f"{quote}{line}\n" for line in out)


def _stamped(lines: list[str], seconds: float, step: float = 0.000010, caller: str = "") -> list[tuple[float, str]]:
    return [(seconds + n * step, f"[{seconds + n * step:12.6f}]{caller} {line}") for n, line in enumerate(lines)]


def _two_callers() -> str:
    a = replace(MEMCG, oom_memcg="/docker/aaaa", task_memcg="/docker/aaaa", victim=4711)
    b = replace(MEMCG, oom_memcg="/docker/bbbb", task_memcg="/docker/bbbb", victim=4712, invoker="redis")
    mixed = _stamped(a.lines(), 50.0, caller="[  T901]") + _stamped(b.lines(), 50.000003, caller="[  T902]")
    return "\n".join(text for _, text in sorted(mixed)) + "\n"


def _failure_inside() -> str:
    lines = NODE.lines()
    at = next(n for n, line in enumerate(lines) if line.startswith("Tasks state"))
    dump = [
        "kworker/1:2: page allocation failure: order:0, mode:0x40a20(GFP_ATOMIC), nodemask=(null),cpuset=/,mems_allowed=0",
        "CPU: 1 UID: 0 PID: 77 Comm: kworker/1:2 Not tainted 6.12.107 #1", "Call Trace:", " warn_alloc+0x10/0x20", "Mem-Info:",
        "active_anon:1 inactive_anon:2 isolated_anon:3", "Node 0 DMA32 free:99999kB min:1kB low:2kB high:3kB", "7 pages RAM",
    ]  # fmt: skip
    return "\n".join(text for _, text in _stamped([*lines[:at], *dump, *lines[at:]], 50.0)) + "\n"


def damages() -> Iterator[tuple[str, str, str]]:
    """(name, what it shows, log)"""
    memcg, node, old = MEMCG.dmesg(), NODE.dmesg(), OLD.dmesg()
    half = len(memcg) // 2
    lines = memcg.splitlines(keepends=True)
    kill = lines[-1]
    yield "lost-head", "a ring buffer that begins in the middle of the statistics", memcg[half:]
    yield "lost-tail", "a log that ends in the task table", memcg[: memcg.index("npm start")]
    yield "lost-middle", "records missed between the trace and the table", "".join(lines[:6] + lines[-6:])
    yield "lost-table-header", "the columns are told by their number", _without(memcg, "total_vm")
    yield "lost-summary", "no oom-kill line", _without(memcg, "oom-kill:")
    yield (
        "lost-kill",
        "the oom-kill line names the victim where the kill line is lost",
        _without(memcg, "Killed process"),
    )
    yield (
        "kill-line-only",
        "the report was rate-limited away",
        "[  999.000000] oom_kill_process: 12 callbacks suppressed\n" + kill,
    )
    yield "errors-only", "a console of level 4 shows head and kill", _without(node, r"\] (?!nginx|Out of memory:)|^ ")
    yield "no-task-table", "vm.oom_dump_tasks=0", _without(memcg, r"\] \[|Tasks state")
    yield "no-stamps", "printk.time=0", _unstamped(memcg)
    yield "wrapped-76", "a mail program wrapped the lines", _wrapped(_unstamped(memcg), 76)
    yield "wrapped-quoted", "quoted and wrapped", _wrapped(memcg, 78, "> ")
    yield "crlf", "a serial console's line ends", memcg.replace("\n", "\r\n")
    yield (
        "syslog",
        "only a syslog tag attests the lines",
        re.sub(r"(?m)^", "Jan 21 08:42:30 node kernel: ", MEMCG.console()),
    )
    yield "html-escaped", "a forum's paste", memcg.replace("<", "&lt;").replace(">", "&gt;")
    yield "collapsed-blanks", "a forum collapsed the blanks of the table", re.sub(r"(?<=\S) {2,}", " ", memcg)
    yield "twice", "a daemon echoes the kill line", memcg + kill
    yield (
        "doubled-lines",
        "every line twice, as two consoles write it",
        "".join(line * 2 for line in NODE.console().splitlines(keepends=True)),
    )
    yield (
        "user-space-between",
        "lines of programs between those of the report",
        re.sub(
            r"(?m)^(\[ *[\d.]+\] )(Tasks state|oom-kill|memory:)",
            r"\1systemd[1]: Started Session 4 of User root.\n\1\2",
            memcg,
        ),
    )
    yield "two-callers", "two reports mixed, told apart by caller id", _two_callers()
    yield "allocation-failure-inside", "the dump of a failed allocation inside a report", _failure_inside()
    yield (
        "allocation-failure-only",
        "a failed allocation is not a kill",
        _failure_inside().split("kworker/1:2: page")[0][:0]
        + "".join(
            line + "\n"
            for line in _failure_inside().splitlines()
            if re.search(r"failure|CPU: 1 UID: 0 PID: 77|warn_alloc|Mem-Info|active_anon:1 ", line)
        ),
    )
    yield (
        "reaper-late",
        "the reaper speaks inside the next report",
        memcg
        + replace(MEMCG, seconds=1003.0, victim=4712)
        .dmesg()
        .replace(
            "Tasks state",
            "oom_reaper: reaped process 4711 (java), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB\n[ 1003.000100] Tasks state",
        ),
    )
    yield (
        "reaper-fails",
        "the reaper gives up and dumps the task",
        memcg
        + "[ 1002.000000] oom_reaper: unable to reap pid:4711 (java)\n[ 1002.000001] task:java state:D stack:0 pid:4711 tgid:4711 ppid:1\n[ 1002.000002] Call Trace:\n",
    )
    group = "[ 1000.100000] Tasks in /docker/8fce0f are going to be killed due to memory.oom.group set\n"
    again = kill.replace("1000.0", "1000.2")
    yield (
        "oom-group",
        "the first victim is named twice, the group is one incident",
        memcg + group + again + again.replace("4711 (java)", "901 (sh)"),
    )
    yield (
        "no-killable",
        "nobody may be killed",
        _without(memcg, "oom-kill:|Killed process") + "[ 1000.100000] Out of memory and no killable processes...\n",
    )
    yield (
        "panic-compulsory",
        "panic_on_oom=2",
        _without(memcg, "oom-kill:|Killed process")
        + "[ 1000.100000] Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled\n[ 1000.200000] ---[ end Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled ]---\n",
    )
    yield (
        "panic-2.6.32",
        "2.6.32's wording",
        "[   50.000000] Kernel panic - not syncing: out of memory. Compulsory panic_on_oom is selected.\n",
    )
    yield (
        "deadlocked",
        "no process left that could die",
        _without(node, "oom-kill:|Killed process")
        + "[ 1000.100000] Out of memory and no killable processes...\n[ 1000.100100] Kernel panic - not syncing: System is deadlocked on memory\n",
    )
    yield (
        "already-exiting",
        "the victim was exiting: a report without a kill",
        _without(memcg, "Killed process")
        + "[ 1000.100000] Memory cgroup out of memory: OOM victim 4711 (java) is already exiting. Skip killing the task\n",
    )
    yield (
        "would-have-killed",
        "RHEL 6 only says what it would have done",
        _without(Report(era="rhel6", memcg=False).dmesg(), "ill(ed)? process")
        + "[ 1000.100000] Would have killed process 4711 (java). But continuing instead.\n",
    )
    asked = "[  999.900000] sysrq: Manual OOM execution\n"
    yield "sysrq", "somebody asked for it", asked + node.replace("order=0", "order=-1")
    yield (
        "sysrq-3.10",
        "before 4.2 the order does not tell",
        asked.replace("sysrq: ", "SysRq : ") + Report(era="3.10", memcg=False).dmesg(),
    )
    yield (
        "sysrq-ignored",
        "somebody asked, and was refused; the next report is its own",
        asked
        + "[  999.950000] sysrq: OOM request ignored. No task eligible\n"
        + Report(era="3.10", memcg=False).dmesg(),
    )
    yield (
        "child-sacrificed",
        "5.0 names the chosen task, a child of it dies",
        Report(era="5.0").dmesg().replace("Killed process 4711 (java)", "Killed process 4712 (npm start)"),
    )
    yield (
        "thread-named",
        "the kill line names a thread of the chosen process",
        memcg.replace("Killed process 4711", "Killed process 4719"),
    )
    yield (
        "virtuozzo",
        "OpenVZ's wording",
        "[   50.000000] Out of memory in UB 105: OOM killed process 4711 (httpd) score 0 vm:300000kB, rss:20000kB, swap:0kB\n",
    )
    yield (
        "torn-summary",
        "pr_cont lost the tail to another CPU",
        re.sub(r"(oom_memcg=[^,]*)(,task_memcg=)", r"\1\n[ 1000.000300] eth0: link up\n[ 1000.000301] \2", memcg),
    )
    yield (
        "task-in-pieces",
        "four records for one line",
        re.sub(
            r"(\[ *[\d.]+\] )(Task in) (\S+) (killed as a result of limit of) (\S+)",
            r"\1\2 \n\1\3\n\1 \4 \n\1\5",
            Report(era="4.4").dmesg(),
        ),
    )
    yield (
        "stat-cut",
        "5.10 prints memory.stat as one record of limited size",
        old.replace(
            "pgfault 71",
            "pgfault 71\n" + "\n".join(f"               workingset_refault_x{n:02d} 0000" for n in range(30)),
        ),
    )
    yield "comm-forges-tail", "a process named `,pid=1,uid=0`", MEMCG_NAMED(",pid=1,uid=0").dmesg()
    yield "comm-brackets", "a process named `) total-vm:1kB`", MEMCG_NAMED(") total-vm:1kB").dmesg()
    yield (
        "comm-newline",
        "a process name with a newline, as dmesg and as a console print it",
        MEMCG_NAMED("a\nb").dmesg(),
    )
    yield "comm-newline-console", "the same on a console: a stamp on each line", MEMCG_NAMED("a\nb").console()
    yield "comm-escaped", "a process name that /dev/kmsg shows as \\xNN", MEMCG_NAMED(r"\x1b[31m\x0a\xc3\xa9x").dmesg()
    yield "comm-latin1", "a process name that is no UTF-8", MEMCG_NAMED("caf\udce9").dmesg()
    yield (
        "comm-digits",
        "a process named 12345, in a table without a header",
        _without(MEMCG_NAMED("12345").dmesg(), "total_vm"),
    )
    yield "comm-invoked", "an invoker named `x invoked y`", replace(MEMCG, invoker="x invoked y").dmesg()
    yield (
        "path-forges-separator",
        "a cgroup named `a,task_memcg=`",
        replace(MEMCG, oom_memcg="/a,task_memcg=/b", task_memcg="/a,task_memcg=/b/c").dmesg(),
    )
    yield (
        "cpuset-forges-scope",
        "a cpuset named like the words after it",
        memcg.replace("cpuset=/,", "cpuset=x,mems_allowed=0,global_oom,"),
    )
    yield (
        "quoted-by-program",
        "other programs quote the kernel",
        "".join(f"Jan 21 08:42:30 node app[7]: {line}" for line in lines),
    )
    yield (
        "forged-head-inside",
        "a program writes a head into /dev/kmsg while a report is printed",
        memcg.replace(
            "Tasks state",
            "app[7]: java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n[ 1000.000150] Tasks state",
        ),
    )
    yield (
        "not-a-kill",
        "pids limit, TCP memory, Android's killer",
        "[    1.000000] cgroup: fork rejected by pids controller in /a\n[    2.000000] TCP: out of memory -- consider tuning tcp_mem\n[    3.000000] lowmemorykiller: Killing 'a' (12), adj 900,\n[    4.000000] OOM killer disabled.\n",
    )
    yield (
        "unknown-columns",
        "a table with a column that no release has",
        memcg.replace(" oom_score_adj name", " (01)nrss oom_score_adj name")
        .replace("             0 ", "      5             0 ")
        .replace("           936 ", "      5           936 "),
    )
    yield "two-in-a-row", "two reports of one cgroup", memcg + replace(MEMCG, seconds=1060.0, victim=901).dmesg()
    yield "reboot-between", "the clock begins anew", memcg + replace(MEMCG, seconds=30.0, victim=901).dmesg()
    yield (
        "tiny-pages-64k",
        "arm64 with pages of 64 KiB",
        node.replace("194*4kB (UME) 100*8kB (UM) 200*16kB (M) = 4776kB", "3*64kB (UME) 1*128kB (UM) = 320kB"),
    )
    yield (
        "mempolicy",
        "a memory policy confined the allocation",
        node.replace("CONSTRAINT_NONE,nodemask=(null)", "CONSTRAINT_MEMORY_POLICY,nodemask=0,2-3"),
    )
    yield (
        "allocations-and-slab",
        "unreclaimable slab and the allocation profile",
        re.sub(
            r"(\[ *[\d.]+\] )Tasks state",
            r"\1Unreclaimable slab info:\n\1Name                      Used          Total\n\1dentry                  1024KB       2048KB\n\1Memory allocations (profiling is currently turned on):\n\1    1.53 GiB   392000 mm/memory.c:1041 func:folio_prealloc\n\1Tasks state",
            node,
        ),
    )


def MEMCG_NAMED(comm: str) -> Report:
    rows = (Row(901, "sh", 300), Row(4711, comm, 30_000, adj=936))
    return replace(MEMCG, rows=rows)


def write(name: str, what: str, log: str) -> None:
    path = HERE / f"{name}.txt"
    path.write_bytes(f"# {what}\n".encode() + CUT + log.encode("utf-8", "surrogateescape"))
    update(path)


def main() -> None:
    for report in ALL:
        scope = "memcg" if report.memcg else "node"
        write(
            f"era-{report.era}-{scope}",
            f"{report.era}, {'a cgroup over its limit' if report.memcg else 'the node out of memory'}",
            report.dmesg(),
        )
    for name, what, log in damages():
        write(f"damage-{name}", what, log)


if __name__ == "__main__":
    main()
