"""The facts of an incident: each declared in the file that computes it."""

from oomscope.fact import Fact
from oomscope.facts.compute import complete, facts_of, group_facts, own_facts
from oomscope.facts.repeats import Repeats, group_repeats
from oomscope.facts.table import FactTable
from oomscope.facts.topics import VOCABULARY

__all__ = [
    "VOCABULARY",
    "Fact",
    "FactTable",
    "Repeats",
    "complete",
    "facts_of",
    "group_facts",
    "group_repeats",
    "own_facts",
]
