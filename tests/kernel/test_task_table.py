"""The task table of every era, column by column: mm/oom_kill.c, dump_tasks() and dump_task()."""

import pytest
from helpers.kernel_reading import event_of, numbers_of

from oomscope.kernel.assembly.logical_lines import ROW_START
from oomscope.kernel.event import Task, TaskTable
from oomscope.kernel.sections.task_columns import Columns, infer, parse_header
from oomscope.kernel.sections.task_table import RowReader

START = ("uid", "tgid", "total_vm", "rss")
SPLIT = (*START, "rss_anon", "rss_file", "rss_shmem", "pgtables_bytes", "swapents", "oom_score_adj")
BYTES = (*START, "pgtables_bytes", "swapents", "oom_score_adj")
PMDS = (*START, "nr_ptes", "nr_pmds", "swapents", "oom_score_adj")
PTES = (*START, "nr_ptes", "swapents", "oom_score_adj")
BOTH = (*START, "cpu", "oom_adj", "oom_score_adj")
CPU = (*START, "cpu", "oom_adj")


def task(**changes: int | None) -> Task:
    plain = Task(4711, 1000, 4712, "npm start", 50000, 30000, None, None, None, None, None, None, None, None, 9)
    return plain._replace(**changes)  # type: ignore[arg-type]  # comm is not among the changed


# (since, header as printed, row as its format string prints it, the columns, the task)
ERAS = [
    ("6.8", "[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name",
     "[   4711]  1000  4712    50000    30000    29000      900       100   352256       17           936 npm start", SPLIT,
     task(anon_pages=29000, file_pages=900, shmem_pages=100, pgtables_bytes=352256, swap_pages=17, oom_score_adj=936)),
    ("4.19", "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
     "[   4711]  1000  4712    50000    30000   352256       17          -936 npm start", BYTES,
     task(pgtables_bytes=352256, swap_pages=17, oom_score_adj=-936)),
    ("4.15", "[ pid ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
     "[ 4711]  1000  4712    50000    30000     4096       17             0 npm start", BYTES,
     task(pgtables_bytes=4096, swap_pages=17, oom_score_adj=0)),
    ("4.1", "[ pid ]   uid  tgid total_vm      rss nr_ptes nr_pmds swapents oom_score_adj name",
     "[ 4711]  1000  4712    50000    30000      86       3       17           936 npm start", PMDS,
     task(page_tables=89, swap_pages=17, oom_score_adj=936)),
    ("3.6", "[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name",
     "[ 4711]  1000  4712    50000    30000      86       17           936 npm start", PTES,
     task(page_tables=86, swap_pages=17, oom_score_adj=936)),
    ("2.6.36", "[ pid ]   uid  tgid total_vm      rss cpu oom_adj oom_score_adj name",
     "[ 4711]  1000  4712    50000    30000   3     -17         -1000 npm start", BOTH,
     task(oom_adj=-17, oom_score_adj=-1000)),
    ("2.6.32", "[ pid ]   uid  tgid total_vm      rss cpu oom_adj name",
     "[ 4711]  1000  4712    50000    30000   3      15 npm start", CPU, task(oom_adj=15)),
]  # fmt: skip


@pytest.mark.parametrize(("since", "header", "row", "columns", "want"), ERAS, ids=[e[0] for e in ERAS])
def test_a_row_by_its_header(since: str, header: str, row: str, columns: tuple[str, ...], want: Task) -> None:
    read = parse_header(header)
    assert read == Columns(columns, "header", complete=True)
    assert read is not None
    assert read.goodness == 100
    assert RowReader(read).read(row, 9) == want
    assert parse_header(f"{header}  ") == read


@pytest.mark.parametrize(("since", "header", "row", "columns", "want"), ERAS, ids=[e[0] for e in ERAS])
def test_a_row_without_its_header_by_counting(
    since: str, header: str, row: str, columns: tuple[str, ...], want: Task
) -> None:
    read = infer(row)
    assert read == Columns(columns, "inferred", complete=True)
    assert read is not None
    assert RowReader(read).read(row, 9) == want


