"""show_mem() (Mem-Info): the node's counters, zones, buddy lists, huge pages, swap, RAM, slab, allocation profile."""

import re
from collections.abc import Callable

from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.assembly.section import Section
from oomscope.kernel.assembly.stream import Stream
from oomscope.kernel.assembly.streams import Streams
from oomscope.kernel.event import Allocation, HugePages, MemInfo, NumaNode, Slab, Zone
from oomscope.patterns import lazy

_ZONE_NAME = r"(?:Node \d{1,5} )?(?:DMA32|DMA|Normal|HighMem|Movable|Device)"
_START = lazy(
    rf"(?P<node>Node \d{{1,5}} active_anon:)|(?P<zone>{_ZONE_NAME} free:\s?\d)|(?P<buddy>{_ZONE_NAME}: (?=\d{{1,12}}\*\d))|"
    r"(?P<reserve>lowmem_reserve\[\]:(?:\s+-?\d{1,18}\b)+)|(?P<huge_pages>Node \d{1,5} hugepages_total=)|"
    r"(?P<pages>\d{1,15} (?:total pagecache pages|pages in swap cache|pages RAM|pages of RAM|pages reserved|reserved pages|pages cma reserved))|"
    r"(?P<swap>(?:Free|Total) swap ?\s*[=:]\s*-?\d{1,15}kB)|(?P<head>Mem-[Ii]nfo:)|"
    r"(?P<slab_head>Unreclaimable slab info:|excessive unreclaimable slab)|(?P<allocations_head>Memory allocations)|"
    r"(?P<passed_by>Swap cache stats:|Swap cache: add|\d{1,15} pages (?:High|hwpoisoned|shared|non-shared|in pagetable)|"
    r"(?:Node \d{1,5} )?\w{1,10} per-cpu:|CPU\s{1,4}\d{1,5}: (?:hi|Hot):|cpu \d{1,5} (?:hot|cold): low )|"
    r"(?P<counters>\s*(?:active_anon|active_file|unevictable|free|slab_reclaimable|mapped|sec_pagetables|kernel_misc_reclaimable|"
    r"free_cma|active|inactive|pagetables|Active|Active_anon|inactive_file):\s?\d)"
)
_PAIR = lazy(r"([A-Za-z_]{2,40}(?:\((?:anon|file)\))?):\s?(-?\d{1,15})([kK]B)?")
_PLACE = lazy(r"(?:Node (?P<node>\d{1,5}) )?(?P<zone>\w{1,10})")
_BLOCK = lazy(r"(\d{1,12})\*(\d{1,12})kB(?: \(([UMEHCI]{1,6})\))?")
_HUGE = lazy(
    r"Node (?P<node>\d{1,5}) hugepages_total=(?P<total>\d{1,12}) hugepages_free=(?P<free>\d{1,12}) hugepages_surp=\d{1,12} hugepages_size=(?P<size>\d{1,12})kB"
)
_RESERVE = lazy(r"lowmem_reserve\[\]:(?P<pages>(?:\s+-?\d{1,18}\b)+)")
_SLAB = lazy(r"(?P<name>\S.{0,60}?)\s+(?P<used>\d{1,15})KB\s+(?P<total>\d{1,15})KB\s*$")
_ALLOCATION = lazy(
    r"\s{0,12}(?P<size>\d{1,7}(?:\.\d{1,4})?)\s?(?P<unit>B|KiB|MiB|GiB|TiB|[kKMGT]?i?B?)\s+(?P<calls>\d{1,18}) (?P<where>\S{1,200}:\d{1,7}.*)$"
)
_UNITS = {"": 1, "B": 1, "k": 1 << 10, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_FIELD_OF_PAGES = {
    "pages RAM": "ram_pages",
    "pages of RAM": "ram_pages",
    "pages reserved": "reserved_pages",
    "reserved pages": "reserved_pages",
    "total pagecache pages": "pagecache_pages",
    "pages in swap cache": "swapcache_pages",
    "pages cma reserved": "cma_reserved_pages",
}
MAX_PARTS = 10_000  # zones, nodes, pools of huge pages, slabs, allocations: of each


class _OpenZone:
    """A zone whose buddy list and reserve may still come."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self.reserve: tuple[int, ...] = ()
        self.buddy: tuple[tuple[int, int], ...] = ()
        self.held_orders: tuple[int, ...] = ()
        self.last_line = zone.lines[1]

    def finished(self) -> Zone:
        return self.zone._replace(
            lowmem_reserve_pages=self.reserve,
            buddy=self.buddy,
            held_orders=self.held_orders,
            lines=(self.zone.lines[0], self.last_line),
        )


class MemInfoReader:
    """Collects the lines of one Mem-Info block. `feed` returns whether the line was one of them."""

    def __init__(self) -> None:
        self.buddy_page_bytes: int | None = None  # size of an order-0 block: the page size
        self.is_capped = False
        self._section = ""
        self._first_line: int | None = None
        self._last_line = 0
        self._counters: dict[str, int] = {}
        self._nodes: dict[tuple[int, tuple[tuple[str, int], ...]], int] = {}  # with the line of each
        self._zones: dict[Zone, _OpenZone] = {}  # by what is printed on the zone's own line
        self._last_zone: _OpenZone | None = None
        self._without_buddy: dict[tuple[int, str], list[_OpenZone]] = {}
        self._huge_pages: dict[HugePages, int] = {}
        self._slabs: list[Slab] = []
        self._allocations: list[Allocation] = []
        self._totals: dict[str, int] = {}  # by field of MemInfo
        self._slab_lines: tuple[int, int] | None = None
        self._readers: dict[str, Callable[[str, int], None]] = {
            "node": self._node, "zone": self._zone, "buddy": self._buddy, "reserve": self._reserve, "pages": self._pages,
            "swap": self._swap, "head": self._head, "slab_head": self._slab_head, "allocations_head": self._allocations_head,
            "counters": self._read_counters,
        }  # fmt: skip

    def feed(self, text: str, line: int) -> bool:
        """Take one line; False if it is not of Mem-Info."""
        found = _START.match(text)
        kind = found.lastgroup if found else None
        if kind is None:
            taken = self._row(text, line)
        elif kind == "counters":
            taken = "kB" not in text and "KB" not in text
        elif kind == "huge_pages":
            taken = self._huge_pool(text, line)
        else:
            taken = True
        if not taken:
            return False
        if kind in self._readers:
            self._readers[kind](text, line)
        self._first_line = line if self._first_line is None else min(self._first_line, line)
        self._last_line = line
        return True

    @property
    def info(self) -> MemInfo:
        """Return what was read so far."""
        first = self._first_line
        return MemInfo(
            counters_pages=tuple(self._counters.items()),
            nodes=tuple(NumaNode(node, counters, line) for (node, counters), line in self._nodes.items()),
            zones=tuple(zone.finished() for zone in self._zones.values()),
            hugepages=tuple(pool._replace(line=line) for pool, line in self._huge_pages.items()),
            slabs=tuple(self._slabs),
            slab_lines=self._slab_lines,
            allocations=tuple(self._allocations),
            lines=(first, self._last_line) if first is not None else None,
            **self._totals,
        )

    def _has_room(self, parts: int) -> bool:
        self.is_capped = self.is_capped or parts >= MAX_PARTS
        return parts < MAX_PARTS

    def _head(self, text: str, line: int) -> None:
        self._totals["counters_line"] = line

    def _read_counters(self, text: str, line: int) -> None:
        """sample:: ` free:621 free_pcp:569 free_cma:0`, pages, one to nine lines of it"""
        for name, number, _ in _PAIR.findall(text):
            self._counters.setdefault(name.lower(), int(number))
        self._totals.setdefault("counters_line", line)

    def _node(self, text: str, line: int) -> None:
        """sample:: `Node 0 active_anon:40kB inactive_anon:290124kB unevictable:1236kB ... all_unreclaimable? yes`"""
        number, _ = _place_of(text)
        counters = tuple((name, int(n) << 10) for name, n, unit in _PAIR.findall(text) if unit)
        if self._has_room(len(self._nodes)):
            self._nodes.setdefault((number, counters), line)

    def _zone(self, text: str, line: int) -> None:
        """sample:: `Node 0 DMA32 free:1200kB boost:0kB min:2196kB low:2744kB high:3292kB ... managed:326848kB`"""
        kb = {name: int(number) << 10 for name, number, unit in _PAIR.findall(text) if unit}
        if "free" not in kb or not self._has_room(len(self._zones)):
            return  # cut in its first number
        node, name = _place_of(text)
        zone = Zone(
            node=node, name=name, free_bytes=kb["free"], min_bytes=kb.get("min"), low_bytes=kb.get("low"), high_bytes=kb.get("high"),
            present_bytes=kb.get("present"), managed_bytes=kb.get("managed"), free_cma_bytes=kb.get("free_cma"),
            highatomic_bytes=kb.get("reserved_highatomic"), lowmem_reserve_pages=(), buddy=(), lines=(0, 0),
            all_unreclaimable="all_unreclaimable? yes" in text if "all_unreclaimable?" in text else None,
            slab_unreclaimable_bytes=kb.get("slab_unreclaimable"),
        )  # fmt: skip
        if zone in self._zones:
            return  # the same line once more
        self._zones[zone] = self._last_zone = _OpenZone(zone._replace(lines=(line, line)))
        self._without_buddy.setdefault((node, name), []).append(self._last_zone)

    def _reserve(self, text: str, line: int) -> None:
        """sample:: `lowmem_reserve[]: 0 297 297 297 297`"""
        found = _RESERVE.match(text)
        if found is not None and self._last_zone is not None:
            self._last_zone.reserve = tuple(map(int, found["pages"].split()))

    def _buddy(self, text: str, line: int) -> None:
        """Read the free blocks of a zone.

        The letters, since 3.10, are the types of the blocks: C is CMA's, I isolated, H kept for atomic allocations.

        sample:: `Node 0 DMA: 1*4kB (M) 0*8kB 2*512kB (UM) 3*1024kB (CH) = 1284kB`
        """
        blocks = [(int(count), int(kb) << 10, kinds) for count, kb, kinds in _BLOCK.findall(text) if int(kb)]
        if not blocks:
            return  # cut before the first size
        page = self.buddy_page_bytes = self.buddy_page_bytes or blocks[0][1]
        zones = self._without_buddy.get(_place_of(text))
        if not zones:
            return
        zone = zones.pop(0)
        orders = [((size // page).bit_length() - 1, count, kinds) for count, size, kinds in blocks if size >= page]
        zone.buddy = tuple((order, count) for order, count, _ in orders)
        zone.held_orders = tuple(order for order, _, kinds in orders if kinds and not set(kinds) - set("CHI"))
        zone.last_line = line

    def _huge_pool(self, text: str, line: int) -> bool:
        found = _HUGE.match(text)
        if found is None:
            return False
        pool = HugePages(
            node=int(found["node"]), size_bytes=int(found["size"]) << 10, total=int(found["total"]),
            free=int(found["free"]), line=0,
        )  # fmt: skip
        if self._has_room(len(self._huge_pages)):
            self._huge_pages.setdefault(pool, line)
        return True

    def _pages(self, text: str, line: int) -> None:
        """sample:: `163707 pages RAM`"""
        number, _, words = text.partition(" ")
        field = next(field for what, field in _FIELD_OF_PAGES.items() if words.startswith(what))
        self._totals[field] = int(number)
        if field == "ram_pages":
            self._totals["ram_line"] = line

    def _swap(self, text: str, line: int) -> None:
        """sample:: `Free swap  = 12kB`"""
        size = max(int(re.split("[=:]", text, maxsplit=1)[1].strip().split("kB")[0]), 0) << 10
        if text.startswith("Total"):
            self._totals |= {"swap_total_bytes": size, "swap_line": line}
        else:
            self._totals["swap_free_bytes"] = size

    def _slab_head(self, text: str, line: int) -> None:
        self._section, self._slab_lines = "slab", (line, line)

    def _allocations_head(self, text: str, line: int) -> None:
        self._section = "allocations"

    def _row(self, text: str, line: int) -> bool:
        """Take a row of the slab or the allocation table; False if the line is none."""
        if self._section == "slab":
            if text.startswith("Name "):
                return True
            if found := _SLAB.match(text):
                if self._has_room(len(self._slabs)):
                    self._slabs.append(
                        Slab(found["name"], used_bytes=int(found["used"]) << 10, total_bytes=int(found["total"]) << 10)
                    )
                self._slab_lines = (self._slab_lines[0] if self._slab_lines else line, line)
                return True
        if self._section == "allocations" and (found := _ALLOCATION.match(text)):
            size = int(float(found["size"]) * _UNITS.get(found["unit"][:1], 1))
            if self._has_room(len(self._allocations)):
                self._allocations.append(Allocation(size_bytes=size, calls=int(found["calls"]), where=found["where"]))
            return True
        return False


def _place_of(text: str) -> tuple[int, str]:
    """Return the node and the zone that a line begins with; before 2.6.30 the node is not printed."""
    found = _PLACE.match(text)
    return (int(found["node"] or 0), found["zone"]) if found else (0, "")


def _place(streams: Streams, stream: Stream, line: Line) -> bool:
    report = stream.report
    if report is None or (report.mem_info is None and not _START.match(line.text)):
        return False
    reader = report.mem_info or MemInfoReader()
    if not reader.feed(line.text, line.line):
        return False
    report.mem_info = reader
    if reader.is_capped:
        report.cap("memory", f"more than {MAX_PARTS:,} zones, nodes or rows of one kind: the later ones are left out")
    stream.settle()
    return streams.keep(report, line)


SECTION = Section(
    name="mem_info",
    place=_place,
    starts=(
        "Node ",
        "lowmem_reserve",
        "Mem-Info:",
        "Mem-info:",
        "active_anon:",
        " active_file:",
        " unevictable:",
        " slab_reclaimable:",
        " mapped:",
        " free:",
        " sec_pagetables:",
        " kernel_misc_reclaimable:",
        "Free swap",
        "Total swap",
        "Swap cache",
    ),
    start=r"\d{1,15} (?:total pagecache )?pages ",
    inside=True,
)
