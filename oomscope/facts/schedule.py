"""Kills that a timer sets: cron and systemd timers start a job at the same time of the hour, the day or the week."""

from collections.abc import Sequence

from oomscope.facts.numbers import median

PERIODS_SECONDS = (3600.0, 86400.0, 604800.0)
_NEAR = 0.01  # of the period: a job that dies while it runs does so a little earlier or later each time
_MOST_PERIODS = 14  # between two kills: more would fit anything


def schedule_of(gaps: Sequence[float]) -> float | None:
    """Return the period in seconds that the times between kills keep; None where they keep none.

    Two gaps and more are wanted. A run that survived is a gap of several periods.
    """
    if len(gaps) < 2:
        return None
    for period in reversed(PERIODS_SECONDS):
        if all(_fits(gap, period) for gap in gaps) and median(gaps) < 1.5 * period:
            return period
    return None


def _fits(gap: float, period: float) -> bool:
    times = round(gap / period)
    return 1 <= times <= _MOST_PERIODS and abs(gap - times * period) <= _NEAR * period
