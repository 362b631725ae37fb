"""The prefixes that tools put in front of a kernel message, taken off layer by layer in the one order that they stack.

wrapper (CRI) → dmesg -x, Talos or `<N>` → date, host and tag → `<N>` → `[stamp]` → `[caller]` → vendor → text. Each is
optional and none is tried twice, so that a message that looks like a prefix (`[1.0] Out of memory` written to
/dev/kmsg by a program) stays in the text.
"""

import re

from oomscope.log.lazy import Lazy
from oomscope.log.times import Clock, month_number

LEVELS = {
    "emerg": 0, "emergency": 0, "panic": 0, "alert": 1, "crit": 2, "critical": 2, "err": 3, "error": 3,
    "warn": 4, "warning": 4, "notice": 5, "info": 6, "debug": 7,
}  # fmt: skip
FACILITIES = (
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
    "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
)  # fmt: skip


_FACILITY = r"(kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|authpriv|ftp|local\d|res\d)"
_LEVEL = r"(emerg|alert|crit|err|warn|notice|info|debug)"
_HMS = r"(\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?"
_ISO = rf"(\d{{4}})-(\d\d)-(\d\d)[T ]{_HMS} ?(Z|UTC|GMT|[+-]\d\d:?\d\d)?"

STAMP = Lazy(r"\[ *(\d{1,10}\.\d{1,9})(?:, ?\d{1,4})?(?: <[ \d.]{1,20}>)?\] ?")
CALLER = Lazy(r"\[ *([TC]\d{1,10})\] ?")
VENDOR = Lazy(r"(?:\(CPU:\d{1,4}-pid:\d{1,10}:[^)]{0,16}\)|\[\d{1,3}: {0,15}[^\]:]{1,16}: {0,9}\d{1,10}\]) ?")
DELTA = Lazy(r"\[(?:<| *\+) {0,12}(\d{1,10}\.\d{1,9})>?\] ?")
RELTIME = Lazy(r"\[([^\W\d_]{3,5}\.?|\d{1,2}月) ?(\d{1,2}) (\d\d:\d\d)\] ?")
CTIME = Lazy(r"\[([^\s\]]{1,12}) +([^\s\]]{1,12}) +(\d{1,2}) (\d\d:\d\d:\d\d) (\d{4})\] ?")
PRI = Lazy(r"<(\d{1,3})>")
DMESG_X = Lazy(rf"{_FACILITY} {{0,8}}:{_LEVEL} {{0,8}}: ")
KMSG = Lazy(
    r"(?:(\d{1,4}\.\d{1,6}[^,;\s]{0,80}),)?(\d{1,4}),(\d{1,20}),(\d{1,20}),([-c+]{1,2})((?:,[^,;\s]{0,80}){0,4});"
)
CRI = Lazy(rf"{_ISO} (?:stdout|stderr) ([FP])(?::\S{{0,40}})? ")
TALOS = Lazy(rf"(?:(\S{{1,80}}): )?{_FACILITY}: {{0,9}}(\w{{3,9}}): \[{_ISO}\]: ")
VMWARE = Lazy(rf"{_ISO}(?:\| \S{{1,40}}\|[^:]{{0,20}}:| [A-Z][a-z]\(\d{{1,4}}\) \S{{1,40}} -) Guest: ")
RFC5424 = Lazy(rf"1 (?:{_ISO}|-) (\S{{1,255}}) (\S{{1,48}}) (\S{{1,128}}) (\S{{1,32}}) ")
STRUCTURED_DATA = Lazy(r"(?:-|(?:\[[^\]]{0,2048}\]){1,8}) ?\ufeff?")
SYSLOG = Lazy(rf"([^\W\d_]{{3,5}}\.?|\d{{1,2}}月) {{1,2}}(\d{{1,2}}) (?:(\d{{4}}) )?{_HMS}(:?) ")
ISO = Lazy(rf"{_ISO}(?::? |\t)?")
FULL = Lazy(rf"[^\W\d_]{{2,4}}\.? (\d{{4}})-(\d\d)-(\d\d) {_HMS} ([A-Z]{{2,5}}|[+-]\d\d(?::?\d\d)?) ")
LOGREAD = Lazy(
    rf"[^\W\d_]{{2,4}} ([^\W\d_]{{3,5}}) {{1,2}}(\d{{1,2}}) (\d\d:\d\d:\d\d) (\d{{4}}) (?:{_FACILITY}\.{_LEVEL} )?"
)
MACOS_LOG = Lazy(r"0x[0-9a-f]{1,16} +\w{1,16} +0x[0-9a-f]{1,16} +\d{1,10} +\d{1,10} +[\w.-]{1,64}: ")
UNIX = Lazy(r"(\d{9,11}\.\d{3,9}) ")
LOGCAT = Lazy(r"(\d\d)-(\d\d) (\d\d:\d\d:\d\d)\.(\d{3}) +\d{1,7} +(\d{1,7}) ([VDIWEF]) ([^\s:]{0,40}) *: ?")
HOST_TAG = Lazy(r"(?:([^\s\[\]:]{1,255}|[0-9a-fA-F:.]{3,45}) )?([^\s:\[\]]{1,128})(?:\[(\d{1,10})\])?: ?")
PLAIN_TAG = Lazy(r"kernel: ?")


