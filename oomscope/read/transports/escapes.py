"""What daemons, mailers and web pages do to the bytes of a message, undone."""

import re
from collections.abc import Sequence

from oomscope.patterns import lazy

_ANSI = lazy(r"\x1b(?:\[[0-9;?]{0,64}[ -/]{0,4}[@-~]|[\]_P^X][^\x07\x1b]{0,256}(?:\x07|\x1b\\)|[@-Z\\^_=>])")
_KMSG = lazy(r"(?:\\x[0-9a-f]{2})+")

# rsyslog (imjournal, EscapeControlCharactersOnReceive) flattens a record to one line: `#012` a newline, `#011` a tab,
# `#033` escape; imkmsg leaves the kernel's own `\x0a`. A name may hold the same four characters, so a newline is put
# back only in a record that begins with a counter or the heading of some, and there only where counters and nothing else
# follow up to the next: `anon 4096`, ` active_file:0 inactive_file:0`, or where the line ends with it.
_FLAT_NEWLINE = lazy(
    r"(?:#012|\\x0a|\\n)(?=(?:[ \t]|#011){0,16}(?:[A-Za-z][\w()]{0,40}[ :]-?[0-9]{1,20}(?:kB)?[ \t]{0,4}){1,12}(?:#012|\\x0a|\\n|$)|\s*$)",
    re.ASCII,
)
_FLAT_END = lazy(r"(?:#012|\\x0a|\\n)\s*$")
_COUNTERS = lazy(r"Memory cgroup stats for /|[A-Za-z][\w()]{0,40}[ :]-?[0-9]{1,20}(?:kB)?(?=[ #\\\t])", re.ASCII)
_ESCAPED_NEWLINE = lazy(
    r"(?:kernel: |\] |^|;)(?:active_anon:[0-9]{1,20} [a-z]{1,20}_anon:|anon [0-9])[^\n]{0,80}?[0-9]\\x0a ?[a-z_]{1,40}[ :][0-9]",
    re.MULTILINE,
)
_ENTITY = lazy(r"&(gt|lt|amp|quot|nbsp|#39|#x27|#34|#60|#62);")
_ENTITIES = {
    "gt": ">", "lt": "<", "amp": "&", "quot": '"', "nbsp": " ",
    "#39": "'", "#x27": "'", "#34": '"', "#60": "<", "#62": ">",
}  # fmt: skip
SHARE_TAGGED = 0.6
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
    if "#0" not in text:
        return _newlines(text) if "\\" in text else text
    text = _newlines(text).replace("#011", "\t").replace("#033", "\x1b")
    return strip_ansi(text).rstrip("\n") if "\x1b" in text else text


def _newlines(text: str) -> str:
    many = _COUNTERS.match(text) is not None and " invoked oom-killer" not in text
    return (_FLAT_NEWLINE if many else _FLAT_END).sub("\n", text).rstrip("\n")


def looks_escaped(text: str) -> bool:
    r"""Newlines between the kernel's counters spelled `\x0a`: who copied /dev/kmsg undid none of its escapes (rsyslog's
    imkmsg). Judged by the kernel's own records of several lines: whatever a program or a name spells so changes nothing.
    """
    return "\\x0a" in text and _ESCAPED_NEWLINE.search(text) is not None


def kmsg_line(text: str) -> str:
    r"""The same for a line of such a copy. A newline that a name spells stays spelled: no name ends a line."""
    return kmsg_unescape(_newlines(text).replace("\\x0a", "\\x5cx0a"))


_TAG = lazy(r"</?(?:span|br|div|td|tr|pre|code|p|a|li|ol|font|strong|em)\b[^<>]{0,400}>", re.IGNORECASE)
_TAGGED = lazy(
    r"\s{0,40}<(?:span|div|td|tr|p|li|code|a)\b[^<>]{0,400}>.{0,2000}(?:</(?:span|div|td|tr|p|li|code|a)>|<br ?/?>)\s*$|.{0,2000}<br ?/?>\s*$",
    re.IGNORECASE,
)


def without_tags(text: str) -> str:
    """The line without the elements that a page puts around it."""
    return _TAG.sub("", text)


def looks_tagged(lines: Sequence[str]) -> bool:
    """True if most lines stand in an element of a page each."""
    return sum(_TAGGED.match(line) is not None for line in lines) > SHARE_TAGGED * len(lines)


def html_unescape(text: str) -> str:
    return _ENTITY.sub(lambda match: _ENTITIES[match[1]], text)


def looks_html(text: str) -> bool:
    """Entities in the place of angle brackets: a page's source, not a process that calls itself `&gt;`."""
    spelled = plain = lines = 0
    for line in text.split("\n"):
        lines += 1
        spelled += any(entity in line for entity in _ENTITY_NAMES)
        plain += "<" in line
    return spelled > plain and spelled > 0.02 * lines


_ENTITY_NAMES = ("&gt;", "&lt;", "&amp;", "&quot;", "&#39;")


def looks_quoted_printable(text: str) -> bool:
    """`gfp_mask=3D0xcc0`: every equals sign is spelled, or ends a line.

    The kernel's own words decide: where one of its lines has a plain equals sign, no mail program went over it.
    """
    if _PLAIN_EQUALS.search(text) is not None or text.count("=3D") < 2:
        return False
    spelled = plain = 0
    for line in text.split("\n"):
        if "=" in line:
            if len(_QUOTED_ONE.findall(f"{line}\n")) >= line.count("="):
                spelled += 1
            else:
                plain += 1
    return plain <= 0.1 * spelled


_PLAIN_EQUALS = lazy(
    r"(?:gfp_mask|order|oom_adj|oom_score_adj|constraint|nodemask|cpuset|mems_allowed|task_memcg|oom_memcg)=(?![0-9A-F]{2}|\r?\n|\s*$)"
)
_QUOTED_ONE = lazy(r"=(?:[0-9A-F]{2}|\r?\n)")
_QUOTED = lazy(r"(?:=[0-9A-Fa-f]{2})+")


def quoted_printable(text: str) -> str:
    """`=3D` and its like to bytes; the soft line ends are the caller's, who counts lines."""
    return _QUOTED.sub(lambda m: bytes.fromhex(m[0].replace("=", "")).decode("utf-8", "surrogateescape"), text)


def plain_typography(text: str) -> str:
    """Non-breaking spaces and curly quotes of a word processor as the kernel's own characters."""
    return text.translate(_SMART)
