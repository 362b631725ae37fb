"""What an input lost, and the years and zones that it does not print."""

import pytest

from oomscope.errors import UsageError
from oomscope.log.times import epoch_day, iso_utc, month_number

from .conftest import Reader


def syslog(*stamps: str) -> str:
    return "".join(f"{stamp} n kernel: text\n" for stamp in stamps)


def times(reading: Reader, text: str, **options: object) -> list[str | None]:
    return [iso_utc(r.wall_seconds) if r.wall_seconds is not None else None for r in reading(text, **options).records]


def test_the_year_turns_from_december_to_january(reading: Reader) -> None:
    found = times(reading, syslog("Dec 31 23:59:59", "Jan  1 00:00:01", "Dec 31 23:59:59", "Jan  1 00:00:02"))
    assert found == ["2025-12-31T23:59:59Z", "2026-01-01T00:00:01Z", "2025-12-31T23:59:59Z", "2026-01-01T00:00:02Z"]


def test_the_inferred_year_is_not_in_the_future(reading: Reader) -> None:
    assert times(reading, syslog("Nov 17 10:00:00")) == ["2026-11-17T10:00:00Z"]
    assert times(reading, syslog("Dec 24 10:00:00")) == ["2025-12-24T10:00:00Z"]


def test_a_given_year_is_that_of_the_last_line(reading: Reader) -> None:
    assert times(reading, syslog("Dec 31 23:59:59", "Jan  1 00:00:01"), year=2020) == [
        "2019-12-31T23:59:59Z",
        "2020-01-01T00:00:01Z",
    ]


def test_the_turn_is_seen_between_regions(reading: Reader) -> None:
    text = (
        syslog("Dec 30 10:00:00")
        + syslog(*["Dec 31 10:00:00"] * 9_000)
        + "Jan  2 00:00:01 n kernel: Killed process 1\n"
    )
    result = reading(text, (b"Killed",))
    assert (result.summary.first_time, result.summary.last_time) == ("2025-12-30T10:00:00Z", "2026-01-02T00:00:01Z")


@pytest.mark.parametrize(
    ("zone", "time", "words"),
    [
        (None, "2025-07-01T12:00:00Z", "zone assumed UTC"),
        ("+02:00", "2025-07-01T10:00:00Z", "zone +02:00"),
        ("Europe/Berlin", "2025-07-01T10:00:00Z", "zone Europe/Berlin"),
    ],
)
def test_the_zone_of_local_times(reading: Reader, zone: str | None, time: str, words: str) -> None:
    [record] = reading("[Tue Jul  1 12:00:00 2025] text", tz=zone).records
    assert iso_utc(record.wall_seconds or 0) == time
    assert record.wall_source == f"prefix, {words}"


def test_an_unknown_zone_is_the_users_mistake(reading: Reader) -> None:
    with pytest.raises(UsageError, match="Europe/Atlantis"):
        reading("[Tue Jul  1 12:00:00 2025] text", tz="Europe/Atlantis")


def test_a_printed_zone_is_believed_over_the_given_one(reading: Reader) -> None:
    assert times(reading, "2025-07-01T12:00:00+02:00 n kernel: x\n", tz="-05:00") == ["2025-07-01T10:00:00Z"]


def test_calendar() -> None:
    assert (epoch_day(1970, 1, 1), epoch_day(2000, 2, 29), epoch_day(2026, 11, 22)) == (0, 11016, 20779)
    assert [month_number(word) for word in ("Jan", "août", "апр", "Mär", "11月", "13月", "foo", "")] == [
        1,
        8,
        4,
        3,
        11,
        None,
        None,
        None,
    ]


def test_no_time_is_made_of_numbers_that_are_none(reading: Reader) -> None:
    assert times(reading, "2025-13-45T12:00:00Z n kernel: x\n") == [None]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Jan 21 08:42:30 n systemd-journald[9]: Missed 12 kernel messages", "missed 12 kernel messages"),
        ("[   12.000000] oom_kill_process: 7 callbacks suppressed", "suppressed 7"),
        ("** 33 printk messages dropped **", "33"),
        ("Jan 21 08:42:30 n rsyslogd: imjournal: begin to drop messages due to rate-limiting", "began to drop"),
        ("Jan 21 08:42:30 n rsyslogd: imjournal: 88 messages lost due to rate-limiting", "88"),
        ("Jan 21 08:42:30 n systemd-journald[9]: Suppressed 5 messages from a.service", "suppressed 5 messages"),
    ],
)
def test_losses_are_said(reading: Reader, line: str, words: str) -> None:
    found = [
        w
        for w in reading(f"[    1.000000] a\n{line}\n").summary.warnings
        if w.code in ("records-missed", "callbacks-suppressed")
    ]
    assert [(words in w.message, w.line) for w in found] == [(True, 2)]


def test_many_losses_are_summed_up(reading: Reader) -> None:
    text = "".join(f"[   12.{n:06d}] oom_kill_process: {n} callbacks suppressed\n" for n in range(50))
    found = reading(text).summary.warnings
    assert len(found) == 21
    assert "30 further" in found[-1].message


def test_a_ring_buffer_that_wrapped(reading: Reader) -> None:
    [warning] = reading("[ 9000.000000] a\n[ 9001.000000] b\n").summary.warnings
    assert (warning.code, warning.line) == ("ring-buffer-lost-head", 1)
    assert reading("[    0.000000] a\n").summary.warnings == ()
    assert reading("Jan 21 08:42:30 n kernel: [ 9000.000000] a\n").summary.warnings == ()


def test_a_reboot_inside_a_file(reading: Reader) -> None:
    result = reading("[    1.000000] a\n[ 8000.000000] b\n[    0.000000] c\n")
    assert [(w.code, w.line) for w in result.summary.warnings] == [("reboot", 3)]
    assert len(result.records) == 3


def test_cpus_whose_stamps_cross_are_no_reboot(reading: Reader) -> None:
    assert reading("[    1.000200] a\n[    1.000100] b\n").summary.warnings == ()