class Peeled:
    """What the layers of one line said, and the text that is left."""

    __slots__ = (
        "attested", "caller", "continuation", "facility", "fragment", "host", "ident", "kind", "level", "monotonic",
        "partial", "pid", "sequence", "text", "wall", "wall_source", "width", "wrapped",
    )  # fmt: skip

    def __init__(self, text: str = "", kind: str = "") -> None:
        self.text = text
        self.kind = kind  # the transport that the line looks like; "" for a line without any prefix
        self.width = 0  # of everything before the text
        self.monotonic: float | None = None
        self.wall: float | None = None
        self.wall_source: str | None = None
        self.caller: str | None = None
        self.host: str | None = None
        self.ident: str | None = None
        self.pid: int | None = None
        self.level: int | None = None
        self.facility: int | None = None
        self.attested = False  # the facility comes from the kernel, not from a syslog sender
        self.wrapped = False  # came through a container's or a cloud's log
        self.partial = False  # CRI: the rest of the line comes with the next record
        self.continuation = False
        self.sequence: str | None = None  # /dev/kmsg, netconsole
        self.fragment: str | None = None  # netconsole: offset/length


class Peeler:
    """Takes prefixes off the lines of one input. `hosted`: a bare stamp or ISO time is followed by `host tag:`."""

    def __init__(self, clock: Clock, *, hosted: bool = False) -> None:
        self._clock = clock
        self.hosted = hosted
        self._minute: float | None = None  # dmesg -H: the last dated line, and what was added since

    def peel(self, line: str) -> Peeled | None:
        """The line's prefix and text, or None where the line begins with no known prefix."""
        if not line:
            return None
        out = Peeled()
        pos = self._head(line, out)
        if not out.kind:
            return None
        out.text, out.width = line[pos:], pos
        return out

    def _head(self, line: str, out: Peeled) -> int:
        first = line[0]
        if first == "[":
            return self._stamp(line, 0, out)
        if first == "<":
            return self._priority(line, 0, out)
        if first.isdigit():
            return self._numeric(line, out)
        return self._worded(line, out)

    # -- `[…]`: what printk and dmesg write ------------------------------------------------------------------------

    def _stamp(self, line: str, pos: int, out: Peeled) -> int:
        if match := STAMP.match(line, pos):
            out.monotonic, out.kind = float(match[1]), out.kind or "dmesg"
            pos = self._caller(line, match.end(), out)
            return self._tag(line, pos, out, "journal-short") if self.hosted and out.kind == "dmesg" else pos
        if match := DELTA.match(line, pos):
            out.kind = out.kind or "dmesg"
            if self._minute is not None:
                self._minute += float(match[1])
                out.wall = self._minute
                out.wall_source = self._clock.source("prefix", None, inferred_year=True)
            return self._caller(line, match.end(), out)
        if match := CTIME.match(line, pos):
            month = month_number(match[2])
            if month is not None:
                self._wall(out, self._clock.full(int(match[5]), month, int(match[3]), match[4], None, None), None)
            out.kind = "dmesg-ctime"
            return self._caller(line, match.end(), out)
        if (match := RELTIME.match(line, pos)) and (month := month_number(match[1])):
            self._minute = self._clock.yearless(month, int(match[2]), match[3] + ":00", None)
            self._wall(out, self._minute, None, inferred_year=True)
            out.kind = out.kind or "dmesg"
            return self._caller(line, match.end(), out)
        return pos

    def _caller(self, line: str, pos: int, out: Peeled) -> int:
        """`[  T123]` and vendors' additions, only directly after a time: `[ 1234]` alone is a row of the task table."""
        if line.startswith("[", pos):
            if match := CALLER.match(line, pos):
                out.caller = match[1]
                pos = match.end()
            elif match := VENDOR.match(line, pos):
                pos = match.end()
        elif line.startswith("(CPU:", pos) and (match := VENDOR.match(line, pos)):
            pos = match.end()
        return pos

    # -- `<N>`: dmesg -r, consoles, syslog on the wire -------------------------------------------------------------

    def _priority(self, line: str, pos: int, out: Peeled) -> int:
        match = PRI.match(line, pos)
        if match is None:
            return pos
        out.facility, out.level = divmod(int(match[1]), 8)
        end = match.end()
        if line.startswith("1 ", end) and (syslog := RFC5424.match(line, end)):
            return self._rfc5424(line, syslog, out)
        if line.startswith("[", end):
            pos = self._stamp(line, end, out)
            out.attested = bool(out.kind)
        else:
            pos = self._worded(line, out, end) if line[end : end + 1].isalpha() else self._iso(line, end, out)
        if not out.kind:
            out.kind, out.attested, pos = "dmesg", True, end  # printk.time=0
        return pos

    def _rfc5424(self, line: str, match: re.Match[str], out: Peeled) -> int:
        year, month, day, clock, fraction, zone, host, app, procid = match.groups()[:9]
        if year is not None:
            self._wall(
                out, self._clock.full(int(year), int(month), int(day), clock, fraction, zone), zone, base="syslog"
            )
        out.kind = "rfc5424"
        out.host = host if host != "-" else None
        out.ident = app if app != "-" else None
        out.pid = int(procid) if procid.isdecimal() and len(procid) <= 10 else None
        data = STRUCTURED_DATA.match(line, match.end())
        return self._kernel_stamp(line, data.end() if data else match.end(), out)

    # -- digits: /dev/kmsg, ISO times, epoch seconds ---------------------------------------------------------------

    def _numeric(self, line: str, out: Peeled) -> int:
        if line[4:5] == "-" and line[7:8] == "-":
            return self._iso(line, 0, out)
        if match := KMSG.match(line, 0):
            return self._kmsg(match, out)
        if match := UNIX.match(line, 0):
            pos = self._tag(line, match.end(), out, "journal-short")
            if out.kind:
                out.wall, out.wall_source = float(match[1]), "prefix"
            return pos
        if line[2:3] == "-" and (match := LOGCAT.match(line, 0)):
            wall = self._clock.yearless(int(match[1]), int(match[2]), match[3], match[4])
            self._wall(out, wall, None, inferred_year=True)
            out.kind, out.ident = "logcat", match[7] or "kernel"
            return match.end()
        return self._worded(line, out) if "月" in line[:4] else 0

    def _kmsg(self, match: re.Match[str], out: Peeled) -> int:
        """sample:: 6,334,1585341,-,caller=T1;Freeing unused kernel image memory: 1908K"""
        out.kind = "netconsole" if match[1] else "kmsg"
        out.facility, out.level = divmod(int(match[2]), 8)
        out.attested = True
        out.sequence, out.continuation = match[3], "c" in match[5]
        out.monotonic = int(match[4]) / 1e6
        for field in match[6].split(",")[1:]:
            name, _, value = field.partition("=")
            if name == "caller":
                out.caller = value
            elif name == "ncfrag":
                out.fragment = value
        return match.end()

    def _iso(self, line: str, pos: int, out: Peeled) -> int:
        if match := CRI.match(line, pos):
            inner = self.peel(line[match.end() :]) or Peeled()
            return self._wrapped(match, inner, out)
        if match := VMWARE.match(line, pos):
            self._wall_of(match, out)
            out.kind, out.wrapped = "vmware", True
            return self._kernel_stamp(line, match.end(), out)
        match = ISO.match(line, pos)
        if match is None:
            return pos
        self._wall_of(match, out)
        end = match.end()
        if (stamp := self._inner_stamp(line, end)) is not None:
            out.kind, out.wrapped = "text", True  # a cloud's or container's time in front of a line with its own
            return self._kernel_stamp(line, stamp, out)
        if self.hosted or line.startswith("kernel: ", end):
            rfc3339 = match[5] is not None and ":" in (match[6] or "Z")
            end = self._tag(line, end, out, "syslog" if rfc3339 else "journal-short")
        if not out.kind:
            out.kind = "dmesg-iso"
            end = self._caller(line, end, out)
        return end

    def _inner_stamp(self, line: str, pos: int) -> int | None:
        """Where the kernel's own `<N>` or `[stamp]` begins behind a collector's time, if it does."""
        if line.startswith("0x", pos) and (match := MACOS_LOG.match(line, pos)):
            pos = match.end()
        if line.startswith("<", pos):
            return pos if PRI.match(line, pos) else None
        return pos if line.startswith("[", pos) and STAMP.match(line, pos) else None

    def _wrapped(self, match: re.Match[str], inner: Peeled, out: Peeled) -> int:
        """CRI: what the container wrote may have a prefix of its own."""
        for name in ("monotonic", "caller", "host", "ident", "pid", "level", "facility", "continuation"):
            setattr(out, name, getattr(inner, name))
        if inner.wall is not None:
            out.wall, out.wall_source = inner.wall, inner.wall_source
        else:
            self._wall_of(match, out)
        out.kind, out.wrapped, out.partial = "cri", True, match[7] == "P"
        return match.end() + inner.width

    # -- letters: dmesg -x, Talos, syslog, journal short -----------------------------------------------------------

    def _worded(self, line: str, out: Peeled, pos: int = 0) -> int:
        if match := DMESG_X.match(line, pos):
            out.facility, out.level = _facility(match[1]), LEVELS[match[2]]
            out.attested, out.kind = True, "dmesg"
            end = match.end()
            if line[end : end + 1].isdigit() and (iso := ISO.match(line, end)):
                self._wall_of(iso, out)
                out.kind, end = "dmesg-iso", self._caller(line, iso.end(), out)
            return self._stamp(line, end, out)
        if match := SYSLOG.match(line, pos):
            return self._syslog(line, match, out, pos)
        if match := FULL.match(line, pos):
            self._wall_of(match, out)
            return self._tag(line, match.end(), out, "journal-short") if match else pos
        if (match := LOGREAD.match(line, pos)) and (month := month_number(match[1])):
            self._wall(out, self._clock.full(int(match[4]), month, int(match[2]), match[3], None, None), None)
            if match[5]:
                out.facility, out.level = _facility(match[5]), LEVELS[match[6]]
            return self._tag(line, match.end(), out, "syslog")
        if match := TALOS.match(line, pos):
            return self._talos(match, out)
        if match := PLAIN_TAG.match(line, pos):
            out.kind, out.ident = "syslog", "kernel"
            return self._kernel_stamp(line, match.end(), out)
        return pos

    def _syslog(self, line: str, match: re.Match[str], out: Peeled, pos: int) -> int:
        """sample:: May 19 18:14:43 node-1 kernel: [  139.201253] bash invoked oom-killer: gfp_mask=0xcc0"""
        month = month_number(match[1])
        if month is None:
            return pos
        if match[3]:
            wall = self._clock.full(int(match[3]), month, int(match[2]), match[4], match[5], None)
        else:
            wall = self._clock.yearless(month, int(match[2]), match[4], match[5])
        end = match.end() if match[6] else self._tag(line, match.end(), out, "journal-short")
        if out.monotonic is not None:
            out.kind = "syslog"
        out.kind = out.kind or "syslog"
        self._wall(out, wall, None, base="syslog", inferred_year=not match[3])
        return end

    def _talos(self, match: re.Match[str], out: Peeled) -> int:
        """sample:: 10.5.0.2: kern: warning: [2025-01-02T15:04:05.123Z]: bash invoked oom-killer"""
        out.kind, out.host = "talos", match[1]
        out.facility, out.level = _facility(match[2]), LEVELS.get(match[3])
        out.attested = True
        self._wall_of(match, out, first=4)
        return match.end()

    def _tag(self, line: str, pos: int, out: Peeled, kind: str) -> int:
        """`host tag[pid]: ` and, after `kernel: `, the stamp that imklog leaves in the text."""
        match = HOST_TAG.match(line, pos)
        if match is None:
            return pos
        out.host, out.ident = match[1], match[2]
        out.pid = int(match[3]) if match[3] else None
        out.kind = kind
        return self._kernel_stamp(line, match.end(), out)

    def _kernel_stamp(self, line: str, pos: int, out: Peeled) -> int:
        if out.ident not in (None, "kernel"):
            return pos
        if match := PRI.match(line, pos):
            out.facility, out.level = divmod(int(match[1]), 8)
            pos = match.end()
        at = pos + 1 if line.startswith(" [", pos) else pos
        if match := STAMP.match(line, at):
            out.monotonic = float(match[1])
            return self._caller(line, match.end(), out)
        return pos

    def _wall_of(self, match: re.Match[str], out: Peeled, first: int = 1) -> None:
        year, month, day, clock, fraction, zone = (match[n] for n in range(first, first + 6))
        self._wall(out, self._clock.full(int(year), int(month), int(day), clock, fraction, zone), zone)

    def _wall(
        self, out: Peeled, wall: float | None, zone: str | None, *, base: str = "prefix", inferred_year: bool = False
    ) -> None:
        if wall is not None:
            out.wall = wall
            out.wall_source = self._clock.source(base, zone, inferred_year=inferred_year)


def _facility(name: str) -> int:
    return FACILITIES.index(name) if name in FACILITIES else 1
