"""What a paste did to every line alike: table bars, line numbers, wrapping. Judged from a sample, then undone.

Wrapping is undone only in logs whose records begin with a prefix: a line without one is the rest of the line above
where that line is full, which a width that fits nearly all such lines tells.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from oomscope.patterns import lazy
from oomscope.read.lines.habit import DATED

Numbered = tuple[int, int, str]
"""First physical line, last physical line, text."""

_NUMBER = lazy(r" {0,8}(\d{1,9})(?:[:\t-]| |$)")
_PLACE = lazy(r"[\w./+@-]{1,120}?([:-])(\d{1,9})\1")
_QUOTE = lazy(r"(?:> ?|\| ){0,16}")
_STRING = lazy(r"""\s{0,80}(?:- )?(?:'((?:[^']|'')*)'|"((?:[^"\\]|\\.)*)"),?\s*$""")
STARTS = lazy(
    r"[ >|\t*`\"']{0,32}(?:<\d{1,3}>|\[ *\d{1,10}\.\d|\[[<+ ]|\[\S{1,12} ?\S{1,12} +\d|\[\S{1,12} \d{1,2}\.? \S{1,12} \d|\d{4}-\d\d-\d\d[T ]"
    r"|[^\W\d_]{2,5}\.? \d{4}-\d\d-\d\d |(?:[^\W\d_]{2,4}\.? )?[^\W\d_]{3,5}\.? +\d{1,2} \d\d:\d\d:\d\d|\d{9,11}\.\d{3,9} "
    r"|(?:\d{1,4}\.[^,;\s]{1,80},)?\d{1,4},\d{1,20},\d{1,20},|\w{3,8} {0,8}:\w{3,6} {0,8}: |kernel: |-- |\S+: kern: |```)"
)

MIN_WIDTH, MAX_WIDTH = 40, 200
MIN_TAILS = 3
SHARE = 0.8  # of the lines without a prefix that one way of wrapping has to explain
END_MARKS = ("$", "¶", "¬", "↵", "⏎")
MAX_JOINED = 1 << 16  # characters; no record is so long
RECORD_INDENT = 15
"""dmesg and journalctl indent a record's own further lines at least this far."""


class Wrap(NamedTuple):
    """How lines were broken: behind a mark, at a column, or between the words of a column's width."""

    width: int = 0
    mark: str = ""  # what stands at the end of a broken line: a backslash, or the "=" of quoted-printable
    words: bool = False


class Layout(NamedTuple):
    """The habits of a paste."""

    table: bool = False
    numbers: bool = False  # of an editor, `cat -n` or `grep -n`
    places: bool = False  # `file:12:` or `file-12-`
    strings: bool = False  # each line is a string of JSON, Python or YAML in a list
    ends: str = ""  # the mark at every line's end: `cat -A` and editors write "$" there
    wrap: Wrap | None = None


PLAIN = Layout()


def layout_of(rows: Sequence[str]) -> Layout:
    """Judge the lines of a sample."""
    lines = [row for row in rows if row.strip()]
    layout = Layout(
        table=_table(lines), numbers=_rising(lines, _NUMBER, 1), places=_rising(lines, _PLACE, 2),
        strings=_strings(lines), ends=_end_mark(lines),
    )  # fmt: skip
    if layout == PLAIN:
        return layout._replace(wrap=_wrap(rows))
    stripped = [_stripped(row, layout) for row in rows]
    width = _padded_width(lines) if layout.ends else None
    return layout._replace(wrap=Wrap(width - 1) if width is not None else _wrap(stripped))


def undone(lines: Iterable[Numbered], layout: Layout) -> Iterator[Numbered]:
    """Return the lines as they were before; those that were broken as one, with all the places they take."""
    stripped = ((first, last, _stripped(line, layout)) for first, last, line in lines)
    return _rejoined(stripped, layout.wrap) if layout.wrap else stripped


def _stripped(line: str, layout: Layout) -> str:
    if layout.ends and line.endswith(layout.ends):
        line = line[:-1].rstrip()
    if layout.strings and (match := _STRING.match(line)):
        return _unquoted_string(match)
    if layout.table and line.startswith("|"):
        line = line[1:].removeprefix(" ").rstrip().removesuffix("|").removesuffix(" ").replace(r"\|", "|")
    if layout.places and (match := _PLACE.match(line)):
        return line[match.end() :]
    if layout.numbers and (match := _NUMBER.match(line)):
        return line[match.end() :]
    return line


def _strings(lines: Sequence[str]) -> bool:
    """True if most lines are strings in a list: what `stdout_lines` of Ansible prints, and dumps of JSON."""
    rows = sum(_STRING.match(line) is not None for line in lines)
    return rows >= MIN_TAILS and rows >= SHARE * len(lines)


def _unquoted_string(match: re.Match[str]) -> str:
    """The string's text; JSON and YAML's double quotes escape with a backslash, YAML's single quotes by doubling."""
    if match[1] is not None:
        return match[1].replace("''", "'")
    try:
        import json

        text = json.loads(f'"{match[2]}"')
    except ValueError:
        return match[2]
    return text if isinstance(text, str) and "\n" not in text else match[2]


def _end_mark(lines: Sequence[str]) -> str:
    """Return the mark that every line ends with, or the empty string. Two lines are the least that show a habit."""
    mark = lines[0][-1:] if len(lines) > 1 else ""
    return mark if mark in END_MARKS and all(line.endswith(mark) for line in lines) else ""


