"""What changed between two analyses, workload by workload: did the fix work, what is new since the last release."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from oomscope.report.clues import cause_short
from oomscope.report.counting import is_partly_read, unsettled
from oomscope.report.fields import Doc, Phrase, number, plain, rows, sub, text, ticked
from oomscope.report.groups import Group, groups, headline, name
from oomscope.report.outputs.markup import MARKDOWN, Flavour, phrase
from oomscope.report.words import plural
from oomscope.units import size

_HASHES = re.compile(r"-(?:[0-9a-f]{6,10}-)?[a-z0-9]{5}$|-\d{1,4}$")
_PODS = re.compile(r"pod[0-9a-f]{8}[-_][0-9a-f_-]{27}|[0-9a-f]{64}|\b[0-9a-f]{32}\b")
_GROWN = 0.1
"""A victim's size that differs by more than this is told."""
KINDS: Final = ("new", "gone", "unclear", "changed", "same")
TITLES: Final = {
    "new": "killed now, and not before",
    "gone": "killed before, and not now",
    "unclear": "killed before; whether it is now, AFTER does not say",
    "changed": "killed in both, but otherwise",
    "same": "killed in both alike",
}


class Change(NamedTuple):
    """One workload in both: what it is called, and what is to be said of it."""

    kind: str  # one of KINDS
    name: Phrase
    headline: Phrase  # of the later one, where it has one
    kills: tuple[int, int]  # before, after
    says: tuple[str, ...]


def compare(before: Doc, after: Doc) -> tuple[Change, ...]:
    """Return the workloads of either document, new ones first; the most kills first among equals.

    A workload keeps its identity over restarts and releases: hashes of pods and containers do not count. What is missing
    from the later document is gone only where that was read as a whole, and holds no report of unknown outcome that may be
    the workload's.
    """
    old, new = _by_identity(before), _by_identity(after)
    lacking = _Lacking(after)
    partly = is_partly_read(before)
    changes = [_change(key, old.get(key), new.get(key), lacking, partly) for key in dict.fromkeys([*new, *old])]
    return tuple(sorted(changes, key=lambda one: (KINDS.index(one.kind), -max(one.kills))))


class _Lacking:
    """Why a workload that is not killed in the later document may have been killed all the same."""

    def __init__(self, after: Doc) -> None:
        self._partly = is_partly_read(after)
        self._cut: dict[tuple[str, ...] | None, list[str]] = {}  # outcomes by identity; None is anybody's
        for group in groups(after):
            unknown = [one for one in (text(incident, "outcome") for incident in group.incidents) if one == "unknown"]
            if unknown:
                self._cut.setdefault(_identity(group) if _is_named(group) else None, []).extend(unknown)

    def of(self, key: tuple[str, ...]) -> str | None:
        """Return the reason for one workload; None where there is none."""
        if self._partly:
            return "AFTER was not read as a whole"
        cut = unsettled([*self._cut.get(key, ()), *self._cut.get(None, ())])
        return f"AFTER holds {cut}" if cut else None


def _is_named(group: Group) -> bool:
    """True if a report says which workload it is of, even where it is cut."""
    load = sub(group.speaker, "workload")
    return group.node_wide or any(text(load, part) for part in ("pod", "unit", "container", "name"))


def _by_identity(doc: Doc) -> dict[tuple[str, ...], list[Group]]:
    found: dict[tuple[str, ...], list[Group]] = {}
    for group in groups(doc):
        if group.kills:
            found.setdefault(_identity(group), []).append(group)
    return found


def _identity(group: Group) -> tuple[str, ...]:
    load = sub(group.speaker, "workload")
    if group.node_wide:
        return ("node", text(group.speaker, "host"))
    if pod := text(load, "pod"):
        owner = text(load, "owner") or _HASHES.sub("", pod)
        return ("pod", text(load, "namespace"), owner.rpartition("/")[2], text(load, "container"))
    if unit := text(load, "unit"):
        return ("unit", unit)
    if container := text(load, "container") or text(load, "name"):
        return ("container", container)
    path = _PODS.sub("*", text(group.speaker, "task_memcg") or text(group.speaker, "oom_memcg"))
    return ("cgroup", path, *sorted(_comms(group))[:1])


