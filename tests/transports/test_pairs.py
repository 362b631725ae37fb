"""Two renderings of the set together are one set of incidents, and what one of them lacks in clocks the other has."""

import io
from itertools import combinations
from pathlib import Path

import pytest
from helpers.whole_reading import Whole, read_whole, tied

from oomscope.kernel import MARKERS
from oomscope.read import ReadOptions, Record
from transports.goldens import RENDERERS, incidents, path_of
from transports.one_set import YEAR, Printk, records

_KILLS = [record for record in records() if "Killed process" in record.text]
_OF_EACH_KIND = (
    "dmesg-T", "dmesg-t", "kmsg", "netconsole-ncfrag", "journal-short", "journal-json", "syslog-imjournal", "pstore-panic", "gcp-read", "mail-64-syslog",
)  # fmt: skip


@pytest.fixture(scope="module")
def ids() -> list[str]:
    return [incident.id for incident in incidents(path_of("dmesg"))]


@pytest.mark.parametrize("name", [name for name in RENDERERS if name != "dmesg"])
def test_any_transport_beside_dmesg_adds_no_incident(name: str, ids: list[str]) -> None:
    _are_one_set(["dmesg", name], ids)


@pytest.mark.parametrize("pair", list(combinations(_OF_EACH_KIND, 2)), ids="+".join)
def test_transports_of_two_kinds_are_one_set(pair: tuple[str, str], ids: list[str]) -> None:
    _are_one_set(pair, ids)


def test_many_transports_are_one_set(ids: list[str]) -> None:
    _are_one_set(_OF_EACH_KIND, ids, len(_OF_EACH_KIND))


def _are_one_set(names: tuple[str, ...] | list[str], ids: list[str], times: int = 2) -> None:
    found = incidents(*map(path_of, names))
    assert sorted(incident.id for incident in found) == sorted(ids)
    assert all(len(incident.also_seen) == times - 1 for incident in found)


# -- clocks ------------------------------------------------------------------------------------------------------------


def readings(*paths: Path) -> list[Whole]:
    return [
        reading
        for n, path in enumerate(paths)
        for reading in read_whole(str(path), MARKERS, options=ReadOptions(year=YEAR), first=n)
    ]


def walls(reading: Whole, kills: list[Printk]) -> list[float | None]:
    """The wall clock of the kill lines, in the kernel's order."""
    return [r.wall_seconds for kill in kills for r in reading.records if r.text == kill.text]


@pytest.mark.parametrize(
    ("name", "other", "early"),
    [
        ("dmesg", "journal-short", 0.25),
        ("dmesg", "dmesg-T", 0.25),
        ("dmesg-caller", "syslog-iso", 1e-5),
        ("kmsg", "journal-short-unix", 1e-5),
        ("journal-short-monotonic", "journal-short-full", 0.25),
        ("netconsole-ncfrag", "gcp-text", -0.12),  # the agent is late by an eighth of a second
        ("pstore-panic", "syslog-imjournal", 0.25),
    ],
)
def test_a_log_with_dates_dates_one_with_uptimes(name: str, other: str, early: float) -> None:
    first, _ = tied(readings(path_of(name), path_of(other)))
    found = walls(first, _KILLS)
    assert len(found) == len(_KILLS)
    for wall, kill in zip(found, _KILLS, strict=True):
        assert wall is not None
        assert kill.wall - max(early, 0) - 1e-4 <= wall <= kill.wall + max(-early, 0) + 0.01


def test_a_kill_that_only_the_uptimes_have_is_dated_by_the_rest_of_its_boot(tmp_path: Path) -> None:
    """The journal begins after the first kill: its date is computed from where both logs go on."""
    lines = path_of("journal-short-precise").read_text().splitlines(keepends=True)
    late = tmp_path / "journal.log"
    late.write_text("".join(line for line in lines if line >= "Jan 15 10:30"))
    first, second = tied(readings(path_of("dmesg"), late))
    assert walls(second, _KILLS[:1]) == []
    assert walls(first, _KILLS[:1]) == [pytest.approx(_KILLS[0].wall, abs=1e-4)]
    source = incidents(path_of("dmesg"), late)[0].event.wall_source or ""
    assert source.startswith("uptime, tied by ")
    assert source.endswith(" lines, inferred year, zone assumed UTC")


