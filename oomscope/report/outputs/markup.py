"""What text of a log becomes in the markup of a ticket: shown as it is, and never obeyed.

Nothing of the input may mention a person, close an issue, open a link, break out of a code span or begin a line.
"""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from oomscope.report.fields import Phrase, ticked
from oomscope.safe_text import safe_line

_WORD = re.compile(r"\S+")
_RISKY = re.compile(
    r"[@#!$~^*&\[\]<>{}|\\`_]|://|www\.|mailto:|\bGH-\d|\b[A-Z]{2,10}-\d|\b[0-9a-f]{7,40}\b|%\w|\w\.\w+/"
)
"""A word in which some tracker sees a mention, a reference, a link or markup."""
_BACKTICKS = re.compile(r"`+")


class Flavour(NamedTuple):
    """How one kind of tracker writes things. Every function takes text that may be hostile, on one line."""

    code: Callable[[str], str]
    text: Callable[[str], str]
    bold: Callable[[str], str]  # of text that is marked up already
    heading: str
    bullet: str
    block: Callable[[str], list[str]]  # a command, as lines


def phrase(parts: Phrase, flavour: Flavour) -> str:
    """A sentence with the log's own words as code."""
    return _apart(flavour.code(p.text) if p.code else flavour.text(p.text) for p in parts)


def _guarded(escape: Callable[[str], str], code: Callable[[str], str]) -> Callable[[str], str]:
    """Text word by word: one that could mean something becomes code, all others are escaped.

    What stands between two backticks is one piece of code, as everywhere in the document.
    """

    def words(piece: str) -> str:
        return _WORD.sub(lambda w: code(w[0]) if _RISKY.search(w[0]) else escape(w[0]), piece)

    def text(sentence: str) -> str:
        parts = ticked(safe_line(sentence))
        return _apart(code(part.text) if part.code else words(part.text) for part in parts)

    return text


def _apart(pieces: Iterable[str]) -> str:
    """The pieces behind each other; two pieces of code never touch, where their backticks would count as one run."""
    joined = ""
    for piece in pieces:
        joined += (" " if joined.endswith("`") and piece.startswith("`") else "") + piece
    return joined


def _fenced(text: str) -> str:
    """A code span whose fence is longer than any in the text."""
    clean = safe_line(text).replace("|", "\u00a6")
    longest = max((len(run) for run in _BACKTICKS.findall(clean)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if clean.startswith("`") or clean.endswith("`") or not clean.strip() else ""
    return f"{fence}{pad}{clean}{pad}{fence}"


def _fence(command: str) -> list[str]:
    clean = safe_line(command)
    longest = max((len(run) for run in _BACKTICKS.findall(clean)), default=0)
    fence = "`" * max(longest + 1, 3)
    return [f"  {fence}", f"  {clean}", f"  {fence}"]


_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~&])")

MARKDOWN = Flavour(
    code=_fenced,
    text=_guarded(lambda word: _MARKDOWN.sub(r"\\\1", word), _fenced),
    bold=lambda words: f"**{words}**",
    heading="## ",
    bullet="- ",
    block=_fence,
)
"""GitHub's and GitLab's."""

_JIRA = re.compile(r"([\\{}\[\]*_+^~!|?-])")


def _jira_code(text: str) -> str:
    return "{{" + _JIRA.sub(r"\\\1", safe_line(text)).replace("://", ":\\//").replace("@", "\\@") + "}}"


def _jira_block(command: str) -> list[str]:
    return ["{noformat}", safe_line(command).replace("{noformat}", "{ noformat}"), "{noformat}"]


JIRA = Flavour(
    code=_jira_code,
    text=_guarded(lambda word: _JIRA.sub(r"\\\1", word), _jira_code),
    bold=lambda words: f"*{words}*",
    heading="h3. ",
    bullet="* ",
    block=_jira_block,
)


def _slack(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _slack_code(text: str) -> str:
    return "`" + _slack(safe_line(text).replace("`", "'")) + "`"


SLACK = Flavour(
    code=_slack_code,
    text=_guarded(_slack, _slack_code),
    bold=lambda words: f"*{words}*",
    heading="",
    bullet="• ",
    block=lambda command: [_slack_code(command)],
)
