"""One incident as the page shows it: finished strings and geometry, nothing left to compute."""

from dataclasses import dataclass

from oomscope.report import ledger as clues
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
)
from oomscope.report.groups import Group
from oomscope.report.identity import counters, invoker_words, limit_words, place_words, victim_words
from oomscope.report.node import Node, node
from oomscope.report.pictures import Picture, picture
from oomscope.report.rawlines import Raw, raw_view
from oomscope.report.tasks import Table, table
from oomscope.report.words import ABSENT, TRUST, cause_name


@dataclass(frozen=True, slots=True)
class Fact:
    name: str
    value: Phrase


@dataclass(frozen=True, slots=True)
class Note:
    text: str
    lines: str
    href: str | None


@dataclass(frozen=True, slots=True)
class Victim:
    pid: str
    comm: str
    uid: str
    cells: tuple[str, ...]
    why: str
    href: str | None
    line: str


@dataclass(frozen=True, slots=True)
class Brief:
    """One kill as a table row or a fold's title."""

    id: str
    when: str
    victim: Phrase
    anon: str
    where: str
    cause: str
    sure: str
    href: str | None


@dataclass(frozen=True, slots=True)
class Incident:
    brief: Brief
    title: str
    summary: str
    sure: clues.Certainty
    facts: tuple[Fact, ...]
    notes: tuple[Note, ...]
    ledger: clues.Ledger
    odds: tuple[clues.Odd, ...]
    settles: tuple[clues.Step, ...]
    picture: Picture | None
    counters: str
    node: Node | None
    victims: tuple[Victim, ...]
    tasks: Table | None
    gaps: tuple[str, ...]
    raw: Raw
    trace: tuple[str, ...]


def brief(incident: Doc, told: bool) -> Brief:
    """The incident in one row; linked if the page tells it in full."""
    victims, verdict = rows(incident, "victims"), sub(incident, "verdict")
    identity = "i-" + anchor(incident.get("id"))
    sure = clues.certainty(verdict)
    return Brief(
        id=identity,
        when=moment(incident),
        victim=victim_words(incident),
        anon=amount(victims[0], "anon_rss_bytes") if victims else ABSENT,
        where=line_words(span(incident.get("lines"))),
        cause=cause_name(str(verdict.get("cause") or "undetermined")),
        sure=sure.word,
        href="#" + identity if told else None,
    )


def incident_view(incident: Doc, group: Group, raw: RawLines) -> Incident:
    """The incident in full."""
    verdict = sub(incident, "verdict")
    extra = rows(group.verdict, "evidence")
    lines = raw_view(incident, raw.get(str(incident.get("id")), ()), extra)

    def link(where: tuple[int, int] | None) -> str | None:
        return lines.link(incident.get("id"), where)

    return Incident(
        brief=brief(incident, True),
        title=clues.headline(verdict),
        summary=text(verdict, "summary"),
        sure=clues.certainty(verdict),
        facts=_facts(incident),
        notes=_notes(incident, link),
        ledger=clues.ledger(verdict, link),
        odds=clues.odds_of(verdict),
        settles=clues.settles(verdict),
        picture=picture(incident),
        counters=counters(incident),
        node=node(incident),
        victims=tuple(_victim(v, link) for v in rows(incident, "victims")[:50]),
        tasks=table(incident),
        gaps=gap_words(incident),
        raw=lines,
        trace=tuple(str(t) for t in incident.get("trace") or ())[:100],
    )


def gap_words(incident: Doc) -> tuple[str, ...]:
    """`tasks: not in the log` per section that is missing."""
    return tuple(f"{text(g, 'section')}: {text(g, 'reason')}" for g in rows(incident, "gaps"))


def _notes(incident: Doc, link: clues.Link) -> tuple[Note, ...]:
    found = []
    for item in rows(incident, "notes"):
        where = span(item.get("lines"))
        found.append(Note(text(item, "text"), line_words(where), link(where)))
    return tuple(found)


def _victim(victim: Doc, link: clues.Link) -> Victim:
    line = victim.get("line")
    where = (line, line) if isinstance(line, int) else None
    keys = ("anon_rss_bytes", "file_rss_bytes", "shmem_rss_bytes", "pgtables_bytes", "total_vm_bytes")
    first = "first process of its container" if victim.get("is_init") else ""
    return Victim(
        pid=text(victim, "pid", ABSENT),
        comm=text(victim, "comm", ABSENT),
        uid=text(victim, "uid", "–"),
        cells=(*(amount(victim, key, "–") for key in keys), text(victim, "oom_score_adj", "–")),
        why="; ".join(w for w in (text(victim, "why_chosen"), first) if w),
        href=link(where),
        line=line_words(where),
    )


def _facts(incident: Doc) -> tuple[Fact, ...]:
    """What is read from the log about this kill: no odds here."""
    load, trust = sub(incident, "workload"), str(incident.get("trust"))
    word, meaning = TRUST.get(trust, (trust, ""))
    release = " ".join(w for w in (text(incident, "kernel_release"), text(incident, "architecture")) if w)
    request = load.get("memory_request_bytes")
    found = (
        ("Victim", victim_words(incident)),
        ("Where it lived", place_words(incident) or say(ABSENT)),
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
        ("Host", say(code(incident.get("host")))),
        ("Kernel", say(code(release) or ABSENT)),
        ("Page size", say(amount(incident, "page_size_bytes"), _from(incident, "page_size_source"))),
        ("Boot", say(code(incident.get("boot_id")))),
        ("Time", say(moment(incident), _from(sub(incident, "time"), "wall_source"))),
        ("Trust", say(word, f": {meaning}" if meaning else None)),
    )
    return tuple(Fact(name, value) for name, value in found if plain(value))


def _from(doc: Doc, key: str) -> str | None:
    source = text(doc, key)
    return f" (from {source})" if source else None
