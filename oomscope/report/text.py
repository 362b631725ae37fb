"""The answer on a terminal: what filled what, who died, who held it, why, what to do. About 25 lines for one incident."""

import textwrap
from collections.abc import Iterator
from unicodedata import east_asian_width

from oomscope.patterns import lazy
from oomscope.report.clues import (
    Certainty,
    Clue,
    Ledger,
    cause_words,
    certainty,
    either_way,
    ledger,
    remedies,
    settles,
    summary_words,
)
from oomscope.report.fields import Doc, Phrase, line_words, moment, plain, rows, short_path, span, text
from oomscope.report.gaps import gap_words
from oomscope.report.groups import (
    Group,
    counted,
    died,
    groups,
    headline,
    home,
    kubernetes_words,
    rhythm,
    sizes_at_kills,
    time_span,
)
from oomscope.report.holders import holders
from oomscope.report.identity import limit_words
from oomscope.report.open_clues import best, changes, log_word
from oomscope.report.places import Places
from oomscope.report.words import TRUST, plural
from oomscope.safe_text import inert, safe_line

_FULL, _BRIEF = 4, 16  # groups told in full; further ones in two lines each; the rest is counted
_LABEL = 10
_BLANK_IN_NUMBER = lazy(r"(?<=\d) (?=%|[KMGT]iB\b|min\b)")
_SAID_ELSEWHERE = ("trust-tag", "panic", "no-killable", "group-kill")
"""Notes that repeat the headline or the row on trust."""
_NAME = 36  # columns of a name in a table
_SGR = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}
_TONES = {"sure": "green", "read": "green", "fair": "yellow", "open": "yellow"}


class _Pen:
    """Lines of one width, coloured or not. Every string is made visible before it is painted."""

    def __init__(self, color: bool, width: int) -> None:
        self.color = color
        self.width = max(width, 40)

    def paint(self, words: str, *styles: str) -> str:
        clean = safe_line(words)
        if not self.color or not clean:
            return clean
        return f"\x1b[{';'.join(_SGR[s] for s in styles)}m{clean}\x1b[0m"

    def wrap(self, words: str, indent: int, hanging: int | None = None) -> list[str]:
        lines = textwrap.wrap(
            _BLANK_IN_NUMBER.sub("\u00a0", safe_line(words)),
            self.width,
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent if hanging is None else hanging),
            break_on_hyphens=False,
        )
        return [line.replace("\u00a0", " ") for line in lines]

    def row(self, label: str, words: str, *styles: str) -> list[str]:
        """`label    words`, wrapped below itself; the first line's words painted."""
        lines = self.wrap(words, _LABEL) or [""]
        first, rest = lines[0][_LABEL:], lines[1:]
        head = self.paint(f"  {label}".ljust(_LABEL), "dim")
        return [head + (self.paint(first, *styles) if styles else safe_line(first)), *rest]


def render_text(doc: Doc, color: bool = False, width: int = 80) -> str:
    """The analysis in a few lines; ends in a newline. Colours only if `color`."""
    pen = _Pen(color, width)
    found, places = groups(doc), Places(doc)
    lines = [_title(doc, found, pen)]
    for group in found[:_FULL]:
        lines += ["", *_told(group, log_word(doc, group.speaker.get("input")), places, pen)]
    lines += _short(found[_FULL : _FULL + _BRIEF], places, pen)
    hidden = found[_FULL + _BRIEF :]
    if hidden:
        more, kills = plural(len(hidden), "more workload"), plural(sum(g.kills for g in hidden), "kill")
        lines += ["", f"{more} with {kills}: see --format html or json."]
    lines += _losses(doc, pen)
    return inert("\n".join(lines) + "\n")


def _title(doc: Doc, found: tuple[Group, ...], pen: _Pen) -> str:
    paths = [text(i, "path") for i in rows(doc, "inputs")]
    where = (paths[0] if len(paths) == 1 else plural(len(paths), "input")) if paths else ""
    said = counted(doc, found)
    return pen.paint(f"{where}: {said}" if where else said, "bold")


def _told(group: Group, log: str, places: Places, pen: _Pen) -> Iterator[str]:
    incident, verdict = group.speaker, group.verdict
    sure = certainty(verdict)
    for line in pen.wrap(headline(group), 0, 2):
        yield pen.paint(line, "bold", "red")
    yield from pen.row("died" if group.kills else "where", _death(group, places))
    yield from _held(group, pen)
    yield from pen.row("limit", _owner(incident))
    yield from pen.row("cause", cause_words(verdict, group.kills), _TONES[sure.tone])
    summary = summary_words(verdict)
    yield from pen.row("", summary) if summary else ()
    yield from _clues(ledger(verdict, lambda _: None), pen)
    yield from _steps(verdict, sure, pen)
    yield from _moves(verdict, log, pen)
    outcome = kubernetes_words(group)
    if outcome:
        yield from pen.row("status", outcome)
    notes = [note for note in rows(incident, "notes") if note.get("id") not in _SAID_ELSEWHERE]
    for n, note in enumerate(notes[:2]):
        yield from pen.row("" if n else "note", text(note, "text") + _cited(line_words(span(note.get("lines")))))
    trust = str(incident.get("trust"))
    if trust in ("tag", "text"):
        yield from pen.row("trust", ": ".join(TRUST[trust]), "yellow")


