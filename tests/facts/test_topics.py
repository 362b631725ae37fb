"""Topics: each declares its facts and its needs, and is run after those whose facts it needs."""

from pathlib import Path

import pytest

from oomscope.api import Options, analyze
from oomscope.fact import Fact, Value, declared
from oomscope.facts import VOCABULARY, FactTable, facts_of
from oomscope.facts.merge import merged
from oomscope.facts.task_rows import task_rows
from oomscope.facts.topic import LateTopic, in_order
from oomscope.facts.topics import LATE, OWN
from oomscope.incident import Incident
from oomscope.inputs import Side, SideFiles

ROOT = Path(__file__).parents[2]
LOGS = sorted((ROOT / "sample_logs").glob("*.log"))


class Watched(dict[str, Value]):
    """Values that remember by which names they were asked for."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self.read: set[str] = set()

    def get(self, name: str, default: object = None) -> object:  # type: ignore[override]
        self.read.add(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> Value:
        self.read.add(name)
        return super().__getitem__(name)


@pytest.mark.parametrize("log", LOGS, ids=lambda path: path.name)
def test_a_topic_puts_its_own_facts_and_reads_those_that_it_says_it_needs(log: Path) -> None:
    for incident in analyze([str(log)]).incidents:
        values = Watched()
        table = FactTable(values)
        rows = task_rows(incident)
        for topic in OWN:
            values.read.clear()
            before = set(values)
            topic.put(table, incident, rows)
            own = {fact.name for fact in topic.facts}
            assert set(values) - before <= own
            assert values.read <= own | set(topic.needs)
        for late in LATE:
            values.read.clear()
            late.put(table, incident, Side())
            assert values.read <= {fact.name for fact in late.facts} | set(late.needs)


def topic(name: str, *needs: str) -> LateTopic:
    return LateTopic((Fact(name, "count", "a test's"),), lambda table, incident, side: None, needs)


def test_a_topic_comes_after_those_that_it_needs() -> None:
    a, b, c = topic("a", "b"), topic("b", "c", "given"), topic("c")
    assert in_order([a, b, c], known=["given"]) == (c, b, a)


def test_topics_that_need_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="circle"):
        in_order([topic("a", "b"), topic("b", "a")])


def test_a_need_that_nobody_declares_is_refused() -> None:
    with pytest.raises(ValueError, match="needs the fact nowhere"):
        in_order([topic("a", "nowhere")])


def test_a_fact_that_no_topic_declares_cannot_be_put() -> None:
    with pytest.raises(KeyError, match="shmem_shar"):
        FactTable().put("shmem_shar", 0.5)


def test_a_name_is_declared_once() -> None:
    with pytest.raises(ValueError, match="usage_bytes is declared twice"):
        declared("memory", Fact("usage_bytes", "bytes", "something else"))


def test_every_fact_says_where_it_comes_from_and_what_it_means() -> None:
    assert all(fact.origin and fact.meaning for fact in VOCABULARY.values())


def slimmed(incident: Incident) -> Incident:
    """What is left of an incident when its report has been let go."""
    event = incident.event
    memcg = event.memcg._replace(stat=(), stat_line_of=()) if event.memcg else None
    event = event._replace(tasks=None, mem_info=None, trace=(), memcg=memcg, invoker=None)
    return incident._replace(event=event, replay=None, accounting=None)


@pytest.mark.parametrize("log", LOGS, ids=lambda path: path.name)
def test_what_is_put_late_needs_no_report(log: Path) -> None:
    from oomscope.facts import complete, own_facts

    pods = ROOT / "tests" / "data" / "side" / "leak_restarts-host-v1-116-x1200.pods.json"
    for incident in analyze([str(log)], Options(side=SideFiles(pods=(str(pods),)))).incidents:
        late = complete(own_facts(incident), slimmed(incident), None, Side())
        assert late.values == facts_of(incident, None, Side()).values


def test_facts_of_a_workload_are_medians_majorities_and_the_last_text() -> None:
    tables = [
        FactTable({"anon_share": 0.2, "oom_group": True, "victim_comm": "a", "tasks": 3}, {"victim_comm": (1, 1)}),
        FactTable({"anon_share": 0.4, "oom_group": False, "victim_comm": "b", "tasks": 9, "limit_lowered": True}),
        FactTable({"anon_share": 0.9, "oom_group": False, "limit_lowered": False}),
    ]
    found = merged(tables)
    assert found.values == {
        "anon_share": 0.4, "oom_group": False, "victim_comm": "b", "tasks": 9, "limit_lowered": True,
    }  # fmt: skip
    assert found.lines == {}, "the last that knows the name has no line for it"
