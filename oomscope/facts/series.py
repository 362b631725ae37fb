"""Facts that metric series tell; the same for each kill of a workload."""

from typing import TYPE_CHECKING

from oomscope.facts.table import FactTable

if TYPE_CHECKING:
    from oomscope.series.reading import Finding


def put_series(table: FactTable, finding: "Finding | None") -> None:
    """What the series of this workload say; nothing where none was handed over."""
    if finding is not None:
        for name, value in finding.facts:
            table.put(name, value)
