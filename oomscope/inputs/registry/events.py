"""--events: the cluster's events, which tell starts, back-offs, failed probes and evictions."""

from typing import TYPE_CHECKING

from oomscope.inputs.side_input import NOTHING, Findings, Known, Option, SideInput, fetched

if TYPE_CHECKING:
    from oomscope.fact import Fact
    from oomscope.inputs.side_files import SideFiles


def _tell(files: "SideFiles", known: Known) -> Findings:
    fetched_ones = known.cluster.events if known.cluster else ()
    if not files.files("events") and not fetched_ones:
        return NOTHING
    from oomscope.inputs.event_findings import event_findings
    from oomscope.inputs.events import read_events

    events = [*(event for path in files.files("events") for event in read_events(path)), *fetched_ones]
    return event_findings(events, known)


def _facts() -> "tuple[Fact, ...]":
    from oomscope.inputs.event_findings import FACTS

    return FACTS


EVENTS = SideInput(
    options=(Option("events", "--events", "Output of kubectl get events -A -o json. Repeatable.", "FILE"),),
    gives=("events",),
    origin_words="the events of the cluster",
    title="The events of the cluster (--events)",
    only_kubernetes=True,
    command=fetched("kubectl get events -A -o json", "events.json", "--events"),
    tell=_tell,
    facts=_facts,
)
