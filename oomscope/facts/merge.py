"""One table for a workload out of those of its incidents."""

from collections.abc import Sequence

from oomscope.facts.numbers import median
from oomscope.facts.table import FactTable, Value
from oomscope.facts.vocabulary import VOCABULARY

# One occurrence among the repeats says it for the workload.
_ANY = frozenset(
    {
        "trace_limit_write",
        "limit_lowered",
        "kmem_at_limit",
        "memsw_at_limit",
        "swap_at_limit",
        "series_trend",
        "series_above_limit",
    }
)


def merged(tables: Sequence[FactTable]) -> FactTable:
    """Numbers by their median, truths by majority, texts by the last that is known; lines are those of the last."""
    out = FactTable(dict.fromkeys(VOCABULARY))
    for name, fact in VOCABULARY.items():
        known = [t for t in tables if t.values.get(name) is not None]
        if not known:
            continue
        values = [t.values[name] for t in known]
        out.put(name, _one(name, fact.kind, values), known[-1].lines.get(name))
    return out


def _one(name: str, kind: str, values: list[Value]) -> Value:
    if kind == "text":
        return values[-1]
    if kind == "truth":
        return any(values) if name in _ANY else sum(bool(v) for v in values) * 2 > len(values)
    numbers = [v for v in values if isinstance(v, (int, float))]
    return numbers[-1] if all(isinstance(v, int) for v in numbers) else median(numbers)
