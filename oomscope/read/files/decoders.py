"""Takes compression off, by the magic that the bytes begin with: gzip, bzip2, xz and zstd behind one interface."""

import sys
from typing import Any, Protocol

XZ_BYTES = 100 << 20
"""The memory that unpacking xz may take."""
ZSTD_WINDOW_LOG = 27

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b\x08", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)


class Decoder(Protocol):
    """The shape that bz2, lzma and zstd decompressors share."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


def _zlib() -> Any:  # noqa: ANN401  (either of two modules with one interface)
    """ISA-L where it is installed, which inflates in less than half of zlib's time."""
    try:
        from isal import isal_zlib
    except ImportError:
        import zlib

        return zlib
    return isal_zlib


class Gunzip:
    """zlib, or ISA-L in its place, behind the interface of the other decompressors."""

    def __init__(self, wbits: int = 31) -> None:
        zlib = _zlib()
        self._error = zlib.error
        self._inner = zlib.decompressobj(wbits=wbits)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        eof: bool = self._inner.eof
        return eof

    @property
    def unused_data(self) -> bytes:
        unused: bytes = self._inner.unused_data
        return unused

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        try:
            out: bytes = self._inner.decompress(self._inner.unconsumed_tail + data, max(max_length, 0))
        except self._error as error:
            raise OSError(str(error)) from error
        self.needs_input = not self._inner.unconsumed_tail and len(out) < max_length
        return out


def decoder_of(kind: str) -> Decoder:
    if kind == "gzip":
        return Gunzip()
    if kind == "bzip2":
        import bz2

        return bz2.BZ2Decompressor()
    if kind == "xz":
        import lzma

        return lzma.LZMADecompressor(memlimit=XZ_BYTES)
    return _zstd()


def _zstd() -> Decoder:
    """zstd with its window capped at 128 MiB, so that a frame header cannot ask for gigabytes."""
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    decoder: Decoder = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: ZSTD_WINDOW_LOG})
    return decoder


TOO_MUCH = {
    "xz": f"a dictionary of more than {XZ_BYTES >> 20} MiB to unpack; do it first (xz -d)",
    "zstd": f"a window of more than {1 << ZSTD_WINDOW_LOG >> 20} MiB to unpack; do it first (zstd -d --long=31)",
}
"""What is said where a stream declares more memory than its decoder is allowed: all of them complain of memory then."""


def compression_of(head: bytes) -> str | None:
    """gzip, bzip2, xz or zstd, by magic; None for anything else."""
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)
