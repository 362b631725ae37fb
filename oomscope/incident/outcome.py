"""How an invocation of the oom-killer ended. Only `killed` is a kill, wherever kills are counted."""

from typing import Literal

from oomscope.kernel.event import OomEvent

Outcome = Literal["killed", "spared", "no_killable", "panicked", "unknown"]


def outcome_of(event: OomEvent) -> Outcome:
    """Return the outcome that the report's last lines tell.

    A kill line counts whatever comes after it. An oom-kill line names the task that will be killed next: it counts
    where the log ends behind it.
    """
    if any(victim.evidence != "oom-kill" for victim in event.victims):
        return "killed"
    if event.panic is not None:
        return "panicked"
    if event.spared is not None:
        return "spared"
    if event.no_killable:
        return "no_killable"
    return "killed" if event.victims else "unknown"
