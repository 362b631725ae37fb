"""The one choke-point between bytes that others wrote and a terminal, a file name or an error message."""

import re

INVISIBLE = (
    "\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\uffff\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""A character class: DEL, C1, zero-width and bidi controls, fillers, blanks that are no space, variation selectors, line and
paragraph separators, BOM, interlinear marks, lone surrogates (undecodable bytes arrive as U+DC80..DCFF), the tag block."""

_UNSAFE = re.compile(f"[\x00-\x08\x0b-\x1f{INVISIBLE}]")  # C0 except tab and newline

# What the runners of GitHub, Azure and TeamCity obey: `::error::` at the start of a line, `##[…]`, `##vso[…]` and
# `##teamcity[…]` anywhere in it.
_COMMAND = re.compile(r"(?m)^([ \t]*):(?=:)|(#)#(?=[a-z]{0,20}\[)")


def _shown(match: re.Match[str]) -> str:
    code = ord(match.group())
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{{{code:x}}}"


def safe(text: str) -> str:
    """`text` with every control, bidi and invisible character made visible, and nothing that a CI runner obeys; tab and
    newline stay.
    """
    if text.isascii() and text.isprintable():  # nearly every string there is, told in a tenth of the time
        return inert(text)
    return inert(_UNSAFE.sub(_shown, text))


def inert(text: str) -> str:
    """`text` without what CI runners take for a command: `::error::` becomes `\\x3a:error::`, `##vso[` `#\\x23vso[`."""
    if "::" not in text and "##" not in text:
        return text
    return _COMMAND.sub(lambda found: "#\\x23" if found[2] else f"{found[1]}\\x3a", text)


def safe_line(text: str) -> str:
    """Like `safe`, and on one line: a newline becomes `\\x0a`, a tab `\\x09`."""
    return safe(text).replace("\n", "\\x0a").replace("\t", "\\x09")


SHELL_SAFE = re.compile(r"[\w@%+=:,./-]+", re.ASCII)
"""A word that a shell takes as it is."""


def quoted(text: str) -> str:
    """`text` as one word of a shell, whatever it holds. shlex does the same, and takes longer to import than this to run."""
    return text if SHELL_SAFE.fullmatch(text) else "'" + text.replace("'", "'\"'\"'") + "'"
