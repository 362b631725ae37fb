"""The document as one page: what stands where, finished and formatted. Templates only loop."""

from collections.abc import Sequence
from typing import NamedTuple

from oomscope.report import clues as clues
from oomscope.report.counting import otherwise
from oomscope.report.fields import Doc, Phrase, RawLines, anchor, moment, plain, rows, say, text, ticked, unbroken
from oomscope.report.gaps import gap_words
from oomscope.report.groups import (
    Group,
    counted,
    died,
    groups,
    headline,
    home,
    kubernetes_words,
    name,
    rhythm,
    time_span,
)
from oomscope.report.identity import counters, limit_words
from oomscope.report.open_clues import log_word
from oomscope.report.page.budget import BRIEF, GROUPS, detailed
from oomscope.report.page.coverage import Coverage, coverage
from oomscope.report.page.held import Held, held
from oomscope.report.page.incidents import ASKED, Incident, Note, brief, briefs, incident_view
from oomscope.report.page.log_lines import raw_view
from oomscope.report.page.memory_bar import Makeup, makeup
from oomscope.report.page.timeline import Timeline, timeline
from oomscope.report.places import Places
from oomscope.report.tables import Cell, Grid, columns, plain_rows
from oomscope.report.words import ABSENT, BANDS, TRUST, count, plural, title_of


class Card(NamedTuple):
    """One workload's answer: the first screen."""

    id: str
    headline: Phrase  # outcome and mechanism
    cause: str  # with its odds; what it is between where it is open
    name: Phrase
    kills: str
    when: str
    where: str  # host and file, as soon as there are several
    rhythm: str
    who: Phrase
    held: Held | None
    kubernetes: str
    limit: Phrase
    oom_memcg: str
    counters: str
    summary: str
    sure: clues.Certainty
    first: str  # the first thing to do
    next: str  # the runner-up with its chance
    makeup: Makeup | None
    odds: Grid | None
    remedies: tuple[clues.Step, ...]
    remedies_if: tuple[clues.Step, ...]  # while the verdict is open
    settles: tuple[clues.Step, ...]
    trust: str
    trust_means: str
    trust_tone: str  # "low" where the lines could be forged
    gaps: str
    notes: tuple[Note, ...]
    ledger: clues.Ledger | None  # the workload's own clues; None where the one incident's say it all
    timeline: Timeline | None
    incidents: tuple[Incident, ...]
    single: bool
    rest: Grid | None
    rest_hidden: str


class Page(NamedTuple):
    title: str
    heading: Phrase
    counted: str  # kills and workloads, where the heading does not say it
    where: tuple[str, ...]
    cards: tuple[Card, ...]
    overview: Grid | None
    overview_hidden: str
    timeline: Timeline | None
    coverage: Coverage
    folded: str
    style: str
    bands: Grid
    version: str
    schema_version: str
    rules_hash: str


def page(doc: Doc, raw: RawLines) -> Page:
    """Everything that the page shows of `doc`; `raw` holds the log's lines by incident id."""
    found = groups(doc)
    told = detailed(found)
    places = Places(doc)
    cards = _cards(doc, found, told, raw, places)
    heading = _heading(doc, found)
    title = plain(heading)
    return Page(
        title=f"{title} – {_source(doc)}" if _source(doc) else title,
        heading=heading,
        counted=title_of(counted(doc, found)) if len(found) == 1 else "",
        where=_where(doc, found),
        cards=cards,
        overview=_overview(found[:BRIEF], places) if len(found) > 1 else None,
        overview_hidden=_hidden(found[BRIEF:], "workload"),
        timeline=timeline(found) if len(found) > 1 else None,
        coverage=coverage(doc),
        folded=_folded(found, len(told)),
        style="printraw" if len(told) <= 3 else "",
        bands=Grid("The words", columns("word", "odds"), plain_rows(BANDS), "short"),
        version=text(doc, "oomscope_version", ABSENT),
        schema_version=text(doc, "schema_version", ABSENT),
        rules_hash=text(doc, "rules_hash"),
    )


def _heading(doc: Doc, found: Sequence[Group]) -> Phrase:
    """What happened, where there is one workload; else how many kills of how many."""
    if len(found) == 1:
        return unbroken(ticked(headline(found[0])))
    said = title_of(counted(doc, found))
    return say(said if any(g.kills for g in found) else f"{said.removesuffix(' found')} in this log")


def _source(doc: Doc) -> str:
    paths = [text(i, "path") for i in rows(doc, "inputs")]
    return paths[0] if len(paths) == 1 else plural(len(paths), "input") if paths else ""


def _where(doc: Doc, found: Sequence[Group]) -> tuple[str, ...]:
    incidents = [i for g in found for i in g.incidents]
    kernels = sorted({text(i, "kernel_release") for i in incidents} - {""})
    hosts = sorted({text(i, "host") for i in incidents} - {""})
    spans = [s for g in found for s in time_span(g) if s]
    when = f"{min(spans)} to {max(spans)}" if spans and min(spans) != max(spans) else spans[0] if spans else ""
    parts = (
        _source(doc).rsplit("/", 1)[-1],
        _few(hosts, "host"),
        "Linux " + _few(kernels, "kernel") if len(kernels) == 1 else _few(kernels, "kernel"),
        when,
        f"redaction: {text(doc, 'redaction')}" if isinstance(doc.get("redaction"), str) else "",
    )
    return tuple(p for p in parts if p)


