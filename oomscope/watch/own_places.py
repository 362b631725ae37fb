"""Line numbers as the followed log has them. An analysis counts the lines that are held, which nobody can look up."""

from typing import Any, Final

from oomscope.watch.episode import Held

_BEGINS_LATE: Final = "ring-buffer-lost-head"


class OwnPlaces:
    """The places of one incident, whose report stands in `lines` of what is held."""

    def __init__(self, held: Held, name: str, lines: tuple[int, int]) -> None:
        self._held, self._name = held, name
        self._first, self._last = held.mark(lines[0]), held.mark(lines[1])
        self._file = self._last.file if self._last is not None else ""
        self.numbered = self._last is not None and self._last.number is not None
        """True if the log numbers its lines; the journal does not."""

    def entry(self, incident: dict[str, Any]) -> dict[str, Any]:
        """Return the JSON of the incident, with the log's own numbers and its `place` in the log."""
        first = self._first.place if self._first is not None else None
        last = self._last.place if self._last is not None else None
        place = {"source": self._name, "first": first, "last": last}
        if not self.numbered:
            return {**incident, "place": place}
        found: dict[str, Any] = self.renumbered(incident)
        found["source"] = {**(found.get("source") or {}), "path": self._name}
        return {**found, "place": place}

    def input(self, one: dict[str, Any]) -> dict[str, Any]:
        """Return the JSON of the input, without what is true of an excerpt of every log: that it begins late."""
        warnings = [self.renumbered(warning) for warning in one["warnings"] if warning["code"] != _BEGINS_LATE]
        return {**one, "warnings": warnings}

    def renumbered(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        """Return JSON with each `line` and `lines` as the log counts; null for one of a file that was rotated away."""
        if not self.numbered:
            return value
        if isinstance(value, list):
            return [self.renumbered(one) for one in value]
        if not isinstance(value, dict):
            return value
        return {key: self._one(key, one) for key, one in value.items()}

    def _one(self, key: str, value: Any) -> Any:  # noqa: ANN401 - JSON
        if key == "line" and isinstance(value, int):
            return self._number(value)
        if key == "lines" and isinstance(value, list) and len(value) == 2 and all(isinstance(n, int) for n in value):
            first, last = map(self._number, value)
            first, last = (last if first is None else first), (first if last is None else last)
            return None if first is None else [first, last]
        return self.renumbered(value)

    def _number(self, line: int) -> int | None:
        mark = self._held.mark(line)
        return mark.number if mark is not None and mark.file == self._file else None
