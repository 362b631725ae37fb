"""Wall times for events that have only an uptime, where something else of the same boot ties the two clocks."""

from typing import TypeVar

from oomscope.kernel.event import OomEvent
from oomscope.killers import OtherKill
from oomscope.read.clock.same_lines import Tie

Timed = TypeVar("Timed", OomEvent, OtherKill)


def dated(event: Timed, tie: Tie | None) -> Timed:
    """Return the same event, with the wall time that the tie of its machine gives it."""
    uptime = event.monotonic_seconds
    if tie is None or tie.began is None or uptime is None or event.wall_seconds is not None:
        return event
    wall = uptime + tie.began
    if not isinstance(event, OomEvent):
        return event._replace(wall_seconds=wall)
    guesses: list[str] = [word for word in tie.source.split(", ")[1:] if not word.startswith("tied by")]
    source = ", ".join([f"uptime, tied by {tie.lines} line{'s' if tie.lines != 1 else ''}", *guesses])
    victims = tuple(
        v if v.monotonic_seconds is None else v._replace(wall_seconds=v.monotonic_seconds + tie.began)
        for v in event.victims
    )
    return event._replace(wall_seconds=wall, wall_source=source, victims=victims)
