"""The log's own lines with their numbers: runs of plain text, and the lines that a clue points at."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from oomscope.report.fields import Doc, anchor, rows, span
from oomscope.report.words import count, plural
from oomscope.safe_text import safe_line

_MOST = 400  # lines of one incident on the page; the middle goes first, cited lines stay
_LONGEST = 2000  # characters of one line


class Run(NamedTuple):
    text: str
    id: str = ""  # set for a line that a clue points at


class Raw(NamedTuple):
    runs: tuple[Run, ...]
    says: str
    cited: tuple[Run, ...]  # those of them that a clue points at
    ids: frozenset[int]  # line numbers that can be linked to

    def link(self, identity: object, lines: tuple[int, int] | None) -> str | None:
        """The fragment of the first line of `lines`, if the page shows it."""
        return f"#{line_id(identity, lines[0])}" if lines and lines[0] in self.ids else None


def line_id(identity: object, line: int) -> str:
    return f"i-{anchor(identity)}-L{line}"


def raw_view(incident: Doc, lines: Sequence[tuple[int, str]], extra: Iterable[Doc] = ()) -> Raw:
    """The incident's raw lines, cited ones apart; `extra` is evidence from elsewhere that cites them too."""
    cited, marked = _cited(incident, extra)
    kept = _kept(lines, marked)
    digits = len(str(lines[-1][0])) if lines else 1
    runs: list[Run] = []
    pending: list[str] = []
    for number, text in kept:
        shown = f"{number or '':>{digits}}  {_clip(text)}\n" if number else f"{'':>{digits}}  {text}\n"
        if number in marked:
            _flush(pending, runs)
            runs.append(Run(shown, line_id(incident.get("id"), number)))
        else:
            pending.append(shown)
    _flush(pending, runs)
    present = frozenset(n for n, _ in kept)
    marks = tuple(run for run in runs if run.id)
    return Raw(tuple(runs), plural(len(lines), "line"), marks, frozenset(cited & present))


def _flush(pending: list[str], runs: list[Run]) -> None:
    if pending:
        runs.append(Run("".join(pending)))
        pending.clear()


def _cited(incident: Doc, extra: Iterable[Doc]) -> tuple[set[int], set[int]]:
    """First lines that links go to, and every line that is marked. A long range marks its first line only."""
    verdict = incident.get("verdict") or {}
    spans = [span(e.get("lines")) for e in (*rows(verdict, "evidence"), *rows(incident, "notes"), *extra)]
    spans += [(v["line"], v["line"]) for v in rows(incident, "victims") if isinstance(v.get("line"), int)]
    first: set[int] = set()
    marked: set[int] = set()
    for pair in spans:
        if pair:
            first.add(pair[0])
            marked.update(range(pair[0], pair[1] + 1) if pair[1] - pair[0] < 4 else pair[:1])
    return first, marked


def _kept(lines: Sequence[tuple[int, str]], marked: set[int]) -> list[tuple[int, str]]:
    if len(lines) <= _MOST:
        return list(lines)
    head, tail = _MOST // 2, _MOST // 2
    middle = [line for line in lines[head:-tail] if line[0] in marked][:_MOST]
    left = len(lines) - head - tail - len(middle)
    note = (0, f"… {count(left)} lines left out; they are in the log …")
    return [*lines[:head], note, *middle, *lines[-tail:]]


def _clip(text: str) -> str:
    left = len(text) - _LONGEST
    return safe_line(text) if left <= 0 else safe_line(text[:_LONGEST]) + f" … {count(left)} characters left out"
