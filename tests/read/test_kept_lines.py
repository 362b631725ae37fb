"""Lines that are kept one by one, far from any region."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.whole_reading import Whole, read_whole

from oomscope.inputs import START_HINTS, STARTS
from oomscope.read import ReadOptions
from oomscope.read.files import windows
from oomscope.read.search.kept_lines import MOST, KeptLines

OPTIONS = ReadOptions(kept_words=(b"Started",), year=2026)
FILL = [f"Jan  1 10:00:{n % 60:02} node app[7]: request {n}" for n in range(2000)]
KILL = "Jan  2 11:00:00 node kernel: [90000.5] Out of memory: Killed process 5 (a)"
START = "Jan  1 10:00:30 node systemd[1]: Started web.service - Web."
LOG = "\n".join([*FILL, START, *FILL, KILL]) + "\n"


def one(path: Path, content: str | bytes) -> Whole:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (reading,) = read_whole(str(path), (b"Out of memory",), options=OPTIONS)
    return reading


def test_a_line_far_from_the_kill_is_kept_with_its_place_and_time(tmp_path: Path) -> None:
    reading = one(tmp_path / "syslog", LOG)
    assert not any("Started" in record.text for record in reading.records)
    (record,) = reading.kept.holding(["web.service"])
    assert (record.line, record.ident, record.pid, record.text) == (2001, "systemd", 1, "Started web.service - Web.")
    assert record.wall_seconds is not None
    assert reading.records[-1].wall_seconds - record.wall_seconds == 25 * 3600 - 30


def test_of_those_kept_only_what_names_it_is_read(tmp_path: Path) -> None:
    reading = one(tmp_path / "syslog", LOG.replace("Started web", "Started other"))
    assert reading.kept.holding(["web.service"]) == ()


def test_a_year_turns_between_the_line_and_the_kill(tmp_path: Path) -> None:
    log = LOG.replace("Jan  1", "Dec 31").replace("Jan  2", "Jan  1")
    reading = one(tmp_path / "syslog", log)
    (record,) = reading.kept.holding(["web.service"])
    assert reading.records[-1].wall_seconds - record.wall_seconds == 25 * 3600 - 30


@pytest.mark.parametrize("chunk", [70, 999, 70_001])
def test_where_a_read_ended_does_not_matter(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in (LOG.encode(), export()):
        monkeypatch.undo()
        (whole,) = read_whole("-", (b"Out of memory",), options=OPTIONS, stdin=io.BytesIO(text))
        monkeypatch.setattr(windows, "CHUNK", chunk)
        (pieces,) = read_whole("-", (b"Out of memory",), options=OPTIONS, stdin=io.BytesIO(text))
        assert pieces.kept.holding(["web"]) == whole.kept.holding(["web"])
        assert len(whole.kept.holding(["web"])) == 1


def entries() -> Iterator[dict[str, str]]:
    for n, line in enumerate([*FILL[:500], START, *FILL[:500], KILL]):
        ident = "systemd" if "Started" in line else "kernel" if "memory" in line else "app"
        yield {
            "__CURSOR": f"s=1;i={n}",
            "__REALTIME_TIMESTAMP": str(1_767_000_000_000_000 + n * 1_000_000),
            "SYSLOG_IDENTIFIER": ident,
            "_PID": "1",
            "MESSAGE": line.split(": ", 1)[1],
        }


def export() -> bytes:
    return "".join("".join(f"{k}={v}\n" for k, v in entry.items()) + "\n" for entry in entries()).encode()


def test_a_journal_has_such_entries_in_json_and_in_the_export_format(tmp_path: Path) -> None:
    lines = "".join(json.dumps(entry) + "\n" for entry in entries())
    for name, content in (("journal.json", lines), ("journal.export", export())):
        reading = one(tmp_path / name, content)
        (record,) = reading.kept.holding(["web.service"])
        assert (record.text, record.ident, record.wall_seconds) == (
            "Started web.service - Web.",
            "systemd",
            1_767_000_500.0,
        )


def test_memory_is_bounded_and_the_last_are_kept() -> None:
    kept = KeptLines((b"Started",))
    data = b"Started x\n" * MOST + b"Started y\n"
    passed = sum(window.lines for window in kept.watch(windows.windows(io.BytesIO(data), windows.Tally(), 1 << 16)))
    assert passed == MOST + 1
    kept.reader = lambda region: [region]  # type: ignore[list-item,return-value]
    assert len(kept.holding(["Started"])) == MOST
    assert [region.line for region in kept.holding(["y"])] == [MOST + 1]


def test_in_a_large_file_they_are_looked_for_when_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oomscope.read.search.kept_lines.FULL_BYTES", 1000)
    monkeypatch.setattr(windows, "CHUNK", 4096)
    (record,) = one(tmp_path / "syslog", LOG).kept.holding(["web.service"])
    assert (record.line, record.ident) == (2001, "systemd")


def test_only_a_bare_ring_is_not_searched(tmp_path: Path) -> None:
    ring = "".join(f"[{n:12.6f}] eth0: link is up\n" for n in range(50))
    said = "[   60.000000] Started web.service - Web.\n"
    assert not one(tmp_path / "dmesg", ring + said).kept
    monotonic = "".join(f"[{n:12.6f}] node app[7]: request {n}\n" for n in range(50))
    reading = one(tmp_path / "monotonic", monotonic + "[   60.000000] node systemd[1]: Started web.service - Web.\n")
    assert [record.monotonic_seconds for record in reading.kept.holding(["web.service"])] == [60.0]


@pytest.mark.parametrize("before", [0, 3_000])
@pytest.mark.parametrize("filler", [0, 40_000])
def test_a_start_inside_a_field_of_an_export_is_text_of_that_field(tmp_path: Path, before: int, filler: int) -> None:
    def entry(message: str, **fields: str) -> bytes:
        data = message.encode()
        rows = "".join(f"{key}={value}\n" for key, value in fields.items()).encode()
        return rows + b"MESSAGE\n" + len(data).to_bytes(8, "little") + data + b"\n\n"

    def own(n: int, **more: str) -> dict[str, str]:
        return {"__CURSOR": f"s={n}", "__REALTIME_TIMESTAMP": str(10**15 + n), **more}

    forged = entry("Started web.service - Web.", **own(9, SYSLOG_IDENTIFIER="systemd", _PID="1")).decode("latin-1")
    hidden = "x\n\n" * filler + "\n\n" + forged + "y\n\n" * filler
    fill = b"".join(entry("hello", **own(n, SYSLOG_IDENTIFIER="app")) for n in range(before))
    kill = entry("Out of memory: Killed process 5 (a)", **own(10**6, SYSLOG_IDENTIFIER="kernel", _TRANSPORT="kernel"))
    real = entry("Started web.service - Real.", **own(8, SYSLOG_IDENTIFIER="systemd", _PID="1"))
    reading = one(
        tmp_path / "x.export", fill + entry(hidden, **own(7, SYSLOG_IDENTIFIER="app", _PID="77")) + real + kill
    )
    assert [(r.ident, r.pid) for r in reading.kept.holding(["web.service"]) if r.text.startswith("Started")] == [
        ("systemd", 1)
    ]


@pytest.mark.parametrize("at", [500, 1500, 3900])
def test_what_hints_leave_out_of_a_large_file_holds_no_word(
    at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oomscope.read.search.kept_lines.FULL_BYTES", 1000)
    monkeypatch.setattr(windows, "CHUNK", 4096)
    lines = [*FILL, *FILL]
    lines[at] = START
    options = OPTIONS._replace(kept_hints=(b"Star",))
    (tmp_path / "syslog").write_text("\n".join([*lines, KILL, ""]))
    (reading,) = read_whole(str(tmp_path / "syslog"), (b"Out of memory",), options=options)
    (record,) = reading.kept.holding(["web.service"])
    assert record.line == at + 1


def test_a_large_file_without_any_hint_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oomscope.read.search.kept_lines.FULL_BYTES", 1000)
    monkeypatch.setattr(windows, "CHUNK", 4096)
    (tmp_path / "syslog").write_text("\n".join([*FILL, KILL, ""]))
    for hints, searched in (((b"Star",), False), ((), True)):
        options = OPTIONS._replace(kept_hints=hints)
        (reading,) = read_whole(str(tmp_path / "syslog"), (b"Out of memory",), options=options)
        assert bool(reading.kept) is searched


def test_every_word_for_a_start_holds_a_hint() -> None:
    assert all(any(hint in word for hint in START_HINTS) for word in STARTS)
