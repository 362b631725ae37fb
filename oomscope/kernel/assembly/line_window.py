"""The lines of one input, one after the other, with a bounded look at those that follow."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

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
        self.any_text = any_text
        self._ahead: deque[Line] = deque()
        self.follows = False
        self.has_stamps = False
        """A line before this one began with a printk stamp, and was no container's."""
        self.lines: Iterator[Line] = self._read()

    def _read(self) -> Iterator[Line]:
        ahead, records, any_text = self._ahead, self._records, self.any_text
        follows = False
        then: float | None = None
        caller = host = boot_id = trust = borrowed = contained = None
        boot = 0
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
            now = line.monotonic_seconds
            if then is not None and not contained:
                self.has_stamps = True
            follows = now == then or _is_about_the_same_time(then, now)
            # `is` first: most values are None, or the very same object
            if (value := line.caller) is not caller and value != caller:
                caller, follows = value, False
            if (value := line.host) is not host and value != host:
                host, follows = value, False
            if (value := line.boot_id) is not boot_id and value != boot_id:
                boot_id, follows = value, False
            if line.boot != boot:
                boot, follows = line.boot, False
            if line.trust is not trust or line.borrowed is not borrowed:
                follows = follows and line.trust == trust and line.borrowed == borrowed
                trust, borrowed = line.trust, line.borrowed
            if line.contained is not contained:
                contained, follows = line.contained, False
            self.follows = follows and (trust != "text" or any_text)
            then = now
            yield line

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

    def put_back(self, lines: Sequence[Line]) -> None:
        """Make lines that were yielded too early the next ones again."""
        self._ahead.extendleft(reversed(lines))

    def take(self) -> Line:
        """Return the next line; `ahead` must have shown that there is one."""
        return self._ahead.popleft()


def _is_about_the_same_time(then: float | None, now: float | None) -> bool:
    if then is None or now is None:
        return then is now
    return -CLOCK_STEP_BACK_SECONDS <= now - then <= SAME_REPORT_SECONDS
