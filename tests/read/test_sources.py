"""Compression, archives and hostile ones: what can be read is read, what cannot is said, and nothing is written."""

import bz2
import gzip
import io
import lzma
import os
import sys
import tarfile
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.whole_reading import read_whole

from oomscope.errors import InputError
from oomscope.read import ReadOptions

from .conftest import Reader

LOG = b"".join(b"[%5d.%06d] line %d\n" % (n, n, n) for n in range(400)) + b"[  500.000000] Killed process 7 (java)\n"
MARKERS = (b"Killed process ",)


def zstd(data: bytes) -> bytes:
    if sys.version_info >= (3, 14):
        from compression import zstd as library
    else:
        from backports import zstd as library
    return library.compress(data)


COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd,
}


def tar(members: dict[str, bytes | tarfile.TarInfo], mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                archive.addfile(content)
                continue
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def codes(warnings: object) -> set[str]:
    return {warning.code for warning in warnings}  # type: ignore[attr-defined]


@pytest.mark.parametrize("compress", COMPRESSORS.values(), ids=COMPRESSORS)
def test_compression_is_known_by_its_magic(reading: Reader, compress: Callable[[bytes], bytes]) -> None:
    plain, packed = reading(LOG), reading(compress(LOG))
    assert packed == plain
    assert reading(compress(compress(LOG))) == plain


@pytest.mark.parametrize("compress", COMPRESSORS.values(), ids=COMPRESSORS)
def test_several_streams_in_one_file_are_one_log(reading: Reader, compress: Callable[[bytes], bytes]) -> None:
    assert reading(compress(LOG[:5000]) + compress(LOG[5000:])) == reading(LOG)


@pytest.mark.parametrize("compress", [gzip.compress, zstd, lzma.compress], ids=["gzip", "zstd", "xz"])
def test_a_stream_that_is_cut_keeps_what_came(reading: Reader, compress: Callable[[bytes], bytes]) -> None:
    noisy = b"".join(b"[%5d.%06d] %s\n" % (n, n, os.urandom(40).hex().encode()) for n in range(4_000))
    result = reading(compress(noisy)[:100_000])
    assert len(result.records) > 1000
    assert codes(result.summary.warnings) == {"truncated-compression"}


def test_what_is_no_stream_at_all_is_the_users_mistake() -> None:
    with pytest.raises(InputError, match="standard input: not one byte"):
        list(read_whole("-", stdin=io.BytesIO(b"\x1f\x8b\x08\x00" + b"\xff" * 60)))


def test_a_bomb_is_stopped(reading: Reader) -> None:
    result = reading(gzip.compress(b"\n" * (24 << 20), 6), MARKERS)
    assert codes(result.summary.warnings) == {"decompression-bomb"}
    assert result.summary.bytes < 20 << 20


def test_members_are_found_by_what_they_hold() -> None:
    data = tar(
        {
            "sos/sos_commands/kernel/dmesg": LOG,
            "sos/var/log/messages-2.gz": gzip.compress(LOG),
            "sos/proc/meminfo": b"MemTotal: 1 kB\n",
            "sos/odd name": LOG,
        }
    )
    found = [r.summary.member for r in read_whole("-", MARKERS, stdin=io.BytesIO(data))]
    assert found == ["sos/sos_commands/kernel/dmesg", "sos/var/log/messages-2.gz", "sos/odd name"]
    everything = {r.summary.member for r in read_whole("-", stdin=io.BytesIO(gzip.compress(data)))}
    assert everything == set(found)


def test_a_zip_and_an_archive_in_an_archive() -> None:
    inner = zipped({"var/log/kern.log": LOG, "x/": b""})
    [one] = read_whole("-", MARKERS, stdin=io.BytesIO(inner))
    assert one.summary.member == "var/log/kern.log"
    [nested] = read_whole("-", MARKERS, stdin=io.BytesIO(tar({"node.zip": inner})))
    assert nested.summary.member == "node.zip/var/log/kern.log"
    deep = tar({"a.tar": tar({"b.tar": tar({"dmesg": LOG})})})
    [refused] = read_whole("-", MARKERS, stdin=io.BytesIO(deep))
    assert codes(refused.summary.warnings) == {"archive-too-deep", "no-kernel-log"}


def test_an_archive_without_a_kernel_log_says_so() -> None:
    [nothing] = read_whole("-", MARKERS, stdin=io.BytesIO(tar({"a": b"hello\n"})))
    assert nothing.records == ()
    assert codes(nothing.summary.warnings) == {"no-kernel-log"}


def test_an_empty_archive_is_the_users_mistake() -> None:
    with pytest.raises(InputError, match="no regular file"):
        list(read_whole("-", stdin=io.BytesIO(zipped({}))))


def hostile_members() -> dict[str, bytes | tarfile.TarInfo]:
    members: dict[str, bytes | tarfile.TarInfo] = {"../../etc/passwd": LOG, "/etc/shadow": LOG, "a/\x1b[31m\n.log": LOG}
    for name, kind in (
        ("link", tarfile.SYMTYPE),
        ("hard", tarfile.LNKTYPE),
        ("dev", tarfile.CHRTYPE),
        ("fifo", tarfile.FIFOTYPE),
    ):
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, "../../../etc/passwd"
        members[name] = info
    return members


def test_hostile_names_and_kinds_are_neither_followed_nor_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path / "inside")
    found = list(read_whole("-", MARKERS, stdin=io.BytesIO(tar(hostile_members()))))
    assert [r.summary.member for r in found] == ["../../etc/passwd", "/etc/shadow", "a/\x1b[31m\n.log"]
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["inside"]