@pytest.mark.parametrize(("since", "header", "row", "columns", "want"), ERAS, ids=[e[0] for e in ERAS])
def test_a_name_of_digits_is_not_a_column(
    since: str, header: str, row: str, columns: tuple[str, ...], want: Task
) -> None:
    named = row.replace("npm start", "7")
    counted = infer(named)
    assert counted is not None
    assert counted.names == columns
    assert RowReader(counted).read(named, 9) == want._replace(comm="7")


def test_the_three_tables_of_seven_numbers_are_told_by_their_widths() -> None:
    def of(row: str) -> tuple[str, ...] | None:
        found = infer(row)
        return found.names if found else None

    head = "[ 4711]  1000  4712    50000    30000"
    assert of(f"{head}    4096       17             0 x") == BYTES  # a whole page of tables and more
    assert of(f"{head}    4097       17             0 x") == PTES
    assert of(f"{head}       0       17             0 x") == PTES
    assert of(f"{head}   3      15             0 x") == BOTH
    assert of(f"{head}   3     -17             0 x") == BOTH
    assert of(f"{head}   3      16             0 x") == PTES  # no oom_adj
    assert of(f"{head}   3     -18             0 x") == PTES
    assert of(f"{head}  33      15             0 x") == BOTH
    assert of(f"{head}    3      15             0 x") == PTES  # a width too many
    assert of(f"{head}   3       15             0 x") == PTES


@pytest.mark.parametrize(
    "row",
    [
        "[ 4711] 1000 4712 50000 x",  # too few
        "[ 4711] 1000 4712 50000 30000 7 x",  # five: no table has so many
        "[ 4711] 1000 4712 50000 30000 1 2 3 4 5 6 7 8 x",  # twelve
        "[ 4711] 1000 -1 50000 30000 1 2 3 x",  # no thread group
        "[ 4711] 1000 4194305 50000 30000 1 2 3 x",  # above PID_MAX_LIMIT
        "[ 4711] 1000 4712 -1 30000 1 2 3 x",
        "[ 4711] 1000 4712 50000 -1 1 2 3 x",
        "[ 4711] a row of words",
        "no bracket",
    ],
)
def test_what_no_table_ever_held_is_no_row(row: str) -> None:
    assert infer(row) is None


def test_the_largest_values_that_a_row_can_hold() -> None:
    assert infer("[4194304] 1000 4194304 50000 30000 1 2 3 x") is not None
    assert infer("[ 4711] -2 0 0 0 1 2 3 x") is not None  # uid is printed signed


def test_a_cut_header_that_only_one_table_begins_with_names_it() -> None:
    start = "[  pid  ]   uid  tgid total_vm      rss "
    assert parse_header(start + "rss_anon rss_fi") == Columns(SPLIT, "inferred", complete=False)
    assert parse_header(start + "pgtables_b") == Columns(BYTES, "inferred", complete=False)
    assert parse_header(start + "nr_ptes nr_") == Columns(PMDS, "inferred", complete=False)
    assert parse_header(start + "nr_ptes swap") == Columns(PTES, "inferred", complete=False)
    assert parse_header(start + "cpu oom_adj oom_sc") == Columns(BOTH, "inferred", complete=False)
    assert parse_header(start + "cpu oom_adj na") == Columns(CPU, "inferred", complete=False)
    assert parse_header(start + "nr_pt") is None  # 3.6 or 4.1
    assert parse_header(start + "cpu oom_ad") is None
    assert parse_header(start) is None  # any of them
    assert parse_header("[ pid ]   uid  tg") is None
    unknown = parse_header(start + "pgtables_bytes swapents new_column oom_sc")
    assert unknown == Columns((*BYTES[:-1], "new_column"), "header", complete=False)
    assert unknown is not None
    assert unknown.goodness == 7
    assert RowReader(unknown).read("[ 4711] 1000 4712 50000 30000 4096 17 5 0 x", 1) is None


def test_a_column_of_a_vendor_is_passed_over() -> None:
    columns = parse_header(
        "[ pid ]   uid  tgid total_vm      rss nr_ptes nr_pmds nr_puds swapents (01)nrss oom_score_adj name"
    )
    assert columns is not None
    assert columns.names == (*START, "nr_ptes", "nr_pmds", "nr_puds", "swapents", "(01)nrss", "oom_score_adj")
    row = RowReader(columns).read(
        "[ 4711]  1000  4712    50000    30000      86       3    1  17      5           936 npm start", 9
    )
    assert row == task(page_tables=90, swap_pages=17, oom_score_adj=936)


