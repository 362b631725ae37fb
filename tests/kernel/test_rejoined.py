"""Key lines that something has cut: wrapped by a mail program, split by a newline in a name, behind another's text."""

import pytest
from helpers.kernel_reading import numbers_of, pasted, whole
from helpers.report_text import CPU, HEAD, USAGE, kill, summary

from kernel.streams import at, events, victims_and_lines
from oomscope.kernel import OomEvent, assemble
from oomscope.kernel.assembly.unwrap import after_inner_stamp
from oomscope.read.record import Record


def stripped(event: OomEvent) -> tuple[object, ...]:
    return (
        event.invoker,
        event.summary and event.summary._replace(lines=(0, 0)),
        [v._replace(line=0) for v in event.victims],
    )


LINES = (HEAD, summary(comm="npm start"), kill(comm="npm start"))
WHOLE = whole(*LINES)


@pytest.mark.parametrize("width", [60, 72, 100])
@pytest.mark.parametrize("broken", range(3))
def test_a_line_wrapped_at_its_blanks_or_through_its_words_reads_the_same(broken: int, width: int) -> None:
    line = LINES[broken]
    blank = line.rfind(" ", 0, width)
    cuts = [(line[:width], line[width:])]
    if blank > 0:
        cuts.append((line[:blank], line[blank + 1 :]))
    for pieces in cuts:
        if not pieces[1]:
            continue
        event = whole(*LINES[:broken], *pieces, *LINES[broken + 1 :])
        assert stripped(event) == stripped(WHOLE), pieces
        assert numbers_of(event) == [1, 2, 3, 4]


def test_a_line_that_begins_something_is_no_tail() -> None:
    cut = "Memory cgroup out of memory: Killed process 7 (java) total-vm:4kB,"
    for starter in (
        USAGE,
        CPU,
        "Call Trace:",
        "oom-kill:x",
        "Node 0 x",
        "[  123] 0 12 3",
        "oom_reaper: x",
        "Tasks in /a",
        "```",
    ):
        first = assemble(pasted(cut, starter, "anon-rss:4kB, file-rss:0kB")).events[0]
        assert first.victims[0].anon_rss_bytes is None, starter
    assert whole(cut, "anon-rss:4kB, file-rss:0kB").victims[0].anon_rss_bytes == 4096


def test_four_lines_can_be_a_tail_and_a_fifth_not() -> None:
    pieces = kill().split(" ")
    tail = [" ".join(pieces[:9]), *pieces[9:12], " ".join(pieces[12:])]
    assert whole(*tail).victims[0].oom_score_adj == 0
    five = [" ".join(pieces[:8]), *pieces[8:12], " ".join(pieces[12:])]
    assert whole(*five).victims[0].oom_score_adj is None


def test_a_stamped_line_has_only_tails_without_a_stamp() -> None:
    cut = "Memory cgroup out of memory: Killed process 7 (java) total-vm:4kB,"
    rest = "anon-rss:4kB, file-rss:0kB"
    (event,) = events(at(10.0, cut), at(10.1, rest))
    assert (event.victims[0].anon_rss_bytes, event.unknown) == (None, ())
    (event,) = events(at(10.0, cut), pasted(rest))
    assert (event.victims[0].anon_rss_bytes, numbers_of(event)) == (4096, [1, 2])


def test_a_newline_in_a_name_is_joined_where_the_console_repeats_the_stamp() -> None:
    head, tail = kill(comm="a\nb").split("\n")
    (event,) = events(at(10.0, head, tail))
    assert (event.victims[0].comm, event.victims[0].oom_score_adj, numbers_of(event)) == ("a\nb", 0, [1, 2])
    for other in (at(10.0, tail, caller="T2"), at(10.0, tail, host="b"), at(10.1, tail)):
        (alone,) = events(at(10.0, head), other)
        assert (alone.victims[0].comm, alone.victims[0].oom_score_adj) == ("a", None)


OTHERS = "login: [   12.345678] "


def test_another_program_wrote_to_the_console_before_the_kernel() -> None:
    assert after_inner_stamp(f"{OTHERS}{HEAD}") == HEAD
    assert after_inner_stamp(f"{OTHERS}[  T12] x [   13.345678][ C1] {HEAD}") == HEAD
    assert after_inner_stamp(HEAD) == HEAD
    event = whole(f"{OTHERS}{HEAD}", USAGE, f"{OTHERS}{kill()}")
    assert event.invoker == whole(HEAD, USAGE, kill()).invoker
    assert [v.pid for v in event.victims] == [7]


def test_what_a_program_quotes_is_listed_with_who_wrote_it() -> None:
    quoted = kill()
    records = [
        Record(quoted, 1, 1, trust="text", ident="app"),
        Record(quoted, 2, 2, trust="text"),
        Record("nothing of the kernel's", 4, 4, trust="text"),
        Record(f"{OTHERS}{kill(8)}", 5, 5, trust="text"),
    ]
    found = assemble(records)
    assert [tuple(t) for t in found.text_findings] == [
        (1, quoted, "app", "written by app, not by the kernel"),
        (2, quoted, None, "not a kernel message"),
        (5, f"{OTHERS}{kill(8)}", None, "not a kernel message"),
    ]
    assert not found.events
    let_in = assemble(records, any_text=True)
    assert [v.pid for e in let_in.events for v in e.victims] == [7, 7, 8]
    assert let_in.text_findings == ()


def test_a_report_is_read_in_the_order_of_its_records() -> None:
    a, b = at(10.0, HEAD, USAGE, caller="T1"), at(10.0, HEAD, USAGE, caller="T2")
    later = [*a, *b, *at(10.0, kill(8), caller="T2"), *at(10.0, kill(7), caller="T1")]
    assert [pids for pids, _ in victims_and_lines(events(later))] == [[7], [8]]


def test_a_first_line_wrapped_behind_invoked() -> None:
    for cut in (" oom-killer", " gfp_mask", " order", " oom_score_adj"):
        front, behind = HEAD.split(cut, 1)
        assert whole(front, cut + behind, USAGE, kill()).invoker == whole(HEAD, USAGE, kill()).invoker
        assert whole(f"{front} ", cut + behind, USAGE, kill()).invoker == whole(HEAD, USAGE, kill()).invoker


@pytest.mark.parametrize("width", range(18, 40))
def test_a_long_line_without_blanks_is_broken_anywhere(width: int) -> None:
    line = summary()
    pieces = [line[n : n + width] for n in range(0, len(line), width)]
    assert stripped(whole(HEAD, *pieces, kill())) == stripped(whole(HEAD, line, kill()))