def _few(names: Sequence[str], what: str) -> str:
    return ", ".join(names) if len(names) < 3 else plural(len(names), what)


def _cards(doc: Doc, found: Sequence[Group], told: frozenset[int], raw: RawLines, places: Places) -> tuple[Card, ...]:
    left, result = BRIEF, []
    for group in found[:GROUPS]:
        result.append(_card(group, told, raw, left, log_word(doc, group.speaker.get("input")), places))
        left -= len(result[-1].rest.rows) if result[-1].rest else 0
    return tuple(result)


def _card(group: Group, told: frozenset[int], raw: RawLines, room: int, log: str, places: Places) -> Card:
    incident, verdict, single = group.speaker, group.verdict, len(group.incidents) == 1
    full = [i for i in group.incidents if id(i) in told]
    rest = [i for i in group.incidents if id(i) not in told]
    trust = _weakest_trust(group)
    return Card(
        id="w-" + anchor(group.key),
        headline=unbroken(ticked(headline(group))),
        cause=title_of(clues.cause_words(verdict, group.kills)),
        name=name(group),
        kills=_kills(group),
        when=_when(group),
        where=places.of(incident) if single and places.many else places.over(group.incidents),
        rhythm=rhythm(group),
        who=_who(group),
        held=held(incident),
        kubernetes=title_of(kubernetes_words(group)),
        limit=limit_words(incident),
        oom_memcg=text(incident, "oom_memcg"),
        counters=counters(incident),
        summary=clues.summary_words(verdict),
        sure=clues.certainty(verdict),
        first=_first(verdict),
        next=clues.runner_up(verdict),
        makeup=makeup(incident),
        odds=None if single else clues.odds_of(verdict, "The odds over all kills, in steps of 5 %"),
        remedies=clues.remedies(verdict),
        remedies_if=clues.remedies_if(verdict),
        settles=clues.settles(verdict)[:ASKED],
        trust=TRUST.get(trust, (trust, ""))[0],
        trust_means=TRUST.get(trust, (trust, ""))[1],
        trust_tone="low" if trust in ("tag", "text") else "",
        gaps="; ".join(gap_words(incident)),
        notes=tuple(Note(text(n, "text"), "", None) for n in rows(incident, "notes")[:2]),
        ledger=None
        if single or not rows(verdict, "evidence")
        else clues.ledger(verdict, _finder(full, group, raw), log),
        timeline=None if single else timeline((group,)),
        incidents=tuple(incident_view(i, group, raw, log, places) for i in full),
        single=single,
        rest=briefs([brief(i, places) for i in rest[: max(room, 0)]]),
        rest_hidden=_hidden(rest[max(room, 0) :], "kill"),
    )


def _kills(group: Group) -> str:
    """`4 kills`, and what else its incidents are."""
    other = otherwise(group.incidents)
    return ", ".join(part for part in (plural(group.kills, "kill") if group.kills else "no kill", other) if part)


def _first(verdict: Doc) -> str:
    """The first thing to do; while the verdict is open, what settles it."""
    steps = clues.remedies(verdict) or clues.settles(verdict)
    return steps[0].text if steps else ""


def _who(group: Group) -> Phrase:
    place = home(group)
    return (*died(group), *say(" in "), *place) if place else died(group)


def _finder(full: Sequence[Doc], group: Group, raw: RawLines) -> clues.Link:
    """Links a line of the workload's ledger to the incident that shows it."""
    extra = rows(group.verdict, "evidence")
    views = [(i, raw_view(i, raw.get(str(i.get("id")), ()), extra)) for i in full]

    def find(lines: tuple[int, int] | None) -> str | None:
        links = (view.link(incident.get("id"), lines) for incident, view in views)
        return next((link for link in links if link), None)

    return find


def _weakest_trust(group: Group) -> str:
    order = {name: n for n, name in enumerate(TRUST)}
    return max((str(i.get("trust") or "text") for i in group.incidents), key=lambda t: order.get(t, len(order)))


def _when(group: Group) -> str:
    first, last = time_span(group)
    ends = (first, last) if first and last else (moment(group.incidents[0]), moment(group.incidents[-1]))
    return ends[0] if ends[0] == ends[1] else f"{ends[0].removesuffix(' after boot')} to {ends[1]}"


def _overview(found: Sequence[Group], places: Places) -> Grid:
    where = ("host or file",) if places.many else ()
    titles = columns("workload", "#kills", "what happened", "cause", *where)
    table = plain_rows(_overview_row(group, n, places) for n, group in enumerate(found))
    return Grid("Workloads, and why each was killed", titles, table, "overview", scroll=True)


def _overview_row(group: Group, position: int, places: Places) -> tuple[str | Cell, ...]:
    where = (places.over(group.incidents),) if places.many else ()
    return (
        Cell(name(group), href="#w-" + anchor(group.key) if position < GROUPS else None),
        count(group.kills),
        Cell(unbroken(ticked(headline(group)))),
        clues.cause_short(group.verdict),
        *where,
    )


def _hidden(left: Sequence[object], what: str) -> str:
    return f"{plural(len(left), 'more ' + what)} not listed here: see oomscope analyze --format json." if left else ""


def _folded(found: Sequence[Group], told: int) -> str:
    total = sum(len(g.incidents) for g in found)
    if told >= total:
        return ""
    return (
        f"{count(told)} of {plural(total, 'incident')} are told in full, one of each workload first; "
        "the others are rows of a table. oomscope analyze --format json has all of them."
    )
