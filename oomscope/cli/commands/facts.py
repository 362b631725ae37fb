"""`oomscope facts`."""

from oomscope.cli.common_options import NO_SIDE_FILES, Paths, Rules, Trust, Year, Zone, options_of
from oomscope.cli.side_options import with_side_inputs
from oomscope.inputs import SideFiles


@with_side_inputs
def facts(
    paths: Paths,
    side: SideFiles = NO_SIDE_FILES,
    rules: Rules = None,
    year: Year = None,
    tz: Zone = None,
    trust: Trust = "tag",
) -> None:
    """Print every fact of every incident: what the causes are weighed by."""
    from oomscope.cli.facts import run

    run(paths, options_of(rules, year, tz, trust, side))
