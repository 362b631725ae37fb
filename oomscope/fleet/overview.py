"""The sections of the fleet report: tables of what was counted."""

import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from oomscope.fleet.changes import changes
from oomscope.fleet.counts import Counts, Tally, largest
from oomscope.report.fields import say
from oomscope.report.page.fleet import Section
from oomscope.report.tables import TRACK, Bar, Cell, Grid, columns, percent, plain_rows, word
from oomscope.report.words import cause_name, plural

MOST: Final = 50
"""Rows of a table; the Parquet files have all."""
_PAGED: Final = (20, 10)
"""Workloads and nodes whose last kill gets a report page: each is one input that is read once more."""
_NONE: Final = "not in the log"

PageOf = Callable[[str], str | None]
"""The address of the report page on an input, if there is one."""


class Inputs(NamedTuple):
    """What the table of inputs adds up to."""

    read: int = 0
    hosts: int = 0  # machines that name themselves, and each input that does not
    unpacked_bytes: int = 0
    not_read: Sequence[tuple[str, str]] = ()  # name and reason
    warned: int = 0


def inputs_of(rows: Iterable[Mapping[str, Any]]) -> Inputs:
    """Return the sums over the table `inputs`."""
    read = unpacked = warned = 0
    hosts: set[str] = set()
    not_read = []
    for row in rows:
        if row["status"] != "read":
            not_read.append((str(row["input"]), str(row["reason"] or _NONE)))
            continue
        read += 1
        unpacked += row["unpacked_bytes"] or 0
        warned += bool(row["warning_count"])
        hosts.add(str(row["host"] or row["input"]))
    return Inputs(read, len(hosts), unpacked, sorted(not_read), warned)


def title(counts: Counts, inputs: Inputs) -> str:
    """Return the finding of the whole report."""
    if not counts.all.kills:
        return f"No OOM kill in {plural(inputs.read, 'log')}"
    nodes = f"{len(counts.nodes):,} of {plural(max(inputs.hosts, len(counts.nodes)), 'node')}"
    return f"{plural(counts.all.kills, 'OOM kill')} of {plural(len(counts.workloads), 'workload')} on {nodes}"


def lines(counts: Counts, inputs: Inputs) -> list[str]:
    """Return what has to be known beside the tables."""
    found = [f"{plural(inputs.read, 'input')} read; {len(inputs.not_read):,} not read."]
    if counts.all.first:
        found.append(f"First kill {_minute(counts.all.first)}, last kill {_minute(counts.all.last)}.")
    often = sum(len(tally.days) > 1 for tally in counts.workloads.values())
    wide = sum(len(tally.nodes) > 1 for tally in counts.workloads.values())
    if often:
        found.append(f"{plural(often, 'workload')} killed on more than one day.")
    if wide:
        found.append(f"{plural(wide, 'workload')} killed on more than one node.")
    if counts.copies:
        found.append(f"{plural(counts.copies, 'incident')} also found in another log of the same host; each is counted once.")  # fmt: skip
    if counts.not_killed:
        found.append(f"In {plural(counts.not_killed, 'more incident')} nobody is known to have been killed.")
    if inputs.warned:
        found.append(f"{plural(inputs.warned, 'input')} read with a warning: the table inputs says which.")
    return found


def sections(counts: Counts, inputs: Inputs, page_of: PageOf) -> list[Section]:
    """Return the tables that hold something."""
    found = [
        _workloads(counts, page_of),
        _changes(counts, page_of),
        _section(
            "causes",
            "Causes",
            "Why",
            {cause_name(one, {}): tally for one, tally in counts.causes.items()},
            counts,
            "cause",
        ),
        _nodes(counts, page_of),
        _section("kernels", "Kernel releases", "By kernel release", counts.releases, counts, "kernel release"),
        _section("images", "Images", "By image", counts.images, counts, "image"),
        _days(counts),
        _not_read(inputs),
    ]
    return [one for one in found if one.grid.rows]


def examples(counts: Counts) -> list[str]:
    """Return the inputs that get a report page, each once."""
    groups = zip((counts.workloads, counts.nodes), _PAGED, strict=True)
    shown = [tally for group, most in groups for _, tally in largest(group, most)]
    return list(dict.fromkeys(str(tally.example["input"]) for tally in shown))


def _changes(counts: Counts, page_of: PageOf) -> Section:
    found = changes(counts)
    rows = [
        (word(one.name), one.kind, f"{one.kills:,}", f"{one.before:,}", _cause(one.tally), _minute(one.tally.first), _way(one.tally, page_of))
        for one in found.workloads[:MOST]
    ]  # fmt: skip
    titles = columns("workload", "change", "#kills", "#before", "cause", "first", "last kill in full")
    left = len(found.workloads) - len(rows)
    more = "New: no earlier kill stands in these logs. Nodes whose logs reach back less may have had one."
    more += f" {left:,} more changed: the table incidents has all kills." if left > 0 else ""
    heading = f"{found.first} to {found.last} beside the {plural(found.days, 'day')} before"
    return Section(
        "changes", "Changes", "What changed", Grid(heading, titles, plain_rows(rows), scroll=True, head=0), more
    )


