"""What a verdict consists of: clues that hold, clues that are open, remedies, questions, odds."""

from typing import NamedTuple

from oomscope.causes.language.vocabulary import Lines


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
    weight: float = 0.0  # nats it would weigh
    says: str = ""  # what it would say, without figures


class OpenAnswer(NamedTuple):
    """What a clue that is still open would do to the odds if it were true."""

    id: str
    says: str
    missing: tuple[str, ...]
    cause: str  # the verdict then; may be `undetermined`
    lead: str  # the likeliest cause then
    probability: float  # of that
    words: str
    before: float  # of the cause that leads now
    after: float
    nats: float  # by which its log odds move
    decides: bool  # another cause leads then, or another word is used


class Remedy(NamedTuple):
    """What to do, and the command that does it."""

    action: str
    detail: str = ""
    command: str | None = None


class Alternative(NamedTuple):
    """What to do if it is `cause`, where the verdict is open."""

    cause: str
    remedy: Remedy


class Question(NamedTuple):
    """What would settle the verdict, and the command that asks it."""

    question: str
    command: str | None = None


class Ranked(NamedTuple):
    """The odds of one cause."""

    cause: str
    probability: float
    name: str = ""  # as people read it
