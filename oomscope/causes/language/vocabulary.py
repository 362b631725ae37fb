"""What the engine needs to know about facts. The vocabulary itself is handed in, so that the engine knows no log."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol

from oomscope.fact import Kind, Unit

__all__ = ["FactSpec", "FactTable", "Facts", "Kind", "Lines", "Unit", "Values", "Vocabulary"]

Lines = tuple[int, int]
"""First and last line of the incident's input, 1-based."""


class FactSpec(Protocol):
    """One named fact: what kind of value it has, and how that is written."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def unit(self) -> Unit: ...


Vocabulary = Mapping[str, FactSpec]
Values = Mapping[str, object | None]
"""Fact by name; None, or absent, is what the log does not say."""


class FactTable(Protocol):
    """The facts of one incident, and the lines that they were read from."""

    @property
    def values(self) -> Values: ...
    @property
    def lines(self) -> Mapping[str, Lines]: ...


class Facts(NamedTuple):
    """The plainest FactTable."""

    values: Values
    lines: Mapping[str, Lines] = MappingProxyType({})
