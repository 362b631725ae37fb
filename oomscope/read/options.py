"""What a caller may choose about reading: the time zone, the year, and how much of a hostile input to take."""

from typing import NamedTuple

OWN_REPORT = b'<meta name="generator" content="oomscope '
"""Stands in the beginning of every page that this tool writes."""
KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


class SideMember(NamedTuple):
    """A sort of member of a bundle of which a copy is set aside: by patterns of its name and of its first 4 KiB."""

    kind: str
    name: str
    head: bytes
    most_bytes: int


class Aside(NamedTuple):
    """One member that was set aside."""

    kind: str
    member: str
    data: bytes


class ReadOptions(NamedTuple):
    """Choices for one run. The caps stop the reading, keep what was found, and leave a warning."""

    year: int | None = None  # of the last line, for times without a year (traditional syslog, journal short)
    tz: str | None = None  # IANA name or ±HH:MM, for local times without a zone; None is UTC, and said so
    now: float | None = None  # epoch seconds that an inferred year may not pass; None asks the clock
    markers: tuple[bytes, ...] = ()
    """Literals that make a line worth looking at; without any, the whole input is read."""
    long_block: bytes | None = None
    """A pattern of lines of which any number may stand between two marked lines of one report."""
    wide: bytes | None = None
    """A pattern that a line with a marker has to match for many lines around it to be read; without it every one does."""
    near_markers: tuple[bytes, ...] = ()
    """Further literals, whose lines are read with only a few lines around them."""
    in_parts: bytes | None = None
    """A pattern for those of these lines that are one of several which belong together; without it every one is."""
    core_markers: tuple[bytes, ...] = ()
    """The few of which any whole report holds one: all that is looked for beyond the first part of a large input."""
    report_words: tuple[bytes, ...] = ()
    """Literals that are said of a part that holds one and could not be read."""
    only_marked: bool = False
    """Read the lines with a marker alone, without what stands around them; line numbers are then not told."""
    bridges: tuple[bytes, ...] = ()
    """Literals that tie two marker hits together over a long gap. Without any, gaps up to `MERGE_LINES` are kept."""
    kept_words: tuple[bytes, ...] = ()
    """Literals whose lines are kept one by one, wherever they stand, for `Reading.kept`."""
    kept_telling: bytes | None = None
    """A pattern that has to match where such a literal stands."""
    kept_hints: tuple[bytes, ...] = ()
    """A few literals of which each of these words holds one: they tell a file that has none of the words by less work."""
    side_members: tuple[SideMember, ...] = ()
    """Members of archives and directories of which a copy is set aside, for `Reading.aside`."""
    max_line_bytes: int = 64 * KIB  # longer lines are cut here
    max_bytes: int = 16 * GIB  # decompressed bytes of one compressed input or archive; plain files have no cap
    max_ratio: int = 200  # decompressed to compressed, once budget.RATIO_FREE_BYTES are out
    max_members: int = 100_000
    max_seconds: float | None = None  # of the run; None is processor time by the size of each input, see budget.py
    until: float | None = None  # the moment of time.monotonic() when they are over
    max_memory: int | None = None  # bytes that this process may hold while it reads
    max_depth: int = 2  # archives inside archives

    @property
    def texts(self) -> list[str]:
        """The markers as text."""
        return [marker.decode("utf-8", "surrogateescape") for marker in (*self.markers, *self.near_markers)]
