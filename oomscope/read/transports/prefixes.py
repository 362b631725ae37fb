"""The prefixes that tools put in front of a kernel message, taken off layer by layer in the one order that they stack.

wrapper (CRI) → dmesg -x, Talos or `<N>` → date, host and tag → `<N>` → `[stamp]` → `[caller]` → vendor → text. Each is
optional and none is tried twice, so that a message that looks like a prefix (`[1.0] Out of memory` written to
/dev/kmsg by a program) stays in the text.
"""

import re

from oomscope.read.clock.times import COARSE, Clock, month_number
from oomscope.read.transports import prefix_patterns
from oomscope.read.transports.prefix import Peeled

CLOCK = "clock"
"""What a line looks like that begins with a clock time and no date: whoever reads the file knows whether to believe it."""
_MOST_BLANKS = 4
MAX_NESTED = 4
"""Prefixes of container logs around each other that are taken off; a line with more of them is text."""


class Peeler:
    """Takes prefixes off the lines of one input.

    `hosted`: a bare stamp or ISO time is followed by `host tag:`. `callers`: a caller may stand behind the stamp; where no
    line has one, `[T1] x` is the name of a process.
    """

    def __init__(self, clock: Clock, *, hosted: bool = False, callers: bool = True) -> None:
        self._clock = clock
        self.hosted, self.callers = hosted, callers
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

    def behind(self, lead: str, line: str) -> Peeled | None:
        """Return the prefix behind a collector's lead, with the lead's time; anybody may have written it there."""
        out = self.peel(line[len(lead) :])
        if out is None:
            return None
        if match := prefix_patterns.ISO.search(lead):
            self._wall_of(match, out)
        if lead.endswith('"'):  # a field of CSV or JSON: its end is no part of the message
            out.text = out.text.rstrip("} ").removesuffix('"')
        out.width += len(lead)
        out.wrapped, out.stamped = True, out.stamped or out.kind in prefix_patterns.STAMPED
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
        if line[pos + 3 : pos + 4] == ":" and (match := prefix_patterns.TIME_ONLY.match(line, pos)):
            return self._dateless(line, match.end(), out)
        if match := prefix_patterns.STAMP.match(line, pos):
            out.monotonic, out.kind = float(match[1]), out.kind or "dmesg"
            pos = self._caller(line, match.end(), out)
            return self._tag(line, pos, out, "journal-short") if self.hosted and out.kind == "dmesg" else pos
        if match := prefix_patterns.DELTA.match(line, pos):
            out.kind = out.kind or "dmesg"
            if self._minute is not None:
                self._minute += float(match[1])
                out.wall = self._minute
                out.wall_source = self._clock.source(f"prefix, {COARSE}", None, inferred_year=True)
            return self._caller(line, match.end(), out)
        if match := prefix_patterns.CTIME.match(line, pos):
            month = month_number(match[2])
            if month is not None:
                self._wall(out, self._clock.full(int(match[5]), month, int(match[3]), match[4], None, None), None)
            out.kind = "dmesg-ctime"
            return self._caller(line, match.end(), out)
        if match := prefix_patterns.CTIME_DAY_FIRST.match(line, pos):  # sample:: [dim. 19 avril 18:03:30 2026] text
            month = month_number(match[2])
            if month is not None:
                self._wall(out, self._clock.full(int(match[4]), month, int(match[1]), match[3], None, None), None)
            out.kind = "dmesg-ctime"
            return self._caller(line, match.end(), out)
        if (match := prefix_patterns.RELTIME.match(line, pos)) and (month := month_number(match[1])):
            self._minute = self._clock.yearless(month, int(match[2]), match[3] + ":00", None)
            self._wall(out, self._minute, None, base=f"prefix, {COARSE}", inferred_year=True)
            out.kind = out.kind or "dmesg"
            return self._caller(line, match.end(), out)
        return pos

    def _caller(self, line: str, pos: int, out: Peeled) -> int:
        """`[  T123]` and vendors' additions, only directly after a time: `[ 1234]` alone is a row of the task table."""
        if match := prefix_patterns.ANDROID.match(line, pos):
            return match.end()
        if line.startswith("[", pos):
            if self.callers and (match := prefix_patterns.CALLER.match(line, pos)):
                out.caller = match[1]
                pos = match.end()
            elif match := prefix_patterns.VENDOR.match(line, pos):
                pos = match.end()
        elif line.startswith("(CPU:", pos) and (match := prefix_patterns.VENDOR.match(line, pos)):
            pos = match.end()
        return pos

    # -- `<N>`: dmesg -r, consoles, syslog on the wire -------------------------------------------------------------

    def _priority(self, line: str, pos: int, out: Peeled) -> int:
        match = prefix_patterns.PRI.match(line, pos)
        if match is None:
            return pos
        out.facility, out.level = divmod(int(match[1]), 8)
        end = match.end()
        if line.startswith("1 ", end) and (syslog := prefix_patterns.RFC5424.match(line, end)):
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
        data = prefix_patterns.STRUCTURED_DATA.match(line, match.end())
        return self._kernel_stamp(line, data.end() if data else match.end(), out)

    # -- digits: /dev/kmsg, ISO times, epoch seconds ---------------------------------------------------------------

    def _numeric(self, line: str, out: Peeled) -> int:
        if line[4:5] == "-" and line[7:8] == "-":
            return self._iso(line, 0, out)
        if match := prefix_patterns.KMSG.match(line, 0):
            return self._kmsg(match, out)
        if match := prefix_patterns.UNIX.match(line, 0):
            pos = self._tag(line, match.end(), out, "journal-short")
            if out.kind:
                out.wall, out.wall_source = float(match[1]), "prefix"
            return pos
        if line[2:3] == ":" and (match := prefix_patterns.TIME_ONLY.match(line, 0)):
            return self._dateless(line, match.end(), out)
        if line[2:3] == "-" and (match := prefix_patterns.LOGCAT.match(line, 0)):
            wall = self._clock.yearless(int(match[1]), int(match[2]), match[3], match[4])
            self._wall(out, wall, None, inferred_year=True)
            out.kind, out.ident = "logcat", match[7] or "kernel"
            return match.end()
        if ": kern: " in line[:90] and (match := prefix_patterns.TALOS.match(line, 0)):
            return self._talos(match, out)
        return self._worded(line, out) if "月" in line[:4] else 0

    def _dateless(self, line: str, pos: int, out: Peeled) -> int:
        """A clock time without its date dates nothing. What stands behind it says who wrote the line.

        sample:: 10:52:29 lap kernel: Out of memory: Killed process 417 (recorder)
        """
        end = self._tag(line, pos, out, CLOCK)
        if out.kind and out.ident is not None and (out.host is not None or out.ident == "kernel"):
            return end
        out.kind, out.host, out.ident, out.pid = "", None, None, None
        at = pos + len(line[pos : pos + _MOST_BLANKS]) - len(line[pos : pos + _MOST_BLANKS].lstrip(" "))
        if line.startswith(("[", "<"), at):
            end = self._stamp(line, at, out) if line[at] == "[" else self._priority(line, at, out)
            if out.kind:
                return end
        out.kind = CLOCK
        return pos

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
        if match := prefix_patterns.CRI.match(line, pos):
            end = match.end()
            for _ in range(MAX_NESTED):  # a pod that prints the log files of others
                again = prefix_patterns.CRI.match(line, end)
                if again is None:
                    break
                end = again.end()
            nested = prefix_patterns.CRI.match(line, end) is not None
            inner = Peeled() if nested else self.peel(line[end:]) or Peeled()
            return self._wrapped(match, inner, out, end)
        if match := prefix_patterns.VMWARE.match(line, pos):
            self._wall_of(match, out)
            out.kind, out.wrapped = "vmware", True
            return self._kernel_stamp(line, match.end(), out)
        match = prefix_patterns.ISO.match(line, pos)
        if match is None:
            return pos
        self._wall_of(match, out)
        end = match.end()
        if (shipper := prefix_patterns.SHIPPER.match(line, end)) and (within := self.peel(line[shipper.end() :])):
            return self._shipped(shipper, within, out)
        if (stamp := self._inner_stamp(line, end)) is not None:
            out.kind, out.wrapped, out.stamped = (
                "text",
                True,
                True,
            )  # a cloud's or container's time before a line with its own
            pos = self._kernel_stamp(line, stamp, out)
            out.column = pos - end
            return pos
        if self.hosted or line.startswith("kernel: ", end):
            rfc3339 = match[5] is not None and ":" in (match[6] or "Z")
            end = self._tag(line, end, out, "syslog" if rfc3339 else "journal-short")
        if not out.kind and match[5] is not None and line[match.start(5) - 1] == ".":
            out.kind, out.wrapped = "text", True  # dmesg writes a comma: this is kubectl logs --timestamps, or a cloud
        if not out.kind:
            out.kind, out.wrapped = "dmesg-iso", not _is_of_dmesg(line, match)
            end = self._caller(line, end, out)
        return end

    def _inner_stamp(self, line: str, pos: int) -> int | None:
        """Where the kernel's own `<N>` or `[stamp]` begins behind a collector's time, if it does."""
        if line.startswith("0x", pos) and (match := prefix_patterns.MACOS_LOG.match(line, pos)):
            pos = match.end()
        if line.startswith("<", pos):
            return pos if prefix_patterns.PRI.match(line, pos) else None
        return pos if line.startswith("[", pos) and prefix_patterns.STAMP.match(line, pos) else None

    def _shipped(self, shipper: re.Match[str], inner: Peeled, out: Peeled) -> int:
        """A line that a shipper or a platform put its own time and words in front of."""
        self._take(inner, out)
        if out.host is None and (labelled := prefix_patterns.LABELLED_HOST.search(shipper[0])):
            out.host = labelled[1]
        out.kind, out.wrapped = "text", True
        return shipper.end() + inner.width

    def _take(self, inner: Peeled, out: Peeled) -> None:
        """What the wrapped line says of itself."""
        for name in ("monotonic", "caller", "host", "ident", "pid", "level", "facility", "continuation"):
            setattr(out, name, getattr(inner, name))
        out.column, out.stamped = inner.width, inner.kind in prefix_patterns.STAMPED

    def _wrapped(self, match: re.Match[str], inner: Peeled, out: Peeled, end: int) -> int:
        """CRI: what the container wrote may have a prefix of its own."""
        self._take(inner, out)
        self._wall_of(match, out)
        if inner.wall is not None and "inferred" not in (inner.wall_source or ""):
            out.wall, out.wall_source = inner.wall, inner.wall_source
        out.kind, out.wrapped, out.partial = "cri", True, match[7] == "P"
        return end + inner.width

    # -- letters: dmesg -x, Talos, syslog, journal short -----------------------------------------------------------

    def _worded(self, line: str, out: Peeled, pos: int = 0) -> int:
        if match := prefix_patterns.DMESG_X.match(line, pos):
            out.facility, out.level = _facility(match[1]), prefix_patterns.LEVELS[match[2]]
            out.attested, out.kind = True, "dmesg"
            end = match.end()
            if line[end : end + 1].isdigit() and (iso := prefix_patterns.ISO.match(line, end)):
                self._wall_of(iso, out)
                out.kind, end = "dmesg-iso", self._caller(line, iso.end(), out)
            return self._stamp(line, end, out)
        if match := prefix_patterns.SYSLOG.match(line, pos):
            return self._syslog(line, match, out, pos)
        if match := prefix_patterns.FULL.match(line, pos):
            self._wall_of(match, out)
            return self._tag(line, match.end(), out, "journal-short") if match else pos
        if (match := prefix_patterns.LOGREAD.match(line, pos)) and (month := month_number(match[1])):
            self._wall(out, self._clock.full(int(match[4]), month, int(match[2]), match[3], None, None), None)
            if match[5]:
                out.facility, out.level = _facility(match[5]), prefix_patterns.LEVELS[match[6]]
            return self._tag(line, match.end(), out, "syslog")
        if match := prefix_patterns.TALOS.match(line, pos):
            return self._talos(match, out)
        if match := prefix_patterns.PLAIN_TAG.match(line, pos):
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
        out.facility, out.level = _facility(match[2]), prefix_patterns.LEVELS.get(match[3])
        out.attested = True
        self._wall_of(match, out, first=4)
        return match.end()

    def _tag(self, line: str, pos: int, out: Peeled, kind: str) -> int:
        """`host tag[pid]: ` and, after `kernel: `, the stamp that imklog leaves in the text."""
        match = prefix_patterns.HOST_TAG.match(line, pos)
        if match is None:
            if levelled := prefix_patterns.LEVELLED_TAG.match(line, pos):
                out.host, out.ident, out.kind = levelled[1] or levelled[2], "kernel", kind
                return self._kernel_stamp(line, levelled.end(), out)
            return pos
        out.host, out.ident = match[1], match[2]
        out.pid = int(match[3]) if match[3] else None
        out.kind = kind
        return self._kernel_stamp(line, match.end(), out)

    def _kernel_stamp(self, line: str, pos: int, out: Peeled) -> int:
        if out.ident not in (None, "kernel"):
            return pos
        if match := prefix_patterns.PRI.match(line, pos):
            out.facility, out.level = divmod(int(match[1]), 8)
            pos = match.end()
        at = pos + 1 if line.startswith(" [", pos) else pos
        if match := prefix_patterns.STAMP.match(line, at):
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


def _is_of_dmesg(line: str, match: re.Match[str]) -> bool:
    """True for a time as `dmesg --time-format iso` prints it: 2026-01-15T10:16:40,250010+00:00, once without the colon."""
    fraction, zone = match[5], match[6]
    return line[match.start() + 10] == "T" and len(fraction or "") == 6 and (zone or "")[:1] in ("+", "-")


def _facility(name: str) -> int:
    return prefix_patterns.FACILITIES.index(name) if name in prefix_patterns.FACILITIES else 1
