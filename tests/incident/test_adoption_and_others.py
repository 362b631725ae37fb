"""Bare kill lines find their workload, other killers stand on the same timeline, storms are counted."""

from pathlib import Path

from helpers import report_text
from helpers.report_text import NO_SWAP_LIMIT, TABLE, first_line, row, stamped, summary, usage

from oomscope.api import Analysis, analyze


def analysed(tmp_path: Path, text: str) -> Analysis:
    log = tmp_path / "x.log"
    log.write_text(text)
    return analyze([str(log)])


def kill(seconds: float, pid: int, comm: str = "worker") -> str:
    return stamped(seconds, report_text.kill(pid, comm, 5000, anon=1500, tables=40))


REPORT = stamped(
    10.0,
    first_line("worker"),
    usage(10_240, 5),
    NO_SWAP_LIMIT,
    "Tasks state (memory values in pages):",
    TABLE,
    row(101, comm="worker", total_vm=1250, rss=375, tables=40_960),
    row(102, comm="worker", total_vm=1250, rss=375, tables=40_960),
    summary(101, "worker", "/system.slice/a.service"),
)


def test_a_bare_kill_line_belongs_to_the_report_that_lists_its_pid(tmp_path: Path) -> None:
    found = analysed(tmp_path, REPORT + kill(10.0001, 101) + kill(10.5, 102))
    assert {i.workload.key for i in found.incidents} == {found.incidents[0].workload.key}
    assert found.incidents[1].workload.identity.unit == "a.service"
    assert "workload-inferred" in {n.id for n in found.incidents[1].notes}


def test_a_bare_kill_line_of_a_stranger_stays_alone(tmp_path: Path) -> None:
    found = analysed(tmp_path, REPORT + kill(10.0001, 101) + kill(10.5, 900, "nginx"))
    assert found.incidents[1].workload.key == "comm/nginx"


def test_a_storm_of_small_victims_is_too_many_processes(tmp_path: Path) -> None:
    found = analysed(tmp_path, "".join(kill(20 + n / 10, 500 + n) for n in range(12)))
    assert found.facts[0].values["storm_kills"] == 12
    assert found.workloads[0][1].cause == "process_proliferation"


def test_another_killers_kill_is_an_incident_and_not_the_kernels(tmp_path: Path) -> None:
    text = (
        'Jan  2 15:04:05 host earlyoom[12]: sending SIGTERM to process 313 uid 1000 "firefox": badness 800, VmRSS 2000 MiB\n'
        "Jan  2 15:04:06 host earlyoom[12]: process exited after 0.1 seconds\n"
    )
    (incident,) = analysed(tmp_path, text).incidents
    assert (incident.killer, incident.event.victims[0].pid) == ("earlyoom", 313)
    assert analysed(tmp_path, text).verdicts[0].cause == "userspace_killer"


def test_a_witness_without_a_report_is_said(tmp_path: Path) -> None:
    line = "Jan  2 15:04:05 h systemd[1]: a.service: A process of this unit has been killed by the OOM killer.\n"
    found = analysed(tmp_path, line)
    assert found.incidents == ()
    assert [t["line"] for t in found.text_findings] == [1]


def test_a_witness_beside_a_report_is_a_note(tmp_path: Path) -> None:
    said = "[   11.000000] systemd[1]: a.service: A process of this unit has been killed by the OOM killer.\n"
    (incident,) = analysed(tmp_path, REPORT + kill(10.0001, 101) + said).incidents
    assert "corroborated" in {n.id for n in incident.notes}


ASKED = """Jan 21 08:42:29 pc sudo[88]:     alice : TTY=pts/1 ; PWD=/srv ; USER=root ; COMMAND=/usr/bin/tee /proc/sysrq-trigger
Jan 21 08:42:30 pc kernel: [   99.900000] sysrq: Manual OOM execution
Jan 21 08:42:30 pc kernel: [  100.000000] kworker/0:2 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=-1, oom_score_adj=0
Jan 21 08:42:30 pc kernel: [  100.000001] CPU: 0 PID: 44 Comm: kworker/0:2 Not tainted 6.1.0-50-cloud-amd64 #1
Jan 21 08:42:30 pc kernel: [  100.000002] Out of memory: Killed process 4711 (java) total-vm:5000kB, anon-rss:1500kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:40kB oom_score_adj:0
"""


def test_a_line_about_sysrq_trigger_stands_by_the_kill_that_was_asked_for(tmp_path: Path) -> None:
    (incident,) = analysed(tmp_path, ASKED).incidents
    assert [(n.id, n.lines) for n in incident.notes if n.id == "asked-by"] == [("asked-by", (1, 1))]


def test_a_line_about_sysrq_trigger_is_nothing_to_a_kill_that_nobody_asked_for(tmp_path: Path) -> None:
    unasked = ASKED.replace("order=-1", "order=0").replace("sysrq: Manual OOM execution", "usb 1-1: new device")
    (incident,) = analysed(tmp_path, unasked).incidents
    assert "asked-by" not in {n.id for n in incident.notes}
