"""`oomscope explain`: a cause, a fact, a scope or a gfp_mask, from the same data that the report is made of."""

import re
from difflib import get_close_matches

from oomscope.cli.output import put
from oomscope.errors import UsageError
from oomscope.facts import VOCABULARY
from oomscope.report.words import SCOPES
from oomscope.safe_text import safe, safe_line

_HEX = re.compile(r"0x[0-9a-fA-F]{1,16}$")


def run(what: str) -> None:
    """Print the explanation. Raises UsageError for a word that is none of the four, with what is close."""
    from oomscope.attribution.cause import CAUSES

    if _HEX.match(what):
        put(_mask(what))
    elif what in CAUSES:
        from oomscope.cli.rules import show_cause

        show_cause(what, None)
    elif what in VOCABULARY:
        put(safe(_fact(what)))
    elif what in SCOPES:
        put(f"{what}: {SCOPES[what]}")
    else:
        known = [*CAUSES, *VOCABULARY, *SCOPES]
        close = get_close_matches(what, known, 3)
        tip = f"; close: {', '.join(close)}" if close else ""
        raise UsageError(f"{safe_line(what)} is no cause, fact, scope or gfp_mask (0x...){tip}")


def _fact(name: str) -> str:
    from oomscope.attribution.causefile import load_bundled

    fact = VOCABULARY[name]
    lines = [f"{name} ({fact.unit}): {fact.meaning}"]
    if fact.source:
        lines.append(f"  source: {fact.source}")
    used = [
        f"  {rule.weight:+5.2f}  {cause.cause}/{rule.id}: {' '.join(rule.when.text.split())}"
        for cause in load_bundled(VOCABULARY)
        for rule in cause.evidence
        if name in rule.when.compiled.facts
    ]
    return "\n".join([*lines, "", "  used by:" if used else "  no cause file uses it", *used])


def _mask(mask: str) -> str:
    """The flag values moved four times: the same hex is decoded for every era."""
    from oomscope.kernel.gfp import ERAS, decode

    rows = []
    for words, release in ERAS:
        names = decode(mask, release)
        rows.append(f"  {words:14} {'|'.join(names) if names else 'not known'}")
    return "\n".join([f"{mask.lower()} by kernel version (the values moved; newer kernels print the names):", *rows])
