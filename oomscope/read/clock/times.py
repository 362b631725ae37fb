"""Times of every prefix to seconds since the epoch; years and zones that a prefix leaves out, and saying so."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from oomscope.errors import UsageError
from oomscope.read.options import ReadOptions
from oomscope.safe_text import safe_line

DAY, QUARTER, MINUTE = 86_400, 900, 60
COARSE = "whole minutes"
"""In a `wall_source`: `dmesg -e` prints the minute alone, and what was added since."""

# Month names as `dmesg -T` and syslog print them in their writers' locales, by their first letters, lower case.
_MONTHS: dict[str, int] = {}
for _number, _names in enumerate(
    (
        "jan ene gen янв січ сту яну sty led tam oca ιαν gener ian sau",
        "feb fév fev фев лют lut úno helmi şub φεβ febr vas",
        "mar mär mrz maa мар бер сак märts bře maalis μαρ mars març kov",
        "apr avr abr апр кві кра kwi dub huhti nis απρ bal",
        "may mai mag mei maj май мая тра kvě touko μαΐ máj maig geg",
        "jun juin giu июн чер чэр юни cze čvn kesä haz ιου jún juny iun bir",
        "jul juil lug июл лип ліп юли čvc lip heinä tem ιουλ júl iul lie",
        "aug aoû ago авг сер жні sie srp elo ağu αυγ rgp",
        "sep set сен вер wrz zář syys eyl σεπ sept szept rgs",
        "oct okt ott out окт жов кас paź říj loka eki οκτ spa",
        "nov нояб ноя ное лис ліс lis marras kas νοε noi lap",
        "dec déc dez dic дек гру сне gru pro joulu ara δεκ des gruo",
    ),
    start=1,
):
    for _name in _names.split():
        _MONTHS[_name] = _number


@lru_cache(256)
def month_number(name: str) -> int | None:
    """`Jan`, `Aug.`, `août`, `апр`, `11月`: 1..12, or None for a word that is no month."""
    word = name.rstrip(".").lower()
    if word.endswith("月"):
        digits = word[:-1]
        return int(digits) if digits.isdecimal() and len(digits) <= 2 and 1 <= int(digits) <= 12 else None
    for length in (len(word), 6, 5, 4, 3):
        if (number := _MONTHS.get(word[:length])) is not None:
            return number
    return None


def epoch_day(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the Gregorian calendar (Howard Hinnant, days_from_civil)."""
    year -= month <= 2
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468


def year_of(epoch: float) -> int:
    import time

    return time.gmtime(epoch).tm_year