def _workloads(counts: Counts, page_of: PageOf) -> Section:
    rows = [
        (
            word(name), f"{tally.kills:,}", f"{len(tally.nodes):,}", _cause(tally), word(_most(tally.victims)),
            _minute(tally.first), _minute(tally.last), f"{len(tally.days):,}", _way(tally, page_of),
        )
        for name, tally in largest(counts.workloads, MOST)
    ]  # fmt: skip
    titles = columns("workload", "#kills", "#nodes", "cause", "victim", "first", "last", "#days", "last kill in full")
    grid = Grid("Workloads, the most kills first", titles, plain_rows(rows), scroll=True, head=0)
    return Section("workloads", "Workloads", "Which workloads are killed", grid, _more(counts.workloads))


def _nodes(counts: Counts, page_of: PageOf) -> Section:
    rows = [
        (
            word(name), f"{tally.kills:,}", f"{len(tally.workloads):,}", _cause(tally), word(_most(tally.releases)),
            _minute(tally.last), _way(tally, page_of),
        )
        for name, tally in largest(counts.nodes, MOST)
    ]  # fmt: skip
    titles = columns("node", "#kills", "#workloads", "cause", "kernel release", "last", "last kill in full")
    grid = Grid("Nodes, the most kills first", titles, plain_rows(rows), scroll=True, head=0)
    return Section("nodes", "Nodes", "Where kills are", grid, _more(counts.nodes))


def _section(anchor: str, label: str, finding: str, group: Mapping[str, Tally], counts: Counts, what: str) -> Section:
    rows = [
        (word(name), f"{tally.kills:,}", _share(tally, counts), f"{len(tally.workloads):,}", f"{len(tally.nodes):,}")
        for name, tally in largest(group, MOST)
    ]
    titles = columns(what, "#kills", "#share of kills", "#workloads", "#nodes")
    return Section(
        anchor, label, finding, Grid(f"Kills by {what}", titles, plain_rows(rows), scroll=True), _more(group)
    )


def _days(counts: Counts) -> Section:
    days = sorted(counts.days.items())[-MOST:]
    most = max((tally.kills for _, tally in days), default=0)
    rows = [
        (
            name, f"{tally.kills:,}", Cell(bars=(TRACK, Bar("lead", "0%", percent(100 * tally.kills / most)))),
            f"{len(tally.workloads):,}", f"{len(tally.nodes):,}",
        )
        for name, tally in days
    ]  # fmt: skip
    titles = columns("day (UTC)", "#kills", "of the largest day", "#workloads", "#nodes")
    undated = counts.all.kills - sum(counts.all.days.values())
    more = f"{plural(undated, 'kill')} without a date in the log." if undated else ""
    return Section("days", "Days", "When", Grid("Kills by day", titles, plain_rows(rows), scroll=True), more)


def _not_read(inputs: Inputs) -> Section:
    rows = [(word(name), reason) for name, reason in inputs.not_read[:MOST]]
    left = len(inputs.not_read) - len(rows)
    grid = Grid("Inputs that were not read", columns("input", "why"), plain_rows(rows), scroll=True, head=0)
    more = f"{left:,} more: the table inputs has all of them." if left > 0 else ""
    return Section("not-read", "Not read", "Nothing is known about kills in these", grid, more)


def _way(tally: Tally, page_of: PageOf) -> Cell:
    """A link to the report page, else the input and the command that opens it."""
    name = str(tally.example["input"])
    page = page_of(name)
    if page:
        return Cell(say(f"incident {tally.example['incident']}"), href=page)
    return word(name if "://" in name else f"oomscope analyze {shlex.quote(name)}")


def _cause(tally: Tally) -> str:
    """The most frequent cause, as people read it."""
    return _most(Counter({cause_name(cause, {}): count for cause, count in tally.causes.items()}))


def _most(counter: Counter[str]) -> str:
    """The most frequent one, with its count where there are others."""
    if not counter:
        return _NONE
    name, count = min(counter.items(), key=lambda item: (-item[1], item[0]))
    return name if len(counter) == 1 else f"{name} ({count:,} of {counter.total():,})"


def _share(tally: Tally, counts: Counts) -> str:
    return f"{100 * tally.kills / counts.all.kills:.0f} %"


def _more(group: Mapping[str, Tally]) -> str:
    left = len(group) - MOST
    return f"{left:,} more: the table incidents has all of them." if left > 0 else ""


def _minute(wall: str | None) -> str:
    return wall[:16].replace("T", " ") if wall else _NONE
