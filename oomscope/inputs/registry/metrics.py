"""--metrics: series of memory over time, from files; those that a Prometheus answers go the same way."""

from typing import TYPE_CHECKING

from oomscope.inputs.side_input import NOTHING, Findings, Known, Option, SideInput

if TYPE_CHECKING:
    from oomscope.fact import Fact
    from oomscope.inputs.side_files import SideFiles


def _tell(files: "SideFiles", known: Known) -> Findings:
    """numpy is imported for no less than a series."""
    url = files.text("prometheus")
    if not files.files("metrics") and url is None:
        return NOTHING
    from oomscope.inputs.metrics import measure

    if url is None:
        return measure(files.files("metrics"), known)
    from oomscope.errors import InputError
    from oomscope.inputs.prometheus import Answered, ask
    from oomscope.inputs.side_input import without

    try:
        asked = ask(url, known)
    except InputError as error:
        asked = Answered(warnings=((0, without(error)),))
    measured = measure(files.files("metrics"), known, asked.series)
    return measured._replace(notes=asked.notes, warnings=asked.warnings)


def _facts() -> "tuple[Fact, ...]":
    from oomscope.series.reading import FACTS

    return FACTS


METRICS = SideInput(
    options=(
        Option(
            "metrics",
            "--metrics",
            "Memory series: Prometheus query_range JSON, OpenMetrics text, CSV. Repeatable.",
            "FILE",
        ),
    ),
    gives=("metrics",),
    origin_words="its memory over time",
    title="Its memory over time (--metrics, --prometheus)",
    tell=_tell,
    facts=_facts,
)
