"""Files that are no logs as they are: what each is by its first bytes, and what to do with it.

Nobody's first bytes switch the reading off: only where an input gave no record is it said what it looks like.
"""

from oomscope.safe_text import safe_line

_UNPACK = "unpack it, and give the log in it"
_DECRYPT = "decrypt it first"
_CORE = "take the kernel log out of it (`makedumpfile --dump-dmesg FILE kernel.log`, or `log` in crash), and give that"
_IMAGE = "give the text instead: copy it, or run OCR on it (`tesseract FILE text`), and read that"

_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (b"MSCF", "a Windows cabinet archive", _UNPACK),
    (b"\x04\x22\x4d\x18", "lz4 data", "unpack it (lz4 -d)"),
    (b"LZIP", "lzip data", "unpack it (lzip -d)"),
    (b"\x89LZO", "lzop data", "unpack it (lzop -d)"),
    (b"\x1f\x9d", "data of compress (.Z)", "unpack it (uncompress)"),
    (b"\x1f\x8b", "gzip data of a method that is not read", "unpack it (gzip -d)"),
    (b"age-encryption.org/", "encrypted by age", _DECRYPT),
    (b"-----BEGIN AGE ENCRYPTED", "encrypted by age", _DECRYPT),
    (b"-----BEGIN PGP MESSAGE", "encrypted by PGP", _DECRYPT),
    (b"-----BEGIN PKCS7", "encrypted (PKCS #7)", _DECRYPT),
    (b"$ANSIBLE_VAULT;", "encrypted by ansible-vault", _DECRYPT),
    (b"Salted__", "encrypted by openssl", _DECRYPT),
    (b"LUKS\xba\xbe", "an encrypted disk image", _DECRYPT),
    (b"\x7fELF", "an ELF file, such as a program or a vmcore", _CORE),
    (b"KDUMP   ", "a kdump vmcore", _CORE),
    (b"DISKDUMP", "a diskdump vmcore", _CORE),
    (b"PMDUMP", "a kernel crash dump", _CORE),
    (b"SQLite format 3\0", "an SQLite database", "export its rows as text"),
    (b"PAR1", "a Parquet file", "export its rows as JSON"),
    (b"ElfFile\0", "a Windows event log", "it holds no Linux kernel log: give that (journalctl -k, or dmesg)"),
    (b"%PDF-", "a PDF", "give the text instead (`pdftotext FILE kernel.log`)"),
    (b"\x89PNG", "an image", _IMAGE),
    (b"\xff\xd8\xff", "an image", _IMAGE),
    (b"GIF8", "an image", _IMAGE),
    (b"II*\0", "an image", _IMAGE),
    (b"\xd0\xcf\x11\xe0", "an old Office document", "copy the log's text out of it"),
    (b"\xd4\xc3\xb2\xa1", "a packet capture", "it holds no log, unless netconsole's packets: export those as text"),
    (b"\x0a\x0d\x0d\x0a", "a packet capture", "it holds no log, unless netconsole's packets: export those as text"),
)


def foreign_format(head: bytes, path: str) -> str | None:
    """Return what the input is and what to do, in words; None where its first bytes are those of no such format."""
    for magic, what, step in _MAGIC:
        if head.startswith(magic):
            return f"this is {what}, which is not read; {step.replace('FILE', safe_line(path))}"
    return None
