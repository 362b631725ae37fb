"""In the place of backports.zstd, which is native and not in the single file."""

from typing import Any

from oomscope.errors import InputError


class DecompressionParameter:
    """Names what the reader sets."""

    window_log_max = 0


class ZstdDecompressor:
    """Unpacks nothing, and says what to do."""

    def __init__(self, **_: Any) -> None:
        raise InputError("zstd is not in the single file; unpack the log first: zstd -d FILE")
