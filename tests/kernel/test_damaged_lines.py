"""Lines that were copied badly: commas and brackets lost, blanks added, cut at a screen's edge, misread or mistyped."""

import subprocess
import sys
from pathlib import Path

import pytest
from helpers.kernel_reading import event_of, records_of, whole
from helpers.report_text import CPU, HEAD, TABLE, USAGE, kill, row, summary

from oomscope.kernel import assemble
from oomscope.kernel.damaged_lines import digits, has_kernel_words, looks_damaged, read_killed
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


KIB = 1024
MISREAD = "Out of memory: Kil1ed process 4l7 (recorder) tota1-vm:9O0000kB, anon-rss:3O0000kB, file-rss:OkB, U1D:33 pgtab1es:700kB oom_score_adj:2OO"


def test_a_kill_line_that_was_misread_names_who_died_and_is_marked() -> None:
    event = event_of([HEAD, CPU, MISREAD])
    (victim,) = event.victims
    assert (victim.pid, victim.comm, victim.evidence, victim.message) == (417, "recorder", "damaged", "Out of memory")
    assert (victim.total_vm_bytes, victim.anon_rss_bytes, victim.file_rss_bytes) == (900000 * KIB, 300000 * KIB, 0)
    assert (victim.uid, victim.pgtables_bytes, victim.oom_score_adj) == (33, 700 * KIB, 200)
    assert Gap("kill line", "line 3 is damaged: read approximately") in event.gaps
    assert event.trust == "tag"  # that of an undamaged one is "likely"
    assert event_of([MISREAD]).victims[0].pid == 417  # alone, as on a screenshot


def test_a_misread_pid_is_the_one_that_an_undamaged_line_names() -> None:
    killed = kill(pid=4711).replace("4711", "!711")
    assert [v.pid for v in event_of([HEAD, CPU, TABLE, row(4711), row(98), killed]).victims] == [4711]
    assert [v.pid for v in event_of([HEAD, CPU, TABLE, row(4711), row(9711), killed]).victims] == [1711]  # either


@pytest.mark.parametrize(
    "line",
    [
        "Out of memory: Kiled proces 417 (recorder) totl-vm:900000kB, anon-rss:300000kB",
        "Memory cgroup out of mernory; Kil|ed process 4I7 (recorder) total-vm:900000kB. anon-rss:300000kB",
        "Out of rnemory: KilIed process 41 7 (recorder) total-vm:900000kB, anon-rss:300000kB".replace("41 7", "417"),
    ],
)
def test_letters_that_look_alike_or_are_left_out(line: str) -> None:
    got = read_killed(line)
    assert got is not None
    assert (got.pid, got.comm, got.sizes["total-vm"], got.sizes["anon-rss"]) == (
        417, "recorder", 900000 * KIB, 300000 * KIB,
    )  # fmt: skip


def test_an_undamaged_line_takes_the_place_of_a_misread_one() -> None:
    good = "Out of memory: Killed process 417 (recorder) total-vm:900000kB, anon-rss:300004kB, file-rss:0kB"
    (event,) = assemble(records_of([HEAD, CPU, MISREAD, good])).events
    assert [(v.pid, v.evidence, v.anon_rss_bytes) for v in event.victims] == [(417, "killed", 300004 * KIB)]
    assert event.trust == "likely"
    (event,) = assemble(records_of([HEAD, CPU, good, MISREAD])).events
    assert [(v.pid, v.evidence) for v in event.victims] == [(417, "killed")]


def test_misread_numbers_behind_a_pid_that_was_read() -> None:
    (victim,) = event_of([HEAD, CPU, "Killed process 417 (recorder) tota1-vm:9O0000kB, anon-rss:3O0000kB"]).victims
    assert (victim.pid, victim.total_vm_bytes, victim.anon_rss_bytes) == (417, 900000 * KIB, 300000 * KIB)


