"""Whom oom_badness() ranks first, era by era. The numbers are worked out here by hand, from the source of each era."""

import pytest
from helpers.kernel_reading import event_of

from kernel.replays import NOW, ROW, limit, replayed, report
from oomscope.kernel.derive.badness import Badness, Era, Replay, era_of, footprint_pages, release_version, replay
from oomscope.kernel.event import Task

SPLIT = "[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name"
PTES = "[ pid ]   uid  tgid total_vm      rss nr_ptes nr_pmds swapents oom_score_adj name"
CPU_ADJ = "[ pid ]   uid  tgid total_vm      rss cpu oom_adj oom_score_adj name"
CPU = "[ pid ]   uid  tgid total_vm      rss cpu oom_adj name"

TO_2_6_35 = Era("up to 2.6.35", False, False, root_bonus=False, thousandths=False, replayable=False)
TO_3_4 = Era("2.6.36 to 3.4", False, False, root_bonus=True, thousandths=True, replayable=True)
TO_4_16 = Era("3.5 to 4.16", False, False, root_bonus=True, thousandths=False, replayable=True)
TO_5_2 = Era("4.17 to 5.2", False, False, root_bonus=False, thousandths=False, replayable=True)
TO_5_8 = Era("5.3 to 5.8", False, last_wins=True, root_bonus=False, thousandths=False, replayable=True)
LATEST = Era(
    "5.9 and later", may_be_negative=True, last_wins=True, root_bonus=False, thousandths=False, replayable=True
)


@pytest.mark.parametrize(
    ("release", "header", "era"),
    [
        ("2.6.32.61", CPU, TO_2_6_35),
        ("2.6.32-642.el6.x86_64", CPU_ADJ, TO_3_4),
        ("3.4.113", CPU_ADJ, TO_3_4),
        ("3.5.0", CPU_ADJ, TO_4_16),
        (None, CPU_ADJ, TO_3_4),
        ("3.10.0-1062.el7.x86_64", PTES, TO_4_16),
        ("4.16.18", NOW, TO_4_16),
        ("4.17.0", NOW, TO_5_2),
        ("4.18.0-25-generic", NOW, TO_5_2),
        ("4.18.0-240.el8.x86_64", NOW, TO_5_8),
        ("4.19.0-25.el8.elrepo.x86_64", NOW, TO_5_2),
        ("5.0.21", NOW, TO_5_2),
        ("5.1.21", NOW, TO_5_2),
        ("5.2.21", NOW, TO_5_2),
        ("5.3.0", NOW, TO_5_8),
        ("5.8.18", NOW, TO_5_8),
        ("5.9.0", NOW, LATEST),
        ("5.10.0-32-amd64", NOW, LATEST),
        ("6.0.0", NOW, LATEST),
        ("6.12.107", SPLIT, LATEST),
    ],
)  # fmt: skip
def test_the_era_is_that_of_the_release_unless_the_columns_are_older(
    release: str | None, header: str, era: Era
) -> None:
    columns = header.split("rss", 1)[1].split()[:-1]
    row = "[     12]     0    12    50000     1000" + " 0" * len(columns) + " b"
    assert era_of(report(release, header, row)) == era


SELECTED = (
    "Out of memory: Kill process 12 (b) score 9 or sacrifice child",
    "Killed process 12 (b) total-vm:200000kB, anon-rss:4kB, file-rss:0kB",
)
WITH_ADJ = (
    "Out of memory: Killed process 12 (b) total-vm:4kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:7",
)


def test_without_a_release_the_lines_tell_the_era() -> None:
    split = "[     12]     0    12    50000     1000     1000        0         0    40960        0             0 b"
    assert era_of(report(None, NOW, ROW)) == LATEST
    assert era_of(report(None, NOW, ROW, end=SELECTED)) == TO_4_16
    assert era_of(report(None, SPLIT, split, end=SELECTED)) == LATEST  # rss_anon is of 6.8
    headless = event_of([SELECTED[0], WITH_ADJ[0]])
    assert headless.tasks is None
    assert era_of(headless) == LATEST  # 5.4 was the first to print oom_score_adj in the kill line
    assert era_of(event_of(SELECTED)) == TO_4_16
    assert (
        era_of(report(None, NOW, ROW, end=(SELECTED[0], WITH_ADJ[0]))) == TO_4_16
    )  # with a table its row has given the adj


def test_the_release_is_its_first_two_numbers() -> None:
    assert release_version("4.18.0-240.el8.x86_64") == (4, 18)
    assert release_version("6.1.0-syzkaller") == (6, 1)
    assert release_version("next-20240101") is None
    assert release_version("") is None
    assert release_version(None) is None


def task(**changes: int | None) -> Task:
    plain = Task(12, 0, 12, "b", 50_000, 1000, None, None, None, None, None, 30, 0, None, 1)
    return plain._replace(**changes)  # type: ignore[arg-type]


