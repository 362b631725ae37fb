"""What an input lost, and the years and zones that it does not print."""

import pytest
from helpers.whole_reading import tied

from oomscope.errors import UsageError
from oomscope.read.clock.times import epoch_day, iso_utc, month_number

from .conftest import NOW, Reader


def syslog(*stamps: str) -> str:
    return "".join(f"{stamp} n kernel: text\n" for stamp in stamps)


def times(reading: Reader, text: str, **options: object) -> list[str | None]:
    return [iso_utc(r.wall_seconds) if r.wall_seconds is not None else None for r in reading(text, **options).records]


def test_the_year_turns_from_december_to_january(reading: Reader) -> None:
    found = times(reading, syslog("Dec 31 23:59:59", "Jan  1 00:00:01", "Dec 31 23:59:59", "Jan  1 00:00:02"))
    assert found == [
        "2025-12-31T23:59:59.000000Z",
        "2026-01-01T00:00:01.000000Z",
        "2025-12-31T23:59:59.000000Z",
        "2026-01-01T00:00:02.000000Z",
    ]


def test_the_inferred_year_is_not_in_the_future(reading: Reader) -> None:
    assert times(reading, syslog("Nov 17 10:00:00")) == ["2026-11-17T10:00:00.000000Z"]
    assert times(reading, syslog("Dec 24 10:00:00")) == ["2025-12-24T10:00:00.000000Z"]


def test_a_given_year_is_that_of_the_last_line(reading: Reader) -> None:
    assert times(reading, syslog("Dec 31 23:59:59", "Jan  1 00:00:01"), year=2020) == [
        "2019-12-31T23:59:59.000000Z",
        "2020-01-01T00:00:01.000000Z",
    ]


def test_a_year_that_ends_where_it_began_is_counted_once(reading: Reader) -> None:
    """The head, the regions and the tail of a short log are the same lines."""
    stamps = ["Mar 10 10:00:00", "Aug 10 10:00:00", "Dec 10 10:00:00", "Jan 10 10:00:00", "Mar  9 10:00:00"]
    found = times(reading, syslog(*stamps))
    assert [time and time[:10] for time in found] == [
        "2025-03-10",
        "2025-08-10",
        "2025-12-10",
        "2026-01-10",
        "2026-03-09",
    ]
    result = reading(
        "".join(f"{s} n kernel: {t}\n" for s, t in zip(stamps, ("a", "b", "c", "d", "Killed"), strict=True)),
        (b"Killed",),
    )
    assert [iso_utc(r.wall_seconds or 0) for r in result.records] == found
    assert (result.summary.first_time, result.summary.last_time) == (found[0], found[-1])


def test_the_turn_is_seen_between_regions(reading: Reader) -> None:
    text = (
        syslog("Dec 30 10:00:00")
        + syslog(*["Dec 31 10:00:00"] * 9_000)
        + "Jan  2 00:00:01 n kernel: Killed process 1\n"
    )
    result = reading(text, (b"Killed",))
    assert (result.summary.first_time, result.summary.last_time) == (
        "2025-12-30T10:00:00.000000Z",
        "2026-01-02T00:00:01.000000Z",
    )


def test_a_leap_day_allows_leap_years_alone(reading: Reader) -> None:
    assert times(reading, syslog("Feb 28 23:59:59", "Feb 29 00:00:01", "Mar  1 00:00:00")) == [
        "2024-02-28T23:59:59.000000Z",
        "2024-02-29T00:00:01.000000Z",
        "2024-03-01T00:00:00.000000Z",
    ]
    turned = times(reading, syslog("Feb 29 12:00:00", "Jul  1 12:00:00", "Dec 31 23:59:59", "Jan  1 00:00:01"))
    assert turned == [
        "2024-02-29T12:00:00.000000Z",
        "2024-07-01T12:00:00.000000Z",
        "2024-12-31T23:59:59.000000Z",
        "2025-01-01T00:00:01.000000Z",
    ]
    assert times(reading, syslog("Feb 29 12:00:00"), year=2020) == ["2020-02-29T12:00:00.000000Z"]


def test_a_day_that_the_year_does_not_have_is_no_time(reading: Reader) -> None:
    assert times(reading, syslog("Feb 29 12:00:00"), year=2023) == [None]
    assert times(reading, "2025-02-29T12:00:00Z n kernel: x\n2025-04-31T12:00:00Z n kernel: x\n") == [None, None]
    assert times(reading, "2025-12-31T12:00:00Z n kernel: x\n") == ["2025-12-31T12:00:00.000000Z"]