def test_a_sparse_member_that_declares_a_terabyte_is_passed_over() -> None:
    info = tarfile.TarInfo("dmesg")
    info.pax_headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": "dmesg",
        "GNU.sparse.realsize": str(1 << 40),
    }
    out = io.BytesIO()
    body = b"1\n0\n512\n".ljust(512, b"\0") + b"x" * 512
    info.size = len(body)
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(info, io.BytesIO(body))
        plain = tarfile.TarInfo("messages")
        plain.size = len(LOG)
        archive.addfile(plain, io.BytesIO(LOG))
    assert [r.summary.member for r in read_whole("-", MARKERS, stdin=io.BytesIO(out.getvalue()))] == ["messages"]


def test_a_cut_archive_keeps_the_members_before() -> None:
    data = tar({"dmesg": LOG, "messages": LOG * 40})
    found = list(read_whole("-", MARKERS, stdin=io.BytesIO(data[: len(LOG) + 40_000])))
    assert found[0].summary.member == "dmesg"
    assert "truncated-archive" in codes(found[-1].summary.warnings) | {
        w for r in found for w in codes(r.summary.warnings)
    }


def test_caps_on_members_and_bytes() -> None:
    data = tar({f"{n}/dmesg": LOG for n in range(20)})
    few = list(read_whole("-", MARKERS, options=ReadOptions(max_members=5), stdin=io.BytesIO(data)))
    assert len(few) == 6
    assert codes(few[-1].summary.warnings) == {"archive-too-large"}
    small = list(read_whole("-", MARKERS, options=ReadOptions(max_bytes=3 * len(LOG)), stdin=io.BytesIO(data)))
    assert 3 <= len(small) <= 5
    assert codes(small[-1].summary.warnings) == {"archive-too-large"}


def test_a_zip_member_that_is_a_bomb_is_stopped() -> None:
    found = list(read_whole("-", MARKERS, stdin=io.BytesIO(zipped({"dmesg": b"\n" * (24 << 20)}))))
    assert any("decompression-bomb" in codes(r.summary.warnings) for r in found)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda p: p / "missing.log", "no such file"),
        (lambda p: p, "the directory holds no regular file"),
        (lambda p: Path("/dev/null"), "is a device"),
        (lambda p: p / "a\x1b[31m", r"a\\x1b\[31m: no such file"),
    ],
)
def test_mistakes_are_sentences_with_a_place(tmp_path: Path, make: Callable[[Path], Path], words: str) -> None:
    with pytest.raises(InputError, match=words):
        list(read_whole(str(make(tmp_path))))


def test_a_name_that_no_file_can_have() -> None:
    with pytest.raises(InputError, match="not a file name"):
        list(read_whole("a\x00b"))


def test_a_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    plain, fifo = tmp_path / "log", tmp_path / "fifo"
    plain.write_bytes(LOG)
    os.mkfifo(fifo)

    def write() -> None:
        with fifo.open("wb", buffering=0) as out:
            for at in range(0, len(LOG), 777):
                out.write(LOG[at : at + 777])

    writer = threading.Thread(target=write)
    writer.start()
    [piped] = read_whole(str(fifo), MARKERS)
    writer.join()
    [whole] = read_whole(str(plain), MARKERS)
    assert piped.records == whole.records
    assert piped.summary.sha256 == whole.summary.sha256


def test_an_empty_file_is_no_records(reading: Reader) -> None:
    result = reading(b"")
    assert (result.records, result.summary.lines, result.summary.format) == ((), 0, "text")
