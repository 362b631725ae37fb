"""A report that is cut off before it says whose limit was hit."""

from pathlib import Path

from oomscope.api import Analysis, analyze

CUT = """[ 1573.878353] cp invoked oom-killer: gfp_mask=0x14000c0(GFP_KERNEL), nodemask=(null),  order=0, oom_score_adj=-998
[ 1573.878357] cp cpuset=ec391272ec59 mems_allowed=0
[ 1573.878363] CPU: 2 PID: 4289 Comm: cp Not tainted 4.13.0-36-generic #40-Ubuntu
[ 1573.878364] Call Trace:
[ 1573.878365]  dump_stack+0x63/0x8b
[ 1573.878366]  out_of_memory+0x11d/0x4b0
"""


def analysed(tmp_path: Path, log: str) -> Analysis:
    path = tmp_path / "dmesg.txt"
    path.write_text(log)
    return analyze([str(path)])


def test_nothing_is_decided_and_the_whole_report_is_asked_for(tmp_path: Path) -> None:
    (verdict,) = analysed(tmp_path, CUT).verdicts
    assert (verdict.cause, verdict.words, verdict.branch) == ("undetermined", "undetermined", "unknown")
    assert verdict.summary == "The log does not say whose limit was hit: what tells is cut off."
    assert [q.question for q in verdict.would_settle] == ["Whose limit was hit? The whole report says so"]
    assert not verdict.open_answers


def test_its_odds_are_those_of_both_branches(tmp_path: Path) -> None:
    (verdict,) = analysed(tmp_path, CUT).verdicts
    causes = [r.cause for r in verdict.ranked]
    assert {"low_limit", "page_cache", "node_overcommit", "fragmentation"} <= set(causes)
    assert len(causes) == len(set(causes))
    assert sum(r.probability for r in verdict.ranked) < 1


def test_one_more_frame_tells(tmp_path: Path) -> None:
    (charge,) = analysed(tmp_path, CUT + "[ 1573.878367]  mem_cgroup_out_of_memory+0x4b/0x80\n").verdicts
    (allocator,) = analysed(tmp_path, CUT + "[ 1573.878367]  __alloc_pages_slowpath+0xd6e/0xe60\n").verdicts
    assert (charge.branch, allocator.branch) == ("memcg", "node")
