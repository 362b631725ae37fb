"""What people and programs do to a log on its way: quoting, wrapping, numbering, escaping, other encodings."""

import html
import quopri
import re
from collections.abc import Callable, Sequence

from transports import containers, daemons, dmesg, journal
from transports.one_set import Printk

Records = Sequence[Printk]
Renderer = Callable[[Records], bytes]
Change = Callable[[list[str]], list[str]]

GREETING = ["Hello,", "", "our node killed these again, please have a look:", ""]
FAREWELL = ["", "Thanks,", "Jo"]


def over(change: Change, inner: Renderer) -> Renderer:
    """A renderer whose lines are changed."""
    return lambda records: "".join(
        line + "\n" for line in change(inner(records).decode().removesuffix("\n").split("\n"))
    ).encode()


def quoted(lines: list[str]) -> list[str]:
    return ["On Thu, Jan 15, 2026, Jo wrote:", *(f"> {line}" for line in [*GREETING, *lines, *FAREWELL])]


def quoted_twice(lines: list[str]) -> list[str]:
    return ["Jo wrote:", "> Somebody wrote:", *(f"> > {line}" for line in lines), "> Is this known?", "", "Yes."]


def fenced(lines: list[str]) -> list[str]:
    return [*GREETING, "```text", *lines, "```", *FAREWELL]


def indented(lines: list[str]) -> list[str]:
    return [*GREETING, *(f"    {line}" for line in lines), *FAREWELL]


def in_table(lines: list[str]) -> list[str]:
    """A Markdown table of one column; a bar inside would be escaped"""
    return ["| log |", "| --- |", *("| " + line.replace("|", r"\|") + " |" for line in lines)]


def in_page(lines: list[str]) -> list[str]:
    return ["<html><body><pre>", *(html.escape(line) for line in lines), "</pre></body></html>"]


def cat_n(lines: list[str]) -> list[str]:
    return [f"{n:6d}\t{line}" for n, line in enumerate(lines, 1)]


def editor(lines: list[str]) -> list[str]:
    """vim's `:set number`, copied from the screen"""
    return [f"{n:4d} {line}" for n, line in enumerate(lines, 1)]


def grep_n(lines: list[str]) -> list[str]:
    """`grep -n -C 99 oom`: a colon behind the numbers of what was found, a dash behind those around it"""
    return [f"{n}{':' if 'oom' in line else '-'}{line}" for n, line in enumerate(lines, 1)]


def grep_hn(lines: list[str]) -> list[str]:
    """`grep -Hn`"""
    marks = (":" if "oom" in line else "-" for line in lines)
    return [f"log/kern.log{m}{n}{m}{line}" for (n, line), m in zip(enumerate(lines, 1), marks, strict=True)]


def mail(width: int, *, break_words: bool = False) -> Change:
    """A mail program's word wrap; some also break what is longer than a line"""

    def wrap(lines: list[str]) -> list[str]:
        return [piece for line in lines for piece in _wrapped(line, width, break_words=break_words)]

    return wrap


def _wrapped(line: str, width: int, *, break_words: bool) -> list[str]:
    out = []
    while len(line) > width:
        at = line.rfind(" ", 1, width + 1)
        if at < 0 or not line[:at].strip():
            at = width if break_words else line.find(" ", width)
            if at < 0:
                break
        out.append(line[:at])
        line = line[at:].removeprefix(" ")
    return [*out, line]


def terminal(width: int) -> Change:
    """A terminal's right margin, kept as line ends: `fold -w`, a screen that was copied"""
    return lambda lines: [piece for line in lines for piece in re.findall(f".{{1,{width}}}", line) or [""]]


def backslashes(lines: list[str]) -> list[str]:
    """A wrap that marks its breaks, as shells and some wikis do"""
    return [
        piece + ("\\" if n < len(pieces) - 1 else "")
        for line in lines
        for pieces in (re.findall(".{1,90}", line) or [""],)
        for n, piece in enumerate(pieces)
    ]


