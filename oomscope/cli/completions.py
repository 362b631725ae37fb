"""The values that a shell completes. What they are is looked up when a shell asks, not when a command starts."""

from collections.abc import Iterable


def trust_levels(incomplete: str) -> list[str]:
    """Return the levels of --trust that begin so."""
    from typing import get_args

    from oomscope.incident.trust import Level

    return _begun(get_args(Level), incomplete)


def formats(incomplete: str) -> list[str]:
    """Return the names of output formats that begin so."""
    from oomscope.cli.formats import FORMATS

    return _begun((one.name for one in FORMATS), incomplete)


def causes(incomplete: str) -> list[str]:
    """Return the ids of the bundled causes that begin so."""
    from oomscope.causes import load_bundled
    from oomscope.facts import VOCABULARY

    return _begun({one.cause for one in load_bundled(VOCABULARY)}, incomplete)


def findings(incomplete: str) -> list[str]:
    """Return what --fail-on takes: of a list with commas the last word is completed."""
    before, comma, last = incomplete.rpartition(",")
    words = ["kill", "very-likely", "incomplete", *causes("")]
    return [f"{before}{comma}{word}" for word in _begun(words, last)]


def explained(incomplete: str) -> list[str]:
    """Return the words that `oomscope explain` explains."""
    from oomscope.explain.gfp_flags import GFP_WORDS
    from oomscope.explain.scopes import SCOPE_TEXTS
    from oomscope.explain.topics import TOPICS
    from oomscope.facts import VOCABULARY

    return _begun({*causes(""), *SCOPE_TEXTS, *TOPICS, *GFP_WORDS, *VOCABULARY}, incomplete)


def _begun(words: Iterable[str], incomplete: str) -> list[str]:
    return sorted(word for word in words if word.startswith(incomplete))
