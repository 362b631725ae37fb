"""One and the same records, as the real tools print them, read the same."""

from pathlib import Path

import pytest
from helpers.whole_reading import Whole, read_whole

from oomscope.read import ReadOptions, Record

DATA = Path(__file__).parents[1] / "data" / "transports"
NODE = DATA / "node_overcommit"
FAKE = DATA / "fake_oom_text"
NOW = 1_795_000_000.0
MARKERS = (b"oom-kill", b"illed process ")

FORMATS = {
    "dmesg.txt": "dmesg",
    "dmesg-r.txt": "dmesg",
    "dmesg-x.txt": "dmesg",
    "dmesg-delta.txt": "dmesg",
    "dmesg-reltime.txt": "dmesg",
    "dmesg-notime.txt": "text",
    "dmesg-ctime.txt": "dmesg-ctime",
    "dmesg-iso.txt": "dmesg-iso",
    "dmesg-J.txt": "dmesg-json",
    "kmsg.raw": "kmsg",
    "journal/cat.txt": "text",
    "journal/export.txt": "journal-export",
    "journal/json.txt": "journal-json",
    "journal/verbose.txt": "journal-verbose",
    "journal/short.txt": "journal-short",
    "journal/short-iso.txt": "journal-short",
    "journal/short-precise.txt": "journal-short",
    "journal/short-unix.txt": "journal-short",
    "journal/short-monotonic.txt": "journal-short",
    "journal/with-unit.txt": "journal-short",
}
MONOTONIC = (
    "dmesg.txt", "dmesg-r.txt", "dmesg-x.txt", "dmesg-J.txt", "kmsg.raw", "journal/json.txt", "journal/export.txt",
    "journal/verbose.txt", "journal/short-monotonic.txt",
)  # fmt: skip
WALL = {
    "dmesg-ctime.txt": 1795306939.0,
    "dmesg-iso.txt": 1795306939.798808,
    "journal/json.txt": 1760923265.332748,
    "journal/export.txt": 1760923265.332748,
    "journal/verbose.txt": 1760923265.332748,
    "journal/short-iso.txt": 1760923265.0,
    "journal/short-unix.txt": 1760923265.332748,
    "journal/with-unit.txt": 1760923265.0,
}


def of(folder: Path, name: str, markers: tuple[bytes, ...] = (), **options: object) -> Whole:
    [reading] = read_whole(str(folder / name), markers, options=ReadOptions(now=NOW, **options))  # type: ignore[arg-type]
    return reading


def kernel_lines(reading: Whole) -> list[str]:
    """The texts line by line; journald moves a word in front of a colon into the identifier, and so is put back."""
    lines = []
    for record in reading.records:
        if record.ident in ("systemd", "init.scope"):
            continue
        tag = (
            "" if record.ident in (None, "kernel") else record.ident + (f"[{record.pid}]" if record.pid else "") + ": "
        )
        lines += (tag + record.text).split("\n")
    return lines


def kill(reading: Whole) -> Record:
    return next(record for record in reading.records if record.text.startswith("Out of memory: Killed process 20194"))


@pytest.mark.parametrize("name", FORMATS)
def test_every_rendering_is_recognised(name: str) -> None:
    assert of(NODE, name).summary.format == FORMATS[name]


@pytest.mark.parametrize("folder", [NODE, FAKE], ids=lambda path: path.name)
@pytest.mark.parametrize("name", FORMATS)
def test_every_rendering_gives_the_same_texts(folder: Path, name: str) -> None:
    expected = kernel_lines(of(folder, "dmesg.txt"))
    found = kernel_lines(of(folder, name))
    if name == "journal/cat.txt":  # without identifiers there is nothing to put back
        assert len(found) == len(expected)
        expected = [line for line in expected if line in found]
        found = [line for line in found if line in expected]
    assert found == expected


@pytest.mark.parametrize("name", FORMATS)
def test_regions_of_a_short_log_hold_all_of_it(name: str) -> None:
    assert kernel_lines(of(NODE, name, MARKERS)) == kernel_lines(of(NODE, name))


@pytest.mark.parametrize("name", MONOTONIC)
def test_printk_time_survives_where_it_is_printed(name: str) -> None:
    assert kill(of(NODE, name)).monotonic_seconds == pytest.approx(9.798808, abs=1e-6)


@pytest.mark.parametrize("name", WALL)
def test_wall_time_survives_where_it_is_printed(name: str) -> None:
    record = kill(of(NODE, name))
    assert record.wall_seconds == pytest.approx(WALL[name], abs=1e-5)


@pytest.mark.parametrize("name", ["journal/short.txt", "journal/short-precise.txt"])
def test_short_journal_lines_get_the_newest_year_that_is_not_in_the_future(name: str) -> None:
    reading = of(NODE, name)
    assert reading.summary.last_time is not None
    assert reading.summary.last_time.startswith("2026-10-20T01:21:05")
    assert "inferred year" in (kill(reading).wall_source or "")


@pytest.mark.parametrize("name", FORMATS)
def test_line_numbers_point_at_the_record(name: str) -> None:
    raw = (NODE / name).read_bytes().split(b"\n")
    for record in of(NODE, name).records:
        span = b"\n".join(raw[record.line - 1 : record.last_line])
        word = record.text.replace("\\", " ").replace('"', " ").split("\n")[-1].split()[-1]
        assert word.encode() in span, (record, span)


def test_the_memory_block_is_one_record_of_several_lines() -> None:
    record = next(r for r in of(NODE, "dmesg.txt").records if r.text.startswith("active_anon:"))
    assert (record.line, record.last_line) == (40, 47)
    assert record.text.split("\n")[1] == " active_file:0 inactive_file:0 isolated_file:0"


@pytest.mark.parametrize(
    ("name", "trust"),
    [
        ("dmesg.txt", "likely"),
        ("dmesg-r.txt", "kernel"),
        ("dmesg-x.txt", "kernel"),
        ("dmesg-J.txt", "kernel"),
        ("kmsg.raw", "kernel"),
        ("journal/json.txt", "kernel"),
        ("journal/export.txt", "kernel"),
        ("journal/short.txt", "tag"),
        ("journal/cat.txt", "tag"),
    ],
)
def test_trust_of_a_genuine_kill(name: str, trust: str) -> None:
    assert kill(of(NODE, name)).trust == trust


@pytest.mark.parametrize(
    "name", ["dmesg-r.txt", "dmesg-x.txt", "dmesg-J.txt", "kmsg.raw", "journal/json.txt", "journal/export.txt"]
)
def test_what_user_space_wrote_to_kmsg_is_never_the_kernels_where_the_facility_shows(name: str) -> None:
    quoted = [r for r in of(FAKE, name).records if "oom-killer" in r.text or "Killed process" in r.text]
    assert quoted
    assert {record.trust for record in quoted} == {"text"}


def test_in_plain_dmesg_the_writers_tag_stays_in_the_text() -> None:
    texts = [r.text for r in of(FAKE, "dmesg.txt").records if "Killed process" in r.text]
    assert texts
    assert not any(text.startswith(("Killed", "Out of memory", "Memory cgroup")) for text in texts)


def test_rows_of_the_task_table_are_not_prefixes() -> None:
    rows = [r.text for r in of(NODE, "dmesg-notime.txt").records if r.text.startswith("[")]
    assert rows[0].startswith("[  pid  ]   uid")
    assert all(len(row.split()) > 8 for row in rows)
