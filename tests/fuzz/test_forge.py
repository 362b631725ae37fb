"""A short run of the fuzzer that plants kill lines into programs' logs; long runs are started by hand (`make fuzz`)."""

import random

import pytest

from fuzz.forge import DOCUMENT_NAMES, LEVELS, LINES, PROGRAMS, SNIFFED, check, planted, run, with_strangers


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
