"""Regions do not depend on where a read ended, hold what belongs to a hit, and leave the rest out."""

import hashlib
import io

import pytest
from helpers.whole_reading import read_whole
from hypothesis import given, settings
from hypothesis import strategies as st

from oomscope.read import ReadOptions
from oomscope.read.files import source, windows
from oomscope.read.files.windows import Tally
from oomscope.read.search.edges import Edges
from oomscope.read.search.regions import AHEAD_LINES, BACK_LINES, MERGE_LINES, Finder, Markers, Region

from .conftest import Reader

HIT = b"Killed process "
ROW = rb"\[ *\d{1,10}\] +\d{1,10} +\d{1,10} +\d"


def log(lines: int, hits: set[int]) -> bytes:
    return b"".join(b"[%6d.000000] %s%d\n" % (n, HIT if n in hits else b"line ", n) for n in range(1, lines + 1))


def lines_of(data: bytes) -> int:
    return data.count(b"\n")


def regions_of(data: bytes, bridges: tuple[bytes, ...] = ()) -> list[Region]:
    """The regions with their pieces put together."""
    edges = Edges(windows.windows(io.BytesIO(data), Tally(), 1 << 16))
    whole: list[Region] = []
    goes_on = False
    for piece in Finder(edges, edges, Markers((HIT,), bridges=bridges, long_block=ROW)).regions():
        assert piece.data == data[piece.offset : piece.offset + len(piece.data)]
        if goes_on:
            before = whole.pop()
            piece = before._replace(data=before.data + piece.data, goes_on=piece.goes_on)
        whole.append(piece)
        goes_on = piece.goes_on
    return whole


def spans(data: bytes, bridges: tuple[bytes, ...] = ()) -> list[tuple[int, int]]:
    regions = regions_of(data, bridges)
    return [(region.line, region.line + region.data.count(b"\n") - 1) for region in regions]


def test_a_hit_keeps_its_surroundings() -> None:
    assert spans(log(20_000, {10_000})) == [(10_000 - BACK_LINES, 10_000 + AHEAD_LINES)]


def test_near_hits_are_one_region_and_far_ones_are_two() -> None:
    near, far = MERGE_LINES - 1, MERGE_LINES + 1
    assert len(spans(log(20_000, {1_000, 1_000 + near}))) == 1
    assert len(spans(log(20_000, {1_000, 1_001 + far}))) == 2


def test_a_bridge_ties_hits_together_and_without_one_the_gap_is_left_out() -> None:
    data = log(20_000, {1_000, 3_000})
    assert len(spans(data, bridges=(b"line 2000\n",))) == 1
    assert len(spans(data, bridges=(b"process 1000\n",))) == 1
    assert spans(data, bridges=(b"nowhere",)) == [(850, 1_060), (2_850, 3_060)]


@given(st.sets(st.integers(1, 12_000), max_size=6), st.integers(20, 300_000))
@settings(max_examples=40, deadline=None)
def test_regions_do_not_depend_on_the_windows(hits: set[int], chunk: int) -> None:
    data = log(12_000, hits)
    whole = regions_of(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "CHUNK", chunk)
        assert regions_of(data) == whole


def test_a_large_region_comes_in_pieces_that_make_it_up() -> None:
    data = log(40_000, set(range(1, 40_001, 50)))
    assert spans(data) == [(1, 40_000)]
    edges = Edges(windows.windows(io.BytesIO(data), Tally(), 1 << 16))
    pieces = list(Finder(edges, edges, Markers((HIT,))).regions())
    assert [piece.goes_on for piece in pieces] == [True] * (len(pieces) - 1) + [False]
    assert len(pieces) == 2


def test_a_table_of_any_length_ties_its_head_to_the_kill() -> None:
    rows = b"".join(b"[ 100.0] [%7d]     0 %7d   1000    500 0 0 x\n" % (n, n) for n in range(20_000))
    data = log(10, {5}) + rows + log(10, {5})
    assert len(spans(data)) == 1
    assert len(spans(data.replace(b"     0 ", b" word "))) == 2


def test_beyond_the_first_part_only_lines_that_hold_a_marker_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oomscope.read.search.regions.FULL_BYTES", 1000)
    data = log(2_000, {1_000}).replace(b"line 1500", b"process1500")
    edges = Edges(windows.windows(io.BytesIO(data), Tally(), 1 << 16))
    monkeypatch.setattr(windows, "CHUNK", 4096)
    found = list(Finder(edges, edges, Markers((HIT,), core=(b"process",))).regions())
    assert [(region.line, region.data.count(b"\n")) for region in found] == [(850, 211)]


@pytest.mark.parametrize("chunk", [64, 1000, 4096, 70_001])
def test_a_reading_does_not_depend_on_the_chunks(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    data = log(3_000, {50, 2_000}) + b"x" * 5_000 + b"\n" + log(20, {7})
    options = ReadOptions(max_line_bytes=2_000)
    [whole] = read_whole("-", (HIT,), options=options, stdin=io.BytesIO(data))
    monkeypatch.setattr(windows, "CHUNK", chunk)
    monkeypatch.setattr(source, "CHUNK", chunk)
    [pieced] = read_whole("-", (HIT,), options=options, stdin=io.BytesIO(data))
    assert pieced == whole


def test_the_summary_is_of_the_whole_input(reading: Reader) -> None:
    data = log(9_000, {8_000}) + b"no newline at the end"
    summary = reading(data, (HIT,)).summary
    assert (summary.bytes, summary.lines) == (len(data), 9_001)
    assert summary.sha256 == hashlib.sha256(data).hexdigest()


def test_line_numbers_hold_deep_in_a_file(reading: Reader) -> None:
    [record] = [r for r in reading(log(50_000, {47_123}), (HIT,)).records if HIT.decode() in r.text]
    assert (record.line, record.text) == (47_123, "Killed process 47123")


def test_without_a_hit_nothing_is_parsed_but_the_ends(reading: Reader) -> None:
    result = reading(log(9_000, set()), (HIT,))
    assert result.records == ()
    assert result.summary.format == "dmesg"


def test_a_gigantic_line_is_cut_and_said(reading: Reader) -> None:
    result = reading(
        b"[    1.000000] Killed process 1\n" + b"y" * (3 << 20) + b"\n[    2.000000] Killed process 2\n", (HIT,)
    )
    assert [(r.line, len(r.text)) for r in result.records] == [(1, 16), (2, 64 << 10), (3, 16)]
    assert [(w.code, w.line) for w in result.summary.warnings] == [("line-too-long", 2)]
