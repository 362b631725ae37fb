"""Lines that were copied badly: commas and brackets lost, blanks added, cut at a screen's edge, misread or mistyped."""

from kernel.reading import event_of
from kernel.test_rejoined import whole
from kernel.test_streams import CPU, HEAD, USAGE, kill, summary
from oomscope.kernel.event import Gap
from oomscope.kernel.sections.oom_kill_line import parse_respaced_summary, parse_summary


def test_a_first_bracket_that_the_copy_lost_is_of_the_stamp() -> None:
    event = whole(f" 4257.100001] {HEAD}", USAGE, f"4257.100009] {kill()}")
    assert event.invoker == whole(HEAD, USAGE, kill()).invoker
    assert [v.pid for v in event.victims] == [7]


def test_blanks_behind_commas_are_no_part_of_the_oom_kill_line() -> None:
    exact = parse_summary(summary(), (1, 1))
    plain = parse_respaced_summary(summary().replace(",", ", "), (1, 1))
    assert plain == exact
    assert parse_respaced_summary(summary(), (1, 1)) == exact


def test_a_heading_that_is_cut_before_its_colon_names_the_path_as_far_as_it_goes() -> None:
    event = event_of([HEAD, USAGE, "Memory cgroup stats for /kubepods/pod1/222", kill()])
    assert event.memcg is not None
    assert event.memcg.stat_path == "/kubepods/pod1/222"
    assert Gap("stat heading", "line 3 is damaged: read approximately") in event.gaps
    wrapped = whole(HEAD, USAGE, "Memory cgroup stats for /kubepods/pod1/", "222:", kill())
    assert wrapped.memcg is not None
    assert wrapped.memcg.stat_path == "/kubepods/pod1/222"
    assert not [gap for gap in wrapped.gaps if gap.section == "stat heading"]


def test_what_was_read_past_a_lost_comma_is_a_gap() -> None:
    event = event_of([HEAD, CPU, kill().replace(", anon", " anon")])
    assert event.victims[0].anon_rss_bytes == 4096
    assert event.victims[0].evidence == "killed"
    assert Gap("kill line", "line 3 is damaged: read approximately") in event.gaps
