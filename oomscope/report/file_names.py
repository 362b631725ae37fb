"""The names of files in what is handed on: what is not a word that logs are called is somebody's name."""

import re
from collections.abc import Callable

_GENERIC = frozenset(
    [
        "dmesg",
        "messages",
        "message",
        "kern",
        "kernel",
        "syslog",
        "journal",
        "journalctl",
        "log",
        "logs",
        "txt",
        "text",
        "out",
        "json",
        "jsonl",
        "ndjson",
        "csv",
        "gz",
        "xz",
        "bz2",
        "zst",
        "zip",
        "tar",
        "tgz",
        "var",
        "run",
        "boot",
        "oom",
        "oomkill",
        "kmsg",
        "export",
        "console",
        "serial",
        "system",
        "auth",
        "daemon",
        "debug",
        "warn",
        "pstore",
        "ramoops",
        "vmcore",
        "crash",
        "host",
        "node",
        "pod",
        "user",
        "ip",
        "email",
        "domain",
        "file",
        "name",
        "mac",
        "cloud",
        "machine",
        "bucket",
        "dn",
        "registry",
        "stdin",
        "standard",
        "input",
        "sosreport",
        "sos",
        "commands",
        "etc",
        "tmp",
        "home",
        "containers",
        "container",
        "pods",
        "output",
        "report",
        "raw",
        "old",
        "current",
        "previous",
        "last",
        "all",
        "k",
        "short",
        "iso",
        "precise",
        "monotonic",
        "full",
        "verbose",
        "cat",
        "utc",
        "z",
        "t",
        "x",
        "r",
        "j",
        "h",
        "d",
        "e",
    ]
)
_WORD = re.compile(r"[A-Za-z0-9]+")


def _is_generic(word: str) -> bool:
    return (
        word.lower() in _GENERIC
        or word.isdecimal()
        or re.fullmatch(r"\d{8}T\d{4,9}Z?|v\d{1,3}|\d{1,2}h", word) is not None
    )


def without_names(path: str, stands_for: Callable[[str], str]) -> str:
    """Return a path with a pseudonym for each run of words in it that no log is called by.

    sample:: `var/log/web17/dmesg.txt` as `var/log/file-1/dmesg.txt`
    """
    return "/".join(_part(part, stands_for) for part in path.split("/"))


def _part(part: str, stands_for: Callable[[str], str]) -> str:
    words = list(_WORD.finditer(part))
    unknown = [n for n, word in enumerate(words) if not _is_generic(word[0])]
    if not unknown:
        return part
    first, last = words[unknown[0]], words[unknown[-1]]
    return part[: first.start()] + stands_for(part[first.start() : last.end()]) + part[last.end() :]
