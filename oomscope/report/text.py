"""The verdict on a terminal: who died, whose limit, why, how sure, what to do. About 20 lines for one incident."""

import textwrap
from collections.abc import Iterator

from oomscope.report.clues import Clue, Ledger, certainty, headline, ledger, remedies, settles
from oomscope.report.fields import Doc, Phrase, line_words, moment, plain, rows, short_path, span, text
from oomscope.report.groups import Group, died, groups, home, rhythm, time_span
from oomscope.report.identity import limit_words
from oomscope.report.open_clues import best, changes, log_word
from oomscope.report.words import TRUST, plural
from oomscope.safe_text import inert, safe_line

_FULL, _BRIEF = 4, 16  # groups told in full; further ones in two lines each; the rest is counted
_LABEL = 10
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
        return textwrap.wrap(
            safe_line(words),
            self.width,
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent if hanging is None else hanging),
            break_on_hyphens=False,
        )

    def row(self, label: str, words: str, *styles: str) -> list[str]:
        """`label    words`, wrapped below itself; the first line's words painted."""
        lines = self.wrap(words, _LABEL) or [""]
        first, rest = lines[0][_LABEL:], lines[1:]
        head = self.paint(f"  {label}".ljust(_LABEL), "dim")
        return [head + (self.paint(first, *styles) if styles else safe_line(first)), *rest]


def render_text(doc: Doc, color: bool = False, width: int = 80) -> str:
    """The analysis in a few lines; ends in a newline. Colours only if `color`."""
    pen = _Pen(color, width)
    found = groups(doc)
    lines = [_title(doc, found, pen)]
    for group in found[:_FULL]:
        lines += ["", *_told(group, log_word(doc, group.speaker.get("input")), pen)]
    lines += _short(found[_FULL : _FULL + _BRIEF], pen)
    hidden = found[_FULL + _BRIEF :]
    if hidden:
        more, kills = plural(len(hidden), "more workload"), plural(sum(g.kills for g in hidden), "kill")
        lines += ["", f"{more} with {kills}: see --format html or json."]
    lines += _losses(doc, pen)
    return inert("\n".join(lines) + "\n")


def _title(doc: Doc, found: tuple[Group, ...], pen: _Pen) -> str:
    paths = [text(i, "path") for i in rows(doc, "inputs")]
    where = (paths[0] if len(paths) == 1 else plural(len(paths), "input")) if paths else ""
    kills = sum(g.kills for g in found)
    said = f"{plural(kills, 'OOM kill')} of {plural(len(found), 'workload')}" if kills else "no OOM kill found"
    return pen.paint(f"{where}: {said}" if where else said, "bold")


def _told(group: Group, log: str, pen: _Pen) -> Iterator[str]:
    incident, sure = group.speaker, certainty(group.verdict)
    yield pen.paint(headline(group.verdict), "bold", "red")
    yield from pen.row("died", _death(group))
    yield from pen.row("limit", _owner(incident))
    yield from pen.row("sure", f"{sure.word}, {sure.sentence}", _TONES[sure.tone])
    summary = text(group.verdict, "summary")
    if summary:
        yield from pen.row("why", summary)
    yield from _clues(ledger(group.verdict, lambda _: None), pen)
    yield from _steps(group.verdict, pen)
    yield from _moves(group.verdict, log, pen)
    for n, note in enumerate(rows(incident, "notes")[:2]):
        yield from pen.row("" if n else "note", text(note, "text") + _cited(line_words(span(note.get("lines")))))
    trust = str(incident.get("trust"))
    if trust in ("tag", "text"):
        yield from pen.row("trust", ": ".join(TRUST[trust]), "yellow")


def _death(group: Group) -> str:
    parts = [plain(died(group)), plain(home(group))]
    who = " in ".join(p for p in parts if p)
    if group.kills == 1:
        return f"{who}, {moment(group.speaker)}, {line_words(span(group.speaker.get('lines')))}"
    first, last = time_span(group)
    when = f", {first} to {last}" if first and last else ""
    beat = rhythm(group)
    return f"{who}{when}" + (f"; {beat}" if beat else "")


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


def _steps(verdict: Doc, pen: _Pen) -> Iterator[str]:
    for label, steps in (("do", remedies(verdict)[:2]), ("ask", settles(verdict)[:1])):
        for n, step in enumerate(steps):
            yield from pen.row("" if n else label, step.text)
            if step.command:
                yield " " * _LABEL + pen.paint("$ " + step.command, "dim")


def _moves(verdict: Doc, log: str, pen: _Pen) -> Iterator[str]:
    """While the verdict is not sure: the input that moves its odds most."""
    found = best(verdict, log) if changes(verdict) else None
    if found is not None:
        yield from pen.row("next", found[0])
        yield " " * _LABEL + pen.paint("$ " + found[1], "dim")


def _short(found: tuple[Group, ...], pen: _Pen) -> list[str]:
    lines = [""] if found else []
    for group in found:
        sure = certainty(group.verdict)
        lines.append(pen.paint(headline(group.verdict), "bold") + f": {sure.word}")
        lines += pen.wrap(_death(group), 2)
    return lines


def _losses(doc: Doc, pen: _Pen) -> list[str]:
    """What the input lost or was not counted: silence must not look like health."""
    said = [text(w, "message") + _cited(_at(w)) for i in rows(doc, "inputs") for w in rows(i, "warnings")]
    gaps: dict[str, int] = {}
    for incident in rows(doc, "incidents"):
        for gap in rows(incident, "gaps"):
            name = f"{text(gap, 'section')}: {text(gap, 'reason')}"
            gaps[name] = gaps.get(name, 0) + 1
    total = len(rows(doc, "incidents"))
    said += [f"{name} ({n} of {total} incidents)" if total > 1 else name for name, n in gaps.items()]
    texts = rows(doc, "text_findings")
    if texts:
        said.append(f"{plural(len(texts), 'line')} of OOM-looking text not counted as a kill{_cited(_at(texts[0]))}")
    if not said:
        return []
    shown = [line for words in said[:4] for line in pen.wrap(words, _LABEL)]
    more = [f"{' ' * _LABEL}and {len(said) - 4} more"] if len(said) > 4 else []
    head = pen.paint("  lost".ljust(_LABEL), "dim")
    return ["", head + shown[0][_LABEL:], *shown[1:], *more] if shown else []


def _at(place: Doc) -> str:
    line = place.get("line")
    return f"line {line}" if line is not None else ""
