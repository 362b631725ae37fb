"""The shape of a fact: one documented name whose value the causes are weighed by.

A fact is declared in the file that computes it. `declared` makes its name known, so that no other can be put.
"""

from typing import Literal, NamedTuple

Kind = Literal["number", "text", "truth"]
Unit = Literal["bytes", "share", "count", "seconds", "pages", "text", "command", "truth"]
Value = float | int | str | bool


class Fact(NamedTuple):
    """One documented name. Its value is a number of `unit`, a text or a truth about one incident; unknown if absent."""

    name: str
    unit: Unit
    meaning: str
    source: str = ""  # the kernel's file or the paper that the meaning comes from
    origin: str = ""  # part of the report, or input beside the log, that tells it
    once_is_enough: bool = False  # one incident of a workload says it for all; else the majority of them does

    @property
    def kind(self) -> Kind:
        return "text" if self.unit in ("text", "command") else "truth" if self.unit == "truth" else "number"


DECLARED: dict[str, Fact] = {}
"""Every fact that some imported module has declared, by name."""


def declared(origin: str, *facts: Fact) -> tuple[Fact, ...]:
    """Return the facts with their `origin`, and make their names known. Raises ValueError for a name that is taken."""
    placed = tuple(fact._replace(origin=origin) for fact in facts)
    for fact in placed:
        if DECLARED.setdefault(fact.name, fact) != fact:
            raise ValueError(f"the fact {fact.name} is declared twice")
    return placed