@pytest.mark.parametrize(("name", "other"), [("dmesg-reltime", "journal-json"), ("dmesg-H", "syslog-rfc5424")])
def test_a_date_in_whole_minutes_gives_way_to_an_exact_one(name: str, other: str) -> None:
    found = incidents(path_of(name), path_of(other))
    assert [i.event.wall_seconds for i in found] == pytest.approx([kill.wall for kill in _KILLS], abs=0.02)


def test_dmesg_and_its_dated_twin_in_one_file_are_one_set_with_both_clocks(tmp_path: Path, ids: list[str]) -> None:
    both = tmp_path / "both.log"
    both.write_bytes(path_of("dmesg").read_bytes() + path_of("dmesg-T").read_bytes())
    found = incidents(both)
    assert [incident.id for incident in found] == ids
    for incident, kill in zip(found, _KILLS, strict=True):
        assert incident.event.monotonic_seconds == pytest.approx(kill.seconds, abs=1e-5)
        assert incident.event.wall_seconds == pytest.approx(kill.wall - 0.25, abs=0.3)


def test_logs_of_two_hosts_or_boots_tie_nothing(tmp_path: Path) -> None:
    other = tmp_path / "other.log"
    other.write_text(path_of("journal-json").read_text().replace("0c0af076df13e5041cc106faef52c015", "ab" * 16))
    monotonic = tmp_path / "monotonic.log"
    monotonic.write_text(path_of("journal-short-monotonic").read_text().replace("node-1", "node-2"))
    first, _ = tied(readings(monotonic, path_of("journal-json")))
    assert set(walls(first, _KILLS)) == {None}
    boot = tmp_path / "boot.log"
    boot.write_text(f"-- Boot {'cd' * 16} --\n" + path_of("journal-short-monotonic").read_text())
    first, _ = tied(readings(boot, other))
    assert set(walls(first, _KILLS)) == {None}


def test_lines_that_disagree_tie_nothing() -> None:
    """A date has to be that of more than half of the lines that both logs have."""
    line = "a line that both of the logs have, and each of them once: 4711 1234"
    uptimes = "".join(f"[{n + 500:12.6f}] {line} {n}{n}{n}\n" for n in range(1, 5))
    dates = "".join(f"2026-01-15T10:{n * n:02d}:00+00:00 n kernel: {line} {n}{n}{n}\n" for n in range(1, 5))
    assert {r.wall_seconds for r in _tied_texts(uptimes, dates)} == {None}
    steady = "".join(
        row.replace(f"10:{n * n:02d}:00", f"10:00:0{n}") for n, row in enumerate(dates.splitlines(True), 1)
    )
    assert None not in {r.wall_seconds for r in _tied_texts(uptimes, steady)}


def _tied_texts(*texts: str) -> tuple[Record, ...]:
    found = [
        reading
        for n, text in enumerate(texts)
        for reading in read_whole("-", options=ReadOptions(year=YEAR), stdin=io.BytesIO(text.encode()), first=n)
    ]
    return tied(found)[0].records


@pytest.mark.parametrize("other", ["journal-short", "dmesg-T", "syslog-iso"])
def test_an_incident_of_dmesg_has_the_date_that_a_log_beside_it_tells(other: str) -> None:
    alone, beside = incidents(path_of("dmesg")), incidents(path_of("dmesg"), path_of(other))
    assert {i.event.wall_seconds for i in alone} == {None}
    assert [i.event.wall_seconds for i in beside] == pytest.approx(
        [i.event.wall_seconds for i in incidents(path_of(other))], abs=1.0
    )
