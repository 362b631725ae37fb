"""Every era's report, as its kernel prints it, on a node and in a cgroup."""

import textwrap

import pytest
from helpers.kernel_reading import events_of, facts
from helpers.report_text import ALL, ERAS, Report, has_memcg


def wanted(report: Report) -> dict[str, object]:
    want = report.expected()
    if report.version < (2, 6, 32):
        want["release"] = None
    return want


@pytest.mark.parametrize("report", ALL, ids=lambda r: f"{r.era}-{'memcg' if r.memcg else 'node'}")
@pytest.mark.parametrize("shape", ["dmesg", "console"])
def test_a_report_of_each_era_is_read_whole(report: Report, shape: str) -> None:
    (event,) = events_of(getattr(report, shape)())
    assert facts(event) == wanted(report)
    per_cpu = {"Node 0 DMA per-cpu:", "CPU    0: hi:    0, btch:   1 usd:   0"}
    assert {text for _, text in event.unknown} <= per_cpu
    assert [g.section for g in event.gaps if g.section not in ("tasks", "stat")] == []


@pytest.mark.parametrize("report", ALL, ids=lambda r: f"{r.era}-{'memcg' if r.memcg else 'node'}")
def test_the_victims_page_tables_are_bytes_in_every_era(report: Report) -> None:
    (event,) = events_of(report.dmesg())
    if report.version >= (4, 15):
        assert event.victims[0].pgtables_bytes == report.dead.tables * 4096
    elif report.version >= (3, 6):
        assert event.tasks is not None
        assert event.tasks.tasks[1].page_tables == report.dead.tables


@pytest.mark.parametrize("era", [era for era in ERAS if has_memcg(era)])
@pytest.mark.parametrize("width", [68, 72, 78])
def test_a_mail_programs_wrap_of_a_syslog_without_stamps_changes_no_counter(era: str, width: int) -> None:
    lines = [f"Jan  2 15:04:05 host kernel: {line}" for line in Report(era=era).lines() if line]
    wrapped = [
        part for line in lines for part in textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)
    ]
    (whole,) = events_of("\n".join(lines))
    (event,) = events_of("\n".join(wrapped))
    assert event.victims[0].pid == whole.victims[0].pid
    assert event.victims[0].total_vm_bytes == whole.victims[0].total_vm_bytes
    assert event.memcg is not None
    assert whole.memcg is not None
    assert event.memcg.memory is not None
    assert whole.memcg.memory is not None
    assert event.memcg.memory[:3] == whole.memcg.memory[:3]
