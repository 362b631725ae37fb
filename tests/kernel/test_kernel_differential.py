"""The parser against a second, simple reader: on generated reports, and on a folder of real logs where there is one."""

import os
from pathlib import Path

import pytest
from helpers.kernel_reading import events_of
from helpers.report_text import ALL, Report

from kernel.simple_reader import Simple, read_simply
from oomscope.kernel import OomEvent

CORPUS = os.environ.get("OOMSCOPE_CORPUS")


def simple(event: OomEvent) -> Simple:
    memory = event.memcg.memory if event.memcg else None
    summary = event.summary
    return Simple(
        invoker=event.invoker.comm if event.invoker else None,
        order=event.invoker.order if event.invoker else None,
        usage=memory.usage_bytes >> 10 if memory else None,
        limit=memory.limit_bytes >> 10 if memory else None,
        failcnt=memory.failcnt if memory else None,
        group=event.oom_group is not None,
        oom_memcg=summary.oom_memcg if summary and summary.constraint else None,
        task_memcg=summary.task_memcg if summary and summary.constraint else None,
        kills=[
            (v.pid, v.comm, (v.total_vm_bytes or 0) >> 10, (v.anon_rss_bytes or 0) >> 10, (v.file_rss_bytes or 0) >> 10)
            for v in event.victims
            if v.evidence == "killed"
        ],
        rows=[
            (t.pid, t.uid or 0, t.tgid or 0, t.total_vm_pages or 0, t.rss_pages or 0, t.comm)
            for t in (event.tasks.tasks if event.tasks else ())
        ],
    )


@pytest.mark.parametrize(
    "report", [r for r in ALL if r.version >= (3, 10)], ids=lambda r: f"{r.era}-{'memcg' if r.memcg else 'node'}"
)
def test_both_readers_agree_on_generated_reports(report: Report) -> None:
    if report.era == "rhel7":
        pytest.skip("the simple reader does not know the UID between name and sizes")
    text = report.dmesg()
    assert [simple(e) for e in events_of(text)] == read_simply(text)


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS, reason="OOMSCOPE_CORPUS names no folder of logs")
def test_both_readers_agree_on_real_logs() -> None:
    compared = 0
    for log in sorted(Path(CORPUS or ".").glob("lab/*/dmesg.txt")):
        text = log.read_bytes().decode("utf-8", "surrogateescape")
        mine = [simple(e) for e in events_of(text) if e.invoker is not None and (e.victims or e.no_killable or e.panic)]
        theirs = [s for s in read_simply(text) if s.kills or s.usage or s.rows]
        assert [m for m in mine if m.kills] == [s for s in theirs if s.kills], log
        compared += len(mine)
    assert compared > 0
