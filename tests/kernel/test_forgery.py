"""What a report says beside its numbers: how far it can be believed, who asked for the kill, which size no process has."""

import pytest

from oomscope.kernel import rate_limits_reports
from oomscope.kernel.assembly.line_window import LineWindow
from oomscope.kernel.assembly.logical_lines import is_stamped
from oomscope.kernel.derive.forgery import asked_by, forgeries, trust_in
from oomscope.kernel.event import MemInfo, Task, TaskTable, Victim
from oomscope.kernel.numbers import comm_fits, kb
from oomscope.read.record import Record, Trust

MIB = 1 << 20


def record(trust: Trust, monotonic: float | None = None, wall: float | None = None) -> Record:
    ident = "kernel" if trust == "tag" else None
    return Record("", 1, 1, monotonic_seconds=monotonic, wall_seconds=wall, trust=trust, ident=ident)


TRUSTS: list[tuple[list[Record], bool, Trust]] = [
    ([record("kernel"), record("likely")], True, "likely"),
    ([record("likely"), record("tag")], True, "tag"),
    ([record("tag"), record("text")], True, "tag"),  # text was let in by --trust any
    ([record("kernel"), record("kernel")], False, "kernel"),
    ([record("text")], True, "text"),
    ([], False, "text"),
    ([record("tag", 10.0, 1010.0), record("tag", 13.0, 1015.0)], True, "likely"),  # two seconds apart at most
    ([record("tag", 10.0, 1010.0), record("tag", 13.0, 1015.1)], True, "tag"),
    ([record("tag", 10.0, 1010.0), record("tag", 13.0, 1013.0)], False, "tag"),
    ([record("tag", 10.0, 1010.0), record("tag", 13.0)], True, "tag"),
    ([record("tag", 10.0, 1010.0), record("tag", None, 1010.0)], True, "tag"),
]  # fmt: skip


@pytest.mark.parametrize(("records", "whole", "trust"), TRUSTS, ids=range(len(TRUSTS)))
def test_the_weakest_line_tells_and_a_whole_report_that_keeps_both_clocks_is_likely(
    records: list[Record], whole: bool, trust: Trust
) -> None:
    assert trust_in(records, whole) == trust


def test_a_paste_is_likely_where_a_whole_report_stands_in_it() -> None:
    bare = record("tag")._replace(ident=None)
    assert (trust_in([bare, bare], True), trust_in([bare], False)) == ("likely", "tag")


def test_a_kill_line_without_a_prefix_between_lines_that_have_one_is_text() -> None:
    bare = record("likely")._replace(text="Killed process 7 (x)", borrowed=True)
    rest = bare._replace(text="killed process 7 (x) score 0 vm:1kB", continuation=True)
    assert [trust_in([line], False) for line in (bare, bare._replace(continuation=True), rest)] == [
        "text",
        "text",
        "likely",
    ]


def test_the_caller_of_the_announcement_asked_for_the_kill() -> None:
    def said(caller: str | None) -> Record:
        return Record("sysrq: Manual OOM execution", 9, 9, caller=caller)

    rows = tuple(
        Task(pid, 0, tgid, comm, *(None,) * 10, 1) for pid, tgid, comm in ((4711, 4711, "bash"), (12, 5, "java"))
    )
    table = TaskTable((), "header", rows, (1, 1))
    wrote = "asked for the kill: it wrote f to /proc/sysrq-trigger"
    assert list(asked_by(said("T4711"), table)) == [("asked-by", f"bash (pid 4711) {wrote}", 9)]
    assert list(asked_by(said("T5"), table)) == [("asked-by", f"java (pid 5) {wrote}", 9)]  # by its thread group
    asked = "task 77 asked for the kill; "
    console = "it has no row in the task table: gone since, or the kernel's own for a console"
    assert list(asked_by(said("T77"), table)) == [("asked-by", asked + console, 9)]
    assert list(asked_by(said("T77"), None)) == [("asked-by", f"{asked}what its name was is not in the log", 9)]
    interrupt = "SysRq-f came in an interrupt on CPU 3: from a keyboard, a serial console or the hypervisor"
    assert list(asked_by(said("C3"), table)) == [("asked-by", interrupt, 9)]
    assert list(asked_by(said(None), table)) == []
    assert list(asked_by(said("T"), table)) == []
    assert list(asked_by(None, table)) == []


FORGED = "no process is so, the kill line is forged or damaged"
# total-vm, anon, file and shmem of the kill line in MiB, RAM in MiB: the finding
SIZES = [
    (100, 100, 0, 0, 1000, None),
    (100, 100, 65, 0, 1000, None),  # 1 % and 64 MiB of slack
    (100, 101, 60, 5, 1000, "166.0 MiB resident in 100.0 MiB of address space: " + FORGED),
    (1000, 500, 500, 74, 5000, None),  # exactly the slack
    (None, 1000, 0, 64, 1000, None),
    (None, 1000, 0, 65, 1000, "1.0 GiB resident on a machine of 1000.0 MiB: the kill line is forged or damaged"),
    (5000, 900, 100, 65, 1000, "1.0 GiB resident on a machine of 1000.0 MiB: the kill line is forged or damaged"),
    (5000, 2000, 0, 0, None, None),
    (100, None, None, None, 1, None),
]  # fmt: skip


