"""What the engine needs to know about facts. The vocabulary itself is handed in, so that the engine knows no log."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, Protocol

from oomscope.causes.weighing.verdict import Lines

Kind = Literal["number", "text", "truth"]
Unit = Literal["bytes", "share", "count", "seconds", "pages", "text", "truth"]


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
