"""A table of facts with the lines of the log that they rest on. Only what is known is in it."""

from oomscope.fact import DECLARED, Value

Lines = tuple[int, int]


class FactTable:
    """The known facts of one incident, or of one workload.

    `values` holds them by name; `lines` the lines of the log that a fact was read from or computed of, 1-based.
    """

    __slots__ = ("lines", "values")

    def __init__(self, values: dict[str, Value] | None = None, lines: dict[str, Lines] | None = None) -> None:
        self.values: dict[str, Value] = {} if values is None else values
        self.lines: dict[str, Lines] = {} if lines is None else lines

    def put(self, name: str, value: Value | None, lines: Lines | None = None) -> None:
        """Set a fact; None leaves it unknown. A fraction is rounded to four digits, so that none is pretended.

        Raises KeyError for a name that no topic declares.
        """
        if name not in DECLARED:
            raise KeyError(f"no topic declares the fact {name}")
        if value is None:
            return
        self.values[name] = round(value, 4) if value.__class__ is float else value
        if lines is not None:
            self.lines[name] = lines

    def number(self, name: str) -> float | int | None:
        """Return the value of a fact that counts or measures; None where it is unknown, or no number."""
        value = self.values.get(name)
        return value if isinstance(value, (int, float)) and value is not True and value is not False else None

    def whole(self, name: str) -> int | None:
        """Return `number` cut to an integer."""
        value = self.number(name)
        return None if value is None else int(value)

    def update(self, other: "FactTable") -> None:
        """Take over every fact of another table."""
        self.values.update(other.values)
        self.lines.update(other.lines)