def test_the_other_lines_of_a_report_that_was_misread() -> None:
    event = event_of(
        [
            HEAD.replace("killer", "ki11er").replace("gfp_mask", "gfp_rnask"),
            CPU,
            "memory: usage 1536OOkB, limit l53600kB, failcnt l8",
            TABLE,
            row(7).replace("50000", "5OOOO"),
            summary(7)
            .replace("oom-kill", "oom-ki11")
            .replace("pid=7", "pid=7")
            .replace("mems_allowed", "mems_a11owed"),
            kill(7),
        ]
    )
    assert event.invoker is not None
    assert (event.invoker.comm, event.invoker.gfp_mask, event.invoker.order) == ("nginx", "0xcc0", 0)
    assert event.memcg is not None
    assert event.memcg.memory is not None
    assert (event.memcg.memory.usage_bytes, event.memcg.memory.failcnt) == (153600 * KIB, 18)
    assert event.tasks is not None
    assert [(t.pid, t.total_vm_pages) for t in event.tasks.tasks] == [(7, 50000)]
    assert event.summary is not None
    assert (event.summary.oom_memcg, event.summary.pid) == ("/A", 7)
    sections = {gap.section for gap in event.gaps if "damaged" in gap.reason}
    assert sections == {"invocation", "counters", "tasks", "oom-kill line"}


@pytest.mark.parametrize("cut", ["nginx invoked oom-kil", "nginx invoked oom-killer: gfp_ma"])
def test_a_first_line_that_a_screen_has_cut(cut: str) -> None:
    event = event_of([cut, CPU, USAGE, kill()])
    assert event.invoker is not None
    assert event.invoker.comm == "nginx"
    assert assemble(records_of([cut, "eth0: link up"])).events == ()


@pytest.mark.parametrize(
    "line",
    [
        f"app: {MISREAD}",  # a program speaks
        "worker: Kil1ed process 4l7 (recorder) tota1-vm:9O0000kB, anon-rss:3O0000kB",
        "Filled process 417 (recorder) total volume 900000 kB, file ratio 3",
        "Out of memory: Kil1ed process abc (recorder) tota1-vm:9O0000kB, anon-rss:1kB",
        "Out of memory: Kil1ed process 4l7 (recorder)",
        "process usage: the killed processes had total-vm and anon-rss of 5 kB, file-rss of 3 kB",
    ],
)
def test_no_kill_comes_from_other_words(line: str) -> None:
    assert assemble(records_of([line])).events == ()
    assert event_of([HEAD, CPU, USAGE, line]).victims == ()


def test_what_a_program_wrote_is_not_read_approximately() -> None:
    record = records_of([MISREAD])[0]._replace(trust="text", ident="app")
    assert assemble([record]).events == ()


def test_digits_are_turned_back_in_numbers_only() -> None:
    assert [digits(text) for text in ("4l7", "9O0", "B8", "5S", "O", "l", "lO", "", None, "4x")] == [
        417, 900, 88, 55, 0, 1, None, None, None, None,
    ]  # fmt: skip


def test_a_small_text_without_a_marker_may_look_damaged() -> None:
    assert looks_damaged(f"some words\n{MISREAD}\n")
    assert not looks_damaged("usb 1-1: new high-speed USB device number 5 using xhci_hcd\nEXT4-fs (sda1): mounted\n")
    assert not has_kernel_words("x" * 5000)


def test_fuzzy_matching_of_one_input_is_bounded() -> None:
    line = "Kil1ed process 4l7 tota1-vm anon-rss"
    found = assemble(records_of([HEAD, CPU, *[line] * 1005]))
    assert found.left_out.damaged_lines == 5


def test_an_undamaged_log_never_loads_the_fuzzy_matcher() -> None:
    log = Path(__file__).parents[2] / "sample_logs"
    code = (
        "import sys, oomscope\n"
        "for path in sys.argv[1:]: oomscope.analyze([path])\n"
        "assert 'regex' not in sys.modules and 'oomscope.kernel' in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code, *map(str, sorted(log.glob("*.log"))[:4])], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
