"""Logs of made-up nodes: a day of kernel messages each, with OOM reports whose victims are known."""

import re
from typing import NamedTuple

from everyday import everyday

_KILLED = re.compile(r"Killed process (\d+) \((\w+)\)")


class NodeLog(NamedTuple):
    """The log of one node, and who is killed in it."""

    host: str
    text: str
    killed: tuple[tuple[str, int, str], ...]  # host, pid, comm


def node_log(number: int, size: int = 16 << 10, reports: int = 1) -> NodeLog:
    """Return the log of a node as rsyslog writes it, of about `size` bytes; other numbers give other incidents."""
    host = f"node-{number:05d}"
    head = f"2026-11-{1 + number % 14:02d}T02:{number % 60:02d}:00.000000+00:00 {host} kernel: "
    plain = everyday(size, reports, number)
    killed = tuple((host, int(pid), comm) for pid, comm in _KILLED.findall(plain))
    return NodeLog(host, "".join(head + line for line in plain.splitlines(keepends=True)), killed)
