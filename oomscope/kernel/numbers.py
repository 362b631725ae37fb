"""Numbers and names as the kernel can have printed them; what it cannot have printed is no number."""

from oomscope.patterns import lazy

CEILING = 1 << 64
COMM_BYTES = 15
COMM_CHARS = 60  # 15 bytes, each of them shown as \xNN

_SHOWN = lazy(r"\\x[0-9a-f]{2}|#[0-7]{3}|[\ud800-\udfff]")


def kb(text: str | None) -> int | None:
    """Return kB as bytes; None where nothing was printed or no machine has so much."""
    if not text:
        return None
    size = int(text) << 10
    return size if size < CEILING else None


def comm_fits(text: str) -> bool:
    """True if `text` can be a process name: 15 bytes, where a reader may have shown a byte as `\\xNN` or `#NNN`."""
    if len(text) <= COMM_BYTES and text.isascii():
        return True
    if len(text) > COMM_CHARS:
        return False
    return len(text.encode("utf-8", "replace")) <= COMM_BYTES or len(_SHOWN.sub("?", text).encode()) <= COMM_BYTES