def test_badness_counts_rss_swap_and_page_tables() -> None:
    assert footprint_pages(task(pgtables_bytes=40_960), 4096) == 1000 + 30 + 10
    assert footprint_pages(task(pgtables_bytes=40_960), 65_536) == 1000 + 30 + 0  # integer division
    assert footprint_pages(task(page_tables=13), 4096) == 1000 + 30 + 13  # nr_ptes + nr_pmds
    assert footprint_pages(task(pgtables_bytes=0, page_tables=13), 4096) == 1000 + 30
    assert footprint_pages(task(rss_pages=None, swap_pages=None), 4096) == 0


# A cgroup of 400 MB without swap: 102 400 pages, so that one oom_score_adj is 102 pages.
FOUR = (
    "[      1]     0     1    50000    90000    40960        0             0 init",
    "[     10]     0    10    50000     2000    40960        0          -998 a",
    "[     11]     0    11    50000    20000    40960       90             0 big",
    "[     12]     0    12    50000     2000    40960        0           500 b",
    "[     13]     0    13    50000    90000    40960        0         -1000 sshd",
)  # fmt: skip
NO_SWAP = limit(409_600, "swap: usage 0kB, limit 0kB, failcnt 0")


def test_an_adj_of_500_is_half_of_the_cgroups_limit() -> None:
    assert replayed(report("5.10.0", NOW, *FOUR, memory=NO_SWAP)) == Replay(
        LATEST,
        (
            Badness(1, None, None),  # init is never chosen
            Badness(10, 2010 - 998 * 102, 3),  # negative since 5.9
            Badness(11, 20_100, 2),
            Badness(12, 2010 + 500 * 102, 1),
            Badness(13, None, None),  # nor is OOM_SCORE_ADJ_MIN
        ),
        102_400,
        "limit, no swap allowed",
        certain=True,
    )


def test_before_5_9_what_is_below_zero_counts_one() -> None:
    rows = (
        FOUR[1],
        FOUR[1].replace("10]", "14]").replace("-998", "-997"),
        "[     15]     0    15    50000        0        0        0             0 empty",
    )
    got = replayed(report("5.8.0", NOW, *rows, memory=NO_SWAP))
    assert got.rows == (Badness(10, 1, 3), Badness(14, 1, 2), Badness(15, 1, 1))  # of equals the last
    got = replayed(report("5.9.0", NOW, *rows, memory=NO_SWAP))
    assert got.rows == (Badness(10, 2010 - 99_800 - 1996, 3), Badness(14, 2010 - 99_700 - 1994, 2), Badness(15, 0, 1))


@pytest.mark.parametrize(("release", "ranks"), [("5.2.21", [1, 2, 3]), ("5.3.1", [3, 2, 1]), ("6.1.0", [3, 2, 1])])
def test_of_equals_the_first_dies_up_to_5_2_and_the_last_from_5_3(release: str, ranks: list[int]) -> None:
    rows = [ROW.replace("12", pid) for pid in ("12", "13", "14")]
    assert [row.rank for row in replayed(report(release, NOW, *rows)).rows] == ranks


def test_of_two_the_larger_dies() -> None:
    zero = "[     14]     0    14        0        0     4096        0             0 zero"
    one = "[     15]     0    15        0        1     4096        0             0 one"
    got = replayed(report("6.1.0", NOW, one, zero))
    assert got.rows == (Badness(15, 2, 1), Badness(14, 1, 2))


def test_up_to_2_6_35_the_choice_weighed_what_no_report_prints() -> None:
    event = report(
        "2.6.32.61",
        CPU,
        "[   12]     0    12    50000     1000   1       0 b",
        memory=("81712 pages RAM", "4212 pages reserved", "Node 0 DMA: 1*4kB = 4kB"),
    )
    assert replayed(event) == Replay(
        TO_2_6_35, (Badness(12, None, None),), 77_500, "RAM less reserved, and swap", certain=False
    )


# pid, rss, oom_score_adj: of a total of 200 000 pages, so that a thousandth is 200 of them
THOUSANDTHS = (
    (19, 0, 1000),
    (14, 1000, 40),
    (12, 9000, 0),
    (13, 9199, 0),
    (15, 1000, -300),
    (18, 400, 0),
    (16, 1000, 1000),
    (17, 2000, 1000),
)


