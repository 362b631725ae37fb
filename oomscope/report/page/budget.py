"""Which incidents the page tells in full: a browser opens 40,000 nodes at once, and never thousands of incidents."""

from collections.abc import Sequence

from oomscope.report.fields import Doc, rows, sub
from oomscope.report.groups import Group

NODES = 16_000
INCIDENTS = 100
GROUPS = 60  # workloads with a card of their own
BRIEF = 1_000  # rows over all compact tables


def detailed(found: Sequence[Group]) -> frozenset[int]:
    """`id()` of the incidents told in full: one per workload first, then in order, while the budget lasts."""
    shown = found[:GROUPS]
    speakers = [group.speaker for group in shown]
    seen = {id(s) for s in speakers}
    others = [i for group in shown for i in group.incidents if id(i) not in seen]
    chosen: list[int] = []
    spent = 0
    for incident in (*speakers, *others):
        spent += nodes(incident)
        if chosen and (spent > NODES or len(chosen) == INCIDENTS):
            break
        chosen.append(id(incident))
    return frozenset(chosen)


def nodes(incident: Doc) -> int:
    """About how many elements an incident in full takes."""
    tasks = min(len(rows(incident, "tasks")), 60)
    verdict = sub(incident, "verdict")
    zones = len(rows(sub(incident, "node"), "zones"))
    clues = len(rows(verdict, "evidence")) + len(rows(verdict, "undecided")) + len(rows(incident, "notes"))
    return 240 + 18 * tasks + 9 * clues + 25 * zones
