"""One incident as the page shows it: finished strings and geometry, nothing left to compute."""

from typing import NamedTuple

from oomscope.report import clues as clues
from oomscope.report.counting import is_kill, otherwise
from oomscope.report.fields import (
    Doc,
    Phrase,
    RawLines,
    amount,
    anchor,
    code,
    line_words,
    moment,
    plain,
    rows,
    say,
    span,
    sub,
    text,
    ticked,
    unbroken,
)
from oomscope.report.gaps import gap_words
from oomscope.report.groups import Group, without_cause
from oomscope.report.identity import counters, invoker_words, limit_words, place_words, victim_words
from oomscope.report.page.log_lines import Raw, raw_view
from oomscope.report.page.node import Node, node
from oomscope.report.page.tasks import Table, table
from oomscope.report.places import Places
from oomscope.report.tables import Cell, Column, Grid, columns, plain_rows, word
from oomscope.report.tables import link as linked
from oomscope.report.words import ABSENT, DASH, TRUST

MOST_ASKED = 3
ASKED = 2  # questions on the first screen; a single kill has the further ones below


class Fact(NamedTuple):
    name: str
    value: Phrase


class Note(NamedTuple):
    text: str
    lines: str
    href: str | None


class Accounts(NamedTuple):
    """What each tool showed at the kill, and what that means here."""

    table: Grid | None
    says: tuple[str, ...]
    topics: str  # the words that `oomscope explain` knows more about


class Brief(NamedTuple):
    """One kill as a table row or a fold's title."""

    id: str
    when: str
    victim: Phrase
    anon: str
    where: str
    outcome: str  # empty for a kill


class Incident(NamedTuple):
    brief: Brief
    title: Phrase
    facts: tuple[Fact, ...]
    notes: tuple[Note, ...]
    ledger: clues.Ledger | None  # where its cause is another than that over all kills
    settles: tuple[clues.Step, ...]
    counters: str
    accounts: Accounts | None
    node: Node | None
    victims: Grid | None
    tasks: Table | None
    gaps: tuple[str, ...]
    raw: Raw
    trace: str


def brief(incident: Doc, places: Places) -> Brief:
    """The incident in one row."""
    victims = rows(incident, "victims")
    return Brief(
        id="i-" + anchor(incident.get("id")),
        when=moment(incident),
        victim=victim_words(incident),
        anon=amount(victims[0], "anon_rss_bytes") if victims else ABSENT,
        where=places.of(incident),
        outcome="" if is_kill(incident) else otherwise([incident]).removeprefix("1 "),
    )


def incident_view(incident: Doc, group: Group, raw: RawLines, log: str, places: Places) -> Incident:
    """The incident in full."""
    verdict = sub(incident, "verdict")
    extra = rows(group.verdict, "evidence")
    lines = raw_view(incident, raw.get(str(incident.get("id")), ()), extra)

    def link(where: tuple[int, int] | None) -> str | None:
        return lines.link(incident.get("id"), where)

    return Incident(
        brief=brief(incident, places),
        title=unbroken(ticked(without_cause(text(verdict, "headline"), verdict))),
        facts=_facts(incident),
        notes=_notes(incident, link),
        ledger=clues.ledger(verdict, link, log, False) if _differs(verdict, group) else None,
        settles=clues.settles(group.verdict)[ASKED:MOST_ASKED] if incident is group.speaker else (),
        counters=counters(incident),
        accounts=_accounts(incident),
        node=node(incident),
        victims=_victims(incident, link),
        tasks=table(incident),
        gaps=gap_words(incident),
        raw=lines,
        trace="\n".join(str(t) for t in (incident.get("trace") or ())[:100]),
    )


def _differs(verdict: Doc, group: Group) -> bool:
    return bool(rows(verdict, "evidence")) and clues.cause_short(verdict) != clues.cause_short(group.verdict)


def _notes(incident: Doc, link: clues.Link) -> tuple[Note, ...]:
    found = []
    for item in rows(incident, "notes"):
        where = span(item.get("lines"))
        found.append(Note(text(item, "text"), line_words(where), link(where)))
    return tuple(found)


