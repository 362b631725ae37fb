"""The lines of one input, one after the other, with a bounded look at those that follow."""

from collections import deque
from collections.abc import Iterable, Iterator

from oomscope.kernel.assembly.logical_lines import Line, lines_of
from oomscope.read.record import Record

SAME_REPORT_SECONDS = 120.0  # a serial console prints a long table slowly; two reports so far apart are two
CLOCK_STEP_BACK_SECONDS = 1.0


class LineWindow:
    """`lines` yields each logical line once; `ahead` looks at lines that it has yet to yield.

    `follows` is True if the line that was yielded last has the sender of the line before it and comes at about the same
    time, so that both belong to the same stream.
    """

    def __init__(self, records: Iterable[Record], any_text: bool = False) -> None:
        self._records = iter(records)
        self._any_text = any_text
        self._ahead: deque[Line] = deque()
        self.follows = False
        self.lines: Iterator[Line] = self._read()

    def _read(self) -> Iterator[Line]:
        ahead, records = self._ahead, self._records
        last: Line | None = None
        while True:
            if ahead:
                line: Line = ahead.popleft()
            else:
                record = next(records, None)
                if record is None:
                    return
                if "\n" in record.text:
                    ahead.extend(lines_of(record))
                    continue
                line = record
            self.follows = last is not None and self._same_sender(last, line) and _about_the_same_time(last, line)
            last = line
            yield line

    def _same_sender(self, a: Line, b: Line) -> bool:
        return (
            a.caller == b.caller
            and a.host == b.host
            and a.boot_id == b.boot_id
            and a.trust == b.trust
            and a.borrowed == b.borrowed
            and (self._any_text or b.trust != "text")
        )

    def ahead(self, count: int) -> Line | None:
        """Return the line that comes `count` lines later, or None if the input ends before it."""
        ahead = self._ahead
        while len(ahead) < count:
            record = next(self._records, None)
            if record is None:
                return None
            if "\n" in record.text:
                ahead.extend(lines_of(record))
            else:
                ahead.append(record)
        return ahead[count - 1]

    def take(self) -> Line:
        """Return the next line; `ahead` must have shown that there is one."""
        return self._ahead.popleft()


def _about_the_same_time(a: Line, b: Line) -> bool:
    then, now = a.monotonic_seconds, b.monotonic_seconds
    if then is None or now is None:
        return then is now
    return -CLOCK_STEP_BACK_SECONDS <= now - then <= SAME_REPORT_SECONDS