def _held(group: Group, pen: _Pen) -> Iterator[str]:
    """The largest holders as a small table, and why the victim died where it was not the largest."""
    incident = group.speaker
    found = holders(incident)
    if found is None:
        alone = sizes_at_kills(group)
        yield from pen.row("held", alone) if alone else ()
        return
    names = [_fitted(one.name) for one in found.rows]
    width, sizes = max(map(columns_of, names)), max(len(one.size) for one in found.rows)
    for n, (name, one) in enumerate(zip(names, found.rows, strict=True)):
        tail = " ".join(word for word in (one.share.rjust(6) if one.share else "", one.swap) if word)
        line = f"{name}{' ' * (width - columns_of(name))}  {one.size.rjust(sizes)} {tail}".rstrip()
        label = pen.paint(("  held" if not n else "").ljust(_LABEL), "dim") if not n else " " * _LABEL
        yield label + pen.paint(line) + (pen.paint("  killed", "red") if one.killed else "")
    yield from pen.row("", f"(shares {found.whole})" if any(one.share for one in found.rows) else f"({found.whole})")
    if found.why:
        yield from pen.row("why it", found.why)


def columns_of(name: str) -> int:
    """Return how many columns of a terminal the name takes."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in name)


def _fitted(name: str) -> str:
    return name if len(name) <= _NAME else name[: _NAME - 1] + "…"


def _death(group: Group, places: Places) -> str:
    named = group.kills and any(rows(one, "victims") for one in group.incidents)
    parts = [plain(died(group)) if named else "", plain(home(group))]
    who = " in ".join(p for p in parts if p)
    if len(group.incidents) == 1:
        return ", ".join(part for part in (who, moment(group.speaker), places.of(group.speaker)) if part)
    first, last = time_span(group)
    when = f"{first} to {last}" if first and last else ""
    said = ", ".join(part for part in (who, when, places.over(group.incidents)) if part)
    beat = rhythm(group)
    return said + (f"; {beat}" if beat else "")


def _owner(incident: Doc) -> str:
    path = text(incident, "oom_memcg")
    words: Phrase = limit_words(incident)
    return plain(words) + (f" ({short_path(path)})" if path else "")


def _clues(told: Ledger, pen: _Pen) -> Iterator[str]:
    for n, clue in enumerate(told.favour[:3]):
        yield from pen.row("" if n else "for", _clue(clue))
    for clue in told.against[:1]:
        yield from pen.row("against", _clue(clue))


def _clue(clue: Clue) -> str:
    about = f" (speaks for {clue.about})" if clue.about else ""
    return clue.says + about + _cited(clue.lines)


def _cited(lines: str) -> str:
    return f" [{lines}]" if lines else ""


def _steps(verdict: Doc, sure: Certainty, pen: _Pen) -> Iterator[str]:
    ask = "settle" if sure.tone == "open" else "check"
    for label, steps in (("do", remedies(verdict)[:2] or either_way(verdict)), (ask, settles(verdict)[:1])):
        for n, step in enumerate(steps):
            yield from pen.row("" if n else label, step.text)
            if step.command:
                yield " " * _LABEL + pen.paint("$ " + step.command, "dim")


def _moves(verdict: Doc, log: str, pen: _Pen) -> Iterator[str]:
    """While the verdict is not sure: the input that moves its odds most."""
    found = best(verdict, log) if changes(verdict) else None
    if found is not None:
        yield from pen.row("more", found[0])
        if found[1]:
            yield " " * _LABEL + pen.paint("$ " + found[1], "dim")


def _short(found: tuple[Group, ...], places: Places, pen: _Pen) -> list[str]:
    lines = [""] if found else []
    for group in found:
        lines += [pen.paint(line, "bold") for line in pen.wrap(headline(group), 0, 2)]
        lines += pen.wrap(_death(group, places), 2)
    return lines


def _losses(doc: Doc, pen: _Pen) -> list[str]:
    """What the input lost or was not counted: silence must not look like health."""
    inputs = rows(doc, "inputs")
    said = [
        (f"{text(i, 'path')}: " if len(inputs) > 1 else "") + text(w, "message") + _cited(_at(w))
        for i in inputs
        for w in rows(i, "warnings")
    ]
    gaps: dict[str, int] = {}
    for incident in rows(doc, "incidents"):
        for name in gap_words(incident):
            gaps[name] = gaps.get(name, 0) + 1
    total = len(rows(doc, "incidents"))
    said += [f"{name} ({n} of {total} incidents)" if total > 1 else name for name, n in gaps.items()]
    texts = rows(doc, "text_findings")
    if texts:
        said.append(
            f"{plural(len(texts), 'line')} {'that looks like an OOM kill and is' if len(texts) == 1 else 'that look like OOM kills and are'} not counted{_cited(_at(texts[0]))}"
        )
    if not said:
        return []
    shown = [line for words in said[:4] for line in pen.wrap(words, _LABEL)]
    more = [f"{' ' * _LABEL}and {len(said) - 4} more"] if len(said) > 4 else []
    head = pen.paint("  missing".ljust(_LABEL), "dim")
    return ["", head + shown[0][_LABEL:], *shown[1:], *more] if shown else []


def _at(place: Doc) -> str:
    line = place.get("line")
    return f"line {line}" if line is not None else ""