def _accounts(incident: Doc) -> Accounts | None:
    found = sub(incident, "accounts")
    if not found:
        return None
    table = [(Cell(_tools(r)), amount(r, "bytes"), text(r, "how")) for r in rows(found, "readings")]
    titles = columns("tool or metric", "#showed", Column("how it counts", "wide"))
    says = rows(found, "says")
    topics = dict.fromkeys(text(s, "topic") for s in says)
    grid = Grid("What the tools showed at the kill", titles, plain_rows(table), "short") if table else None
    return Accounts(grid, tuple(text(s, "text") for s in says), ", ".join(topics))


def _tools(reading: Doc) -> Phrase:
    names = [str(name) for name in reading.get("tools") or ()]
    return say(*(piece for n, name in enumerate(names) for piece in (", " if n else None, code(name))))


def _victims(incident: Doc, link: clues.Link) -> Grid | None:
    victims = rows(incident, "victims")
    if not victims:
        return None
    titles = ("comm", "#pid", "#uid", "#anon", "#file", "#shmem", "#pgtables", "#total_vm", "#oom_score_adj")
    return Grid(
        "What the kernel said it killed",
        columns(*titles, Column("why this one", "wide"), "line"),
        plain_rows(_victim(v, link, _main(incident)) for v in victims[:50]),
        "victims",
        scroll=True,
    )


def _main(incident: Doc) -> str:
    """What the first process of its cgroup is the main process of."""
    load = sub(incident, "workload")
    return (
        "main process of its container"
        if load.get("container_id") or load.get("pod_uid")
        else "main process of its unit"
    )


def _victim(victim: Doc, link: clues.Link, main: str) -> list[str | Cell]:
    line = victim.get("line")
    where = (line, line) if isinstance(line, int) else None
    keys = ("anon_rss_bytes", "file_rss_bytes", "shmem_rss_bytes", "pgtables_bytes", "total_vm_bytes")
    first = main if victim.get("is_init") else ""
    return [
        word(text(victim, "comm", ABSENT)),
        text(victim, "pid", DASH),
        text(victim, "uid", DASH),
        *(amount(victim, key, DASH) for key in keys),
        text(victim, "oom_score_adj", DASH),
        "; ".join(w for w in (text(victim, "why_chosen"), first) if w),
        linked(line_words(where), link(where)),
    ]


def _facts(incident: Doc) -> tuple[Fact, ...]:
    """What is read from the log about this kill: no odds here."""
    load, trust = sub(incident, "workload"), str(incident.get("trust"))
    word, meaning = TRUST.get(trust, (trust, ""))
    release = " ".join(w for w in (text(incident, "kernel_release"), text(incident, "architecture")) if w)
    request = load.get("memory_request_bytes")
    found = (
        ("Victim", victim_words(incident)),
        ("Where it ran", place_words(incident) or say(ABSENT)),
        ("task_memcg", say(code(incident.get("task_memcg")) or ABSENT)),
        ("Whose limit", limit_words(incident)),
        ("oom_memcg", say(code(incident.get("oom_memcg")))),
        ("Invoker", invoker_words(incident)),
        ("constraint", say(code(incident.get("constraint")))),
        ("oom_group", say("every process of the cgroup is killed together") if incident.get("oom_group") else ()),
        ("Owner", say(code(load.get("owner")))),
        ("Image", say(code(load.get("image")))),
        ("QoS class", say(text(load, "qos_class"), _from(load, "qos_source"))),
        ("Request", say(amount(load, "memory_request_bytes"), _from(load, "memory_request_source")) if request else ()),
        ("Killer", say(text(incident, "killer")) if incident.get("killer") != "kernel" else ()),
        ("File", say(code(_file(incident)))),
        ("Host", say(code(incident.get("host")))),
        ("Kernel", say(code(release) or ABSENT)),
        ("Page size", say(amount(incident, "page_size_bytes"), _from(incident, "page_size_source"))),
        ("Boot", say(code(incident.get("boot_id")))),
        ("Time", say(moment(incident), _from(sub(incident, "time"), "wall_source"))),
        ("Trust", say(word, f": {meaning}" if meaning else None)),
    )
    return tuple(Fact(name, value) for name, value in found if plain(value))


def _file(incident: Doc) -> str:
    source = sub(incident, "source")
    member = text(source, "member")
    return text(source, "path") + (f" → {member}" if member else "")


def _from(doc: Doc, key: str) -> str | None:
    source = text(doc, key)
    return f" (from {source})" if source else None
