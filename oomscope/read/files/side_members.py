"""Members of a bundle that tell something about what its logs are of: a copy is set aside, to be looked at later.

They are read as any other member is, too: what such a file says in words, it may say nowhere else.
"""

import re
from collections.abc import Sequence

from oomscope.read.files.source import Peekable
from oomscope.read.options import MIB, Aside, SideMember
from oomscope.read.record import InputWarning
from oomscope.safe_text import safe_line
from oomscope.units import size

_ALL_BYTES = 64 * MIB
_HEAD_BYTES = 4096


class SideMembers:
    """What was set aside of one bundle, up to a cap on all of it together."""

    def __init__(self, wanted: Sequence[SideMember]) -> None:
        self._wanted = [(one, re.compile(one.name), re.compile(one.head, re.DOTALL)) for one in wanted]
        self._left = _ALL_BYTES
        self.found: list[Aside] = []

    def look(self, name: str, stream: Peekable, warnings: list[InputWarning]) -> None:
        """Copy a member that is one of those; nothing of the stream is taken. What is too large is said."""
        kind = self._kind(name, stream)
        if kind is None:
            return
        most = min(kind.most_bytes, self._left)
        data = stream.peek(most + 1)
        if len(data) > most:
            said = size(most) if most == kind.most_bytes else f"what is left of {size(_ALL_BYTES)} for all of them"
            words = f"{safe_line(name)[:200]}: larger than {said}, and not used for the names and sizes in it; hand it over beside the log"
            warnings.append(InputWarning("side-input-unreadable", words))
            return
        self._left -= len(data)
        self.found.append(Aside(kind.kind, name, data))

    def _kind(self, name: str, stream: Peekable) -> SideMember | None:
        for one, its_name, head in self._wanted:
            if its_name.search(name) and head.match(stream.peek(_HEAD_BYTES)):
                return one
        return None
