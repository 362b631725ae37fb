"""A line as it comes from a log that is followed, and what every source of such lines can do."""

from typing import NamedTuple, Protocol


class Line(NamedTuple):
    """Bytes with their newline, and where they stand: a sequence number, an offset or a cursor. `old`: before the start.

    `number` is that of the line in its file, or of the record in the kernel's ring; None where the log has no numbers.
    `file` tells the files of one log apart: numbers of two of them are not of one count.
    """

    data: bytes
    place: str
    old: bool = False
    number: int | None = None
    file: str = ""


class Source(Protocol):
    """A log that grows."""

    name: str

    def read(self, seconds: float) -> list[Line]:
        """Return what has come, waiting for it so long at most. Raises InputError where nothing can come any more.

        What the log held before the start comes first, as far as it is read back, and is `old`.
        """

    def place(self) -> str | None:
        """Return where reading goes on; None where that is not known yet."""

    def losses(self) -> list[str]:
        """Return sentences about what was lost since the last call."""

    def close(self) -> None:
        """Let go of everything."""
