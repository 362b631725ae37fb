"""What daemons, mailers and web pages do to the bytes of a message, undone."""

import re

from oomscope.patterns import lazy

_ANSI = lazy(r"\x1b(?:\[[0-9;?]{0,64}[ -/]{0,4}[@-~]|\][^\x07\x1b]{0,256}(?:\x07|\x1b\\)|[@-Z\\^_=>])")
_KMSG = lazy(r"(?:\\x[0-9a-f]{2})+")

# rsyslog (imjournal, EscapeControlCharactersOnReceive) flattens a record to one line: `#012` a newline, `#011` a tab,
# `#033` escape; imkmsg leaves the kernel's own `\x0a`. A process name may hold the same four characters, so a newline
# is put back only where a counter follows: `anon 4096`, ` active_file:0`, or where the line ends with it.
_FLAT_NEWLINE = lazy(r"(?:#012|\\x0a|\\n)(?=[ \t]*(?:#011)*[A-Za-z][\w()]{0,40}[ :]-?\d|\s*$)")
_ESCAPED_NEWLINE = lazy(r"\d\\x0a ?[A-Za-z][\w()]{0,40}[ :]\d")
_ENTITY = lazy(r"&(gt|lt|amp|quot|nbsp|#39|#x27|#34|#60|#62);")
_ENTITIES = {
    "gt": ">", "lt": "<", "amp": "&", "quot": '"', "nbsp": " ",
    "#39": "'", "#x27": "'", "#34": '"', "#60": "<", "#62": ">",
}  # fmt: skip
_SMART = str.maketrans({"\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'", "\u00a0": " ", "\u202f": " "})


def strip_ansi(text: str) -> str:
    """Colours and cursor moves of `dmesg -L`, consoles and pagers."""
    return _ANSI.sub("", text)


def kmsg_unescape(text: str) -> str:
    r"""`\xNN` of /dev/kmsg and extended netconsole to bytes: every byte below 0x20, above 0x7e, and the backslash.

    sample:: ACPI: \x5c_SB_.LNKB: Enabled at IRQ 10
    """
    return _KMSG.sub(_bytes_of, text) if "\\x" in text else text


def _bytes_of(match: re.Match[str]) -> str:
    return bytes.fromhex(match[0].replace("\\x", "")).decode("utf-8", "surrogateescape")


def unflatten(text: str) -> str:
    """A record that a syslog daemon wrote on one line, as the several lines it was.

    sample:: active_anon:1 inactive_anon:0 isolated_anon:0#012 active_file:0 inactive_file:0
    """
    if "#0" in text:
        text = _FLAT_NEWLINE.sub("\n", text).replace("#011", "\t").replace("#033", "\x1b")
        return strip_ansi(text).rstrip("\n") if "\x1b" in text else text.rstrip("\n")
    return _FLAT_NEWLINE.sub("\n", text).rstrip("\n") if "\\" in text else text


def looks_escaped(text: str) -> bool:
    r"""Newlines between counters spelled `\x0a`: who copied /dev/kmsg undid none of its escapes (rsyslog's imkmsg)."""
    return "\\x0a" in text and _ESCAPED_NEWLINE.search(text) is not None


def html_unescape(text: str) -> str:
    return _ENTITY.sub(lambda match: _ENTITIES[match[1]], text)


def looks_html(text: str) -> bool:
    """Entities in the place of angle brackets: a page's source, not a process that calls itself `&gt;`."""
    found = sum(text.count(entity) for entity in ("&gt;", "&lt;", "&amp;", "&quot;", "&#39;"))
    return found > text.count("<")


def looks_quoted_printable(text: str) -> bool:
    """`gfp_mask=3D0xcc0`: every equals sign is spelled, or ends a line."""
    spelled = len(_QUOTED_ONE.findall(text))
    return text.count("=3D") >= 2 and text.count("=") <= 1.2 * spelled


_QUOTED_ONE = lazy(r"=(?:[0-9A-F]{2}|\r?\n)")
_QUOTED = lazy(r"(?:=[0-9A-Fa-f]{2})+")


def quoted_printable(text: str) -> str:
    """`=3D` and its like to bytes; the soft line ends are the caller's, who counts lines."""
    return _QUOTED.sub(lambda m: bytes.fromhex(m[0].replace("=", "")).decode("utf-8", "surrogateescape"), text)


def plain_typography(text: str) -> str:
    """Non-breaking spaces and curly quotes of a word processor as the kernel's own characters."""
    return text.translate(_SMART)
