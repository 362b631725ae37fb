"""The shapes of the layers that may lie around a kernel message. Every one is linear: counted, without nesting."""

import re

from oomscope.patterns import lazy

LEVELS = {
    "emerg": 0, "emergency": 0, "panic": 0, "alert": 1, "crit": 2, "critical": 2, "err": 3, "error": 3,
    "warn": 4, "warning": 4, "notice": 5, "info": 6, "debug": 7,
}  # fmt: skip
FACILITIES = (
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
    "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
)  # fmt: skip
MIN_INDENT = 8
"""A continuation line is indented to its record's text; no prefix is narrower than this."""
LINE_FORMATS = (
    "dmesg", "dmesg-ctime", "dmesg-iso", "kmsg", "syslog", "rfc5424", "journal-short", "cri", "netconsole", "talos",
    "vmware", "logcat", "text",
)  # fmt: skip
"""The published names of the transports that put a prefix in front of each line."""
STAMPED = ("dmesg", "dmesg-ctime")  # transports whose lines begin with a time in brackets

_FACILITY = r"(kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|authpriv|ftp|local\d|res\d)"
_LEVEL = r"(emerg|alert|crit|err|warn|notice|info|debug)"
_HMS = r"(\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?"
_ISO = rf"(\d{{4}})-(\d\d)-(\d\d)[T ]{_HMS} ?(Z|UTC|GMT|[+-]\d\d:?\d\d)?"

