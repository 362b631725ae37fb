"""Any bytes give a Whole; the laws that hold for all of them."""

import contextlib
import gzip
import io
from pathlib import Path

import pytest
from helpers.whole_reading import Whole, read_whole
from hypothesis import given, settings
from hypothesis import strategies as st

from oomscope.errors import InputError
from oomscope.read import ReadOptions

NOW = 1_795_000_000.0
MARKERS = (b"oom-kill", b"Killed process ")
DATA = Path(__file__).parents[1] / "data" / "transports" / "node_overcommit"
LAYERS = [
    b"> ", b"    ", b"<6>", b"[    1.500000] ", b"[  T12] ", b"Jan 21 08:42:30 n kernel: ", b"2025-01-21T08:42:30Z ",
    b"kern  :warn  : ", b"6,1,2,-;", b"stdout P ", b'{"MESSAGE":"', b'"}', b"\x1b[31m", b"#012", b"\\x0a", b"=3D", b"=\n", b"\r",
    b"\n", b"\x00", b"&lt;", b"12:", b"-- Boot ", b"Killed process 7 (java)", b"oom-kill:", b"\xff", b" ", b"MESSAGE\n", b"__CURSOR=s\n",
    b"Panic#1 Part1\n", b"[s=abcdef01;i=1;", b"\x1e", b"data: ", b"[", b"{", b"}", b"]", b",",
]  # fmt: skip


def parse(data: bytes, markers: tuple[bytes, ...] = ()) -> list[Whole]:
    with contextlib.suppress(InputError):
        return list(read_whole("-", markers, options=ReadOptions(now=NOW), stdin=io.BytesIO(data)))
    return []


@settings(max_examples=80, deadline=None)
@given(
    st.binary(max_size=2_000),
    st.sampled_from([b"", b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"LPKSHHRH"]),
)
def test_any_bytes_give_a_reading_or_an_input_error(data: bytes, magic: bytes) -> None:
    parse(magic + data, MARKERS)
    parse(magic + data)


@given(st.lists(st.sampled_from(LAYERS), max_size=40))
@settings(max_examples=100, deadline=None)
def test_any_stack_of_layers_gives_records_in_range(parts: list[bytes]) -> None:
    data = b"".join(parts)
    for reading in parse(data):
        for record in reading.records:
            assert 1 <= record.line <= record.last_line <= reading.summary.lines


@given(
    st.sampled_from(
        ["dmesg.txt", "kmsg.raw", "journal/json.txt", "journal/export.txt", "dmesg-J.txt", "journal/verbose.txt"]
    ),
    st.integers(200, 12_000),
)
@settings(max_examples=40, deadline=None)
def test_any_beginning_of_a_log_parses(name: str, end: int) -> None:
    data = (DATA / name).read_bytes()
    whole, part = parse(data)[0], parse(data[:end])
    texts = [record.text for record in whole.records]
    for reading in part:
        found = [record.text for record in reading.records]
        assert found[:-1] == texts[: max(len(found) - 1, 0)]


@given(st.binary(max_size=500))
@settings(max_examples=50, deadline=None)
def test_compression_changes_nothing(data: bytes) -> None:
    if not data.startswith((b"\x1f\x8b", b"BZh", b"\xfd7z", b"\x28\xb5", b"PK")):
        assert parse(gzip.compress(data)) == parse(data)


@given(
    st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\n\r\x1b\x00"), min_size=1, max_size=60)
)
@settings(deadline=None)
def test_the_text_behind_a_stamp_is_kept_as_it_is(text: str) -> None:
    if text[0] in "[(" or "#0" in text or "&" in text or "\u00a0" in text or "=" in text:
        return
    [reading] = parse(f"[    1.500000] {text}\n".encode())
    assert reading.records[0].text == text


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 60_000, b"[ " * 30_000, b"> " * 30_000, b"a" * 60_000, b"a:" * 30_000, b"1:" * 30_000, b"[1.1" * 15_000, b"\\x0a" * 15_000,
        b"#012" * 15_000, b"\x1b[" * 30_000, b"\x1b]" * 30_000, b"<1>" * 20_000, b"&lt" * 20_000, b"=3D" * 20_000, b"\r" * 60_000,
        b"6,1,1,-" + b",a=b" * 15_000, b"1 2025-01-01T00:00:00Z a b c d " + b"[x]" * 20_000, b"Jan 21 08:42:30 " + b"a" * 60_000,
        b'{"' * 30_000, b'{"a":' * 12_000, b'"MESSAGE":[' * 5_000, b"\xc3\xa4" * 30_000, b"a.log-1-" * 7_000, b"\t`>|*" * 12_000,
    ],
    ids=lambda line: repr(line[:12]),
)  # fmt: skip
@pytest.mark.usefixtures("must_end")
def test_no_line_takes_long(line: bytes) -> None:
    parse((line + b"\n") * 3)
    parse(b"[    1.000000] " + line * 20 + b"\n")


def test_reading_a_plain_log_loads_nothing_that_it_does_not_need() -> None:
    import subprocess
    import sys

    code = (
        "import sys; before = set(sys.modules);"
        "from oomscope.read import ReadOptions, read; [list(r.records) for r in read(sys.argv[1], ReadOptions(markers=(b'oom-kill',)))];"
        "print([m for m in ('json', 'tarfile', 'zipfile', 'lzma', 'bz2', 'zoneinfo', 'datetime', 'pandas', 'regex') if m in set(sys.modules) - before])"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, str(DATA / "dmesg.txt")], capture_output=True, text=True, check=True
    )
    assert out.stdout == "[]\n"
