"""Lines as somebody copied, quoted, wrapped or cut them: the kernel's record comes out whole."""

import io

import pytest

from oomscope.api import Options, analyze
from oomscope.incident import Incident
from oomscope.read.clock.times import Clock, month_number
from oomscope.read.lines.cut_first_line import completed
from oomscope.read.options import ReadOptions
from oomscope.read.transports.prefixes import Peeler

KILL = (
    "Memory cgroup out of memory: Killed process 417 (recorder) total-vm:900000kB, anon-rss:300000kB, file-rss:100kB, "
    "shmem-rss:0kB, UID:33 pgtables:700kB oom_score_adj:200"
)
SUMMARY = (
    "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/system.slice/a.service,"
    "task_memcg=/system.slice/a.service,task=recorder,pid=417,uid=33"
)
HEAD = "agent invoked oom-killer: gfp_mask=0x100cca(GFP_HIGHUSER_MOVABLE), order=0, oom_score_adj=0"
REST = "CPU: 0 PID: 900 Comm: agent Not tainted 5.4.0-100-generic #1"


def found(log: str) -> list[Incident]:
    options = Options()
    read = options.read._replace(year=2026)
    return list(analyze(io.BytesIO(log.encode()), options._replace(read=read)).incidents)


def the_kill(log: str) -> Incident:
    (incident,) = found(log)
    victim = incident.event.victims[0]
    assert (victim.pid, victim.comm, victim.anon_rss_bytes, victim.oom_score_adj) == (
        417,
        "recorder",
        300_000 << 10,
        200,
    )
    return incident


QUOTED = [
    "- `{}`\n", "* {}\n", "1. {}\n", "> {}\n", ">> {}\n", "```\n{}\n```\n", "`{}`\n", '"{}"\n', "'{}'\n", "**{}**\n", "  - '{}'\n",
]  # fmt: skip


@pytest.mark.parametrize("around", QUOTED)
@pytest.mark.parametrize("prefix", ["", "[  100.000001] ", "Sep  3 10:26:07 lap kernel: "])
def test_a_quoted_line_is_read(around: str, prefix: str) -> None:
    the_kill(around.format(prefix + KILL))


@pytest.mark.parametrize("mark", ["$", "¶", "↵"])
def test_marks_at_line_ends_are_taken_off_and_a_screens_lines_joined(mark: str) -> None:
    text = f"login: [  100.000001] {KILL}"
    width = 110
    screen = "".join(f"{text[at : at + width]:<{width}}{mark}\n" for at in range(0, len(text), width))
    the_kill(screen)
    lines = (f"[  100.000000] {SUMMARY}", f"[  100.000001] {KILL}")
    incident = the_kill("".join(f"{line}{mark}\n" for line in lines))
    assert incident.event.summary is not None


@pytest.mark.parametrize("indent", [27, 31, 40])
def test_a_line_that_is_wrapped_under_its_prefix_is_joined(indent: int) -> None:
    prefix = "Sep 03 10:26:07 lap kernel: "
    pad = "\n" + " " * indent
    cut = SUMMARY.replace("mems_allowed=0,", f"mems_allowed=0,{pad}").replace(
        "task_memcg=/system.slice/", f"task_memcg=/system.slice/{pad}"
    )
    kill = KILL.replace("kB, file-rss", f"kB,{pad}file-rss")
    head = HEAD.replace(", order", f",{pad}order")
    incident = the_kill(f"{prefix}{head}\n{prefix}{REST}\n{prefix}{cut}\n{prefix}{kill}\n")
    event = incident.event
    assert event.summary is not None
    assert event.summary.task_memcg == "/system.slice/a.service"
    assert event.invoker is not None
    assert event.invoker.order == 0


def test_a_newline_in_a_name_is_no_wrap() -> None:
    record = (
        f"6,1,100000000,-;{SUMMARY.replace('task=recorder', 'task=a' + chr(92) + 'x0a  b')}\n6,2,100000001,-;{KILL}\n"
    )
    (incident,) = found(record)
    assert incident.event.summary is not None
    assert incident.event.summary.comm == "a\n  b"


CUTS = [1, 3, 8, 13]


@pytest.mark.parametrize("cut", CUTS)
def test_the_first_line_may_have_lost_the_beginning_of_its_prefix(cut: int) -> None:
    lines = f"[ 4257.100001] {HEAD}\n[ 4257.100002] {REST}\n[ 4257.200009] {KILL}\n"
    event = the_kill(lines[cut:]).event
    assert event.invoker is not None
    assert event.invoker.comm == "agent"
    syslog = "".join(f"Mar  3 04:05:06 web kernel: {line}\n" for line in (HEAD, REST, KILL))
    event = the_kill(syslog[cut:]).event
    assert event.invoker is not None


def test_a_first_line_that_is_whole_or_of_something_else_stays() -> None:
    peeler = Peeler(Clock(ReadOptions()))
    below = "[ 4257.100002] CPU: 0"
    assert completed(["[ 4257.100001] x", below], peeler) is None
    assert completed(["a program's words] and more", below], peeler) is None
    assert completed(["Out of memory: Killed process 1 (a)", below], peeler) is None
    assert completed([" 4257.100001] x", "no prefix"], peeler) is None


