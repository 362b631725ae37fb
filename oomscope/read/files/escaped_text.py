"""A whole log as one string of a program: `"[ 1.0] first\\n[ 2.0] second"`, as Ansible's `stdout` and JSON strings have it."""

import re
from collections.abc import Iterable, Iterator

_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_PLAIN = {b"n": b"\n", b"t": b"\t", b"r": b"", b'"': b'"', b"\\": b"\\", b"/": b"/", b"'": b"'"}
_JOINT = re.compile(
    rb"\\n(?:\\u[0-9a-f]{4}\[|\[ {0,12}\d{1,10}\.\d{1,9}\]|\[?[A-Z][a-z]{2} [A-Z ][\w ]{1,6} |[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d |"
    rb"\d{4}-\d\d-\d\d[T ]|<\d{1,3}>\[)"
)
_LONGEST_ESCAPE = 6


def is_one_string(head: bytes) -> bool:
    """True if the lines of a log are joined by the two characters of an escaped newline, and by few real ones.

    An object of JSON is none: its reader takes such a message apart, and knows whose words they are.
    """
    if b"\\n" not in head or head.lstrip()[:1] == b"{" or re.match(rb"\s*\[\s*\{", head):
        return False
    joints = len(_JOINT.findall(head))
    return joints >= 2 and joints > 2 * head.count(b"\n")


def unescaped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes with their escapes undone, also where a piece ends inside of one."""
    held = b""
    for piece in pieces:
        data = held + piece
        cut = len(data)
        at = data.find(b"\\", max(cut - _LONGEST_ESCAPE, 0))
        if at >= 0 and (match := _last_escape(data, at)) is not None:
            cut = match
        held = data[cut:]
        yield _ESCAPE.sub(_byte, data[:cut])
    yield held


def _last_escape(data: bytes, at: int) -> int | None:
    """Return where an escape begins that the data's end may have cut."""
    while at >= 0:
        before = len(data[:at]) - len(data[:at].rstrip(b"\\"))
        if before % 2 == 0:
            whole = _ESCAPE.match(data, at)
            if whole is None or (data[at + 1 : at + 2] == b"u" and whole[1] is None):
                return at
            at = data.find(b"\\", whole.end())
        else:
            at = data.find(b"\\", at + 1)
    return None


def _byte(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return chr(int(match[1], 16)).encode("utf-8", "surrogatepass")
    return _PLAIN.get(match[2], match[0])
