"""The answer as text for a ticket or a chat: at most 40 lines for one workload."""

from collections.abc import Iterator

from oomscope.report.clues import cause_words, ledger, remedies, runner_up, settles, summary_words
from oomscope.report.fields import Doc, Phrase, line_words, moment, plain, rows, say, span, text, ticked
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
from oomscope.report.holders import holders
from oomscope.report.identity import counters, limit_words
from oomscope.report.outputs.markup import MARKDOWN, Flavour, phrase
from oomscope.report.places import Places
from oomscope.report.words import TRUST, plural, title_of

_FULL, _LISTED = 5, 40
_CLUES, _STEPS, _LOSSES, _HELD = 4, 3, 4, 4


def render_markdown(doc: Doc, flavour: Flavour = MARKDOWN) -> str:
    """The answers of the workloads with the most kills, and a line for each other one."""
    return "\n".join([*_lines(doc, flavour), ""])


def _lines(doc: Doc, f: Flavour) -> Iterator[str]:
    found = sorted(groups(doc), key=lambda group: -group.kills)
    places = Places(doc)
    if len(found) != 1:
        yield f.heading + f.text(title_of(counted(doc, tuple(found))))
        yield ""
    for group in found[:_FULL]:
        yield from told(group, places, f)
        yield ""
    for group in found[_FULL : _FULL + _LISTED]:
        yield f"{f.bullet}{phrase(name(group), f)}: {phrase(ticked(headline(group)), f)}"
    if len(found) > _FULL + _LISTED:
        yield f"{f.bullet}{plural(len(found) - _FULL - _LISTED, 'more workload')}, see the report"
    yield from _losses(doc, f)
    ids = ", ".join(f.code(text(i, "id")) for g in found[:_FULL] for i in g.incidents[:8])
    yield f.text(f"oomscope {text(doc, 'oomscope_version')}") + (f", incidents {ids}" if ids else "")


def told(group: Group, places: Places, f: Flavour) -> Iterator[str]:
    """One workload."""
    incident, verdict = group.speaker, group.verdict
    yield f.heading + phrase(ticked(headline(group)), f)
    yield ""
    yield from _row("where", home(group), f)
    yield from _row("killed", (*died(group), *say("; " + rhythm(group) if rhythm(group) else None)), f)
    yield from _row("when", say(_when(group)), f)
    yield from _row("whose limit", limit_words(incident), f, counters(incident))
    yield from _held(incident, f)
    yield from _row("why", say(cause_words(verdict, group.kills) + runner_up(verdict)), f, summary_words(verdict))
    clues = ledger(verdict, lambda _: None)
    for label, some in (("for", clues.favour[:_CLUES]), ("against", clues.against[:2])):
        for clue in some:
            yield from _row(label, say(clue.says + (f" ({clue.lines})" if clue.lines else "")), f)
    steps = remedies(verdict) or settles(verdict)
    for step in steps[:_STEPS]:
        yield from _row("do" if remedies(verdict) else "find out", say(step.text), f, step.detail)
        yield from f.block(step.command) if step.command else ()
    yield from _row("Kubernetes", say(title_of(kubernetes_words(group))), f)
    yield from _row(
        "read from", say(f"{places.file(incident)} {line_words(span(incident.get('lines')))}"), f, _trust(incident)
    )


def _row(label: str, value: Phrase, f: Flavour, more: str = "") -> Iterator[str]:
    if plain(value).strip():
        tail = f". {f.text(more)}" if more else ""
        yield f"{f.bullet}{f.bold(label)}: {phrase(value, f)}{tail}"


def _held(incident: Doc, f: Flavour) -> Iterator[str]:
    found = holders(incident)
    if found is None:
        return
    shown = []
    for one in found.rows[:_HELD]:
        named = f.code(one.name) if one.comm else f.text(one.name)
        share = f" ({one.share})" if one.share else ""
        shown.append(f"{named} {one.size}{share}{' – killed' if one.killed else ''}")
    yield f"{f.bullet}{f.bold('who held it')}: {'; '.join(shown)}"


def _when(group: Group) -> str:
    first, last = time_span(group)
    if len(group.incidents) == 1:
        return moment(group.speaker)
    if first and last:
        return f"{first} to {last}"
    return f"{moment(group.incidents[0])} to {moment(group.incidents[-1])}"


def _trust(incident: Doc) -> str:
    trust = text(incident, "trust")
    return ": ".join(TRUST[trust]) if trust in ("tag", "text") else ""


def _losses(doc: Doc, f: Flavour) -> Iterator[str]:
    said = [text(w, "message") for i in rows(doc, "inputs") for w in rows(i, "warnings")]
    if findings := rows(doc, "text_findings"):
        said.append(f"{plural(len(findings), 'line')} that only looks like an OOM kill, not counted")
    for words in dict.fromkeys(said[:_LOSSES]):
        yield f"{f.bullet}{f.bold('keep in mind')}: {f.text(words)}"
    if said:
        yield ""