STAMP = lazy(r"\[ *(\d{1,10}\.\d{1,9})(?:, ?\d{1,4})?(?: <[ \d.]{1,20}\*?>| {16})?\] ?")
CALLER = lazy(r"\[ *([TC]\d{1,10})\] ?")
VENDOR = lazy(r"(?:\(CPU:\d{1,4}-pid:\d{1,10}:[^)]{0,16}\)|\[\d{1,3}: {0,15}[^\]:]{1,16}: {0,9}\d{1,10}\]) ?")
# MediaTek, Samsung and Qualcomm put the processor and the task, or the time of day, behind the stamp.
ANDROID = lazy(
    r" ?(?:\(\d{1,2}\)\[\d{1,10}:[^\]]{1,16}\] ?|[IDWEC]?\[\d{1,3}: {0,15}[^\]:]{1,16}: {0,9}\d{1,10}\] ?"
    r"|\[\d\d-\d\d \d\d:\d\d:\d\d\.\d{3,6}\] ?)"
)
DELTA = lazy(r"\[(?:<| *\+) {0,12}(\d{1,10}\.\d{1,9})>?\] ?")
RELTIME = lazy(r"\[([^\W\d_]{3,5}\.?|\d{1,2}月) ?(\d{1,2}) (\d\d:\d\d)\] ?")
CTIME = lazy(r"\[([^\s\]]{1,12}) +([^\s\]]{1,12}) +(\d{1,2}) (\d\d:\d\d:\d\d) (\d{4})(?: <[ \d.]{1,20}\*?>)?\] ?")
CTIME_DAY_FIRST = lazy(r"\[[^\W\d_]{1,10}[.,]{0,2} +(\d{1,2})\.? +([^\W\d_]{2,10}\.?) (\d\d:\d\d:\d\d) (\d{4})\] ?")
PRI = lazy(r"<(\d{1,3})>")
DMESG_X = lazy(rf"{_FACILITY} {{0,8}}:{_LEVEL} {{0,8}}: ")
KMSG = lazy(
    r"(?:(\d{1,4}\.\d{1,6}[^,;\s]{0,80}),)?(\d{1,4}),(\d{1,20}),(\d{1,20}),([-c+]{1,2})((?:,[^,;\s]{0,80}){0,4});"
)
CRI = lazy(rf"{_ISO} (?:stdout|stderr) ([FP])(?::\S{{0,40}})? ")
TALOS = lazy(rf"(?:(\S{{1,80}}): )?{_FACILITY}: {{0,9}}(\w{{3,9}}): \[{_ISO}\]: ")
VMWARE = lazy(rf"{_ISO}(?:\| \S{{1,40}}\|[^:]{{0,20}}:| [A-Z][a-z]\(\d{{1,4}}\) \S{{1,40}} -) Guest: ")
RFC5424 = lazy(rf"1 (?:{_ISO}|-) (\S{{1,255}}) (\S{{1,48}}) (\S{{1,128}}) (\S{{1,32}}) ")
STRUCTURED_DATA = lazy(r"(?:-|(?:\[[^\]]{0,2048}\]){1,8}) ?\ufeff?")
SYSLOG = lazy(rf"([^\W\d_]{{3,5}}\.?|\d{{1,2}}月) {{1,2}}(\d{{1,2}}) (?:(\d{{4}}) )?{_HMS}(:?) ")
ISO = lazy(rf"{_ISO}(?: UTC(?= ))?(?::? |\t)?")
ANY_TIME = lazy(
    r"[^\w\s]{0,2}(?=[^\n]{0,40}?\d\d?:\d\d)[\w:./,+-]{1,24}(?: {1,2}[\w:./,+-]{1,24}){0,5}? (\S{1,253}) kernel: "
)
"""Any other way to write a time, before `host kernel: `; when it was is not told."""
TIME_ONLY = lazy(r"\[?(\d\d?:\d\d(?::\d\d(?:[.,]\d{1,9})?(?: ?[AaPp][Mm])?| ?[AaPp][Mm]))\]? ")
"""A clock time without a date: `journalctl -o short` cut by `awk`, chat programs, CI."""
FULL = lazy(rf"[^\W\d_]{{2,4}}\.? (\d{{4}})-(\d\d)-(\d\d) {_HMS} ([A-Z]{{2,5}}|[+-]\d\d(?::?\d\d)?) ")
LOGREAD = lazy(
    rf"[^\W\d_]{{2,4}} ([^\W\d_]{{3,5}}) {{1,2}}(\d{{1,2}}) (\d\d:\d\d:\d\d) (\d{{4}}) (?:{_FACILITY}\.{_LEVEL} )?"
)
MACOS_LOG = lazy(r"0x[0-9a-f]{1,16} +\w{1,16} +0x[0-9a-f]{1,16} +\d{1,10} +\d{1,10} +[\w.-]{1,64}: ")
UNIX = lazy(r"(\d{9,11}\.\d{3,9}) ")
LOGCAT = lazy(
    r"(\d\d)-(\d\d) (\d\d:\d\d:\d\d)\.(\d{3}) +(?:[a-z]\w{0,15} +)?\d{1,7} +(\d{1,7}) ([VDIWEF]) ([^\s:]{0,40}) *: ?"
)
# What log shippers and platforms put between their time and the line: Loki's labels, `app[148e] ams [info]` (Fly),
# `app[web.1]:` (Heroku), a level or a stream in brackets.
SHIPPER = lazy(
    r"(?:\{[^{}]{0,2000}\}[ \t]{1,4}|(?:app|heroku)\[[\w.-]{1,60}\]: |"
    r"(?:[\w.-]{1,60}\[[\w.-]{1,60}\] )?(?:[a-z]{3}\d? )?\[(?:info|notice|warn|warning|error|err|debug|stdout|stderr)\] ?|(?:stdout|stderr)[ \t])",
    re.IGNORECASE,
)
LABELLED_HOST = lazy(r'\b(?:host|hostname|node|node_name|nodename|instance)="([^"]{1,253})"')
# The pod, the container or the service whose output follows: `docker compose logs`, `kubectl logs --prefix`, stern.
OUTPUT_OF = lazy(
    r"(?:[\w./-]{1,120} {0,60}\| ?|\[(?:pod|container)/[^\]\s]{1,400}\] |[\w.-]{1,253} [\w.-]{1,63} (?=\[ {0,11}\d{1,10}\.\d{6}\] ))"
)
HOST_TAG = lazy(r"(?:([^\s\[\]:]{1,255}|[0-9a-fA-F:.]{3,45}) )?([^\s:\[\]]{1,128})(?:\[(\d{1,10})\])?: ?")
# A level of the syslog daemon (SONiC, busybox), or the relay's address, stands between host and tag.
LEVELLED_TAG = lazy(
    rf"(?:[0-9a-fA-F:.]{{7,45}} (\S{{1,255}})|(\S{{1,255}}) (?:{_FACILITY}\.{_LEVEL}|(?:EMERG|ALERT|CRIT|ERR|WARNING|NOTICE|INFO|DEBUG))) kernel: ?"
)
PLAIN_TAG = lazy(r"kernel: ?")
