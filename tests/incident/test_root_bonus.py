"""Up to 4.16 a task with CAP_SYS_ADMIN counted 3 % less: the log has only its uid (mm/oom_kill.c, oom_badness())."""

import pytest
from helpers.kernel_reading import event_of
from helpers.report_text import table_report

from oomscope.incident import build_incidents

ROOTS = "rank 2 by badness; those above are root's, and up to 4.16 a task with CAP_SYS_ADMIN counted 3 % less"
NEAR = "rank 2 by the table, within the tolerance of its counters of the first"
PASSED = "rank 2 by badness: init-db (pid 11) ranks first with 390.6 MiB and was passed over: already exiting or reaped, or outside what the kernel could choose from"
FIRST = "highest badness of 2 killable tasks"


@pytest.mark.parametrize(
    ("release", "root_uid", "victim_uid", "victim_pages", "why"),
    [
        ("4.14.0", 0, 1000, 96_000, ROOTS),  # 4 % less by the table, 1 % by the kernel's count
        ("4.17.0", 0, 1000, 96_000, PASSED),
        ("4.14.0", 0, 0, 96_000, PASSED),
        ("4.14.0", 33, 1000, 96_000, PASSED),
        ("4.14.0", 0, 1000, 94_000, PASSED),
        ("4.14.0", 0, 1000, 99_000, NEAR),
        ("4.14.0", 0, 1000, 101_000, FIRST),
    ],
)
def test_a_larger_task_of_root_may_be_spared(
    release: str, root_uid: int, victim_uid: int, victim_pages: int, why: str
) -> None:
    rows = (
        f"[   11] {root_uid}    11   200000   100000       0       0        0             0 init-db",
        f"[   12] {victim_uid}    12   200000   {victim_pages}       0       0        0             0 web",
    )
    end = (
        "Out of memory: Kill process 12 (web) score 9 or sacrifice child",
        "Killed process 12 (web) total-vm:800000kB, anon-rss:4kB, file-rss:0kB",
    )
    header = "[ pid ]   uid  tgid total_vm      rss nr_ptes nr_pmds swapents oom_score_adj name"
    event = event_of(table_report(release, header, rows, end=end))
    (incident,) = build_incidents([(0, 0, event)])
    assert incident.why_chosen == (why,)
