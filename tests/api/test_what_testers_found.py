"""Kinds of input that somebody who had not seen the code found wrong, each with its right answer."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import oomscope
from oomscope.report.outputs.junit import render_junit
from oomscope.report.outputs.markdown import render_markdown
from oomscope.report.redact import Redactor

SAMPLES = Path(__file__).parents[2] / "sample_logs"
SERVICE = (SAMPLES / "6.12-v2-one-kill-of-a-service.log").read_text().splitlines()
BEFORE, REPORT = SERVICE[:107], SERVICE[107:]
KILL = REPORT[-1]


def analysis(folder: Path, lines: list[str]) -> oomscope.Analysis:
    log = folder / "x.log"
    log.write_text("\n".join(lines) + "\n")
    return oomscope.analyze(log)


SHIPPED = (
    '[0] kube.var.log.containers.a_b_c.log: [[1700000000.000000000, {}], {"log"=>"%s", "stream"=>"stdout"}]',
    '[0] cpu.local: [1700000000.000000000, {"log"=>"%s"}]',
    "worker> %s",
)


@pytest.mark.parametrize("shape", SHIPPED)
@pytest.mark.parametrize("more", [0, 20])
def test_a_stamped_line_inside_a_shippers_line_is_no_kill(tmp_path: Path, shape: str, more: int) -> None:
    around = [shape % "GET / 200"] * more
    found = analysis(tmp_path, [*around, shape % KILL.replace('"', ""), *around])
    assert found.incidents == ()
    assert found.text_findings


def test_a_program_that_wrote_to_the_console_before_the_kernel_hides_nothing(tmp_path: Path) -> None:
    found = analysis(tmp_path, [*BEFORE[-3:], f"login: {KILL}"])
    assert [v.pid for i in found.incidents for v in i.event.victims] == [25134]


@pytest.mark.parametrize("day", ["Dec  2", "Jan  1", "Mar  1", "Nov 30"])
def test_one_line_with_another_date_turns_no_log_around(tmp_path: Path, day: str) -> None:
    found = analysis(
        tmp_path, [f"{day} 00:00:00 host app[1]: x", *(f"Dec  1 00:00:01 host kernel: {x}" for x in REPORT)]
    )
    assert [i.outcome for i in found.incidents] == ["killed"]


@pytest.mark.parametrize(
    "rest",
    [
        "oom_reaper: reaped process 25134 (celery), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB",
        "Task in /system.slice/x.service killed as a result of limit of /system.slice/x.service",
        "Tasks in /system.slice/x.service are going to be killed due to memory.oom.group set",
        "Memory cgroup out of memory: Killed pro",
        "Memory cgroup out of memory: Killed process",
        "Out of memory: Kill",
        "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=x.serv",
        " oom_kill_process.cold+0x8/0x8d",
        "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
    ],
)
def test_what_is_left_of_a_report_is_never_silent(tmp_path: Path, rest: str) -> None:
    found = analysis(tmp_path, [*BEFORE, f"[ 7608.849300] {rest}"])
    assert found.incidents or any(one.not_read for one in found.inputs)


def test_an_input_that_cannot_be_read_is_no_all_clear(tmp_path: Path) -> None:
    empty = tmp_path / "empty.log"
    empty.write_bytes(b"")
    found = oomscope.analyze(empty)
    assert "Nothing could be read" in found.html() and "No OOM kill" not in found.html()
    assert "Nothing could be read" in render_markdown(found.document())
    suite = ElementTree.fromstring(render_junit(found.document()))  # noqa: S314
    assert (suite.attrib["failures"], suite.attrib["errors"]) == ("0", "1")


@pytest.mark.parametrize("command", [("diff", str(SAMPLES / "6.1-v1-leak-restarts.log")), ("facts",)])
def test_no_command_takes_an_unread_input_for_a_clean_one(tmp_path: Path, command: tuple[str, ...]) -> None:
    empty = tmp_path / "empty.log"
    empty.write_bytes(b"")
    done = subprocess.run(
        [sys.executable, "-m", "oomscope", *command, str(empty)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "empty" in done.stderr and "Traceback" not in done.stderr


def test_the_victim_of_a_unit_is_in_no_container() -> None:
    written = oomscope.analyze(SAMPLES / "6.12-v2-one-kill-of-a-service.log").html()
    assert "main process of its container" not in written


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ('acct="zzalice" hostname=zzhost1', ("zzalice", "zzhost1")),
        ("logged in from zzhost2", ("zzhost2",)),
        ("uid=1000(zzmia) LOGNAME=zzolga SUDO_USER=zzpete", ("zzmia", "zzolga", "zzpete")),
        (r"C:\Users\zzdan\x", ("zzdan",)),
        ("http://zzintranet/ https://zzgit:8443 nfs://zzfiler", ("zzintranet", "zzgit", "zzfiler")),
        ("zzivan@zzhost5 says", ("zzhost5",)),
        ("nfs: server zzhostc not responding", ("zzhostc",)),
        ("at 0011.2233.4455 and 00-11-22-33-44-66", ("0011.2233.4455", "00-11-22-33-44-66")),
        ('"_MACHINE_ID": "27ed0123456789abcdef0123456789ab"', ("27ed0123",)),
    ],
)
def test_common_shapes_of_names_are_taken_out(text: str, gone: tuple[str, ...]) -> None:
    said = Redactor([]).text(text)
    assert [name for name in gone if name in said] == []
