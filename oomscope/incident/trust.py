"""Which incidents count: those that the input attests as far as the user asks for. The others are listed, not lost."""

from collections.abc import Sequence
from typing import Any, Literal, get_args

from oomscope.errors import UsageError
from oomscope.incident.incident import Incident
from oomscope.read.record import TRUST_RANK

Level = Literal["kernel", "likely", "tag", "any"]
"""The least trust that counts. `any` takes text for the kernel's that nothing attests: a log pasted without its tags."""


def parse_level(text: str) -> Level:
    """The level of this name. Raises UsageError for another."""
    for level in get_args(Level):
        if text == level:
            return level  # type: ignore[no-any-return]  # get_args loses the Literal
    raise UsageError(f"--trust {text}: not one of {', '.join(get_args(Level))}")


def believed(incidents: Sequence[Incident], level: Level) -> tuple[list[Incident], list[dict[str, Any]]]:
    """The incidents that count, and a finding for each that does not.

    Kills of user-space killers count below `likely` whatever attests them: outside a journal nothing does.
    """
    least = TRUST_RANK[level] if level in ("kernel", "likely") else 0
    kept = [i for i in incidents if TRUST_RANK[i.event.trust] >= least]
    doubted: list[dict[str, Any]] = [
        {
            "input": i.input,
            "line": i.event.lines[0],
            "text": "",
            "ident": None if i.killer == "kernel" else i.killer,
            "reason": f"an OOM kill of trust '{i.event.trust}': --trust {level} asks for more",
        }
        for i in incidents
        if TRUST_RANK[i.event.trust] < least
    ]
    return kept, doubted
