"""What people and tools put in front of a line: quote marks, indents, list marks, line numbers of grep and editors."""

from collections.abc import Sequence

from oomscope.patterns import lazy
from oomscope.read.lines.style import QUOTE, Style
from oomscope.read.transports import escapes, prefix_patterns
from oomscope.read.transports.prefix import Peeled
from oomscope.read.transports.prefixes import Peeler

_PASTE = lazy(
    r"(?:[ \t>|`*\"'\ufeff]{1,64}|[-+\u2022][ \t]{0,4}|\d{1,3}[.)][ \t]|[\w./-]{1,120}?[:-]\d{1,9}[:-]|\d{1,9}[:\t-]|[\w./-]{1,120}?:)"
)
# A list's mark, quotation marks or backticks before one of the kernel's own beginnings.
_QUOTED_LINE = lazy(
    r"[ \t]{0,16}(?:(?:[-*+\u2022]|\d{1,3}[.)])[ \t]{1,4})?(?:\[(?:info|error|err|warn|warning|notice)\] ?)?[`\"'*_]{0,3}(?=(?:Memory cgroup out of memory|Out of memory|"
    r"Killed process|Kill process|oom-kill:constraint=|oom_reaper: |[^\s`\"']{1,15} invoked oom-killer: ))"
)


def behind_marks(line: str, peeler: Peeler, style: Style) -> Peeled | None:
    """Return the line with the prefix that stands behind such marks; None where none does."""
    cut = 0
    for _ in range(3):
        match = _PASTE.match(line, cut)
        if match is None:
            break
        cut = match.end()
        if (peeled := peeler.peel(line[cut:])) is not None:
            peeled.width += cut
            return peeled
    if (match := prefix_patterns.OUTPUT_OF.match(line)) and (peeled := peeler.peel(line[match.end() :])) is not None:
        peeled.width += match.end()
        peeled.wrapped, peeled.stamped = True, peeled.stamped or peeled.kind in prefix_patterns.STAMPED
        return peeled
    if (lead := style.lead_of(line)) and (peeled := peeler.behind(lead, line)) is not None:
        return peeled
    if "kernel: " in line[:300] and not style.prefixed and (match := prefix_patterns.ANY_TIME.match(line)):
        peeled = Peeled(line[match.end() :], "syslog")
        peeled.host, peeled.ident, peeled.width = match[1], "kernel", match.end()
        return peeled
    return None


def bare_text(line: str, style: Style, markers: Sequence[str]) -> str:
    """Return the text of a line that has no prefix, without quote marks, list marks and indent."""
    text = line
    if (match := QUOTE.match(text.lstrip(" \t"), 0)) is not None:
        text = text.lstrip(" \t")[match.end() :]
    if (match := _QUOTED_LINE.match(text)) is not None:
        text = text[match.end() :].rstrip(" \t`\"'*_")
    text = style.dedent(text, markers)
    return escapes.unflatten(text) if "#0" in text or "\\" in text else text


def parts_of_returns(line: str, peeler: Peeler) -> list[str]:
    """Return a line cut at its lone carriage returns, but only where a prefix follows: a name may hold one."""
    groups = [""]
    for piece in filter(None, line.split("\r")):
        if peeler.peel(piece) is not None:
            groups.append(piece)
        else:
            groups[-1] += f"\r{piece}" if groups[-1] else piece
    return groups
