"""Regions do not depend on where a read ended, hold what belongs to a hit, and leave the rest out."""

import hashlib
import io
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oomscope.read import ReadOptions, read
from oomscope.read.files import source, windows
from oomscope.read.search.regions import AHEAD_LINES, BACK_LINES, MERGE_LINES, find_regions

from .conftest import Reader

HIT = b"Killed process "


def log(lines: int, hits: set[int]) -> bytes:
    return b"".join(b"[%6d.000000] %s%d\n" % (n, HIT if n in hits else b"line ", n) for n in range(1, lines + 1))


def lines_of(data: bytes) -> int:
    return data.count(b"\n")


def spans(data: bytes, **options: object) -> list[tuple[int, int]]:
    regions = find_regions([(data, lines_of(data))], (HIT,), **options)  # type: ignore[arg-type]
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


@given(st.sets(st.integers(1, 12_000), max_size=6), st.lists(st.integers(1, 12_000), max_size=5))
@settings(max_examples=40, deadline=None)
def test_regions_do_not_depend_on_the_windows(hits: set[int], cuts: list[int]) -> None:
    data = log(12_000, hits)
    rows = data.splitlines(keepends=True)
    bounds = [0, *sorted(cuts), len(rows)]
    pieces = [b"".join(rows[a:b]) for a, b in itertools.pairwise(bounds)]
    windowed = [(piece, lines_of(piece)) for piece in pieces if piece]
    assert list(find_regions(windowed, (HIT,))) == list(find_regions([(data, lines_of(data))], (HIT,)))


@pytest.mark.parametrize("chunk", [64, 1000, 4096, 70_001])
def test_a_reading_does_not_depend_on_the_chunks(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    data = log(3_000, {50, 2_000}) + b"x" * 5_000 + b"\n" + log(20, {7})
    options = ReadOptions(max_line_bytes=2_000)
    [whole] = read("-", (HIT,), options=options, stdin=io.BytesIO(data))
    monkeypatch.setattr(windows, "CHUNK", chunk)
    monkeypatch.setattr(source, "CHUNK", chunk)
    [pieced] = read("-", (HIT,), options=options, stdin=io.BytesIO(data))
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
