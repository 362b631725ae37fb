"""The one choke-point between bytes that others wrote and a terminal, a file name or an error message."""

import re

# C0 except tab and newline, DEL, C1, zero-width and bidi controls, line and paragraph separators, BOM,
# interlinear marks, lone surrogates (undecodable bytes arrive as U+DC80..DCFF), the tag block.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)


def _shown(match: re.Match[str]) -> str:
    code = ord(match.group())
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{{{code:x}}}"


def safe(text: str) -> str:
    """`text` with every control, bidi and invisible character made visible; tab and newline stay."""
    if text.isascii() and text.isprintable():  # nearly every string there is, told in a tenth of the time
        return text
    return _UNSAFE.sub(_shown, text)


def safe_line(text: str) -> str:
    """Like `safe`, and on one line: a newline becomes `\\x0a`, a tab `\\x09`."""
    return safe(text).replace("\n", "\\x0a").replace("\t", "\\x09")


SHELL_SAFE = re.compile(r"[\w@%+=:,./-]+", re.ASCII)
"""A word that a shell takes as it is."""


def quoted(text: str) -> str:
    """`text` as one word of a shell, whatever it holds. shlex does the same, and takes longer to import than this to run."""
    return text if SHELL_SAFE.fullmatch(text) else "'" + text.replace("'", "'\"'\"'") + "'"
