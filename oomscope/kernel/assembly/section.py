"""How a section of a report is registered with the assembler."""

from collections.abc import Callable
from typing import NamedTuple

from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.assembly.open_report import OpenReport
from oomscope.kernel.assembly.stream import Stream
from oomscope.kernel.assembly.streams import Streams


class Section(NamedTuple):
    """One kind of line. `place` puts what it reads into the open report and returns whether the line was its own."""

    name: str
    place: Callable[[Streams, Stream, Line], bool]
    starts: tuple[str, ...] = ()  # how an undamaged line begins: such a line is given to `place` at once
    start: str = ""  # the same as a pattern, where the words before are not fixed
    words: tuple[str, ...] = ()  # any line that holds one of these is given to `place`; without words, every line
    inside: bool = False  # the line says nothing without an unfinished report around it
    read_on: Callable[[Streams, Stream, OpenReport], Line | None] | None = None
    """Takes the lines that follow as long as they are of the same long block; returns the first that is not."""
