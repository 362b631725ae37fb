"""The verdict on one incident: its odds at once, and what a view asks for when it asks."""

from collections.abc import Sequence
from functools import cached_property

from oomscope.causes.files.cause import UNDETERMINED, EvidenceRule
from oomscope.causes.language.vocabulary import FactTable
from oomscope.causes.weighing.open_answers import open_answers
from oomscope.causes.weighing.scale import Scale, words_of
from oomscope.causes.weighing.scores import Calibration
from oomscope.causes.weighing.sentences import (
    alternatives_of,
    cap_evidence,
    evidence_of,
    odds_in_words,
    questions_of,
    remedies_of,
    rival_evidence,
    summary_of,
    undecided_of,
)
from oomscope.causes.weighing.shapes import Alternative, Evidence, OpenAnswer, Question, Ranked, Remedy, Undecided

UNKNOWN = "unknown"
"""The branch of an incident of which the log does not say whose limit was hit."""

_UNSAID = "The log does not say whose limit was hit: what tells is cut off."
_WHOLE_REPORT = (
    Question(
        "Whose limit was hit? The whole report says so",
        "journalctl -k -o json > kernel.json && oomscope analyze kernel.json",
    ),
)
_LEADING = 3  # causes whose open clues are told


class Verdict:
    """What is believed, how sure, on which lines, and what is still open.

    `cause` is `undetermined` where the evidence does not carry one; `ranked` gives the odds all the same, and
    `probability` is that of the leader. The texts are made from the facts when they are first asked for; a verdict that
    is pickled has all of them.
    """

    def __init__(self, scale: Scale, facts: FactTable, calibration: Calibration | None = None) -> None:
        """Weigh `facts` on a scale. They must not change afterwards."""
        weighed, branch = scale.weigh(facts, calibration), scale.branch
        self._scale, self._weighed, self._facts, self._calibration = scale, weighed, facts, calibration
        self.branch = branch
        self.words = UNDETERMINED if branch == UNKNOWN else words_of(weighed, branch)
        """very likely | likely | leaning | undetermined"""
        self.cause = weighed[0].cause.cause if self.is_decided else UNDETERMINED

    @property
    def is_decided(self) -> bool:
        """True if the evidence carries a cause."""
        return self.words != UNDETERMINED

    @cached_property
    def probability(self) -> float:
        """The odds of the leader."""
        return max((one.probability for one in self.ranked), default=0.0)

    @cached_property
    def ranked(self) -> tuple[Ranked, ...]:
        """The odds of each cause, the likeliest first; of a cause that two branches have, the sum."""
        odds: dict[str, float] = {}
        names: dict[str, str] = {}
        for one in self._weighed:
            odds[one.cause.cause] = odds.get(one.cause.cause, 0.0) + one.probability
            names[one.cause.cause] = one.cause.name
        return tuple(Ranked(*pair, names[pair[0]]) for pair in sorted(odds.items(), key=lambda pair: -pair[1]))

    @cached_property
    def title(self) -> str:
        """The cause as a sentence."""
        return self._weighed[0].cause.title if self.is_decided else "The evidence does not carry a verdict"

    @cached_property
    def summary(self) -> str:
        """What happened, in figures; or between what the log does not tell."""
        if self.is_decided:
            return summary_of(self._weighed[0], self._facts)
        return _UNSAID if self.branch == UNKNOWN else odds_in_words(self._weighed)

    @cached_property
    def evidence(self) -> tuple[Evidence, ...]:
        """The clues that hold, of the cause; of the two leaders where there is no verdict.

        With them stand the strong clues for the second cause alone, and the cap that the evidence sets.
        """
        tellers = self._weighed[: 1 if self.is_decided else 2]
        found = [evidence_of(one.cause.cause, rule, self._facts) for one in tellers for rule in one.strongest_first()]
        if self.is_decided:
            found += rival_evidence(self._weighed, self._facts)
        found += cap_evidence(self._weighed, self._facts)
        return tuple(found)

    @cached_property
    def undecided(self) -> tuple[Undecided, ...]:
        """The clues of the leaders that could not be judged."""
        if self.branch == UNKNOWN:
            return ()
        return tuple(
            undecided_of(one.cause.cause, rule, self._facts)
            for one, rules in zip(self._weighed[:_LEADING], self._open_clues, strict=False)
            for rule in rules
        )

    @cached_property
    def _open_clues(self) -> Sequence[Sequence[EvidenceRule]]:
        """The clues of each weighed cause that could not be judged, the weightiest first."""
        found = self._scale.open_clues(self._facts)
        return [found[one.number] for one in self._weighed]

    @cached_property
    def remedies(self) -> tuple[Remedy, ...]:
        """What to do about the cause."""
        return tuple(remedies_of(self._weighed[0].cause, self._facts)) if self.is_decided else ()

    @cached_property
    def alternatives(self) -> tuple[Alternative, ...]:
        """Of an undetermined verdict: what to do if it is this or that."""
        return () if self.is_decided else tuple(alternatives_of(self._weighed[:2], self._facts))

    @cached_property
    def would_settle(self) -> tuple[Question, ...]:
        """Questions whose answers would settle it."""
        return _WHOLE_REPORT if self.branch == UNKNOWN else questions_of(self._weighed[:2], self._facts)

    @cached_property
    def open_answers(self) -> tuple[OpenAnswer, ...]:
        """What a yes to each open clue would do to the odds, the one that moves them most first."""
        if self.branch == UNKNOWN:
            return ()
        return open_answers(self._weighed, self._open_clues, self._facts, self.branch, self._calibration)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Verdict) and self.__getstate__() == other.__getstate__()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Verdict({self.cause!r}, {self.probability:.4f}, {self.words!r}, branch={self.branch!r})"

    def __getstate__(self) -> dict[str, object]:
        """Return everything that a verdict says, without what it is made from."""
        return {name: getattr(self, name) for name in _SAID}


_SAID = (
    "branch", "words", "cause", "probability", "ranked", "title", "summary", "evidence", "undecided", "remedies",
    "alternatives", "would_settle", "open_answers",
)  # fmt: skip
