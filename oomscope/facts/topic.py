"""A topic: some facts, declared in one file with the function that computes them.

There are three kinds, by what they need. An `OwnTopic` reads one incident alone, while its whole report is at hand. A
`GroupTopic` reads all incidents of one workload. A `LateTopic` runs last, on the table and what was handed over beside
the log, when the task table, memory.stat, Mem-Info and the call trace have been let go.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from oomscope.fact import Fact
from oomscope.facts.table import FactTable
from oomscope.facts.task_rows import TaskRows
from oomscope.incident.incident import Incident
from oomscope.inputs.side_inputs import Side

if TYPE_CHECKING:
    from oomscope.facts.repeats import Repeats


class OwnTopic(NamedTuple):
    """Facts of the report itself. `rows` is None where the log has no task table."""

    facts: tuple[Fact, ...]
    put: Callable[[FactTable, Incident, TaskRows | None], None]
    needs: tuple[str, ...] = ()  # facts of other topics that `put` reads


class GroupTopic(NamedTuple):
    """Facts of all kills of one workload together."""

    facts: tuple[Fact, ...]
    put: "Callable[[FactTable, Repeats], None]"
    needs: tuple[str, ...] = ()


class LateTopic(NamedTuple):
    """Facts of side inputs, and numbers that remedies count with."""

    facts: tuple[Fact, ...]
    put: Callable[[FactTable, Incident, Side], None]
    needs: tuple[str, ...] = ()


class _Topic(Protocol):
    @property
    def facts(self) -> tuple[Fact, ...]: ...
    @property
    def needs(self) -> tuple[str, ...]: ...


Some = TypeVar("Some", bound=_Topic)


def in_order(topics: Sequence[Some], known: Iterable[str] = ()) -> tuple[Some, ...]:
    """Return the topics so that each comes after those whose facts it needs, and otherwise in their order.

    `known` names facts that are there before any of the topics runs. Raises ValueError for a circle, and for a need
    that no topic declares.
    """
    home = {fact.name: n for n, topic in enumerate(topics) for fact in topic.facts}
    given, done, open_ = frozenset(known), dict[int, None](), set[int]()

    def visit(number: int) -> None:
        if number in done:
            return
        if number in open_:
            raise ValueError(f"topics need each other in a circle: {', '.join(topics[number].needs)}")
        open_.add(number)
        for name in topics[number].needs:
            if name not in home and name not in given:
                raise ValueError(f"a topic needs the fact {name}, which none declares")
            if name in home and home[name] != number:
                visit(home[name])
        done[number] = None

    for number in range(len(topics)):
        visit(number)
    return tuple(topics[number] for number in done)
