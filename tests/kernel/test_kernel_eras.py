"""Every era's report, as its kernel prints it, on a node and in a cgroup."""

import pytest

from kernel.reading import events_of, facts
from kernel.reports import ALL, Report


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
