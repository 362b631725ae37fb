"""The nearest name to a misspelt one."""

from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `did you mean ...?`, or nothing if no known name is near."""
    import difflib  # only ever needed on the way to an error

    near = difflib.get_close_matches(name[:80], list(known), n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else ""
