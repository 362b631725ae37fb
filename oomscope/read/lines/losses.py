"""What the log says about itself: messages that were lost, boots that changed, a beginning that is gone."""

from collections.abc import Iterator, Sequence

from oomscope.patterns import lazy
from oomscope.read.literals import contains
from oomscope.read.record import InputWarning, Record
from oomscope.units import duration

MAX_WARNINGS = 20
RING_START_SECONDS = 60.0
"""A ring buffer that still holds its boot begins at 0; one that begins later than this has wrapped."""

_WORDS = (b"Missed ", b"suppressed", b"printk message", b"lost", b"drop messages", b"Suppressed ")
_LOST = (
    (lazy(r"Missed (\d{1,12}) kernel messages"), "journald missed {} kernel messages"),
    (lazy(r"(\w{1,64}): (\d{1,12}) callbacks suppressed"), "{}: its rate limit suppressed {} messages"),
    (lazy(r"\*\* (\d{1,12}) printk messages? dropped"), "the console dropped {} printk messages"),
    (lazy(r"imuxsock\S* lost (\d{1,12}) messages"), "rsyslog lost {} messages to its rate limit"),
    (lazy(r"(?:imjournal|imuxsock)\S*:? (\d{1,12}) messages lost"), "rsyslog lost {} messages to its rate limit"),
    (lazy(r"(?:imjournal|imuxsock).{0,200}begin to drop messages"), "rsyslog began to drop messages"),
    (lazy(r"Suppressed (\d{1,12}) messages from"), "journald suppressed {} messages"),
)


class LossWatch:
    """Finds the notices of lost messages while an input is read."""

    def __init__(self) -> None:
        self._found: list[InputWarning] = []
        self._more = 0

    def look(self, data: bytes, records: Sequence[Record]) -> None:
        """Look through the records that were read from `data`."""
        texts = [word.decode() for word in _WORDS if contains(data, word)]
        for record in records if texts else ():
            if any(word in record.text for word in texts):
                self._notice(record)

    @property
    def warnings(self) -> list[InputWarning]:
        """`records-missed` for each notice of a loss, beyond `MAX_WARNINGS` one for the rest.

        `callbacks-suppressed` for a kernel function's own rate limit: its message begins with the function's name, and
        whether its messages matter is for the reader of the log to know.
        """
        if not self._more:
            return self._found
        return [*self._found, InputWarning("records-missed", f"{self._more} further notices of lost messages")]

    def _notice(self, record: Record) -> None:
        for lost, words in _LOST:
            match = lost.search(record.text[:1024])
            if match is None:
                continue
            if len(self._found) < MAX_WARNINGS:
                code = "callbacks-suppressed" if match.re.groups == 2 else "records-missed"
                self._found.append(InputWarning(code, words.format(*match.groups()), record.line))
            else:
                self._more += 1
            return


def head_warning(first: Record | None, kind: str) -> Iterator[InputWarning]:
    """`ring-buffer-lost-head` for a dmesg whose first line is not of the boot's beginning."""
    if first is None or kind not in ("dmesg", "dmesg-json", "kmsg") or first.monotonic_seconds is None:
        return
    if first.monotonic_seconds > RING_START_SECONDS:
        yield InputWarning(
            "ring-buffer-lost-head",
            f"the log starts {duration(first.monotonic_seconds)} after boot; earlier messages are not in it",
            first.line,
        )
