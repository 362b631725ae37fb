"""The verdict on a terminal."""

import re

import pytest
from report_corpus import ALL, Doc, Raw, hostile, many
from report_documents import kill_line_only, leak_in_a_pod, node_wide, tmpfs

from oomscope.report.text import render_text

FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff]")


def test_one_incident_reads_top_down() -> None:
    assert render_text(tmpfs()[0], False, 100) == (
        "dmesg.txt: 1 OOM kill of 1 workload\n"
        "\n"
        "Files on tmpfs filled the container's 64 MiB limit (97 %); the kernel killed `python3`\n"
        "  died    python3 (pid 2467) in container app of pod shop/thumbs-0, 2026-11-22T00:31:07Z, lines\n"
        "          12–96\n"
        "  held    tmpfs files and shared memory  62.1 MiB   97 %\n"
        "          python3                         1.1 MiB  1.8 %  killed\n"
        "          (shares of 64.0 MiB in use)\n"
        "  limit   the container's own limit: 64.0 MiB\n"
        "          (/kubepods.sl…9c7ab0e26c35e3f6b3b5e4bdbf6f2d4b1d3a09c11.scope)\n"
        "  cause   very likely: tmpfs fill, about 95 %\n"
        "          Files on tmpfs hold 62.1 MiB of the 64.0 MiB charged to the container; killing python3\n"
        "          frees none of it.\n"
        "  for     62.1 MiB of 64.0 MiB charged is shmem [line 41]\n"
        "          the pod mounts an emptyDir of medium Memory without sizeLimit\n"
        "  against the limit was hit 2411 times before the kill (speaks for page cache) [line 14]\n"
        "  do      Set sizeLimit on the emptyDir, or raise the limit by what it may hold\n"
        "          $ kubectl -n shop get pod cart-7d9f8b6c5-x2x4q -o jsonpath='{.spec.volumes}'\n"
        "  check   How full is the tmpfs?\n"
        "          $ kubectl -n shop exec cart-7d9f8b6c5-x2x4q -- df -t tmpfs\n"
    )


@pytest.mark.parametrize("name", sorted(set(ALL) - {"hostile"}))
def test_one_incident_fits_a_screen(name: str) -> None:
    lines = render_text(ALL[name]()[0], False, 80).splitlines()
    assert len(lines) <= 36
    assert all(len(line) <= 80 or "$ " in line for line in lines)


def test_four_kills_are_one_paragraph() -> None:
    shown = render_text(leak_in_a_pod()[0], False, 100)
    assert shown.startswith("dmesg.txt: 4 OOM kills of 1 workload\n")
    assert "python3 (4 times) in container app of pod shop/cart-7d9f8b6c5-x2x4q" in shown
    assert "ran 3 min before each kill (start times from the pods' status)" in shown


def test_losses_are_told() -> None:
    assert "the ring buffer lost its head: the log starts mid-report [line 1]" in render_text(
        node_wide()[0], False, 120
    )
    shown = render_text(kill_line_only()[0], False, 120)
    assert "not attested: anyone who may write to this log" in shown
    assert "  missing header, memory, tasks, oom-kill line: not in the log" in shown


def test_many_workloads_are_capped_and_counted() -> None:
    shown = render_text(many(300, kills=2)[0], False, 100)
    assert shown.startswith("dmesg.txt: 600 OOM kills of 300 workloads")
    assert "280 more workloads with 560 kills" in shown
    assert len(shown.splitlines()) < 140


def test_a_command_is_one_line_that_can_be_copied() -> None:
    assert any(
        line.strip() == "$ kubectl get pods -A -o json --field-selector spec.nodeName=worker-3"
        for line in render_text(node_wide()[0], False, 40).splitlines()
    )


def test_no_kill_is_said() -> None:
    assert render_text(ALL["empty"]()[0]) == "dmesg.txt: no OOM kill found\n"


def test_colour_only_when_asked(realistic: tuple[Doc, Raw]) -> None:
    doc, _ = realistic
    assert "\x1b" not in render_text(doc, False, 80)
    coloured = render_text(doc, True, 80)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render_text(doc, False, 80)


def test_hostile_strings_never_reach_the_terminal_raw() -> None:
    doc, _ = hostile()
    shown = render_text(doc, False, 80)
    assert not FORBIDDEN.search(shown)
    assert not re.search(r"^::error", shown, re.M)
    assert not FORBIDDEN.search(re.sub(r"\x1b\[[0-9;]*m", "", render_text(doc, True, 80)))


def test_what_helps_whichever_cause_it_is_is_said_while_the_verdict_is_open() -> None:
    doc, _ = kill_line_only()
    for one in (*doc["incidents"], *doc["workloads"]):
        one["verdict"]["remedies"] = []
        one["verdict"]["remedies_if"] = [
            {"cause": cause, "action": "Set maxmemory", "detail": None, "command": None}
            for cause in ("leak", "low_limit")
        ]
    assert "  do      Either way: Set maxmemory\n" in render_text(doc, False, 100)


def test_one_known_run_of_four_kills_is_said_as_one() -> None:
    doc, _ = leak_in_a_pod()
    doc["workloads"][0]["lifetimes_seconds"] = [180.0]
    shown = " ".join(render_text(doc, False, 100).split())
    assert "ran 3 min before one of the kills (start times from the pods' status)" in shown