def _comms(group: Group) -> set[str]:
    return {text(v, "comm") for i in group.incidents for v in rows(i, "victims")[:1]}


def _change(
    key: tuple[str, ...], old: Sequence[Group] | None, new: Sequence[Group] | None, lacking: _Lacking, partly: bool
) -> Change:
    shown = (new or old or ())[0]
    kills = sum(g.kills for g in old or ()), sum(g.kills for g in new or ())
    said = tuple(_differences(old[0], new[0])) if old and new else (cause_short(shown.verdict),)
    kind = "changed" if old and new and said else "same" if old and new else "new" if new else "gone"
    if kind == "gone" and (why := lacking.of(key)) is not None:
        kind, said = "unclear", (*said, why)
    if kind == "new" and partly:
        said = (*said, "BEFORE was not read as a whole: it may have been killed then too")
    return Change(kind, name(shown), ticked(headline(shown)), kills, said)


def _differences(old: Group, new: Group) -> Iterator[str]:
    if old.kills != new.kills:
        yield f"{plural(old.kills, 'kill')} before, {new.kills} now"
    before, after = cause_short(old.verdict), cause_short(new.verdict)
    if before != after:
        yield f"cause: {before} before, {after} now"
    for what, sizes in (("limit", (_limit(old), _limit(new))), ("victim's anonymous memory", (_held(old), _held(new)))):
        first, second = sizes
        if first and second and abs(second - first) > _GROWN * first:
            yield f"{what}: {size(first)} before, {size(second)} now"


def _limit(group: Group) -> float | None:
    return number(sub(group.speaker, "memcg"), "limit_bytes")


def _held(group: Group) -> float | None:
    victims = rows(group.speaker, "victims")
    return number(victims[0], "anon_rss_bytes") if victims else None


def summary(changes: Sequence[Change]) -> str:
    """`2 new, 1 gone, 3 changed, 4 the same`."""
    counts = {kind: sum(one.kind == kind for one in changes) for kind in KINDS}
    if not changes:
        return "no OOM kill in either"
    unclear = f", {counts['unclear']} unclear" if counts["unclear"] else ""
    return (
        f"{counts['new']} new, {counts['gone']} gone{unclear}, {counts['changed']} changed, {counts['same']} the same"
    )


def render_text(changes: Sequence[Change]) -> str:
    """The comparison for a terminal."""
    lines = [f"Workloads with OOM kills: {summary(changes)}"]
    for kind in KINDS:
        some = [one for one in changes if one.kind == kind]
        if some:
            lines += ["", f"{TITLES[kind]}:"]
        for one in some:
            lines.append(f"  {plain(one.name)}: {plain(one.headline)}")
            lines += [f"      {words}" for words in one.says]
    return "\n".join([*lines, ""])


def render_markdown(changes: Sequence[Change], flavour: Flavour = MARKDOWN) -> str:
    """The comparison for a ticket."""
    f = flavour
    lines = [f"{f.heading}{f.text('Workloads with OOM kills: ' + summary(changes))}", ""]
    for kind in KINDS:
        some = [one for one in changes if one.kind == kind]
        if some:
            lines += [f.bold(TITLES[kind]), ""]
        for one in some:
            tail = "; ".join(f.text(words) for words in one.says)
            lines.append(f"{f.bullet}{phrase(one.name, f)}: {phrase(one.headline, f)}{' – ' + tail if tail else ''}")
        lines += [""] if some else []
    return "\n".join(lines)


def to_json(changes: Sequence[Change]) -> list[dict[str, object]]:
    """The comparison as JSON has it."""
    return [
        {
            "change": one.kind,
            "workload": plain(one.name),
            "headline": plain(one.headline),
            "kills_before": one.kills[0],
            "kills_after": one.kills[1],
            "says": list(one.says),
        }
        for one in changes
    ]


def table(changes: Sequence[Change]) -> Iterator[tuple[str, Phrase, Phrase, str, str]]:
    """Rows for a page: change, workload, what happened, kills before and after, what differs."""
    for one in changes:
        yield one.kind, one.name, one.headline, f"{one.kills[0]} → {one.kills[1]}", "; ".join(one.says)
