"""A fact, and a table of facts with the lines that they rest on."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Kind = Literal["number", "text", "truth"]
Unit = Literal["bytes", "share", "count", "seconds", "pages", "text", "truth"]
Value = float | int | str | bool | None


class Fact(NamedTuple):
    """One documented name. A value is a number of `unit`, a text or a truth about one incident, or None: not known."""

    name: str
    unit: Unit
    meaning: str
    source: str = ""

    @property
    def kind(self) -> Kind:
        return "text" if self.unit == "text" else "truth" if self.unit == "truth" else "number"


@dataclass(slots=True)
class FactTable:
    """Values by name; `lines` holds for a fact the lines of the log that it was read from or computed of."""

    values: dict[str, Value] = field(default_factory=dict)
    lines: dict[str, tuple[int, int]] = field(default_factory=dict)

    def put(self, name: str, value: Value, lines: tuple[int, int] | None = None) -> None:
        """Set a fact; a missing value stays missing, a share is rounded so that no digit is pretended."""
        self.values[name] = round(value, 4) if isinstance(value, float) else value
        if lines is not None and value is not None:
            self.lines[name] = lines
