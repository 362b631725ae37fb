"""From a parsed TOML document to a Cause, or to every defect that it has."""

import math
import re
from collections.abc import Iterator, Sequence

from oomscope.causes.files.cause import BRANCHES, UNDETERMINED, Table
from oomscope.causes.files.defect import Defect, shown
from oomscope.causes.files.locate import Path, locate
from oomscope.causes.files.shared import Context, expanded
from oomscope.causes.language.placeholders import parse_template
from oomscope.causes.language.suggest import did_you_mean
from oomscope.causes.language.vocabulary import Kind
from oomscope.causes.language.when import Problem, WhenError, compile_when
from oomscope.safe_text import safe_line

MAX_WEIGHT = {"memcg": 3.0, "node": 3.0, "decided": 6.0}
"""Nats. What goes beyond the group's cap has its use: it holds against a second clue of the same group."""

_MAX_TABLES = 200

_KEYS: dict[str, dict[str, tuple[type, ...]]] = {
    "": {
        "cause": (str,),
        "name": (str,),
        "title": (str,),
        "branch": (list,),
        "prior": (int, float),
        "summary": (str,),
        "evidence": (list,),
        "cap": (list,),
        "remedy": (list,),
        "settle": (list,),
        "example": (list,),
    },
    "evidence": {
        "use": (str,),
        "id": (str,),
        "group": (str,),
        "when": (str,),
        "weight": (int, float),
        "most": (int, float),
        "says": (str,),
        "source": (str,),
    },
    "cap": {"against": (str,), "when": (str,), "most": (int, float), "says": (str,)},
    "remedy": {"when": (str,), "action": (str,), "detail": (str,), "command": (str,)},
    "settle": {"when": (str,), "asks": (str,), "command": (str,)},
    "example": {"facts": (dict,), "gives": (dict,), "log": (str,), "verdict": (str,)},
}
_REQUIRED = {
    "": ("cause", "title", "branch", "prior", "summary", "evidence", "example"),
    "evidence": ("id", "group", "when", "weight", "says"),
    "cap": ("against", "when", "most", "says"),
    "remedy": ("action",),
    "settle": ("asks",),
    "example": (),
}
_TEMPLATES = {
    "": ("summary",),
    "evidence": ("says",),
    "cap": ("says",),
    "remedy": ("action", "detail", "command"),
    "settle": ("asks", "command"),
}
_SHARED_KEYS = ("group", "when", "says", "source")
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_MAX_NAME = 40
_RESERVED = (UNDETERMINED, "unknown", "none")
_WORDS: dict[type, str] = {str: "a text", int: "a number", float: "a number", list: "a list", dict: "a table"}


