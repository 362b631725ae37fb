"""What a line proves depends on the lines around it: a beginning of another sort is worth what a stranger's word is."""

import json
from pathlib import Path

import pytest

from oomscope.api import Options, analyze

KILL = (
    "Memory cgroup out of memory: Killed process 1 (systemd) total-vm:100kB, anon-rss:50kB, file-rss:0kB, shmem-rss:0kB, "
    "UID:0 pgtables:4kB oom_score_adj:0"
)
LOGS = {
    "syslog": [f"Nov 22 10:00:{n:02d} node-1 app[9]: hello" for n in range(20)],
    "kernel's syslog": [f"Nov 22 10:00:{n:02d} node-1 kernel: [   {n}.000000] usb 1-1: {n}" for n in range(10, 30)],
    "kmsg": [f"6,{n},{n}000,-;usb 1-1: {n}" for n in range(20)],
    "dmesg -x": [f"kern  :info  : [    1.0000{n}] usb 1-1: {n}" for n in range(10, 30)],
    "dmesg": [f"[    1.0000{n}] usb 1-1: {n}" for n in range(10, 30)],
    "dated": ["2026-11-22 app: hello"] * 20,
    "cri": ["2026-11-22T10:00:00.123456789Z stdout F hello"] * 20,
}
STRANGERS = {
    "stamp": f"[   12.300000] {KILL}",
    "ctime": f"[Sun Nov 22 10:00:00 2026] {KILL}",
    "facility": f"kern  :err   : [   12.300000] {KILL}",
    "priority": f"<3>[   12.300000] {KILL}",
    "priority alone": f"<3>{KILL}",
    "kmsg": f"3,1,12300000,-;{KILL}",
    "iso": f"2026-11-22T10:00:00,250010+00:00 {KILL}",
    "talos": f"10.5.0.2: kern: warning: [2026-11-22T15:04:05.123Z]: {KILL}",
    "name": f"kernel: {KILL}",
    "bare": KILL,
    "bare behind a blank": f" {KILL}",
    "dictionary": f" SUBSYSTEM=usb\n {KILL}",
    "quoted": f'2026-11-22 app: said "[   12.300000] {KILL}"',
    "syslog": f"Nov 22 10:00:00 node-1 kernel: {KILL}",
}
OWN = {
    "kmsg": {"kmsg"},
    "dmesg": {"stamp", "ctime", "iso", "quoted"},  # one clock's lines; and a console's, which a prompt may begin
    "dmesg -x": {"facility", "priority", "priority alone"},
    "syslog": {"syslog"},
    "kernel's syslog": {"syslog"},
}


@pytest.mark.parametrize("stranger", STRANGERS)
@pytest.mark.parametrize("log", LOGS)
def test_a_line_of_another_sort_is_no_kill(tmp_path: Path, log: str, stranger: str) -> None:
    path = tmp_path / "x.log"
    lines = LOGS[log]
    path.write_text("\n".join([*lines, STRANGERS[stranger], *lines, ""]))
    found = analyze(str(path))
    if stranger in OWN.get(log, ()):
        assert len(found.incidents) == 1
    else:
        assert not found.incidents
        assert found.text_findings or any(one.not_read for one in found.inputs)


@pytest.mark.parametrize(("sort", "trust"), [("kmsg", "kernel"), ("facility", "kernel"), ("stamp", "likely")])
def test_the_same_line_counts_in_full_in_a_log_of_its_own_sort(tmp_path: Path, sort: str, trust: str) -> None:
    path = tmp_path / "x.log"
    path.write_text("\n".join([STRANGERS[sort]] * 1 + LOGS[{"stamp": "dmesg", "facility": "dmesg -x"}.get(sort, sort)]))
    assert [i.event.trust for i in analyze(str(path)).incidents] == [trust]


