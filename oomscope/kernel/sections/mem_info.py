"""show_mem() (Mem-Info): the node's counters, zones, buddy lists, huge pages, swap, RAM, slab, allocation profile."""

from typing import Any

from oomscope.kernel.event import Allocation, HugePages, MemInfo, NumaNode, Slab, Zone
from oomscope.patterns import lazy

_PAIR = lazy(r"([A-Za-z_]{2,40}(?:\((?:anon|file)\))?):\s?(-?\d{1,15})([kK]B)?")
_COUNTERS = lazy(
    r"\s*(?:active_anon|active_file|unevictable|free|slab_reclaimable|mapped|sec_pagetables|kernel_misc_reclaimable|free_cma|active|inactive|pagetables|"
    r"Active|Active_anon|inactive_file):\s?\d"
)
_NODE = lazy(r"Node (\d{1,5}) active_anon:")
_ZONE = lazy(r"(?:Node (\d{1,5}) )?(DMA32|DMA|Normal|HighMem|Movable|Device) free:\s?\d")
_LOWMEM = lazy(r"lowmem_reserve\[\]:((?:\s+-?\d{1,18}\b)+)")
_BUDDY = lazy(r"(?:Node (\d{1,5}) )?(DMA32|DMA|Normal|HighMem|Movable|Device): (?=\d{1,12}\*\d)")
_BLOCK = lazy(r"(\d{1,12})\*(\d{1,12})kB(?: \(([UMEHCI]{1,6})\))?")
_HUGE = lazy(
    r"Node (?P<node>\d{1,5}) hugepages_total=(?P<total>\d{1,12}) hugepages_free=(?P<free>\d{1,12}) hugepages_surp=\d{1,12} hugepages_size=(?P<size>\d{1,12})kB"
)
_PAGES = lazy(
    r"(\d{1,15}) (total pagecache pages|pages in swap cache|pages RAM|pages of RAM|pages reserved|reserved pages|pages cma reserved)"
)
_SWAP = lazy(r"(Free|Total) swap ?\s*[=:]\s*(-?\d{1,15})kB")
_SLAB = lazy(r"(\S.{0,60}?)\s+(\d{1,15})KB\s+(\d{1,15})KB\s*$")
_ALLOCATION = lazy(
    r"\s{0,12}(\d{1,7}(?:\.\d{1,4})?)\s?(B|KiB|MiB|GiB|TiB|[kKMGT]?i?B?)\s+(\d{1,18}) (\S{1,200}:\d{1,7}.*)$"
)
_PASSED_BY = lazy(
    r"\d{1,15} pages (?:High|hwpoisoned|shared|non-shared|in pagetable)|(?:Node \d{1,5} )?\w{1,10} per-cpu:|"
    r"CPU\s{1,4}\d{1,5}: (?:hi|Hot):|cpu \d{1,5} (?:hot|cold): low "
)
_UNITS = {"": 1, "B": 1, "k": 1 << 10, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


class MemInfoReader:
    """Collects the lines of one Mem-Info block. `feed` says whether the line was one of them."""

    def __init__(self) -> None:
        self.info = MemInfo()
        self.buddy_page_bytes: int | None = None  # size of an order-0 block: the page size
        self._section = ""

    @property
    def empty(self) -> bool:
        return self.info == MemInfo()

    def feed(self, text: str, line: int) -> bool:
        """Take one line; False if it is not of Mem-Info."""
        taken = (
            self._node_or_zone(text, line)
            or self._total(text, line)
            or self._table(text, line)
            or self._counters(text, line)
        )
        if taken:
            first = self.info.lines[0] if self.info.lines else line
            self.info = self.info._replace(lines=(min(first, line), line))
        return taken

    def _set(self, **changes: Any) -> bool:  # noqa: ANN401  (dataclasses.replace takes any field)
        self.info = self.info._replace(**changes)
        return True

    def _counters(self, text: str, line: int) -> bool:
        """sample:: ` free:621 free_pcp:569 free_cma:0`, pages, one to nine lines of it"""
        if text.startswith(("Mem-Info:", "Mem-info:")):
            return self._set(counters_line=line)
        if not _COUNTERS.match(text) or "kB" in text or "KB" in text:
            return False
        pairs = tuple((m[1].lower(), int(m[2])) for m in _PAIR.finditer(text))
        known = dict(self.info.counters_pages)
        fresh = tuple(p for p in pairs if p[0] not in known)
        return self._set(counters_pages=self.info.counters_pages + fresh, counters_line=self.info.counters_line or line)

    def _node_or_zone(self, text: str, line: int) -> bool:
        if "free:" in text and (found := _ZONE.match(text)):
            return self._zone(int(found[1] or 0), found[2], text, line)
        if found := _BUDDY.match(text):
            return self._buddy(int(found[1] or 0), found[2], text, line)
        if found := _NODE.match(text):
            counters = tuple((m[1], int(m[2]) << 10) for m in _PAIR.finditer(text) if m[3])
            if any(n.node == int(found[1]) and n.counters == counters for n in self.info.nodes):
                return True
            return self._set(nodes=(*self.info.nodes, NumaNode(int(found[1]), counters, line)))
        if found := _LOWMEM.match(text):
            if self.info.zones:
                reserve = tuple(int(n) for n in found[1].split())
                last = self.info.zones[-1]._replace(lowmem_reserve_pages=reserve)
                self._set(zones=(*self.info.zones[:-1], last))
            return True
        if found := _HUGE.match(text):
            pages = HugePages(
                int(found["node"]), int(found["size"]) << 10, int(found["total"]), int(found["free"]), line
            )
            if any(p._replace(line=line) == pages for p in self.info.hugepages):
                return True
            return self._set(hugepages=(*self.info.hugepages, pages))
        return False

    def _zone(self, node: int, name: str, text: str, line: int) -> bool:
        """sample:: `Node 0 DMA32 free:1200kB boost:0kB min:2196kB low:2744kB high:3292kB ... managed:326848kB`"""
        kb = {m[1]: int(m[2]) << 10 for m in _PAIR.finditer(text) if m[3]}
        if "free" not in kb:
            return True  # cut in its first number
        zone = Zone(
            node=node, name=name, free_bytes=kb["free"], min_bytes=kb.get("min"), low_bytes=kb.get("low"), high_bytes=kb.get("high"),
            present_bytes=kb.get("present"), managed_bytes=kb.get("managed"), free_cma_bytes=kb.get("free_cma"),
            highatomic_bytes=kb.get("reserved_highatomic"), lowmem_reserve_pages=(), buddy=(), lines=(line, line),
            all_unreclaimable="all_unreclaimable? yes" in text if "all_unreclaimable?" in text else None,
            slab_unreclaimable_bytes=kb.get("slab_unreclaimable"),
        )  # fmt: skip
        if any(z._replace(lowmem_reserve_pages=(), buddy=(), lines=zone.lines) == zone for z in self.info.zones[-64:]):
            return True  # the same line once more
        return self._set(zones=(*self.info.zones, zone))

    def _buddy(self, node: int, name: str, text: str, line: int) -> bool:
        """The letters, since 3.10, are the types of the blocks: C is CMA's, I isolated, H kept for atomic allocations.

        sample:: `Node 0 DMA: 1*4kB (M) 0*8kB 2*512kB (UM) 3*1024kB (CH) = 1284kB`
        """
        blocks = [(int(m[1]), int(m[2]) << 10) for m in _BLOCK.finditer(text) if int(m[2])]
        held = [int(m[2]) << 10 for m in _BLOCK.finditer(text) if m[3] and not set(m[3]) - set("CHI")]
        if not blocks:
            return True  # cut before the first size
        page = self.buddy_page_bytes = self.buddy_page_bytes or blocks[0][1]
        orders = tuple(((size // page).bit_length() - 1, count) for count, size in blocks if size >= page)
        zones = list(self.info.zones)
        for n, zone in enumerate(zones):
            if zone.node == node and zone.name == name and not zone.buddy:
                kept = tuple((size // page).bit_length() - 1 for size in held if size >= page)
                zones[n] = zone._replace(buddy=orders, held_orders=kept, lines=(zone.lines[0], line))
                break
        return self._set(zones=tuple(zones))

    def _total(self, text: str, line: int) -> bool:
        if found := _PAGES.match(text):
            pages, what = int(found[1]), found[2]
            match what:
                case "pages RAM" | "pages of RAM":
                    return self._set(ram_pages=pages, ram_line=line)
                case "pages reserved" | "reserved pages":
                    return self._set(reserved_pages=pages)
                case "total pagecache pages":
                    return self._set(pagecache_pages=pages)
                case "pages in swap cache":
                    return self._set(swapcache_pages=pages)
                case _:
                    return self._set(cma_reserved_pages=pages)
        if found := _SWAP.match(text):
            size = max(int(found[2]), 0) << 10
            return (
                self._set(swap_total_bytes=size, swap_line=line)
                if found[1] == "Total"
                else self._set(swap_free_bytes=size)
            )
        return text.startswith(("Swap cache stats:", "Swap cache: add")) or bool(_PASSED_BY.match(text))

    def _table(self, text: str, line: int) -> bool:
        if text.startswith(("Unreclaimable slab info:", "excessive unreclaimable slab")):
            self._section = "slab"
            return self._set(slab_lines=(line, line))
        if text.startswith("Memory allocations"):
            self._section = "allocations"
            return True
        if self._section == "slab":
            if text.startswith("Name "):
                return True
            if found := _SLAB.match(text):
                slab = Slab(found[1], int(found[2]) << 10, int(found[3]) << 10)
                first = self.info.slab_lines[0] if self.info.slab_lines else line
                return self._set(slabs=(*self.info.slabs, slab), slab_lines=(first, line))
        if self._section == "allocations" and (found := _ALLOCATION.match(text)):
            size = int(float(found[1]) * _UNITS.get(found[2][:1], 1))
            return self._set(allocations=(*self.info.allocations, Allocation(size, int(found[3]), found[4])))
        return False