class Checker:
    """Looks at one document and remembers what is wrong with it."""

    def __init__(self, document: Table, text: str, context: Context) -> None:
        self.document = document
        self.vocabulary, self.shared, self.causes = context
        self.whole = expanded(document, self.shared)
        self.places = locate(text)
        self.defects: list[Defect] = []

    def complain(self, where: Path, message: str, tip: str = "", problem: Problem | None = None) -> None:
        table, index, _ = where
        place = self.places.get(where) or self.places.get((table, index, "")) or self.places.get((table, 0, ""))
        if place is None:
            self.defects.append(Defect(1, safe_line(message), "", tip))
            return
        self.defects.append(Defect(place.line, safe_line(message), shown(place, self._value(where), problem), tip))

    def _value(self, where: Path) -> object:
        table, index, key = where
        if not table:
            return self.document.get(key)
        tables = self.document.get(table)
        found = tables[index] if isinstance(tables, list) and index < len(tables) else tables
        return found.get(key) if isinstance(found, dict) else None

    def check(self) -> list[Defect]:
        """Return every defect, in the order of lines."""
        self._table("", 0, self.document)
        for name in ("evidence", "cap", "remedy", "settle", "example"):
            for index, table in enumerate(self.tables(name)):
                self._table(name, index, table)
        self._cause()
        self._evidence()
        self._caps()
        self._examples()
        return sorted(self.defects, key=lambda defect: defect.line)

    def check_shared(self) -> list[Defect]:
        """Return every defect of a file of shared clues, in the order of lines."""
        for name, table in self.document.items():
            if not isinstance(table, dict):
                self.complain(("", 0, name), f"`{name}` must be a table: [{name}]")
                continue
            for key, value in table.items():
                if key not in _SHARED_KEYS:
                    tip = "a weight belongs into the cause file" if key in ("weight", "most") else ""
                    self.complain((name, 0, key), f"unknown key `{key}`", tip or f"known: {', '.join(_SHARED_KEYS)}")
                elif not isinstance(value, str) or not value.strip():
                    self.complain((name, 0, key), f"`{key}` must be a text that is not empty")
            if "when" not in table:
                self.complain((name, 0, ""), f"[{name}] has no `when`")
            self._languages("evidence", 0, table, name)
        return sorted(self.defects, key=lambda defect: defect.line)

    def tables(self, name: str) -> Sequence[Table]:
        found = self.whole.get(name)
        if not isinstance(found, list) or not all(isinstance(table, dict) for table in found):
            return []
        if len(found) > _MAX_TABLES:
            self.complain((name, 0, ""), f"more than {_MAX_TABLES} [[{name}]]")
        return found[:_MAX_TABLES]

    def _table(self, name: str, index: int, table: Table) -> None:
        known = _KEYS[name]
        own = self._own(name, index)
        for key, value in own.items():
            where = (name, index, key)
            if key not in known:
                where = (key, 0, "") if not name and (key, 0, "") in self.places else where
                self.complain(where, f"unknown key `{key}`", did_you_mean(key, known) or f"known: {', '.join(known)}")
            elif key in _KEYS and not (isinstance(value, list) and all(isinstance(one, dict) for one in value)):
                where = where if where in self.places else (key, 0, "")
                self.complain(where, f"`{key}` must be a list of tables: [[{key}]]")
            elif not isinstance(value, known[key]) or isinstance(value, bool):
                self.complain(where, f"`{key}` must be {_WORDS[known[key][0]]}")
            elif isinstance(value, str) and not value.strip():
                self.complain(where, f"`{key}` is empty")
        for key in _REQUIRED[name]:
            if key not in table:
                self._missing(name, index, key)
        self._languages(name, index, own, name)

    def _own(self, name: str, index: int) -> Table:
        """Return the table as the file has it, without what it takes from a shared clue."""
        if not name:
            return self.document
        tables: Sequence[Table] = self.document[name]
        return tables[index]

    def _missing(self, name: str, index: int, key: str) -> None:
        if key == "example":
            self.complain((name, index, ""), "no [[example]]", "a cause file without an example does not load")
        else:
            self.complain((name, index, ""), f"{f'[[{name}]]' if name else 'the file'} has no `{key}`")

    def _languages(self, name: str, index: int, table: Table, place: str) -> None:
        """Check what is written in the `when` language or holds placeholders; `place` is the table's name in the file."""
        when = table.get("when")
        if name and isinstance(when, str):
            try:
                compile_when(when, self.vocabulary)
            except WhenError as error:
                for problem in error.problems:
                    self.complain((place, index, "when"), problem.message, problem.tip, problem)
        for key in _TEMPLATES.get(name, ()):
            if isinstance(value := table.get(key), str):
                for problem in parse_template(value, self.vocabulary)[1]:
                    self.complain((place, index, key), problem.message, problem.tip, problem)

    def _branches(self) -> list[str]:
        found = self.document.get("branch")
        return [one for one in found if one in BRANCHES] if isinstance(found, list) else []

    def _cause(self) -> None:
        cause, name, branch = (self.document.get(key) for key in ("cause", "name", "branch"))
        if isinstance(cause, str) and cause.strip() and (not _ID.fullmatch(cause) or cause in _RESERVED):
            tip = "an id is lower-case letters, digits and _, such as tmpfs_fill"
            self.complain(("", 0, "cause"), f"`{cause}` is no id of a cause", tip)
        if isinstance(name, str) and len(name) > _MAX_NAME:
            self.complain(("", 0, "name"), f"`name` is longer than {_MAX_NAME} characters", "`title` may be a sentence")
        if isinstance(branch, list):
            if not branch:
                self.complain(("", 0, "branch"), "`branch` is empty", f"some of: {', '.join(BRANCHES)}")
            for one in branch:
                if one not in BRANCHES:
                    self.complain(("", 0, "branch"), f"`{one}` is not a branch", f"some of: {', '.join(BRANCHES)}")
        self._number(("", 0, "prior"), self.document.get("prior"), 10.0)

    def _number(self, where: Path, value: object, most: float) -> None:
        if isinstance(value, int | float) and not isinstance(value, bool) and not abs(value) <= most:
            self.complain(where, f"`{where[2]}` must lie between {-most:g} and {most:g}")

    def _evidence(self) -> None:
        most = max((MAX_WEIGHT[one] for one in self._branches()), default=max(MAX_WEIGHT.values()))
        seen: dict[str, int] = {}
        for index, table in enumerate(self.tables("evidence")):
            self._number(("evidence", index, "weight"), table.get("weight"), most)
            if table.get("weight") == 0:
                self.complain(("evidence", index, "weight"), "a weight of 0 says nothing")
            self._bounded(index, table)
            self._used(index, table.get("use"))
            id_ = table.get("id")
            if isinstance(id_, str) and seen.setdefault(id_, index) != index:
                self.complain(("evidence", index, "id"), f"the id `{id_}` is taken by another [[evidence]]")

    def _caps(self) -> None:
        for index, table in enumerate(self.tables("cap")):
            self._number(("cap", index, "most"), table.get("most"), 10.0)
            against = table.get("against")
            if isinstance(against, str) and (against not in self.causes or against == self.document.get("cause")):
                tip = did_you_mean(against, self.causes) or "name another cause of this folder"
                self.complain(("cap", index, "against"), f"`{against}` is not another cause of this folder", tip)

    def _used(self, index: int, name: object) -> None:
        if isinstance(name, str) and name not in self.shared:
            tip = did_you_mean(name, self.shared) or "shared clues are in shared.toml, beside the cause files"
            self.complain(("evidence", index, "use"), f"no shared clue is called `{name}`", tip)

    def _bounded(self, index: int, table: Table) -> None:
        weight, most = table.get("weight"), table.get("most")
        if isinstance(weight, int | float) and isinstance(most, int | float) and not abs(weight) <= most:
            self.complain(("evidence", index, "weight"), f"`weight` goes beyond the clue's own `most`, {most:g}")

    def _examples(self) -> None:
        ids = {table.get("id") for table in self.tables("evidence") if isinstance(table.get("id"), str)}
        for index, table in enumerate(self.tables("example")):
            where = ("example", index, "")
            if not (("facts" in table and "gives" in table) or ("log" in table and "verdict" in table)):
                self.complain(where, "an example is `facts` with `gives`, or `log` with `verdict`")
            for message, tip, key in self._example(table, {str(one) for one in ids}):
                self.complain(("example", index, key), message, tip)

    def _example(self, table: Table, ids: set[str]) -> Iterator[tuple[str, str, str]]:
        facts, gives, verdict = table.get("facts"), table.get("gives"), table.get("verdict")
        for name, value in facts.items() if isinstance(facts, dict) else ():
            spec = self.vocabulary.get(name)
            if spec is None:
                yield f"no fact is called `{name}`", did_you_mean(name, self.vocabulary), "facts"
            elif not fits(value, spec.kind):
                yield f"the fact `{name}` is a {spec.kind}", "", "facts"
        for id_, outcome in gives.items() if isinstance(gives, dict) else ():
            if id_ not in ids:
                yield f"no [[evidence]] has the id `{id_}`", did_you_mean(id_, ids), "gives"
            elif not (isinstance(outcome, bool) or outcome == "unknown"):
                yield f'`{id_}` gives true, false or "unknown"', "", "gives"
        if isinstance(verdict, str) and verdict not in self.causes and verdict != UNDETERMINED:
            tip = did_you_mean(verdict, (*sorted(self.causes), UNDETERMINED))
            yield f"`{verdict}` is not a cause of this folder", tip, "verdict"


def fits(value: object, kind: Kind) -> bool:
    """True if a value is of a fact's kind."""
    if kind == "truth":
        return isinstance(value, bool)
    if kind == "text":
        return isinstance(value, str)
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