def test_leap_days_of_years_that_cannot_be_are_read_as_they_stand(reading: Reader) -> None:
    stamps = ["Feb 29 12:00:00", "Jul  1 00:00:00", "Dec  1 00:00:00", "Jan  1 00:00:00", "Feb 29 12:00:00"]
    assert times(reading, syslog(*stamps)) == [
        None, "2025-07-01T00:00:00.000000Z", "2025-12-01T00:00:00.000000Z", "2026-01-01T00:00:00.000000Z", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        # clocks go forward at 01:00 UTC on 2026-03-29, back at 01:00 UTC on 2026-10-25
        (["Mar 29 01:59:59", "Mar 29 03:00:00"], ["2026-03-29T00:59:59.000000Z", "2026-03-29T01:00:00.000000Z"]),
        (["Oct 25 01:59:00", "Oct 25 02:59:00"], ["2026-10-24T23:59:00.000000Z", "2026-10-25T00:59:00.000000Z"]),
        (
            ["Oct 25 02:10:00", "Oct 25 02:59:00", "Oct 25 02:01:00", "Oct 25 02:58:00", "Oct 25 03:00:00"],
            ["2026-10-25T00:10:00.000000Z", "2026-10-25T00:59:00.000000Z", "2026-10-25T01:01:00.000000Z", "2026-10-25T01:58:00.000000Z", "2026-10-25T02:00:00.000000Z"],
        ),
    ],
)  # fmt: skip
def test_summer_time_of_the_given_zone(reading: Reader, stamps: list[str], expected: list[str]) -> None:
    assert times(reading, syslog(*stamps), tz="Europe/Berlin") == expected


def test_an_hour_of_autumn_that_begins_the_log_is_the_first_of_the_two(reading: Reader) -> None:
    """The edges of a log are read for its first and last time; that is no step back of the clock."""
    found = times(reading, syslog("Oct 25 02:05:00", "Oct 25 02:55:00"), tz="Europe/Berlin")
    assert found == ["2026-10-25T00:05:00.000000Z", "2026-10-25T00:55:00.000000Z"]


def test_half_hours_of_summer_time(reading: Reader) -> None:
    found = times(reading, syslog("Apr  5 01:20:00", "Apr  5 01:40:00"), tz="Australia/Lord_Howe")
    assert found == ["2026-04-04T14:20:00.000000Z", "2026-04-04T14:40:00.000000Z"]


@pytest.mark.parametrize(
    "prefix",
    ["[Nov30 23:59] a\n[  +60.000000] b\n", "12-31 23:59:59.000  1  1 I k: a\n01-01 00:00:00.000  1  1 I k: b\n"],
)
def test_other_times_without_a_year_take_the_last_one_that_can_be(reading: Reader, prefix: str) -> None:
    first, second = reading(prefix).records
    assert first.wall_seconds is not None
    assert second.wall_seconds is not None
    assert first.wall_seconds < second.wall_seconds <= NOW


def test_a_year_that_turns_within_a_containers_lines_is_the_containers(reading: Reader) -> None:
    text = "".join(
        f"2026-01-0{day}T00:00:00.5Z stdout F {inner} n kernel: text\n"
        for day, inner in ((1, "Dec 31 23:59:59"), (2, "Jan  2 00:00:00"))
    )
    assert times(reading, text) == ["2026-01-01T00:00:00.500000Z", "2026-01-02T00:00:00.500000Z"]


@pytest.mark.parametrize(
    ("zone", "time", "words"),
    [
        (None, "2025-07-01T12:00:00.000000Z", "zone assumed UTC"),
        ("+02:00", "2025-07-01T10:00:00.000000Z", "zone +02:00"),
        ("Europe/Berlin", "2025-07-01T10:00:00.000000Z", "zone Europe/Berlin"),
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
    assert times(reading, "2025-07-01T12:00:00+02:00 n kernel: x\n", tz="-05:00") == ["2025-07-01T10:00:00.000000Z"]


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


def test_each_boot_of_a_file_is_dated_by_its_own_lines(reading: Reader) -> None:
    """`journalctl -o short` beside uptimes; of the last boot no line has a date."""
    dated = "".join(
        f"Jan  {boot} 10:00:{n:02d} n kernel: [{n + 50 * boot:12.6f}] line {n} of boot {boot}\n"
        for boot in (2, 1)
        for n in range(3)
    )
    found = reading(dated + "[   60.000000] later in that boot\n[    1.000000] a boot that no line dates\n", year=2026)
    assert [w.message for w in found.summary.warnings if w.code == "reboot"] == [
        "printk's clock falls from 102 s to 50 s: another boot, or another machine",
        "printk's clock falls from 60 s to 1 s: another boot, or another machine",
    ]
    assert iso_utc(found.records[0].wall_seconds or 0) == "2026-01-02T10:00:00.000000Z"
    assert found.records[-1].wall_seconds is None


def test_lines_of_one_log_with_both_times_date_those_with_an_uptime(reading: Reader) -> None:
    dated = "".join(f"2026-01-02T10:00:0{n}Z stdout F [{n + 50:12.6f}] line {n}\n" for n in range(3))
    (found,) = tied([reading(f"{dated}[   70.500000] without a date\n[    1.000000] a boot that no line dates\n")])
    assert [(r.text, r.wall_seconds and iso_utc(r.wall_seconds)) for r in found.records[3:]] == [
        ("without a date", "2026-01-02T10:00:20.500000Z"),
        ("a boot that no line dates", None),
    ]


def test_cpus_whose_stamps_cross_are_no_reboot(reading: Reader) -> None:
    assert reading("[    1.000200] a\n[    1.000100] b\n").summary.warnings == ()
