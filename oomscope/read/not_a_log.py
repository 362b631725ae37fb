"""Inputs that are no logs: empty files, binary files, and the error message of the command that should print the log."""

import binascii
import re
import string

from oomscope.patterns import lazy
from oomscope.read.files.foreign_formats import foreign_format
from oomscope.read.record import InputWarning

_SAMPLE_BYTES = 4096
_BINARY_SHARE = 0.1
"""Of bytes that no text holds. Text in any of the old 8-bit encodings has fewer."""
_SHORT_LINES = 12
"""An error message is all that a file holds, or nearly so."""
_CONTROL = bytes(n for n in range(32) if n not in b"\t\n\r\f\b\x1b") + b"\x7f"

_LEAST_BASE64 = 120
"""Letters; a line that coreutils writes has 76."""
_BASE64 = string.ascii_letters.encode() + string.digits.encode() + b"+/"

_RERUN = "run the command again until it prints the log, and read that"
_ERRORS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        lazy(
            r"(?m)^dmesg: (?:read kernel buffer failed|klogctl(?: failed)?|\S+): (?:Operation not permitted|Permission denied)"
        ),
        "dmesg was not permitted to read the kernel log (kernel.dmesg_restrict is 1): run `sudo dmesg > kernel.log` and read that",
    ),
    (
        lazy(
            r"(?m)^(?:No journal files were opened due to insufficient permissions|Hint: You are currently not seeing messages)"
        ),
        "journalctl was not permitted to read the system's journal: run `sudo journalctl -k -b all -o json > kernel.json` and read that",
    ),
    (
        lazy(r"(?m)\A\s*-- No entries --\s*\Z|^No journal files were found"),
        "journalctl found no entries: run `sudo journalctl -k -b all -o json > kernel.json`, where -b all is every boot, and read that",
    ),
    (
        lazy(r"(?m)^(?:cat|tail|head|less|grep|zcat|zgrep|cp|ls): [^\n]{1,300}: Permission denied"),
        f"the command was not permitted to read the log: {_RERUN}, with sudo",
    ),
    (
        lazy(
            r"(?m)^(?:-?(?:ba|da|z|k)?sh: [^\n]{0,200}(?:command )?not found|zsh: command not found|sudo: [^\n]{1,200}|"
            r"(?:cat|tail|head|less|grep|zcat|zgrep|cp|ls): [^\n]{1,300}: No such file or directory|ssh: [^\n]{1,300}|"
            r"[^\n]{0,120}Permission denied \([a-z,-]{1,80}\)|Error from server[^\n]{0,20}:|[Ee]rror: (?:the server|You must be logged in)|"
            r"The connection to the server [^\n]{1,200} was refused|Unable to connect to the server|Cannot connect to the Docker daemon|"
            r"Error response from daemon|Usage: (?:dmesg|journalctl)|(?:dmesg|journalctl): (?:invalid|unrecognized|unknown) option|"
            r"Failed to (?:open|search|get) (?:journal|files)|Failed to add filter)"
        ),
        f"this is the error message of a command and no log: {_RERUN}",
    ),
)


def not_a_log(first: bytes, size: int, path: str) -> InputWarning | None:
    """Return what an input is that holds no log, by its first bytes; None where it may be one."""
    if not first.strip(b"\0 \t\r\n") and size == len(first):
        what = "is empty" if not size else "holds nothing but blanks"
        words = f"the input {what}, which does not mean that nothing was killed: check the command that wrote it"
        return InputWarning("empty-input", words)
    if (known := foreign_format(first, path)) is not None:
        return InputWarning("unreadable-format", known)
    if _is_base64(first[:_SAMPLE_BYTES]):
        words = "the input is a text in base64: run `base64 -d FILE | oomscope analyze -`"
        return InputWarning("unreadable-format", words)
    if _is_binary(first[:_SAMPLE_BYTES]):
        words = "the input is binary and not a log: give the log as text (`journalctl -k -o json`, or dmesg)"
        return InputWarning("binary-input", words)
    if size == len(first) and first.count(b"\n") <= _SHORT_LINES:
        text = first.decode("utf-8", "replace")
        words = next((words for pattern, words in _ERRORS if pattern.search(text)), "")
        return InputWarning("error-message", words) if words else None
    return None


def _is_base64(sample: bytes) -> bool:
    """True for base64 of a text or of gzip, and nothing else: long runs of its letters, without a blank."""
    letters = sample.translate(None, b"\r\n")
    whole = letters.rstrip(b"=")
    if len(whole) < _LEAST_BASE64 or whole.translate(None, _BASE64):
        return False
    inside = binascii.a2b_base64(whole[: len(whole) // 4 * 4])
    return inside.startswith(b"\x1f\x8b") or not _is_binary(inside)


def _is_binary(sample: bytes) -> bool:
    """True if too many bytes are control characters, or no text in UTF-8."""
    if not sample:
        return False
    control = len(sample) - len(sample.translate(None, _CONTROL))
    broken = sample.decode("utf-8", "replace").count("\ufffd")
    return control > _BINARY_SHARE * len(sample) or control + broken > 2 * _BINARY_SHARE * len(sample)
