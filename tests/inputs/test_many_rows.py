"""Inventories, events, start lines and series of any size: a kill looks at its own rows alone."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oomscope.api import analyze
from oomscope.incident import Incident
from oomscope.inputs.boot_times import BootTimes
from oomscope.inputs.event_findings import event_findings
from oomscope.inputs.event_index import Timeline
from oomscope.inputs.events import Event
from oomscope.inputs.nodes import Node, node_findings
from oomscope.inputs.pod_info import ContainerInfo, PodIndex, PodInfo
from oomscope.inputs.pod_names import match_incidents, name_incidents
from oomscope.inputs.side_input import Known
from oomscope.series.life import Kill, lives_of
from oomscope.series.memory_series import Series, Who
from oomscope.workload import Identity

from .syslogs import RING

MANY = 40_000  # of each; their product would take longer than a test may
START = 1_700_000_000.0


@pytest.fixture(scope="module")
def kills() -> list[Incident]:
    """One kill a minute, each in a pod of its own."""
    one = analyze([str(RING)]).incidents[0]
    made = []
    for n in range(MANY):
        who = one.workload.identity._replace(pod_uid=uid(n), container_id=f"{n:064x}")
        event = one.event._replace(wall_seconds=START + 60 * n, host=f"node-{n}")
        workload = one.workload._replace(identity=who, key=f"pod-{n}", request_share=(0.1, 0.2))
        made.append(one._replace(id=f"{n:012x}", event=event, workload=workload))
    return made


def uid(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-{number:012x}"


def event(number: int, reason: str, **other: object) -> Event:
    at = START + 60 * number - 30
    return Event(reason, "", "Pod", "ns", f"p{number}", uid(number), "app", f"node-{number}.local", at, at, 1)._replace(
        **other
    )  # type: ignore[arg-type]


@pytest.mark.usefixtures("must_end")
def test_each_kill_finds_its_pod_among_very_many(kills: list[Incident]) -> None:
    pods = [PodInfo(uid(n), "ns", f"p{n}", containers=(ContainerInfo("app"), ContainerInfo("b"))) for n in range(MANY)]
    matches = match_incidents(kills, pods)
    assert [i.workload.pod for i in name_incidents(kills, matches)] == [f"p{n}" for n in range(MANY)]


@pytest.mark.usefixtures("must_end")
def test_each_kill_finds_its_node_among_very_many(kills: list[Incident]) -> None:
    found = node_findings(Known(kills, {}, BootTimes({})), [Node(f"node-{n}.local", n + 1, None) for n in range(MANY)])
    assert [found.facts[i.id]["node_capacity_bytes"] for i in kills] == list(range(1, MANY + 1))


@pytest.mark.usefixtures("must_end")
def test_each_kill_finds_its_events_among_very_many(kills: list[Incident]) -> None:
    events = [event(n, "Started") for n in range(MANY)] + [event(n, "BackOff", message="Back-off restarting failed container") for n in range(MANY)]  # fmt: skip
    found = event_findings(events, Known(kills, {}, BootTimes({})))
    assert all(found.facts[i.id] | {"event_starts": 1, "event_backoffs": 1} == found.facts[i.id] for i in kills)
    assert {life.seconds for life in found.lives.values()} == {30.0}


@pytest.mark.usefixtures("must_end")
def test_each_kill_finds_its_life_in_a_very_long_series() -> None:
    samples, ends = 400_000, 2_000
    each = samples // ends
    times = START + np.arange(samples) * 60.0
    usage = 1e6 + (np.arange(samples) % each) / each * 1e8
    kills = [Kill(str(n), START + (n + 1) * each * 60.0 - 1) for n in range(ends)]
    lives = lives_of(Series(Who("/a"), True, times, {"usage": usage, "anon": usage}), kills, {k.incident: 1e8 for k in kills})  # fmt: skip
    assert {life.shape.samples for life in lives if life.shape} == {each}


moments = st.none() | st.integers(-200_000, 200_000).map(float)
spans = st.tuples(moments, st.integers(0, 300_000))


@given(st.lists(spans, max_size=20), moments)
def test_what_was_near_is_what_a_look_at_every_event_finds(some: list[tuple[float | None, int]], at: float | None) -> None:  # fmt: skip
    events = [
        event(n, "x", first=first, last=None if first is None else first + more) for n, (first, more) in enumerate(some)
    ]
    near = [
        e
        for e in events
        if at is None or e.first is None or e.last is None or (e.first <= at + 600 and e.last >= at - 86_400)
    ]
    found = Timeline(events).near(at)
    assert sorted(found, key=events.index) == near


ids = st.text("ab", min_size=11, max_size=14)


@given(st.lists(st.lists(ids, max_size=3), max_size=4), ids)
def test_a_container_is_found_by_its_id_or_its_beginning(pods: list[list[str]], id_: str) -> None:
    inventory = [PodInfo(str(n), None, None, containers=(ContainerInfo("a", ids=tuple(some)),)) for n, some in enumerate(pods)]  # fmt: skip
    first = next(
        (n for n, some in enumerate(pods) if any(o == id_ or (len(id_) >= 12 and o.startswith(id_)) for o in some)),
        None,
    )
    match = PodIndex(inventory).find(Identity(container_id=id_))
    assert (match.pod.uid if match else None) == (None if first is None else str(first))


def test_the_lines_of_a_log_are_looked_at_once(tmp_path: Path) -> None:
    """Two kills of two containers, each with its start; the lines of others are never read."""
    from oomscope.inputs.runtime_lines import runtime_starts

    class Kept:
        reads = 0
        looks = 0

        def matching(self, wanted, names):  # type: ignore[no-untyped-def]
            for n in range(1000):
                Kept.looks += 1
                Kept.reads += bool(wanted(f"StartContainer for {n:064x} returns".encode()))
            return ()

    one = analyze([str(RING)]).incidents[0]
    kills = [
        one._replace(id=str(n), workload=one.workload._replace(identity=Identity(container_id=f"{n:064x}")))
        for n in range(2)
    ]
    runtime_starts(kills, [Kept()])  # type: ignore[list-item]
    assert (Kept.looks, Kept.reads) == (1000, 2)
