"""One table for a workload out of those of its incidents."""

from collections.abc import Sequence

from oomscope.fact import Fact, Value
from oomscope.facts.numbers import median
from oomscope.facts.table import FactTable
from oomscope.facts.topics import VOCABULARY


def merged(tables: Sequence[FactTable]) -> FactTable:
    """Return numbers by their median, truths by majority, texts by the last that is known; lines are the last's.

    Numbers that are all whole are the last one: a count or a size that some incident really had. The effort is linear
    in the tables; to be called once a workload.
    """
    columns: dict[str, list[Value]] = {}
    last: dict[str, FactTable] = {}  # that knows the fact
    for table in tables:
        for name, value in table.values.items():
            last[name] = table
            if name in columns:
                columns[name].append(value)
            else:
                columns[name] = [value]
    out = FactTable()
    for name, fact in VOCABULARY.items():
        if name in columns:
            out.put(name, _one(fact, columns[name]), last[name].lines.get(name))
    return out


def _one(fact: Fact, values: list[Value]) -> Value:
    if fact.kind == "text":
        return values[-1]
    if fact.kind == "truth":
        return any(values) if fact.once_is_enough else sum(bool(v) for v in values) * 2 > len(values)
    numbers = [v for v in values if isinstance(v, (int, float))]
    return numbers[-1] if all(isinstance(v, int) for v in numbers) else median(numbers)
