"""What a paste did to every line is undone; what only looks like it is left alone."""

import pytest

from oomscope.read.lines.paste_layout import PLAIN, layout_of

from .conftest import Reader

LONG = "a line that is longer than any screen, so that a terminal or a mail program has to break it: number"


def stamped(lines: int = 8) -> list[str]:
    return [f"[{n:12.6f}] {LONG} {n}" for n in range(1, lines + 1)]


def folded(lines: list[str], width: int) -> str:
    return "".join(line[at : at + width] + "\n" for line in lines for at in range(0, len(line), width))


def texts(reading: Reader, text: str) -> list[str]:
    return [record.text for record in reading(text).records]


def test_a_line_broken_at_a_column_keeps_the_blanks_at_its_joints(reading: Reader) -> None:
    for width in range(40, 110):
        assert texts(reading, folded(stamped(), width)) == [f"{LONG} {n}" for n in range(1, 9)], width


def test_a_joined_record_has_all_of_its_lines(reading: Reader) -> None:
    assert [(r.line, r.last_line) for r in reading(folded(stamped(3), 50)).records] == [(1, 3), (4, 6), (7, 9)]


def test_prose_between_log_lines_is_not_part_of_them(reading: Reader) -> None:
    prose = ["This is what I saw.", "Then I looked again:", "And so on.", "Thanks"]
    log = [f"{line}{'.' * n * 5}" for n, line in enumerate(stamped(4))]
    mixed = [line for pair in zip(log, prose, strict=True) for line in pair]
    assert texts(reading, "\n".join(mixed) + "\n") == [line.split("] ")[-1] for line in mixed]


def test_a_log_whose_lines_are_all_of_one_length_is_not_wrapped() -> None:
    assert layout_of(stamped(9)) == PLAIN
    assert layout_of([line[16:] for line in stamped(9)]) == PLAIN


def test_numbers_that_do_not_count_the_lines_stay(reading: Reader) -> None:
    lines = [f"{n * 7} errors in unit {n}" for n in range(1, 9)]
    assert texts(reading, "\n".join(lines) + "\n") == lines


def test_a_table_loses_its_bars_and_a_bar_in_a_name_stays(reading: Reader) -> None:
    rows = ["| log |", "|---|", *(f"| [{n:12.6f}] a \\| b {n} |" for n in range(1, 6))]
    assert texts(reading, "\n".join(rows) + "\n")[-5:] == [f"a | b {n}" for n in range(1, 6)]


@pytest.mark.usefixtures("must_end")
def test_a_line_without_an_end_costs_no_more_than_its_length(reading: Reader) -> None:
    reading(folded(stamped(), 80) + f"[   50.000000] {'x' * 65}\n" + ("y" * 80 + "\n") * 200_000)
