"""One thing that is wrong with a cause file, as its author reads it."""

from typing import NamedTuple

from oomscope.causes.files.locate import Place
from oomscope.causes.language.when import Problem
from oomscope.safe_text import safe_line


class Defect(NamedTuple):
    """One thing that is wrong with a cause file, and where."""

    line: int
    message: str
    shown: str = ""  # the offending line and a caret below
    tip: str = ""

    def text(self, file: str) -> str:
        lines = [f"{file}:{self.line}: {self.message}", self.shown, self.tip]
        return "\n    ".join(line for line in lines if line)


def shown(place: Place, value: object, problem: Problem | None) -> str:
    """Return the line, with carets below what is wrong in it; below the whole value where that is not told."""
    start, end = place.column, len(place.text.rstrip())
    if problem is not None and isinstance(value, str) and (at := place.text.find(value, place.column)) >= 0:
        start, end = at + problem.start, min(at + problem.end, end + 1)
    line = safe_line(place.text)
    before = len(safe_line(place.text[:start]))
    return f"{line}\n    {' ' * before}{'^' * max(min(end - start, 60), 1)}"