@pytest.mark.parametrize(("mapped", "anon", "file", "shmem", "ram", "words"), SIZES)
def test_no_process_is_larger_than_its_address_space_or_the_machine(
    mapped: int | None, anon: int | None, file: int | None, shmem: int | None, ram: int | None, words: str | None
) -> None:
    a, b, c, d = (None if n is None else n * MIB for n in (mapped, anon, file, shmem))
    victim = Victim(7, "x", 0, a, b, c, d, None, 0, 33, "killed", None, None, None)
    info = MemInfo(ram_pages=ram * 256 if ram else None)
    want = [("sizes-impossible", words, 33)] if words else []
    assert list(forgeries((victim,), info, 4096)) == want
    if ram:
        assert [f for f in forgeries((victim,), None, 4096) if "machine" in f[1]] == []
        assert [f for f in forgeries((victim,), info, None) if "machine" in f[1]] == []


@pytest.mark.parametrize(
    ("function", "reports"),
    [
        ("oom_kill_process", True), ("__oom_kill_process", True), ("out_of_memory", True), ("dump_header", True), ("warn_alloc", True),
        ("show_mem", True), ("net_ratelimit", False), ("print_req_error", False), ("show_memory", False),
    ],
)  # fmt: skip
def test_some_rate_limits_swallow_parts_of_reports(function: str, reports: bool) -> None:
    assert rate_limits_reports(f"{function}: 12 callbacks suppressed") is reports
    assert rate_limits_reports(function) is reports
    assert not rate_limits_reports("net_ratelimit: 3 callbacks suppressed: oom")


def split(text: str, line: int = 5, last: int = 5) -> list[tuple[str, int]]:
    return [(part.text, part.line) for part in LineWindow([Record(text, line, last)]).lines]


def test_a_record_of_many_lines_is_many_lines() -> None:
    assert split("one") == [("one", 5)]
    assert split("a:1\n b:2\n c:3") == [("a:1", 5), (" b:2", 5), (" c:3", 5)]  # `#012` or `\\x0a`: one line of the log
    assert split("a:1\n b:2\n c:3", 5, 7) == [("a:1", 5), (" b:2", 6), (" c:3", 7)]
    assert split("a:1\n b:2\n c:3", 5, 6) == [("a:1", 5), (" b:2", 6), (" c:3", 6)]


NAMED = [
    "oom-kill:constraint=CONSTRAINT_NONE,task=a\nb,pid=1,uid=0", "Killed process 7 (a\nb) total-vm:4kB", "Out of memory: Kill process 7 (a\nb) score 1",
    "Out of memory: kill process 7 (a\nb) score 1", "oom_reaper: reaped process 7 (a\nb)", "CPU: 0 PID: 7 Comm: a\nb Not tainted", "Pid: 7, comm: a\nb",
    "a\nb invoked oom-killer: gfp_mask=0x0", "\nb invoked oom-killer: x", "\n invoked oom-killer: x", f"a{'b' * 58}\n invoked oom-killer: x",
    "[   4711]  1000  4712    50000    30000   352256       17           936 a\nb", "[   4711]  1000  4712    50000    30000   352256 17 936 a\n" + 15 * "b",
]  # fmt: skip


@pytest.mark.parametrize("text", NAMED, ids=range(len(NAMED)))
def test_a_newline_in_a_name_does_not_cut_a_record(text: str) -> None:
    assert split(text) == [(text, 5)]


CUT = [
    "anon 1\nKilled process 7 (a) total-vm:4kB",  # the words stand in another line of the record
    f"a{'b' * 60}\n invoked oom-killer: x",
    "[   4711]  1000  4712    50000    30000   352256 17 936 a\n" + 16 * "b",
    "[   4711] words\nb",
]


@pytest.mark.parametrize("text", CUT, ids=range(len(CUT)))
def test_another_newline_does(text: str) -> None:
    assert [part for part, _ in split(text)] == text.split("\n")


def test_a_stamp_of_its_own_is_no_borrowed_one() -> None:
    def stamped(monotonic: float | None = None, wall: float | None = None, borrowed: bool = False) -> bool:
        return is_stamped(record("likely", monotonic, wall)._replace(borrowed=borrowed))

    assert not stamped()
    assert stamped(monotonic=0.0)
    assert stamped(wall=0.0)
    assert not stamped(monotonic=1.0, borrowed=True)


def test_kb_are_bytes_that_a_machine_can_have() -> None:
    assert kb("4") == 4096
    assert kb("0") == 0
    assert kb(str((1 << 54) - 1)) == (1 << 64) - 1024
    assert kb(str(1 << 54)) is None
    assert kb("") is None
    assert kb(None) is None


def test_a_comm_is_15_bytes_however_a_reader_shows_them() -> None:
    for fits in (
        "",
        15 * "x",
        15 * "\\x1b",
        15 * "#033",
        7 * "é",
        5 * "€",
        "caf\udce9",
        "\\x0a" + 14 * "x",
        15 * "\udcff",
    ):
        assert comm_fits(fits), fits
    for long in (16 * "x", 16 * "\\x1b", 8 * "é", "é" + 14 * "x", 61 * "x", "\\x0a" + 15 * "x"):
        assert not comm_fits(long), long
