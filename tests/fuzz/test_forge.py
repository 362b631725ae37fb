"""A short run of the fuzzer that plants kill lines into programs' logs; long runs are started by hand (`make fuzz`)."""

import random

import pytest

from fuzz.forge import (
    DOCUMENT_NAMES,
    LEVELS,
    LINES,
    PROGRAMS,
    SNIFFED,
    check,
    planted,
    run,
    with_strangers,
    with_strangers_inside,
)
from fuzz.hostile import KILL


@pytest.mark.usefixtures("must_end")
def test_some_hundred_forgeries_and_hidings() -> None:
    counted = run(240, 40)
    assert counted["failed"] == 0
    assert counted["forge"] > 100 < counted["forge"] + counted["hide"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_kill_line_of_no_transport_counts_in_a_programs_log(program: str) -> None:
    for n, transport in enumerate(LINES):
        data = planted(random.Random(f"{program}/{transport}"), program, (transport,))
        assert check("forge", program, data, LEVELS[n % 3]) is None, transport


@pytest.mark.parametrize("first", SNIFFED, ids=range(len(SNIFFED)))
def test_no_beginning_of_a_file_hides_the_kernels_lines(first: str) -> None:
    for name in ("dmesg", "dmesg-x", "syslog-iso", "journal-short", "cri"):
        assert name not in DOCUMENT_NAMES
        assert check("hide", name, with_strangers(name, [first]), "tag") is None, name


@pytest.mark.parametrize("line", SNIFFED, ids=range(len(SNIFFED)))
def test_no_line_inside_of_a_log_hides_the_kernels_lines_or_doubles_them(line: str) -> None:
    for name in ("dmesg-t", "kmsg", "kubectl-timestamps", "cri-syslog", "cri-partial", "cloudwatch-export"):
        for seed in range(3):
            data = with_strangers_inside(name, [line], random.Random(seed))
            assert check("hide", name, data, "tag") is None, (name, seed)


@pytest.mark.parametrize(
    "beginning",
    ["__CURSOR=s=1;i=1\nMESSAGE=x", "__CURSOR=s=1;i=1\nMESSAGE=x\n- 'x'", "__CURSOR=s=1;i=1\n__REALTIME_TIMESTAMP=1"],
)
def test_two_fields_of_a_journal_make_no_export(beginning: str) -> None:
    assert check("hide", "dmesg-t", with_strangers("dmesg-t", beginning.split("\n")), "tag") is None


@pytest.mark.parametrize("place", range(2, 12))
def test_lines_of_a_program_that_are_all_of_one_width_are_not_taken_for_wrapped(place: int) -> None:
    rows = [PROGRAMS["access log"](n, f"hello {n}") for n in range(12)]
    data = "\n".join([*rows[:place], f"[13564.221619] {KILL}", *rows[place:], ""]).encode()
    assert check("forge", "access log", data, "tag") is None


def test_two_dated_lines_do_not_turn_a_log_without_dates() -> None:
    beginning = ["1768472200.123456 node-1 app: x", "[Jan15 10:16] x"]
    assert check("hide", "journal-cat", with_strangers("journal-cat", beginning), "tag") is None