@pytest.mark.parametrize("host", ["10.1.0.11", "fd00::11", "2001:db8::1", "n1.example.org"])
def test_talos_names_its_nodes_by_address(host: str) -> None:
    incident = the_kill(f"{host}: kern:     err: [2025-04-22T10:37:36.727637155Z]: {KILL}\n")
    assert incident.event.host == host
    assert incident.event.trust == "kernel"


@pytest.mark.parametrize(
    ("line", "host"),
    [
        ("10:52:29 lap kernel: {}", "lap"), ("10:52:29.123456 lap kernel: {}", "lap"), ("10:52:29 kernel: {}", None),
        ("10:52:29 AM lap kernel: {}", "lap"), ("10:52:29 [  100.000001] {}", None), ("[10:52:29] [  100.000001] {}", None),
    ],
)  # fmt: skip
def test_a_clock_time_without_a_date_is_a_prefix_that_dates_nothing(line: str, host: str | None) -> None:
    event = the_kill(line.format(KILL) + "\n").event
    assert (event.host, event.wall_seconds) == (host, None)


def test_a_heading_that_is_cut_still_tells_the_pod() -> None:
    (incident,) = found(
        "[66666.1] memory: usage 25600kB, limit 25600kB, failcnt 3986\n[66666.1] memory+swap: usage 0kB, limit 9007199254740988kB, failcnt 0\n"
        "[66666.1] Memory cgroup stats for /kubepods/burstable/pod11111111-de44-476f-a139-1e2ac473c5bf/2222aa207b73839cb76d608582691a29b4f5de7d\n"
    )
    assert incident.workload.identity.pod_uid == "11111111-de44-476f-a139-1e2ac473c5bf"
    assert incident.event.trust == "likely"
    assert not incident.event.victims


@pytest.mark.parametrize(
    ("name", "number"),
    [("січ", 1), ("лют", 2), ("març", 3), ("кві", 4), ("maig", 5), ("чер", 6), ("ліп", 7), ("жні", 8), ("szept", 9), ("жов", 10), ("lis", 11), ("сне", 12)],
)  # fmt: skip
def test_months_of_more_languages(name: str, number: int) -> None:
    assert month_number(name) == number


RESPACED = [
    (",", ", "), (",", " , "), (",", "; "), ("=", " = "), ("oom-kill:", "oom-kill: "),
]  # fmt: skip


@pytest.mark.parametrize(("mark", "instead"), RESPACED)
def test_an_oom_kill_line_with_other_blanks_or_commas_is_read_whole(mark: str, instead: str) -> None:
    event = the_kill(f"{SUMMARY.replace(mark, instead)}\n{KILL}\n").event
    assert event.summary is not None
    assert (event.summary.oom_memcg, event.summary.task_memcg) == ("/system.slice/a.service", "/system.slice/a.service")


@pytest.mark.parametrize("lost", ["kB, anon", "kB, file", "kB, shmem", "kB, UID"])
def test_a_lost_comma_loses_no_size(lost: str) -> None:
    the_kill(KILL.replace(lost, lost.replace(",", "")) + "\n")


TIMES = [
    "2026/01/02 10:52:29", "02.01.2026 10:52:29", "01/02/2026 10:52:29", "3 Mar 04:05:06", "Tue Mar  3 04:05:06", "2026 Mar  3 04:05:06",
    "10:52 AM",
]  # fmt: skip


@pytest.mark.parametrize("time", TIMES)
def test_another_way_to_write_the_time_hides_no_kernel_line(time: str) -> None:
    event = the_kill(f"{time} lap kernel: {KILL}\n").event
    assert (event.host, event.trust) == ("lap", "tag")


def test_in_a_log_with_prefixes_a_line_without_one_is_no_kernel_line() -> None:
    log = "".join(f"Mar  3 04:05:0{n} web app[7]: started\n" for n in range(8))
    for forged in (f"10:52:29 web kernel: {KILL}", f"2026/01/02 10:52:29 web kernel: {KILL}", f"10:52:29 {KILL}"):
        assert not found(f"{log}{forged}\n{log}"), forged


def test_an_uptime_that_falls_at_each_line_is_a_log_turned_around() -> None:
    texts = [HEAD, REST, "Call Trace:", " dump_header+0x4f/0x1eb", SUMMARY, KILL]
    lines = [f"[ 4257.10000{n}] {text}\n" for n, text in enumerate(texts)]
    event = the_kill("".join(reversed(lines))).event
    assert event.invoker is not None
    assert event.summary is not None


def test_a_page_whose_lines_end_in_breaks() -> None:
    event = the_kill("".join(f"[ 4257.100001] {text}<br>\n" for text in (HEAD, SUMMARY, KILL))).event
    assert event.summary is not None
    assert event.summary.task_memcg == "/system.slice/a.service"


def test_a_log_that_a_paste_put_on_one_line() -> None:
    event = the_kill(" ".join(f"[ 4257.10000{n}] {text}" for n, text in enumerate((HEAD, SUMMARY, KILL)))).event
    assert event.invoker is not None
    assert event.summary is not None