def test_up_to_3_4_a_thousandth_of_the_total_is_the_least_that_counts() -> None:
    rows = [
        f"[{pid:5d}]     0 {pid:5d}    50000 {rss:8d}   1       0         {adj:5d} x" for pid, rss, adj in THOUSANDTHS
    ]
    memory = ("210000 pages RAM", "10000 pages reserved", "Total swap = 0kB", "Node 0 DMA: 1*4kB = 4kB")
    got = replayed(report("2.6.32-642.el6.x86_64", CPU_ADJ, *rows, memory=memory))
    assert got.total_pages == 200_000
    assert got.rows == (
        Badness(19, 1000 * 200, 1),  # 1000
        Badness(14, 1000 + 40 * 200, 4),  # 5 + 40 = 45
        Badness(12, 9000, 5),  # 45 too, and of equals the first dies
        Badness(13, 9199, 6),  # 45.995 is 45
        Badness(15, 1, 8),  # 5 - 300 counts 1
        Badness(18, 400, 7),  # 2
        Badness(16, 1000 + 1000 * 200, 2),  # 1005 is no more than 1000
        Badness(17, 2000 + 1000 * 200, 3),
    )
    from_3_5 = replayed(report("3.5.0", CPU_ADJ, *rows, memory=memory)).rows
    assert [(r.pid, r.rank) for r in from_3_5] == [
        (19, 3),
        (14, 5),
        (12, 6),
        (13, 4),
        (15, 8),
        (18, 7),
        (16, 2),
        (17, 1),
    ]


def test_up_to_3_4_without_a_total_rss_decides() -> None:
    rows = (
        "[   12]     0    12    50000     1000   1       0             0 b",
        "[   13]     0    13    50000     9000   1       0             0 c",
    )
    got = replayed(report("2.6.32-642.el6.x86_64", CPU_ADJ, *rows, memory=("Node 0 DMA: 1*4kB = 4kB",)))
    assert got == Replay(TO_3_4, (Badness(12, 1000, 2), Badness(13, 9000, 1)), None, None, certain=True)


def test_a_table_without_oom_score_adj_cannot_be_ranked() -> None:
    header = "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents name"
    got = replayed(report("6.1.0", header, "[     12]     0    12    50000     1000    40960        0 b"))
    assert got == Replay(LATEST, (Badness(12, None, None),), None, None, certain=False)


def test_an_unknown_total_leaves_those_with_an_adj_unranked() -> None:
    other = "[     13]     0    13    50000     9000    40960        0            -5 c"
    got = replayed(report("6.1.0", NOW, ROW, other))
    assert got == Replay(LATEST, (Badness(12, 1010, 1), Badness(13, None, None)), None, None, certain=False)


def test_no_table_or_no_page_size_is_no_replay() -> None:
    assert replay(event_of(SELECTED)) is None
    unsized = report(
        None, NOW, ROW.replace("40960", "65536").replace("50000", "0"), end=("Out of memory: Killed process 12 (b)",)
    )
    assert unsized.page_size_bytes is None
    assert replay(unsized) is None


def test_who_is_first_with_any_swap_is_certain() -> None:
    same = (ROW.replace("    0 b", "   70 b"), ROW.replace("12", "14").replace("    0 b", "   70 b"), FOUR[4])
    unknown = limit(409_600)
    assert replayed(report("6.1.0", NOW, *same, memory=unknown)).certain
    large = ROW.replace(" 1000 ", "20000 ").replace("12", "15")
    assert not replayed(report("6.1.0", NOW, *same, large, memory=unknown)).certain
    assert replayed(report("6.1.0", NOW, *same, large, memory=NO_SWAP)).certain


@pytest.mark.parametrize(
    ("memory", "first", "certain"),
    [
        # a has 15,360 pages, b 5,120 and oom_score_adj 300: b comes first from a total of 34,134 pages on
        (("memory+swap: usage 102400kB, limit 204800kB, failcnt 0",), 11, False),  # the limit is 25,600; 51,200 with swap
        (("memory+swap: usage 102400kB, limit 136532kB, failcnt 0",), 11, True),  # 34,133 at most: 5,120 + 34 * 300 = 15,320
        (("memory+swap: usage 102400kB, limit 140000kB, failcnt 0",), 11, False),  # 35,000 at most: 5,120 + 35 * 300 = 15,620
        (("memory+swap: usage 102400kB, limit 204800kB, failcnt 0", "Total swap = 0kB"), 11, True),
        (("memory+swap: usage 102400kB, limit 204800kB, failcnt 0", "Total swap = 1048576kB"), 12, True),
        (("swap: usage 0kB, limit 102400kB, failcnt 0",), 11, False),
        (("swap: usage 0kB, limit 20000kB, failcnt 0",), 11, True),  # 30,600 at most: 5,120 + 30 * 300 = 14,120
        (("swap: usage 0kB, limit 9007199254740988kB, failcnt 0",), 11, False),
    ],
)  # fmt: skip
def test_a_swap_limit_counts_no_more_than_the_swap_that_there_is(
    memory: tuple[str, ...], first: int, certain: bool
) -> None:
    rows = (
        "[     11]     0    11    50000    15360        0        0             0 a",
        "[     12]     0    12    50000     5120        0        0           300 b",
    )
    got = replayed(report("6.1.0", NOW, *rows, memory=limit(102_400, *memory)))
    assert ([row.pid for row in got.rows if row.rank == 1], got.certain) == ([first], certain)


def test_the_row_of_a_pid() -> None:
    got = replayed(report("6.1.0", NOW, *FOUR, memory=NO_SWAP))
    assert got.of(11) == Badness(11, 20_100, 2)
    assert got.of(4711) is None
