"""The document as one page: what stands where, finished and formatted. Templates only loop."""

from collections.abc import Sequence
from typing import NamedTuple

from oomscope.report import clues as clues
from oomscope.report.counting import is_unread, otherwise
from oomscope.report.fields import Doc, Phrase, RawLines, anchor, moment, plain, rows, say, text, ticked, unbroken
from oomscope.report.gaps import gap_words
from oomscope.report.groups import Group, counted, groups, headline, name, rhythm, time_span
from oomscope.report.open_clues import log_word
from oomscope.report.outputs.markdown import told as told_in_markup
from oomscope.report.outputs.markup import MARKDOWN
from oomscope.report.page.answer import Headings, Line, facts, headings, kubernetes, status
from oomscope.report.page.budget import BRIEF, GROUPS, detailed
from oomscope.report.page.chart import Chart, chart
from oomscope.report.page.coverage import Coverage, coverage
from oomscope.report.page.held import Held, held
from oomscope.report.page.incidents import ASKED, Incident, incident_view
from oomscope.report.page.kills import kills_table
from oomscope.report.page.log_lines import raw_view
from oomscope.report.page.memory_bar import Picture, makeup, picture
from oomscope.report.page.timeline import Timeline, timeline
from oomscope.report.page.tree import Level, tree
from oomscope.report.places import Places
from oomscope.report.tables import Cell, Grid, columns, plain_rows
from oomscope.report.words import ABSENT, BANDS, TRUST, count, plural, title_of


class Card(NamedTuple):
    """One workload: its answer, and the sections that prove it."""

    id: str
    prefix: str  # of the ids of its sections; empty where it is the only one
    headline: Phrase  # outcome and mechanism
    cause: str  # with its odds; what it is between where it is open
    name: Phrase
    kills: str
    when: str
    where: str  # host and file, as soon as there are several
    facts: tuple[Line, ...]
    headings: Headings
    summary: str
    sure: clues.Certainty
    next: str  # the runner-up with its chance
    picture: Picture | None
    held: Held | None
    chart: Chart | None
    timeline: Timeline | None
    kills_table: Grid | None
    rhythm: str
    odds: Grid | None
    remedies: tuple[clues.Step, ...]
    remedies_if: tuple[clues.Step, ...]  # while the verdict is open
    settles: tuple[clues.Step, ...]
    kubernetes: tuple[Line, ...]
    trust: str
    trust_tone: str  # "low" where the lines could be forged
    gaps: str
    ledger: clues.Ledger
    tree: tuple[Level, ...]
    first: Incident | None  # the incident that is told in full
    others: tuple[Incident, ...]  # what differs in the others
    rest_hidden: str

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """Those that are told, the one that shows best what happened first."""
        return (*((self.first,) if self.first else ()), *self.others)


class Place(NamedTuple):
    """Where a link at the top leads."""

    href: str
    name: str


class Page(NamedTuple):
    title: str
    nav: tuple[Place, ...]
    heading: Phrase
    where: tuple[str, ...]
    cards: tuple[Card, ...]
    overview: Grid | None
    overview_hidden: str
    timeline: Timeline | None
    coverage: Coverage
    folded: str
    style: str
    unread: bool  # nothing is known of kills
    ticket: str  # the answer as Markdown
    bands: Grid
    version: str
    schema_version: str
    rules_hash: str


def page(doc: Doc, raw: RawLines) -> Page:
    """Everything that the page shows of `doc`; `raw` holds the log's lines by incident id."""
    found = sorted(groups(doc), key=lambda group: (-group.kills, not group.node_wide))
    told = detailed(found)
    places = Places(doc)
    cards = _cards(doc, found, told, raw, places)
    heading = _heading(doc, found)
    title = plain(heading)
    return Page(
        title=f"{title} – {_source(doc)}" if _source(doc) else title,
        nav=_nav(cards, len(found) > 1),
        heading=heading,
        where=_where(doc, found),
        cards=cards,
        overview=_overview(found[:BRIEF], places) if len(found) > 1 else None,
        overview_hidden=_hidden(found[BRIEF:], "workload"),
        timeline=timeline(found) if len(found) > 1 else None,
        coverage=coverage(doc),
        folded=_folded(found, len(told)),
        style="printraw" if len(told) <= 2 else "",
        unread=not found and is_unread(doc),
        ticket="\n".join(told_in_markup(found[0], places, MARKDOWN)) if len(found) == 1 else "",
        bands=Grid("The words", columns("word", "odds"), plain_rows(BANDS), "short"),
        version=text(doc, "oomscope_version", ABSENT),
        schema_version=text(doc, "schema_version", ABSENT),
        rules_hash=text(doc, "rules_hash"),
    )


