"""The shapes of a verdict: what is believed, on which lines, with what still open."""

from typing import NamedTuple

Lines = tuple[int, int]


class Evidence(NamedTuple):
    """One clue that holds. Positive weight speaks for `cause`, negative against it."""

    id: str
    cause: str
    weight: float  # nats
    group: str
    says: str
    lines: Lines | None  # 1-based, of the incident's input; None if the clue is not a line of the log
    source: str | None = None  # where the reasoning comes from


class Undecided(NamedTuple):
    """A clue that could not be judged because facts are missing."""

    id: str
    cause: str
    missing: tuple[str, ...]


class Remedy(NamedTuple):
    action: str
    detail: str = ""
    command: str | None = None


class Question(NamedTuple):
    """What would settle the verdict, and the command that asks it."""

    question: str
    command: str | None = None


class Ranked(NamedTuple):
    cause: str
    probability: float


class Verdict(NamedTuple):
    """`cause` is `undetermined` where the evidence does not carry one; `ranked` gives the odds all the same."""

    cause: str
    probability: float
    words: str  # very likely | likely | leaning | undetermined
    title: str
    summary: str
    branch: str
    ranked: tuple[Ranked, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    would_settle: tuple[Question, ...] = ()
