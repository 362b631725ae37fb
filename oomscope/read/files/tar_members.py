"""The regular files of a tar stream, read by its own headers: it ends where the data ends, whatever a header declares.

tarfile is not used: a header may ask it to skip more than there is, block by block (a tar of 2 KB and 2^80 bytes took
it for ever), or to hold a name of gigabytes.
"""

from collections.abc import Iterator

from oomscope.read.files.source import CHUNK, Peekable
from oomscope.read.record import InputWarning
from oomscope.safe_text import safe_line

BLOCK = 512
MAX_HEADER = 1 << 20
"""The most that a long name or a pax header may take."""
_REGULAR = (b"0", b"\0", b"7")
_WITHOUT_DATA = (b"1", b"2", b"3", b"4", b"5", b"6")
_LONG_NAME, _PAX, _PAX_ALL = b"L", b"x", b"g"


class _Tar:
    """The stream, and what of the current member has not been read."""

    def __init__(self, stream: Peekable) -> None:
        self._stream = stream
        self.left = self.padding = 0
        self.ended = False  # before all of a member had come

    def take(self, size: int) -> bytes:
        """Up to `size` bytes; fewer where the data ends."""
        parts = []
        while size > 0 and (part := self._stream.read(min(size, CHUNK))):
            parts.append(part)
            size -= len(part)
        self.ended = self.ended or size > 0
        return b"".join(parts)

    def skip(self, size: int) -> None:
        while size > 0 and (part := self._stream.read(min(size, CHUNK))):
            size -= len(part)
        self.ended = self.ended or size > 0

    def open(self, size: int) -> None:
        self.left, self.padding = size, -size % BLOCK

    def close(self) -> None:
        self.skip(self.left + self.padding)
        self.left = self.padding = 0

    def read(self, n: int, /) -> bytes:
        """Bytes of the open member."""
        data = self._stream.read(min(n, self.left)) if self.left else b""
        self.left -= len(data)
        if self.left and not data:
            self.ended, self.left, self.padding = True, 0, 0
        return data


def tar_members(stream: Peekable, warnings: list[InputWarning], most: int) -> Iterator[tuple[str, _Tar]]:
    """Name and bytes of each regular file, to be read before the next. Links, devices and sparse files are passed over.

    Of a tar with more than `most` headers, of whatever kind, the rest is not read.
    """
    tar = _Tar(stream)
    fields: dict[bytes, bytes] = {}
    damaged = headers = 0
    while len(block := tar.take(BLOCK)) == BLOCK and block.strip(b"\0"):
        headers += 1
        if headers > most:
            words = f"stopped after {most:,} entries of the tar, the limit; unpack it first"
            warnings.append(InputWarning("archive-too-large", words))
            return
        size = _number(block[124:136])
        if size is None or not _is_header(block):
            damaged += 1
            continue
        kind = block[156:157]
        if kind in (_LONG_NAME, _PAX):
            data = tar.take(min(size, MAX_HEADER))
            tar.skip(max(size - MAX_HEADER, 0) + -size % BLOCK)
            fields.update({b"path": data.rstrip(b"\0")} if kind == _LONG_NAME else _pax(data))
            continue
        if kind == _PAX_ALL:
            tar.skip(size + -size % BLOCK)
            continue
        if kind in _WITHOUT_DATA:
            size = 0
        elif (given := fields.get(b"size")) is not None and given.isdigit() and len(given) < 20:
            size = int(given)
        tar.open(size)
        if kind in _REGULAR and not any(name.startswith(b"GNU.sparse") for name in fields):
            yield _name(block, fields), tar
        tar.close()
        fields = {}
        if tar.ended:
            break
    if tar.ended:
        warnings.append(InputWarning("truncated-archive", "the tar ends early: a file in it is said to be longer"))
    if damaged:
        words = f"{damaged} blocks of the tar are damaged headers, or belong to one; what stands behind them is read"
        warnings.append(InputWarning("truncated-archive", words))


def _number(field: bytes) -> int | None:
    """Octal digits, or GNU's base-256; None for a number that no tar can mean."""
    if field[0] == 0x80:
        value = int.from_bytes(field[1:], "big")
        return value if value < 1 << 62 else None
    digits = field.strip(b" \0")
    if not digits:
        return 0
    return int(digits, 8) if all(48 <= digit < 56 for digit in digits) else None


def _is_header(block: bytes) -> bool:
    given = _number(block[148:156])
    return given == sum(block[:148]) + 8 * 32 + sum(block[156:])


def _name(block: bytes, fields: dict[bytes, bytes]) -> str:
    name = fields.get(b"path")
    if name is None:
        name = block[:100].rstrip(b"\0").split(b"\0", 1)[0]
        prefix = block[345:500].split(b"\0", 1)[0] if block[257:263] == b"ustar\0" else b""
        name = prefix + b"/" + name if prefix else name
    return name.decode("utf-8", "surrogateescape")


def _pax(data: bytes) -> dict[bytes, bytes]:
    """`LENGTH NAME=VALUE` records; what does not fit ends the list."""
    found: dict[bytes, bytes] = {}
    at = 0
    while at < len(data):
        blank = data.find(b" ", at, at + 10)
        digits = data[at:blank] if blank > 0 else b""
        if not digits.isdigit() or int(digits) <= blank - at or at + int(digits) > len(data):
            break
        name, _, value = data[blank + 1 : at + int(digits) - 1].partition(b"=")
        found[name] = value
        at += int(digits)
    return found


def shown(error: Exception) -> str:
    """An error's words, made visible."""
    return safe_line(str(error)) or type(error).__name__
