"""A line as it comes from a log that is followed, and what every source of such lines can do."""

from typing import NamedTuple, Protocol


class Line(NamedTuple):
    """Bytes with their newline, and where they stand: a sequence number, an offset or a cursor. `old`: before the start."""

    data: bytes
    place: str
    old: bool = False


class Source(Protocol):
    """A log that grows."""

    name: str

    def read(self, seconds: float) -> list[Line]:
        """Return what has come, waiting for it so long at most. Raises InputError where nothing can come any more."""

    def place(self) -> str | None:
        """Return where reading goes on; None where that is not known yet."""

    def losses(self) -> list[str]:
        """Return sentences about what was lost since the last call."""

    def close(self) -> None:
        """Let go of everything."""
