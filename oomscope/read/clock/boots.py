"""The boots of one input, numbered as its records come (`Record.boot`)."""

from collections.abc import Sequence
from typing import NamedTuple

from oomscope.patterns import lazy
from oomscope.read.clock.same_lines import Place
from oomscope.read.record import InputWarning, Record

REBOOT_SECONDS = 5.0
"""printk stamps of two CPUs may cross by microseconds; a fall by this much is another boot."""
MAX_WARNINGS = 20
BANNER = "Linux version "
_WHOLE_BANNER = lazy(r"Linux version \S+ \(")
"""As a kernel prints it, who built it behind; where no clock tells, a line that only begins so ends no boot."""
_STRAY_RECORDS, _STRAY_SECONDS = 8, 1.0
"""A few records with an earlier clock, after which the clock goes on where it was, are strays and no boot."""
_MOST_STARTS = 64
_LINES_BEFORE_BANNER = 5


class Boot(NamedTuple):
    """One boot of one host, as one input shows it."""

    input: int
    number: int  # within the input
    host: str | None
    boot_id: str | None
    kernel_release: str | None
    uptimes: bool  # whether its lines have printk's clock
    began: float | None  # epoch seconds of its start, where the log has both clocks
    began_lines: int = 0  # lines that say so
    began_source: str = ""  # what their wall times rest on

    @property
    def place(self) -> Place:
        """Number of the input, number of the boot in it."""
        return self.input, self.number


class _Seen:
    """What has been seen of one boot."""

    __slots__ = ("boot_id", "host", "last", "records", "release", "source", "starts")

    def __init__(self, host: str | None, boot_id: str | None) -> None:
        self.host, self.boot_id = host, boot_id
        self.release: str | None = None
        self.last: float | None = None  # newest uptime
        self.records = 0
        self.starts: list[float] = []  # wall time minus uptime, of a few records
        self.source = ""


_NOBODY = _Seen(None, None)


class BootCounter:
    """Numbers the boots of one input while its records go by."""

    def __init__(self) -> None:
        self._of_id: dict[tuple[str | None, str], int] = {}
        self._of_host: dict[str | None, int] = {}
        self._ided: set[str | None] = set()  # hosts with a boot id
        self._seen: list[_Seen] = []
        self._has_own = False  # lines that are not a container's: a stranger's clock says nothing of their boot
        self._now: tuple[int, str | None, str | None, int, float] = (-1, None, None, 0, 0.0)
        self.warnings: list[InputWarning] = []

    def number(self, records: Sequence[Record]) -> Sequence[Record]:
        """Return the same records with their boot's number, for the number of remarks of another boot before them."""
        moved = self._now[0] > 0
        numbers = []
        number, host, boot_id, remark, last = self._now
        seen = self._seen[number] if number >= 0 else _NOBODY
        for record in records:
            uptime = record.monotonic_seconds
            if uptime == last and record.host is host and record.boot_id is boot_id and last > 1.0 and number >= 0:
                seen.records += 1  # one more line of the same moment
                numbers.append(number)
                continue
            if record.contained and self._has_own:
                of_its_host = number if record.host == host else self._of_host.get(record.host, number)
                numbers.append(of_its_host)  # a stranger's line of another host does not take its container along
                moved = moved or of_its_host > 0
                continue
            self._has_own = not record.contained
            if (
                record.host != host
                or record.boot_id != boot_id
                or record.boot != remark
                or (uptime is not None and uptime < last - REBOOT_SECONDS)
                or (record.text.startswith(BANNER) and not record.borrowed)
                or number < 0
                or (
                    number > 0
                    and seen.records <= _STRAY_RECORDS
                    and uptime is not None
                    and self._was_stray(number, uptime)
                )
            ):
                if record.boot != remark:
                    self._of_host.clear()
                number = self._number(record)
                seen, host, boot_id, remark = self._seen[number], record.host, record.boot_id, record.boot
            if uptime is not None:
                last = seen.last = uptime
                if record.wall_seconds is not None and len(seen.starts) < _MOST_STARTS:
                    seen.starts.append(record.wall_seconds - uptime)
                    seen.source = record.wall_source or ""
            else:
                last = seen.last or 0.0
            seen.records += 1
            numbers.append(number)
            moved = moved or number > 0
        self._now = number, host, boot_id, remark, last
        if not moved and not remark:
            return records
        new = tuple.__new__
        return [
            record if record[-1] == n else new(Record, (*record[:-1], n))  # the boot is the last field
            for record, n in zip(records, numbers, strict=True)
        ]

    def boots(self, number: int) -> list[Boot]:
        """Return the boots that were seen, of input `number`."""
        return [
            Boot(number, n, one.host, one.boot_id, one.release, one.last is not None, _middle(one.starts), len(one.starts), one.source)
            for n, one in enumerate(self._seen)
        ]  # fmt: skip

    def _number(self, record: Record) -> int:
        """Return the number of the record's boot, which may be new."""
        host, banner = record.host, record.text.startswith(BANNER) and not record.borrowed
        known = self._of_host.get(host)
        if record.boot_id:
            number = self._of_id.get((host, record.boot_id), -1)
            if number < 0:
                if host in self._ided:
                    self._warn("the log goes on in another boot", record)
                self._ided.add(host)
                number = self._of_id[host, record.boot_id] = self._new(record)
        elif known is None:
            number = self._new(record)
        elif record.monotonic_seconds is not None and self._was_stray(known, record.monotonic_seconds):
            number = known - 1
        elif (fell := self._fall(known, record)) is not None:
            self._warn(
                f"printk's clock falls from {fell:.0f} s to {record.monotonic_seconds:.0f} s: another boot, or another machine",
                record,
            )
            number = self._new(record)
        else:
            number = self._new(record) if banner and self._starts_anew(known, record) else known
        self._of_host[host] = number
        if banner:
            self._seen[number].release = record.text[len(BANNER) :].split(" ", 1)[0][:100]
        return number

    def _fall(self, number: int, record: Record) -> float | None:
        """Return the uptime before, if the record's is below it."""
        before, now = self._seen[number].last, record.monotonic_seconds
        return before if before is not None and now is not None and now < before - REBOOT_SECONDS else None

    def _was_stray(self, number: int, now: float) -> bool:
        """True if a boot of a few records interrupts the one before it, whose clock goes on."""
        if number < 1 or self._seen[number].records > _STRAY_RECORDS or self._seen[number].boot_id is not None:
            return False
        before, stray = self._seen[number - 1], self._seen[number]
        if (
            before.last is None
            or stray.last is None
            or stray.host != before.host
            or stray.last > before.last - REBOOT_SECONDS
        ):
            return False
        return before.last <= now <= before.last + _STRAY_SECONDS

    def _starts_anew(self, number: int, record: Record) -> bool:
        """Whether a banner is of another boot: a few lines of its own boot may stand before it."""
        before, now = self._seen[number].last, record.monotonic_seconds
        if before is not None and now is not None:
            return before > now
        return self._seen[number].records > _LINES_BEFORE_BANNER and _WHOLE_BANNER.match(record.text) is not None

    def _new(self, record: Record) -> int:
        self._seen.append(_Seen(record.host, record.boot_id))
        return len(self._seen) - 1

    def _warn(self, words: str, record: Record) -> None:
        if len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(InputWarning("reboot", words, record.line))


def _middle(values: Sequence[float]) -> float | None:
    return sorted(values)[len(values) // 2] if values else None
