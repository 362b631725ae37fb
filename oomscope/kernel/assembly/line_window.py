"""The lines of one input, one after the other, with a bounded look at those that follow."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter

from oomscope.kernel.assembly.logical_lines import Line, lines_of
from oomscope.read.record import Record

SAME_REPORT_SECONDS = 120.0  # a serial console prints a long table slowly; two reports so far apart are two
CLOCK_STEP_BACK_SECONDS = 1.0
_SENDER = ("caller", "host", "boot_id", "boot", "trust", "borrowed", "contained")
_sender = itemgetter(*map(Record._fields.index, _SENDER))


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
        then: float | None = None
        sender: tuple[object, ...] = ()
        stamped = contained = False
        while True:
            if ahead:
                line: Line = ahead.popleft()
                record = line if isinstance(line, Record) else line.record
            else:
                following = next(records, None)
                if following is None:
                    return
                if "\n" in following.text:
                    ahead.extend(lines_of(following))
                    continue
                line = record = following
            if not stamped and then is not None and not contained:
                stamped = self.has_stamps = True
            now = record.monotonic_seconds
            follows = now == then or (
                now is not None and then is not None and -CLOCK_STEP_BACK_SECONDS <= now - then <= SAME_REPORT_SECONDS
            )
            if (here := _sender(record)) != sender:
                sender, follows, contained = here, False, record.contained
            self.follows = follows and (any_text or record.trust != "text")
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
