"""Regions that have to be gone through twice: in memory, and where they are many in a temporary file."""

from collections.abc import Iterable, Iterator

from oomscope.read.files.spool import Spool
from oomscope.read.search.regions import Region


class HeldRegions:
    """All regions of a source, to be iterated as often as needed."""

    def __init__(self, source: Iterable[Region]) -> None:
        self._spool = Spool()
        self._regions = [
            (region._replace(data=b""), self._spool.add(region.data), len(region.data)) for region in source
        ]

    def __iter__(self) -> Iterator[Region]:
        for region, start, size in self._regions:
            yield region._replace(data=self._spool.get(start, size))
