"""The vocabulary of facts, and their values for one incident."""

from oomscope.facts.compute import facts_of
from oomscope.facts.repeats import Repeats, group_repeats
from oomscope.facts.table import Fact, FactTable
from oomscope.facts.vocabulary import VOCABULARY

__all__ = ["VOCABULARY", "Fact", "FactTable", "Repeats", "facts_of", "group_repeats"]
