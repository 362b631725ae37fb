"""The regular files of a zip, unpacked piece by piece: zipfile unpacks bzip2 without a limit, a chunk to gigabytes."""

import io
import zlib
from collections.abc import Iterator

from oomscope.read.files.decoders import Decoder, Gunzip
from oomscope.read.files.source import CHUNK
from oomscope.read.options import ReadOptions
from oomscope.read.record import InputWarning
from oomscope.safe_text import safe_line

_STORED, _DEFLATED, _BZIP2 = 0, 8, 12
_ENTRY = b"PK\x01\x02"
_LOCAL_BYTES = 30


def zip_members(data: bytes, options: ReadOptions, warnings: list[InputWarning]) -> Iterator[tuple[str, "_Packed"]]:
    """Name and bytes of each regular file. Links and devices are passed over."""
    import zipfile

    entries = data.count(_ENTRY)
    if entries > options.max_members:
        words = f"the zip lists {entries} files, more than the limit of {options.max_members}; unpack it first"
        warnings.append(InputWarning("archive-too-large", words))
        return
    try:
        listed = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError, OverflowError) as error:
        warnings.append(InputWarning("truncated-archive", f"the zip is damaged ({safe_line(str(error))})"))
        return
    for info in listed:
        if info.is_dir() or (info.external_attr >> 16 & 0o170000) not in (0, 0o100000):
            continue  # a link, a device
        name, start = safe_line(info.filename), _start(data, info.header_offset)
        if info.flag_bits & 1:
            words = f"{name}: is encrypted; unpack it with its password (unzip), and give the file in it"
        elif info.compress_type not in (_STORED, _DEFLATED, _BZIP2):
            words = f"{name}: is compressed by method {info.compress_type}, which is not read; unpack it first"
        elif start is None or start + info.compress_size > len(data):
            words = f"{name}: damaged (its place in the zip does not hold it)"
        else:
            packed = memoryview(data)[start : start + info.compress_size]
            yield info.filename, _Packed(packed, info.compress_type, info.CRC)
            continue
        warnings.append(InputWarning("member-unreadable", words))


def _start(data: bytes, at: int) -> int | None:
    """Where a member's bytes begin, behind its own header."""
    head = data[at : at + _LOCAL_BYTES] if at >= 0 else b""
    if len(head) < _LOCAL_BYTES or not head.startswith(b"PK\x03\x04"):
        return None
    return at + _LOCAL_BYTES + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")


class _Packed:
    """One member, unpacked as it is read."""

    def __init__(self, packed: memoryview, method: int, check: int) -> None:
        self._packed, self._at = packed, 0
        self._decoder = _decoder(method)
        self._check, self._crc = check, 0

    def read(self, n: int, /) -> bytes:
        """Up to `n` bytes; raises OSError where they are not what was packed."""
        data = self._next(n)
        self._crc = zlib.crc32(data, self._crc)
        if not data and n and self._crc != self._check:
            raise OSError("its checksum is wrong")
        return data

    def _next(self, n: int) -> bytes:
        if self._decoder is None:
            data = bytes(self._packed[self._at : self._at + n])
            self._at += len(data)
            return data
        while not self._decoder.eof:
            piece = b""
            if self._decoder.needs_input:
                piece = bytes(self._packed[self._at : self._at + CHUNK])
                self._at += len(piece)
                if not piece:
                    raise OSError("it ends early")
            if data := self._decoder.decompress(piece, n):
                return data
        return b""


def _decoder(method: int) -> Decoder | None:
    if method == _STORED:
        return None
    if method == _DEFLATED:
        return Gunzip(-15)
    import bz2

    return bz2.BZ2Decompressor()