def _padded_width(lines: Sequence[str]) -> int | None:
    """Return the length that all lines have: blanks fill a screen's lines up to their mark, and a full line goes on."""
    width = len(lines[0])
    is_screen = width > MIN_WIDTH and all(len(line) == width for line in lines)
    return width if is_screen and any(line[-2:-1] != " " for line in lines) else None


def _table(lines: Sequence[str]) -> bool:
    """A Markdown table: bars at both ends of the lines, a row of dashes below the first."""
    if not any(line.startswith("|") for line in lines[:3]):
        return False
    rows = sum(line.startswith("|") and line.rstrip().endswith("|") for line in lines)
    return rows >= SHARE * len(lines)


def _rising(lines: Sequence[str], shape: re.Pattern[str], group: int) -> bool:
    """Do the lines begin with numbers that count them?"""
    if not lines or lines[0][:1] == "[" or lines[-1][:1] == "[":
        return False
    numbers = [int(match[group]) for line in lines if (match := shape.match(line))]
    rising = sum(1 for a, b in pairwise(numbers) if b == a + 1)
    return len(numbers) >= SHARE * len(lines) and rising >= SHARE * (len(numbers) - 1) and len(numbers) >= MIN_TAILS


# -- wrapping ----------------------------------------------------------------------------------------------------------


def _starts(line: str) -> bool:
    """True if the line has a prefix, or is indented like a further line of a record: no rest of the line above."""
    return STARTS.match(line) is not None or _unquoted(line)[:RECORD_INDENT].isspace()


def _unquoted(line: str) -> str:
    return line[found.end() :] if (found := _QUOTE.match(line)) else line


def _wrap(lines: Sequence[str]) -> Wrap | None:
    """How the sample's lines were broken, or None."""
    if sum(line[:1] not in "[<" and line[:2] != "  " for line in lines) < MIN_TAILS:
        return None
    tails = [(a, b) for a, b in pairwise(lines) if a.strip() and _is_tail(b)]
    if not MIN_TAILS <= len(tails) < SHARE * len(lines):
        return None
    for mark in ("\\", "="):
        if sum(a.endswith(mark) for a, _ in tails) >= SHARE * len(tails):
            return Wrap(mark=mark)
    return _at_column(lines, tails) or _between_words(lines, tails)


def _is_tail(line: str) -> bool:
    text = _unquoted(line)
    return bool(text.strip()) and text[:2] != "  " and not _starts(line) and DATED.match(text) is None


def _at_column(lines: Sequence[str], tails: Sequence[tuple[str, str]]) -> Wrap | None:
    """No line is longer than the broken ones, and those are all of one length."""
    width, count = Counter(len(a) for a, _ in tails).most_common(1)[0]
    widest = sum(len(line) > width for line in lines)
    fits = MIN_WIDTH <= width <= MAX_WIDTH and count >= SHARE * len(tails) and widest == 0
    return Wrap(width) if fits else None


def _between_words(lines: Sequence[str], tails: Sequence[tuple[str, str]]) -> Wrap | None:
    """A width that every broken line keeps, that the next word would have passed, and that no words go beyond."""
    spans = [(len(a), len(a) + 1 + len(_first_word(b))) for a, b in tails]
    best, kept = 0, 0
    for width in sorted({low for low, _ in spans if MIN_WIDTH <= low <= MAX_WIDTH}):
        count = sum(low <= width < high for low, high in spans)
        if count >= kept:
            best, kept = width, count
    beyond = sum(len(line) > best and " " in _unquoted(line).lstrip()[:best] for line in lines)
    fits = kept >= max(MIN_TAILS, SHARE * len(tails)) and beyond <= (1 - SHARE) * len(tails)
    return Wrap(best, words=True) if fits else None


def _first_word(line: str) -> str:
    return _unquoted(line).split(" ", 1)[0]


def _rejoined(lines: Iterable[Numbered], wrap: Wrap) -> Iterator[Numbered]:
    held: Numbered | None = None
    above = ""  # the last physical line of what is held
    for first, last, line in lines:
        if held is not None and len(held[2]) < MAX_JOINED and (glue := _glue(above, line, wrap)) is not None:
            text = held[2].removesuffix(wrap.mark) if wrap.mark else held[2]
            held = (held[0], last, text + glue + _unmarked(line, above))
        else:
            if held is not None:
                yield held
            held = (first, last, line)
        above = line
    if held is not None:
        yield held


def _glue(above: str, line: str, wrap: Wrap) -> str | None:
    """What stood between two lines that were one, or None where they are two."""
    if not _unquoted(line).strip() or not above.strip() or _starts(line):
        return None
    if wrap.mark:
        return "" if above.endswith(wrap.mark) else None
    if not wrap.words:
        return "" if len(above) == wrap.width else None
    word = _first_word(line)
    if len(above) + 1 + len(word) <= wrap.width:
        return None
    # Only a word that is longer than a line is broken inside.
    broken = len(above) == wrap.width and len(above.rsplit(" ", 1)[-1]) + len(word) >= wrap.width
    return "" if broken or above.endswith(" ") else " "


def _unmarked(line: str, above: str) -> str:
    """Return the line without the quote marks that it shares with the one above."""
    marks = _QUOTE.match(above)
    return line.removeprefix(marks[0]) if marks else line