_SECTIONS = (
    ("memory", "Memory", lambda c: c.picture),
    ("held", "Who held it", lambda c: c.held),
    ("time", "Timeline", lambda c: c.kills_table or c.chart),
    ("why", "Why", lambda c: True),
    ("k8s", "Kubernetes", lambda c: c.kubernetes),
    ("deep", "Details", lambda c: True),
    ("log", "Log lines", lambda c: c.others or (c.first and c.first.raw.runs)),
)


def _nav(cards: Sequence[Card], many: bool) -> tuple[Place, ...]:
    """Links to the sections that are there."""
    if many:
        shown = [("#all", "All workloads"), ("#each", "Each workload")]
    else:
        shown = [(f"#{name}", words) for card in cards for name, words, there in _SECTIONS if there(card)]
    return tuple(Place(*one) for one in (("#answer", "Answer"), *shown, ("#files", "Files")))


def _heading(doc: Doc, found: Sequence[Group]) -> Phrase:
    """What happened, where there is one workload; else how many kills of how many."""
    if len(found) == 1:
        return unbroken(ticked(headline(found[0])))
    said = title_of(counted(doc, found))
    if any(g.kills for g in found) or (not found and is_unread(doc)):
        return say(said)
    return say(f"{said.removesuffix(' found')} in this log")


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
        log = log_word(doc, group.speaker.get("input"))
        result.append(_card(group, told, raw, left, log, places, len(found) == 1))
        left -= len(result[-1].kills_table.rows) if result[-1].kills_table else 0
    return tuple(result)


def _card(group: Group, told: frozenset[int], raw: RawLines, room: int, log: str, places: Places, only: bool) -> Card:
    incident, verdict, single = group.speaker, group.verdict, len(group.incidents) == 1
    full = [i for i in group.incidents if id(i) in told]
    listed = group.incidents[: max(room, 0)]
    shown = {str(i.get("id")) for i in full}
    trust = _weakest_trust(group)
    sure, drawn, holders = clues.certainty(verdict), picture(incident), held(incident)
    ledger = clues.ledger(verdict, _finder(full, group, raw), log)
    settles = clues.settles(verdict)[:ASKED]
    when = _when(group)
    strip = None if single else timeline((group,))
    identity = "w-" + anchor(group.key)
    return Card(
        id=identity,
        prefix="" if only else identity + "-",
        headline=unbroken(ticked(headline(group))),
        cause=title_of(clues.cause_words(verdict, group.kills)),
        name=name(group),
        kills=_kills(group),
        when=when,
        where=places.of(incident) if single and places.many else places.over(group.incidents),
        facts=facts(group, when, makeup(drawn), trust, places),
        headings=headings(
            drawn.finding if drawn else "",
            holders,
            _within(group, strip),
            ledger,
            settles,
            sure.tone,
            status(group),
        ),
        summary=clues.summary_words(verdict),
        sure=sure,
        next=clues.runner_up(verdict),
        picture=drawn,
        held=holders,
        chart=chart(group),
        timeline=strip,
        kills_table=kills_table(group, listed, places, frozenset(shown)),
        rhythm=title_of(rhythm(group)),
        odds=clues.odds_of(verdict),
        remedies=clues.remedies(verdict),
        remedies_if=clues.remedies_if(verdict),
        settles=settles,
        kubernetes=kubernetes(group),
        trust=TRUST.get(trust, (trust, ""))[0],
        trust_tone="low" if trust in ("tag", "text") else "",
        gaps="; ".join(gap_words(incident)),
        ledger=ledger,
        tree=tree(incident),
        first=incident_view(incident, group, raw, log, places) if id(incident) in told else None,
        others=tuple(incident_view(i, group, raw, log, places) for i in full if i is not incident),
        rest_hidden=_hidden(group.incidents[len(listed) :], "kill"),
    )


def _within(group: Group, strip: Timeline | None) -> str:
    return strip.sentence.replace(" of 1 workload", "") if strip else title_of(_kills(group))


def _kills(group: Group) -> str:
    """`4 kills`, and what else its incidents are."""
    other = otherwise(group.incidents)
    return ", ".join(part for part in (plural(group.kills, "kill") if group.kills else "no kill", other) if part)


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
    where = (places.over(group.incidents).replace(places.folder, ""),) if places.many else ()
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