def test_a_name_may_hold_anything() -> None:
    by_header = RowReader(Columns(BYTES, "header"))
    counted = RowReader(Columns(BYTES, "inferred"))
    head = "[   4711]  1000  4712    50000    30000   352256       17           936"

    def names(text: str) -> tuple[str | None, str | None]:
        rows = (by_header.read(head + text, 9), counted.read(head + text, 9))
        return rows[0].comm if rows[0] else None, rows[1].comm if rows[1] else None

    assert names(" (sd-pam)") == ("(sd-pam)", "(sd-pam)")
    assert names(" a  b ") == ("a  b", "a  b ")
    assert names(" a\nb") == ("a\nb", "a\nb")
    assert names(" ") == ("", None)  # an empty name, or a row that is cut
    assert names("") == (None, None)
    assert names("x") == (None, None)


def test_a_row_has_a_pid_in_brackets_and_four_numbers() -> None:
    assert ROW_START.match("[   4711]  1000  4712    50000    30000 x")
    assert ROW_START.match("[4711] -2 4712 50000 30000")
    assert not ROW_START.match("[   4711]  1000  4712    50000")
    assert not ROW_START.match("[ T4711]  1000  4712    50000   30000")
    assert not ROW_START.match("   4711  1000  4712    50000    30000")


HEAD = "nginx invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"
ROWS = (
    "[   4711]     0  4711    50000    30000   163840        0           936 java",
    "[   4712]     0  4712    50000      900   163840        0             0 npm start",
)
WANT = (
    Task(4711, 0, 4711, "java", 50000, 30000, None, None, None, 163840, None, 0, 936, None, 4),
    Task(4712, 0, 4712, "npm start", 50000, 900, None, None, None, 163840, None, 0, 0, None, 5),
)


def test_the_table_of_an_event() -> None:
    assert event_of([HEAD, "Tasks state (memory values in pages):", ERAS[1][1], *ROWS]).tasks == TaskTable(
        BYTES, "header", WANT, (3, 5)
    )
    assert event_of([HEAD, "Call Trace:", "Tasks state (memory values in pages):", *ROWS]).tasks == TaskTable(
        BYTES, "inferred", WANT, (4, 5)
    )
    assert event_of([HEAD, "Call Trace:", ERAS[1][1]]).tasks is None


@pytest.mark.parametrize("column", ["uid", "tgid", "total_vm", "rss", "swapents", "oom_score_adj", "name"])
def test_a_row_printed_twice_is_one_task_and_a_changed_one_is_another(column: str) -> None:
    numbers = dict(zip(BYTES, ROWS[0].split("]")[1].split()[:-1], strict=True)) | {"name": "java"}
    again = numbers | {column: "7"}

    def row(values: dict[str, str]) -> str:
        return "[   4711] " + " ".join(values.values())

    def count(*rows: str) -> int:
        table = event_of([HEAD, ERAS[1][1], *rows]).tasks
        return len(table.tasks) if table else 0

    assert count(row(numbers), row(numbers)) == 1
    assert count(row(numbers), row(again)) == 2


def test_a_row_that_is_cut_is_kept_and_no_task() -> None:
    event = event_of([HEAD, ERAS[1][1], ROWS[0], "[   4713]     0  4713    50000      900", ROWS[1]])
    assert event.tasks is not None
    assert [t.pid for t in event.tasks.tasks] == [4711, 4712]
    assert event.unknown == ((4, "[   4713]     0  4713    50000      900"),)
    assert numbers_of(event) == [1, 2, 3, 4, 5]


def test_a_cut_header_takes_no_row_with_it() -> None:
    event = event_of([HEAD, ERAS[1][1].rsplit(" oom", 1)[0], *ROWS])
    assert event.tasks == TaskTable(BYTES, "inferred", tuple(t._replace(line=t.line - 1) for t in WANT), (2, 4))


def test_page_table_counts_of_nothing_are_nothing() -> None:
    assert RowReader(Columns(PMDS, "header")).read("[ 7] 0 7 50000 30000 0 0 0 0 x", 1) == Task(
        7, 0, 7, "x", 50000, 30000, None, None, None, None, 0, 0, 0, None, 1
    )
