"""Kills that a timer sets: cron and systemd timers start a job at the same time of the hour, the day or the week."""

from collections.abc import Sequence

_HOUR, _DAY = 3600.0, 86400.0
_WIDE = (7 * _DAY, _DAY, _HOUR)  # people know these, and jobs that run long are started by them
_NARROW = tuple(hours * _HOUR for hours in (12, 8, 6, 4, 3, 2)) + tuple(
    minutes * 60.0 for minutes in (30, 20, 15, 10, 5)
)
_NEAR, _VERY_NEAR = 0.01, 0.002  # of the period: a job dies a little earlier or later each time
_LEAST_SECONDS = 2.0
_MOST_PERIODS = 14  # between two kills: more would fit anything


def schedule_of(gaps: Sequence[float]) -> float | None:
    """Return the period in seconds that the times between kills keep; None where they keep none.

    A run that survived is a gap of several periods. A single gap says little, and must be very near a day or a week;
    the periods in between, as cron has them, must be kept as nearly by two gaps and more.
    """
    if not gaps:
        return None
    one = len(gaps) == 1
    for period in _WIDE[:2] if one else _WIDE:
        if _kept(gaps, period, _VERY_NEAR if one else _NEAR):
            return period
    return None if one else next((period for period in _NARROW if _kept(gaps, period, _VERY_NEAR)), None)


def _kept(gaps: Sequence[float], period: float, near: float) -> bool:
    return min(gaps) < 1.5 * period and all(_fits(gap, period, max(near * period, _LEAST_SECONDS)) for gap in gaps)


def _fits(gap: float, period: float, within: float) -> bool:
    times = round(gap / period)
    return 1 <= times <= _MOST_PERIODS and abs(gap - times * period) <= within
