"""The pieces of the accounts: a reading of one tool, a sentence on one topic, a sum with its rest."""

from collections.abc import Sequence
from typing import Any

from oomscope.incident.incident import Accounting
from oomscope.units import size

Json = dict[str, Any]


def reading(tools: Sequence[str], size_bytes: int, how: str) -> Json:
    """What some tools showed at the kill."""
    return {"tools": list(tools), "bytes": size_bytes, "how": how}


def saying(topic: str, text: str) -> Json:
    """A sentence that this incident's numbers call for; `topic` is what `oomscope explain` knows it by."""
    return {"topic": topic, "text": text}


def sum_words(accounting: Accounting, named: Sequence[tuple[str, tuple[str, ...]]], other: str) -> str:
    """`64.0 MiB = anonymous memory 62.0 MiB + ...`: the named parts, all others as `other`, and what no list explains."""
    own = {part for _, parts in named for part in parts}
    amounts = [(words, accounting.of(*parts) or 0) for words, parts in named]
    amounts.append((other, sum(p.bytes for p in accounting.parts if p.name not in own)))
    shown = [(words, amount) for words, amount in amounts if amount >= 0.005 * accounting.total_bytes]
    small = sum(amount for pair in amounts if pair not in shown for amount in pair[1:] if isinstance(amount, int))
    said = " + ".join(f"{words} {size(amount)}" for words, amount in sorted(shown, key=lambda pair: -pair[1]))
    rest = accounting.unaccounted_bytes
    said += f" + {size(small)} of other kinds" if small >= 1 << 20 else ""
    if rest > max(0.01 * accounting.total_bytes, 1 << 20):
        said += f" + {size(rest)} that no list of the report explains"
    elif rest < -max(0.01 * accounting.total_bytes, 1 << 20):
        said += f", {size(-rest)} more than the counter itself: it lags behind, or freed meanwhile"
    return f"{size(accounting.total_bytes)} = {said}."