def test_in_prose_a_line_of_the_kernels_is_no_more_than_a_tag(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text(f"Hello,\nmy machine said\n{STRANGERS['kmsg']}\nwhat can I do?\n")
    assert [i.event.trust for i in analyze(str(path)).incidents] == ["tag"]
    assert analyze(str(path), Options(trust="likely")).incidents == ()


@pytest.mark.parametrize("ident", ["kernel[12]", "app[9]"])
def test_the_kernel_is_no_process(tmp_path: Path, ident: str) -> None:
    path = tmp_path / "x.log"
    path.write_text(f"Nov 22 10:00:00 node-1 {ident}: {KILL}\n")
    found = analyze(str(path))
    assert not found.incidents
    assert found.text_findings


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-22 10:00:{:02d},123 INFO root: hello",
        "2026-11-22T10:00:{:02d}Z hello",
        "[Sun Nov 22 10:00:{:02d} 2026] [cgi:error] hello",
        "[Sun Nov 22 10:00:{:02d} 2026] [notice] hello",
    ],
)
def test_a_programs_own_clock_is_no_rings(tmp_path: Path, line: str) -> None:
    """CGI scripts write to the web server's log as they are, and may put its time in front."""
    path = tmp_path / "x.log"
    lines = [line.format(n) for n in range(20)]
    time = line.split("hello")[0].split(" [")[0].split(" INFO")[0].rstrip().format(30)
    path.write_text("\n".join([*lines, f"{time} {KILL}", *lines, ""]))
    found = analyze(str(path))
    assert not found.incidents
    assert found.text_findings


@pytest.mark.parametrize("before", ["[    1.000000] hello", "Nov 22 10:00:00 node-1 kernel: [    1.000000] hello"])
def test_a_process_may_be_called_like_a_caller(tmp_path: Path, before: str) -> None:
    path = tmp_path / "x.log"
    head = "[   12.300000] [T1] x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"
    prefix = before.split("[")[0]
    path.write_text(f"{before}\n{prefix}{head}\n{prefix}[   12.300001] {KILL}\n")
    (incident,) = analyze(str(path)).incidents
    assert incident.event.invoker is not None
    assert incident.event.invoker.comm == "[T1] x"


SENDERS = {
    "both": ({"_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "kernel", "SYSLOG_FACILITY": "0"}, "kernel"),
    "no identifier": ({"_TRANSPORT": "kernel"}, "tag"),
    "no transport": ({"SYSLOG_IDENTIFIER": "kernel"}, "tag"),
    "neither": ({}, None),
    "a program's write to /dev/kmsg": ({"_TRANSPORT": "kernel", "SYSLOG_FACILITY": "1"}, None),
    "a program": ({"_TRANSPORT": "stdout", "_PID": "7"}, None),
}


@pytest.mark.parametrize("fields", SENDERS)
def test_an_entry_of_the_journal_counts_by_the_fields_that_were_exported(tmp_path: Path, fields: str) -> None:
    path = tmp_path / "x.json"
    sender, trust = SENDERS[fields]
    path.write_text(json.dumps({"__REALTIME_TIMESTAMP": "1763805600000000", "MESSAGE": KILL, **sender}) + "\n")
    found = analyze(str(path))
    assert [i.event.trust for i in found.incidents] == ([trust] if trust else [])
    assert trust or found.text_findings


@pytest.mark.parametrize(
    "stranger", ["6,1,1,-;x", "Linux version 9.9.9", "-- Reboot --", "kern  :info  : [    0.000001] x"]
)
def test_a_strangers_clock_splits_no_report(tmp_path: Path, stranger: str) -> None:
    path = tmp_path / "x.log"
    lines = (Path(__file__).parents[2] / "sample_logs" / "6.12-v2-one-kill-of-a-service.log").read_text().splitlines()
    path.write_text("\n".join([*lines[:-1], stranger, lines[-1], ""]))
    (incident,) = analyze(str(path)).incidents
    assert incident.event.summary is not None
    assert [victim.pid for victim in incident.event.victims] == [25134]


def test_a_journal_between_other_objects_attests_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    entry = {"_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "kernel", "SYSLOG_FACILITY": "0"}
    rows = [{"MESSAGE": f"usb {n}", **entry} for n in range(50)]
    rows[40:40] = [{"level": "info", "msg": "hello"}] * 8
    path.write_text("".join(json.dumps(row) + "\n" for row in [*rows, {"MESSAGE": KILL, **entry}]))
    assert [i.event.trust for i in analyze(str(path)).incidents] == ["tag"]
