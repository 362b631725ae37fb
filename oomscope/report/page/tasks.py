"""The task table: worst badness first, the victims marked, a long tail told per comm."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from oomscope.report.fields import Doc, amount, number, rows, short_path, text
from oomscope.report.tables import Bar, Cell, Column, Grid, Row, bars, columns, plain_rows, word
from oomscope.report.words import DASH, count, plural
from oomscope.units import size

_WHOLE, _HEAD, _TAIL = 60, 40, 12  # rows shown in full; above that: the worst, and the commonest comms of the rest


class Table(NamedTuple):
    total: str
    tasks: Grid
    tail: Grid | None


_Cell = Callable[[Doc], str]


def _bytes(key: str) -> _Cell:
    return lambda task: amount(task, key, DASH)


def _count(key: str) -> _Cell:
    return lambda task: DASH if task.get(key) is None else count(task[key])


def _plain(key: str) -> _Cell:
    return lambda task: text(task, key, DASH)


_COLUMNS: tuple[tuple[str, str, _Cell], ...] = (
    ("badness_pages", "badness, pages", _count("badness_pages")),
    ("rss_bytes", "rss", _bytes("rss_bytes")),
    ("anon_rss_bytes", "anon", _bytes("anon_rss_bytes")),
    ("file_rss_bytes", "file", _bytes("file_rss_bytes")),
    ("shmem_rss_bytes", "shmem", _bytes("shmem_rss_bytes")),
    ("swap_bytes", "swap", _bytes("swap_bytes")),
    ("pgtables_bytes", "pgtables", _bytes("pgtables_bytes")),
    ("total_vm_bytes", "total_vm", _bytes("total_vm_bytes")),
    ("oom_score_adj", "oom_score_adj", _plain("oom_score_adj")),
    ("uid", "uid", _plain("uid")),
)


def table(incident: Doc) -> Table | None:
    """The tasks the kernel weighed, or None if the log has no task table."""
    tasks = rows(incident, "tasks")
    if not tasks:
        return None
    killed = {v.get("pid") for v in rows(incident, "victims")} - {None}
    ordered = sorted(tasks, key=_worst_first)
    shown, rest = _cut(ordered, killed)
    chosen = [c for c in _COLUMNS if any(t.get(c[0]) is not None for t in tasks)]
    titles = [Column(title, "num") for _, title, _ in chosen]
    if any(t.get("cgroup") for t in shown):
        chosen.append(("cgroup", "cgroup", lambda task: short_path(text(task, "cgroup", DASH), 44)))
        titles.append(Column("cgroup", "path"))
    largest = max((number(t, "rss_bytes") or 0) for t in tasks)
    split = "; the bar is rss: anon, file, shmem" if any(t.get("anon_rss_bytes") is not None for t in tasks) else ""
    return Table(
        total=_total(tasks),
        tasks=Grid(
            caption="What the kernel could choose from, highest badness first" + split,
            columns=columns("#rank", "comm", "#pid", Column("rss as a bar", "spark", quiet=True), *titles),
            rows=tuple(_row(t, killed, [cell for *_, cell in chosen], largest) for t in shown),
            style="tasks",
            head=1,
            scroll=True,
        ),
        tail=_tail(rest) if rest else None,
    )


def _total(tasks: Sequence[Doc]) -> str:
    """How many there are, as the clues count them: a pod's sandbox holds namespaces and is no task of its own."""
    sandboxes = sum(text(task, "comm") == "pause" for task in tasks)
    counted = plural(len(tasks) - sandboxes, "task")
    return f"{counted} and {plural(sandboxes, 'pod sandbox', 'pod sandboxes')} (pause)" if sandboxes else counted


def _worst_first(task: Doc) -> tuple[bool, float, float, float]:
    badness, rank = number(task, "badness_pages"), number(task, "rank")
    return (
        badness is None,
        -(badness or 0),
        rank if rank is not None else float("inf"),
        -(number(task, "rss_bytes") or 0),
    )


def _cut(ordered: list[Doc], killed: set[object]) -> tuple[list[Doc], list[Doc]]:
    if len(ordered) <= _WHOLE:
        return ordered, []
    late = ordered[_HEAD:]
    victims = [t for t in late if t.get("pid") in killed][: _WHOLE - _HEAD]
    chosen = {id(t) for t in victims}
    return ordered[:_HEAD] + victims, [t for t in late if id(t) not in chosen]


def _row(task: Doc, killed: set[object], cells: Sequence[_Cell], largest: float) -> Row:
    rank, died = task.get("rank"), task.get("pid") in killed
    named = word(text(task, "comm", DASH), tag="killed" if died else "")
    first = (DASH if rank is None else str(rank), named, text(task, "pid", DASH), Cell(bars=_bars(task, largest)))
    return Row((*first, *(cell(task) for cell in cells)), "killed" if died else "")


def _bars(task: Doc, largest: float) -> tuple[Bar, ...]:
    kinds = [(f, number(task, f"{f}_rss_bytes")) for f in ("anon", "file", "shmem")]
    known = [(family, value) for family, value in kinds if value is not None]
    return bars(known or [("kernel", number(task, "rss_bytes") or 0)], largest)


def _tail(rest: list[Doc]) -> Grid:
    sums: dict[str, tuple[int, float]] = {}
    for task in rest:
        name = text(task, "comm", DASH)
        n, rss = sums.get(name, (0, 0.0))
        sums[name] = n + 1, rss + (number(task, "rss_bytes") or 0)
    ordered = sorted(sums.items(), key=lambda item: (-item[1][1], -item[1][0], item[0]))
    shown: list[Sequence[str | Cell]] = [(word(name), count(n), size(rss)) for name, (n, rss) in ordered[:_TAIL]]
    others = ordered[_TAIL:]
    if others:
        total, rss = sum(n for _, (n, _) in others), sum(r for _, (_, r) in others)
        shown.append((f"{len(others)} other comms", count(total), size(rss)))
    caption = f"The other {plural(len(rest), 'task')}, by comm"
    return Grid(caption, columns("comm", "#tasks", "#rss, summed"), plain_rows(shown), "short")
