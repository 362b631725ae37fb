"""The first line of an input whose beginning is gone: somebody copied the text from one character too late on."""

from collections.abc import Sequence

from oomscope.patterns import lazy
from oomscope.read.transports.prefixes import Peeler

_LOOK_AHEAD = 4
_LONGEST = 80
_KINDS = ("dmesg", "dmesg-ctime", "dmesg-iso", "syslog", "journal-short")
_WHOLE_TEXT = lazy(r"\S.{0,14} invoked oom-killer: gfp_mask=0x")
_BEGINNING = lazy(r"[\w\s.:+-]{0,76}(?:\]|:)\s")


def completed(rows: Sequence[str], peeler: Peeler) -> str | None:
    """Return the first line with what it lost of its prefix; None for one that lost nothing.

    What is missing is taken from a line below whose prefix has the same shape, since both were printed at about the
    same time.

    sample::

        " 4257.100001] agent invoked oom-killer: gfp_mask=0x100cca" above "[ 4257.100002] CPU: 0 PID: 900"
    """
    first = rows[0]
    if not (_BEGINNING.match(first) or _WHOLE_TEXT.match(first)) or peeler.peel(first) is not None:
        return None
    prefix = next((found for row in rows[1:_LOOK_AHEAD] if (found := _kernel_prefix(row, peeler))), "")
    for lost in range(1, len(prefix) - 1):
        kept = prefix[lost:]
        if _shape(first[: len(kept)]) == _shape(kept) and not kept.isspace():
            return prefix[:lost] + first
    return prefix + first if prefix and _WHOLE_TEXT.match(first) else None


def _kernel_prefix(row: str, peeler: Peeler) -> str:
    """Return what stands before the kernel's text, where the line has a prefix whose shape other lines share."""
    peeled = peeler.peel(row)
    if peeled is None or peeled.kind not in _KINDS or peeled.wrapped or peeled.ident not in (None, "kernel"):
        return ""
    return row[: peeled.width] if peeled.width <= _LONGEST else ""


def _shape(text: str) -> str:
    """Return the text with all digits and blanks alike, and all letters alike."""
    return "".join("0" if c.isdecimal() or c == " " else "a" if c.isalpha() else c for c in text)
