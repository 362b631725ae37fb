"""What one cause file says, once it has been checked. Named tuples: they are made by the hundred at every start."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from oomscope.causes.language.placeholders import Template, parse_template
from oomscope.causes.language.vocabulary import Vocabulary
from oomscope.causes.language.when import Compiled, compile_when

Table = Mapping[str, Any]
"""A table of a TOML document."""

UNDETERMINED = "undetermined"
BRANCHES = ("memcg", "node", "decided")


class When:
    """A condition that is compiled when it is first needed: a run weighs one branch, not all."""

    __slots__ = ("_compiled", "_vocabulary", "text")

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.text = text
        self._vocabulary = vocabulary
        self._compiled: Compiled | None = None

    @property
    def compiled(self) -> Compiled:
        if self._compiled is None:
            self._compiled = compile_when(self.text, self._vocabulary)
        return self._compiled


class Text:
    """A sentence or command with placeholders, cut up when it is first said."""

    __slots__ = ("_template", "_vocabulary", "text")

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.text = text
        self._vocabulary = vocabulary
        self._template: Template | None = None

    @property
    def template(self) -> Template:
        if self._template is None:
            self._template = parse_template(self.text, self._vocabulary)[0]
        return self._template


class EvidenceRule(NamedTuple):
    id: str
    group: str
    when: When
    weight: float  # nats
    says: Text
    source: str | None = None
    most: float | None = (
        None  # nats that a refit may not go beyond: what is known of the clue better than logs can teach
    )


class CapRule(NamedTuple):
    """How far the cause may lead another, in nats, where a condition holds."""

    against: str  # the other cause
    when: When
    most: float
    says: Text


class RemedyRule(NamedTuple):
    action: Text
    detail: Text | None = None
    command: Text | None = None
    when: When | None = None


class SettleRule(NamedTuple):
    asks: Text
    command: Text | None = None
    when: When | None = None


class Example(NamedTuple):
    """Either facts and what the clues give for them, or a sample log and its verdict."""

    facts: Mapping[str, object] = MappingProxyType({})
    gives: Mapping[str, bool | None] = MappingProxyType({})  # clue's id -> outcome; None: unknown
    log: str | None = None
    verdict: str | None = None


class Cause(NamedTuple):
    """One cause file. A cause may have one in each branch, under one id and one name."""

    cause: str  # its id
    title: str
    branch: tuple[str, ...]
    prior: float  # nats
    summary: Text
    evidence: tuple[EvidenceRule, ...]
    remedies: tuple[RemedyRule, ...] = ()
    settle: tuple[SettleRule, ...] = ()
    examples: tuple[Example, ...] = ()
    file: str = ""  # as errors name it
    name: str = ""  # as people read it, short: `huge page reservation`
    caps: tuple[CapRule, ...] = ()


class Builder:
    """Makes causes of documents that have no defects; a condition that stands in several is compiled once."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._conditions: dict[str, When] = {}

    def cause(self, document: Table, file: str) -> Cause:
        """Return the cause of one file, with every shared clue in place."""
        return Cause(
            cause=document["cause"],
            title=document["title"],
            branch=tuple(document["branch"]),
            prior=float(document["prior"]),
            summary=Text(document["summary"], self._vocabulary),
            evidence=tuple(self._evidence(one) for one in document["evidence"]),
            remedies=tuple(self._remedy(one) for one in document.get("remedy", ())),
            settle=tuple(self._settle(one) for one in document.get("settle", ())),
            examples=tuple(_example(one) for one in document["example"]),
            file=file,
            name=document.get("name") or name_of(document["cause"]),
            caps=tuple(self._cap(one) for one in document.get("cap", ())),
        )

    def _evidence(self, one: Table) -> EvidenceRule:
        says = Text(one["says"], self._vocabulary)
        when, weight = self._when(one["when"]), float(one["weight"])
        return EvidenceRule(one["id"], one["group"], when, weight, says, one.get("source"), one.get("most"))

    def _cap(self, one: Table) -> CapRule:
        says = Text(one["says"], self._vocabulary)
        return CapRule(one["against"], self._when(one["when"]), float(one["most"]), says)

    def _remedy(self, one: Table) -> RemedyRule:
        action = Text(one["action"], self._vocabulary)
        return RemedyRule(action, self._text(one, "detail"), self._text(one, "command"), self._condition(one))

    def _settle(self, one: Table) -> SettleRule:
        return SettleRule(Text(one["asks"], self._vocabulary), self._text(one, "command"), self._condition(one))

    def _text(self, one: Table, key: str) -> Text | None:
        return Text(one[key], self._vocabulary) if key in one else None

    def _condition(self, one: Table) -> When | None:
        return self._when(one["when"]) if "when" in one else None

    def _when(self, text: str) -> When:
        found = self._conditions.get(text)
        if found is None:
            found = self._conditions[text] = When(text, self._vocabulary)
        return found


def name_of(cause: str) -> str:
    """Return what a cause without a name of its own is called."""
    return cause.replace("_", " ")


def _example(table: Table) -> Example:
    gives = {id_: outcome if isinstance(outcome, bool) else None for id_, outcome in table.get("gives", {}).items()}
    return Example(table.get("facts", {}), gives, table.get("log"), table.get("verdict"))
