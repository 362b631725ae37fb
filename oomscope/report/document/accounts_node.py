"""The same for a node-wide kill: RAM and its owners, free memory against the watermarks, swap, requests."""

from collections.abc import Iterator, Mapping

from oomscope.incident import Incident
from oomscope.report.document.account_parts import Json, reading, saying, sum_words
from oomscope.units import size


def node_readings(incident: Incident, facts: Mapping[str, object]) -> list[Json]:
    """What free, ps and, on a node of Kubernetes, kubectl top node showed."""
    info, page, accounting = incident.event.mem_info, incident.event.page_size_bytes, incident.accounting
    if info is None or page is None or accounting is None:
        return []
    pages = dict(info.counters_pages)
    free = pages.get("free", 0) * page
    found = [reading(("free", "node_memory_MemFree_bytes"), free, "pages on no list of anybody")]
    if "inactive_file" in pages and (facts.get("kubernetes") or facts.get("kubernetes_node")):
        used = max(accounting.total_bytes - free - pages["inactive_file"] * page, 0)
        found.append(reading(("kubectl top node",), used, "RAM − free − inactive_file"))
    table = incident.event.tasks
    if table is not None and any(t.rss_pages for t in table.tasks):
        resident = sum(t.rss_pages or 0 for t in table.tasks) * page
        found.append(reading(("ps, top: all RES together",), resident, "pages that are shared stand in each process"))
    return found


def node_says(incident: Incident, facts: Mapping[str, object]) -> Iterator[Json]:
    """The most consequential first."""
    yield from _watermarks(incident)
    if incident.accounting is not None:
        parts = (
            ("free", ("free",)), ("anonymous memory", ("anon",)), ("tmpfs and shared memory", ("shmem",)),
            ("page cache", ("file",)), ("huge pages", ("hugetlb",)), ("unevictable", ("unevictable",)),
        )  # fmt: skip
        yield saying("usage", "RAM of " + sum_words(incident.accounting, parts, "kernel memory"))
    yield from _swap(incident)
    yield from _request(incident)
    reserved = facts.get("reserved_bytes")
    if isinstance(reserved, int):
        yield saying(
            "requests",
            f"The node keeps {size(reserved)} back from its pods (kube-reserved, system-reserved, eviction threshold).",
        )


def _watermarks(incident: Incident) -> Iterator[Json]:
    """Free against min, low and high over all zones; a kill above them is of another kind."""
    info = incident.event.mem_info
    zones = info.zones if info is not None else ()
    marks = {name: [getattr(z, f"{name}_bytes") for z in zones] for name in ("min", "low", "high")}
    if not zones or any(value is None for values in marks.values() for value in values):
        return
    free = sum(z.free_bytes for z in zones)
    low, middle, high = (sum(values) for values in marks.values())
    says = f"Free was {size(free)} against watermarks of {size(low)} (min), {size(middle)} (low) and {size(high)} (high) over all zones"
    short = [f"{z.name} of node {z.node}" for z in zones if z.free_bytes < (z.min_bytes or 0)]
    if short:
        says += f"; below min, where only the kernel's own work may still take pages, {'was' if len(short) == 1 else 'were'} {', '.join(short[:4])}"
    elif incident.event.sysrq:
        says += ": nothing lacked, the kill was asked for"
    elif free > high:
        says += ": enough in sum, so it lacked in one zone, on one NUMA node, or in one piece"
    yield saying("watermarks", says + ".")


def _swap(incident: Incident) -> Iterator[Json]:
    info = incident.event.mem_info
    if info is None or info.swap_total_bytes is None:
        return
    if not info.swap_total_bytes:
        yield saying("swap", "The node has no swap: anonymous memory and tmpfs could not leave RAM at all.")
    elif info.swap_free_bytes is not None and info.swap_free_bytes < 0.02 * info.swap_total_bytes:
        yield saying(
            "swap",
            f"All {size(info.swap_total_bytes)} of swap were full, so what is anonymous or on tmpfs had nowhere left to go.",
        )


def _request(incident: Incident) -> Iterator[Json]:
    who, victims = incident.workload, incident.event.victims
    if who.qos_class is None or not victims or victims[0].oom_score_adj is None:
        return
    adj = victims[0].oom_score_adj
    about = (
        f"its request of about {size(who.memory_request_bytes)}"
        if who.memory_request_bytes
        else f"its class {who.qos_class}"
    )
    yield saying(
        "requests",
        f"On a full node the kubelet's oom_score_adj decides who dies first: the victim's {adj} comes from {about}, and is added to what it uses.",
    )
