"""All topics, each before those that need its facts; and the vocabulary that they make together."""

from oomscope.fact import Fact
from oomscope.facts import (
    beside,
    composition,
    counters,
    event,
    forecast,
    kernel_files,
    limit_owner,
    names,
    node,
    owners,
    pods,
    programs,
    repeats,
    requests,
    room,
    settings,
    shmem_mapping,
    storms,
    survivors,
    task_names,
    tasks,
    trace,
    victim_size,
    zones,
)
from oomscope.facts.topic import GroupTopic, LateTopic, OwnTopic, in_order

_OWN = (
    event.TOPIC,
    kernel_files.TOPIC,
    limit_owner.TOPIC,
    trace.TOPIC,
    counters.TOPIC,
    composition.TOPIC,
    shmem_mapping.TOPIC,
    room.TOPIC,
    tasks.TOPIC,
    task_names.TOPIC,
    programs.TOPIC,
    victim_size.TOPIC,
    node.TOPIC,
    zones.TOPIC,
    owners.TOPIC,
)
_GROUP = (
    GroupTopic(repeats.FACTS, repeats.put_repeats),
    GroupTopic(storms.FACTS, storms.put_storm),
    GroupTopic(survivors.FACTS, survivors.put),
)
_LATE = (names.TOPIC, pods.TOPIC, settings.TOPIC, beside.TOPIC, forecast.TOPIC, requests.TOPIC)


def _names(*topics: OwnTopic | GroupTopic | LateTopic) -> list[str]:
    return [fact.name for topic in topics for fact in topic.facts]


OWN: tuple[OwnTopic, ...] = in_order(_OWN)
GROUP: tuple[GroupTopic, ...] = in_order(_GROUP, _names(*_OWN))
LATE: tuple[LateTopic, ...] = in_order(_LATE, _names(*_OWN, *_GROUP))

VOCABULARY: dict[str, Fact] = {fact.name: fact for topic in (*_OWN, *_GROUP, *_LATE) for fact in topic.facts}
"""Every fact that a cause file may name."""
