"""Which incidents count: those that the input attests as far as the user asks for. The others are listed, not lost."""

from collections.abc import Sequence
from typing import Any, Literal, get_args

from oomscope.errors import UsageError
from oomscope.incident.incident import Incident
from oomscope.read.record import TRUST_RANK
from oomscope.safe_text import safe_line

Level = Literal["kernel", "likely", "tag", "any"]
"""The least trust that counts. `any` takes text for the kernel's that nothing attests: a log pasted without its tags."""


def parse_level(text: str) -> Level:
    """The level of this name. Raises UsageError for another."""
    for level in get_args(Level):
        if text == level:
            return level  # type: ignore[no-any-return]  # get_args loses the Literal
    raise UsageError(f"--trust {safe_line(text)}: not one of {', '.join(get_args(Level))}")


def believed(incidents: Sequence[Incident], level: Level) -> tuple[list[Incident], list[dict[str, Any]]]:
    """The incidents that count, and a finding for each that does not.

    A user-space killer's own log is worth as much as a syslog tag, whatever carries it; its sentence from somebody else
    is text.
    """
    least = 0 if level == "any" else TRUST_RANK[level]
    kept = [i for i in incidents if TRUST_RANK[i.event.trust] >= least]
    doubted: list[dict[str, Any]] = [
        {
            "input": i.input,
            "line": i.event.lines[0],
            "text": "",  # the caller reads the line again
            "ident": None if i.killer == "kernel" else i.killer,
            "reason": _reason(i, level),
        }
        for i in incidents
        if TRUST_RANK[i.event.trust] < least
    ]
    return kept, doubted


def _reason(incident: Incident, level: Level) -> str:
    if incident.killer != "kernel" and incident.event.trust == "text":
        return f"the sentence of {incident.killer} from another program"
    if incident.event.trust == "text":
        return "nothing shows that the kernel wrote it, and no whole report stands around it"
    return f"an OOM kill of trust '{incident.event.trust}': --trust {level} asks for more"