def iso_utc(epoch: float) -> str | None:
    """Return epoch seconds as `2026-11-22T00:31:07.123456Z`, always with microseconds; None outside the years 1 to 9999."""
    import time

    if not -62_135_596_800 <= epoch < 253_402_300_800:
        return None
    whole = int(epoch // 1)
    micros = round((epoch - whole) * 1_000_000)
    if micros == 1_000_000:
        whole, micros = whole + 1, 0
    t = time.gmtime(whole)
    return f"{t.tm_year:04d}-{t.tm_mon:02d}-{t.tm_mday:02d}T{t.tm_hour:02d}:{t.tm_min:02d}:{t.tm_sec:02d}.{micros:06d}Z"


def offset_seconds(zone: str | None) -> int | None:
    """`Z`, `UTC`, `GMT`, `+01`, `+0100`, `-05:30` as seconds east; None for a name that says nothing for certain."""
    if not zone:
        return None
    if zone in ("Z", "UTC", "GMT", "z"):
        return 0
    digits = zone[1:].replace(":", "")
    if zone[0] not in "+-" or not digits.isdecimal() or len(digits) not in (2, 4):
        return None
    seconds = int(digits[:2]) * 3600 + (int(digits[2:]) * 60 if len(digits) == 4 else 0)
    return -seconds if zone[0] == "-" else seconds


class Clock:
    """Turns the parts of a written time into epoch seconds, for one input read from top to bottom."""

    def __init__(self, options: ReadOptions, first_year: int | None = None) -> None:
        self._year = first_year if first_year is not None else _this_year(options)
        self._month: int | None = None
        self._days: dict[tuple[int, int, int], int] = {}
        self._zone = _Zone(options.tz)
        self._latest: int | None = None  # epoch seconds of the newest local time

    def mark(self) -> tuple[int, int | None, int | None]:
        """Where the clock stands, for lines that will be read again."""
        return self._year, self._month, self._latest

    def back(self, mark: tuple[int, int | None, int | None]) -> None:
        """Set the clock back to a mark."""
        self._year, self._month, self._latest = mark

    def full(self, year: int, month: int, day: int, clock: str, fraction: str | None, zone: str | None) -> float | None:
        """Epoch seconds of a dated time `HH:MM:SS`, or None where the numbers are no time."""
        key = (year, month, day)
        days = self._days.get(key)
        if days is None:
            if not (1 <= month <= 12 and 1 <= day <= 31 and 1 <= year <= 9999):
                return None
            days = epoch_day(year, month, day)
            if day > 28 and epoch_day(year + month // 12, month % 12 + 1, 1) <= days:
                return None
            self._days[key] = days
        seconds = days * DAY + int(clock[0:2]) * 3600 + int(clock[3:5]) * 60 + int(clock[6:8] or 0)
        offset = offset_seconds(zone)
        if offset is None:
            offset = self._local(seconds)
        return seconds - offset + (float("0." + fraction) if fraction else 0.0)

    def _local(self, seconds: int) -> int:
        """Return the zone's offset; of an hour that comes twice in autumn the second where the lines say that the first is over."""
        offset = self._zone.offset(seconds)
        if self._zone.name is not None:
            if self._latest is not None and seconds - offset < self._latest - MINUTE:
                offset = self._zone.offset(seconds, fold=1)
            self._latest = seconds - offset
        return offset

    def yearless(self, month: int, day: int, clock: str, fraction: str | None) -> float | None:
        """Epoch seconds of `Jan  2 15:04:05`: the year turns where the month falls back by more than half a year."""
        if self._month is not None:
            self._year += _turn(self._month, month)
        self._month = month
        return self.full(self._year, month, day, clock, fraction, None)

    def source(self, base: str, zone: str | None, *, inferred_year: bool = False) -> str:
        """`prefix`, `syslog, inferred year, zone assumed UTC`: what the wall time rests on."""
        words = base + (", inferred year" if inferred_year else "")
        if offset_seconds(zone) is not None:
            return words
        return f"{words}, zone {self._zone.name}" if self._zone.name else f"{words}, zone assumed UTC"


def _turn(before: int, month: int) -> int:
    """+1 from December to January, -1 for a line of December that arrives after the first ones of January."""
    if before - month > 6:
        return 1
    return -1 if month - before > 6 else 0


_FARTHEST = 14 * 3600  # seconds from UTC; no zone lies farther


class _Zone:
    """The zone that was asked for, for times that name none."""

    def __init__(self, name: str | None) -> None:
        self.name = name
        self._fixed = 0 if name is None else offset_seconds(name)
        self._quarters: dict[tuple[int, int], int] = {}
        self._info = None
        if name is not None and self._fixed is not None and (abs(self._fixed) > _FARTHEST or int(name[-2:]) > 59):
            raise UsageError(f"time zone {safe_line(name)!r} is none: zones lie between -12:00 and +14:00")
        if self._fixed is None and name is not None:
            import zoneinfo

            try:
                self._info = zoneinfo.ZoneInfo(name)
            except (OSError, ValueError, zoneinfo.ZoneInfoNotFoundError) as error:
                raise UsageError(
                    f"time zone {safe_line(name)!r} is not known; give an IANA name such as Europe/Berlin, or +02:00"
                ) from error

    def offset(self, local_seconds: int, fold: int = 0) -> int:
        """Seconds east of UTC at a local time, remembered by the quarter of an hour."""
        if self._fixed is not None:
            return self._fixed
        key = (local_seconds // QUARTER, fold)
        if key not in self._quarters:
            self._quarters[key] = self._look_up(key[0] * QUARTER, fold)
        return self._quarters[key]

    def _look_up(self, local_seconds: int, fold: int) -> int:
        from datetime import datetime, timedelta

        try:
            local = datetime(1970, 1, 1) + timedelta(seconds=local_seconds)
            offset = local.replace(tzinfo=self._info, fold=fold).utcoffset()
        except (OverflowError, ValueError):
            return 0
        return int(offset.total_seconds()) if offset is not None else 0


LEAP_CYCLE = 12
"""Years back in which two leap days, however far apart, find leap years or never do."""
_YEARLESS = (
    r"(?m)^(?:[^\n]{0,12}?([^\W\d_]{3,5}\.?|\d{1,2}月) {0,2}(\d{1,2}) (\d\d:\d\d(?::\d\d)?)[ .,\]]"
    r"|(\d\d)-(\d\d) (\d\d:\d\d:\d\d)\.\d{3} )"  # logcat
)


def first_year(texts: Iterable[str], options: ReadOptions) -> int:
    """Return the first yearless line's year: the last one's (asked for, or the newest that `now` allows) less the turns.

    A 29th of February allows leap years alone.
    """
    turns, month, last = 0, None, None
    leaps: set[int] = set()  # the turns before each 29th of February
    for text in texts:
        for match in _dates(text):
            number = int(match[4]) if match[4] else month_number(match[1])
            if number is None:
                continue
            turns += _turn(month, number) if month is not None else 0
            month, last = number, match
            if number == 2 and (match[2] or match[5]) == "29":
                leaps.add(turns)
    if options.year is not None:
        return options.year - turns
    year = _this_year(options)
    if last is not None and month is not None:
        # A day's grace, since the zone is a guess.
        while _written(year, month, last, options) > _now(options) + DAY or not all(
            _is_leap(year - turns + before) for before in leaps
        ):
            year -= 1
            if year < _this_year(options) - LEAP_CYCLE:
                return _this_year(options) - turns
    return year - turns


def _dates(text: str) -> Iterator[re.Match[str]]:
    """The dates without a year; of a text whose lines are all of one month the first and the last."""
    if (first := re.match(_YEARLESS, text)) is None or first[2] in (None, "29"):
        yield from re.finditer(_YEARLESS, text)
        return
    month = text[: first.end(1)]
    if re.search(rf"\n(?!{re.escape(month)}|$)", text) is not None:
        yield from re.finditer(_YEARLESS, text)
        return
    yield first
    if (last := re.match(_YEARLESS, text[text.rfind("\n", 0, len(text) - 1) + 1 :])) is not None:
        yield last


def _written(year: int, month: int, line: re.Match[str], options: ReadOptions) -> float:
    """Epoch seconds of a yearless line in a year; 0 for a day that it does not have."""
    clock = ((line[3] or line[6]) + ":00")[:8]
    return Clock(options, year).full(year, month, int(line[2] or line[5]), clock, None, None) or 0.0


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _now(options: ReadOptions) -> float:
    if options.now is not None:
        return options.now
    import time

    return time.time()


def _this_year(options: ReadOptions) -> int:
    return options.year if options.year is not None else year_of(_now(options))