def soft_breaks(lines: list[str]) -> list[str]:
    """Quoted-printable with its characters decoded and its line breaks left"""
    return [
        piece + ("=" if n < len(pieces) - 1 else "")
        for line in lines
        for pieces in (re.findall(".{1,75}", line) or [""],)
        for n, piece in enumerate(pieces)
    ]


def quoted_printable(inner: Renderer) -> Renderer:
    return lambda records: quopri.encodestring(inner(records))


def powershell(inner: Renderer) -> Renderer:
    """Windows PowerShell 5's `>`: UTF-16LE with a mark, CRLF"""
    return lambda records: b"\xff\xfe" + inner(records).decode().replace("\n", "\r\n").encode("utf-16-le")


def crlf(inner: Renderer) -> Renderer:
    return lambda records: inner(records).replace(b"\n", b"\r\n")


def coloured(inner: Renderer) -> Renderer:
    """`ccze`, `grc`: colours around the stamp and the rest"""
    return lambda records: re.sub(
        rb"(?m)^(\[[^]]*\])(.*)$", b"\x1b[1;30m\\1\x1b[0m\x1b[0;37m\\2\x1b[0m", inner(records)
    )


TRANSPORTS: dict[str, Renderer] = {
    "ansi": coloured(dmesg.dmesg),
    "powershell": powershell(dmesg.dmesg),
    "powershell-journal-short": powershell(journal.short),
    "crlf": crlf(dmesg.dmesg),
    "quoted": over(quoted, dmesg.dmesg),
    "quoted-twice": over(quoted_twice, dmesg.dmesg),
    "quoted-journal-short": over(quoted, journal.short),
    "quoted-no-time": over(quoted, dmesg.no_time),
    "fenced": over(fenced, dmesg.dmesg),
    "fenced-journal-iso": over(fenced, journal.short_iso),
    "indented": over(indented, dmesg.dmesg),
    "indented-no-time": over(indented, dmesg.no_time),
    "table": over(in_table, dmesg.syslog2),
    "table-syslog": over(in_table, daemons.rfc3164),
    "html": over(in_page, dmesg.dmesg),
    "html-journal-precise": over(in_page, journal.short_precise),
    "cat-n": over(cat_n, dmesg.dmesg),
    "cat-n-no-time": over(cat_n, dmesg.no_time),
    "cat-n-journal-short": over(cat_n, journal.short_precise),
    "editor-numbers": over(editor, dmesg.dmesg),
    "grep-n": over(grep_n, dmesg.dmesg),
    "grep-n-no-time": over(grep_n, dmesg.no_time),
    "grep-Hn": over(grep_hn, daemons.rfc3164),
    "grep-Hn-dmesg": over(grep_hn, dmesg.dmesg),
    "mail-80": over(mail(80), dmesg.dmesg),
    "mail-72-broken-words": over(mail(72, break_words=True), dmesg.dmesg),
    "mail-120": over(mail(120), dmesg.dmesg),
    "mail-64-syslog": over(mail(64), daemons.rfc3164),
    "mail-64-syslog-broken-words": over(mail(64, break_words=True), daemons.rfc3164),
    "mail-80-no-time": over(mail(80), dmesg.no_time),
    "mail-64-no-time-broken-words": over(mail(64, break_words=True), dmesg.no_time),
    "quoted-mail-76-syslog": over(quoted, over(mail(76), daemons.rfc3164)),
    "terminal-80": over(terminal(80), dmesg.dmesg),
    "terminal-120": over(terminal(120), dmesg.dmesg),
    "terminal-80-journal-short": over(terminal(80), journal.short),
    "terminal-64-syslog": over(terminal(64), daemons.rfc3164),
    "quoted-terminal-80": over(quoted, over(terminal(80), dmesg.dmesg)),
    "backslashes": over(backslashes, dmesg.dmesg),
    "soft-breaks": over(soft_breaks, dmesg.dmesg),
    "quoted-printable": quoted_printable(over(quoted, dmesg.dmesg)),
    "quoted-printable-syslog": quoted_printable(daemons.rfc3164),
    "cri-crlf": crlf(containers.cri),
}
