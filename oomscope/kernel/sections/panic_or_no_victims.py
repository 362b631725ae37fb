"""No killable processes, or a panic instead of a kill."""

from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.assembly.section import Section
from oomscope.kernel.assembly.stream import Stream
from oomscope.kernel.assembly.streams import Streams
from oomscope.patterns import lazy

_PANIC = lazy(
    r"(?:---\[ end )?Kernel panic - not syncing: (?P<text>(?:Out of memory|out of memory|System is deadlocked on memory).{0,80})"
)


def parse_panic(text: str) -> str | None:
    """Return the reason of a panic that an OOM caused; the "end Kernel panic" line repeats it."""
    found = _PANIC.match(text)
    return found["text"].split(" ]---")[0].strip() if found else None


def is_no_killable(text: str) -> bool:
    """True for `Out of memory and no killable processes...`; 4.19+ warns, before that it was the panic's text."""
    return text.startswith("Out of memory and no killable processes")


def _place(streams: Streams, stream: Stream, line: Line) -> bool:
    text = line.text
    panic = parse_panic(text)
    if panic is None and not is_no_killable(text):
        return False
    report = stream.report or streams.last_finished(stream, line)
    if report is None or (report.ended and not report.no_killable and not report.panic):
        report = streams.open(stream, line)
    if panic is not None:
        report.panic = report.panic or panic
    report.no_killable = report.no_killable or "no killable processes" in text or "deadlocked on memory" in text
    report.ended = True
    stream.settle()
    return streams.keep(report, line, key=True)


SECTION = Section(name="panic_or_no_victims", place=_place, words=("no killable processes", "not syncing: "))
