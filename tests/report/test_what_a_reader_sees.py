"""Every sample is read as a user reads it: no word or command that the house style forbids, and every count the same.

With OOMSCOPE_CORPUS=DIR also all logs of a folder of yours.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from oomscope.api import Analysis, analyze
from oomscope.report.holders import holders
from oomscope.report.open_clues import best
from oomscope.report.page.view import page
from oomscope.report.text import render_text
from oomscope.report.words import odds

SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs"
LOGS = sorted(
    [
        *(path for path in SAMPLES.iterdir() if path.name.endswith((".log", ".log.gz"))),
        *(
            path
            for pattern in ("dmesg.txt", "*.log", "*.log.gz")
            for path in (Path(os.environ["OOMSCOPE_CORPUS"]).rglob(pattern) if "OOMSCOPE_CORPUS" in os.environ else ())
        ),
    ]
)
FORBIDDEN = re.compile(
    r"\b(?:lives|life|lived|the charge|charged|so many|so much|so long|evener|again and again|told in full of|took the node|not to be told|NAMESPACE|LARGEST_TASK_COMM)\b"
)
PLACEHOLDER = re.compile(r"\b[A-Z][A-Z_]{2,}\b")
WORDS_OF_COMMANDS = {
    "LOG",
    "MemoryMax",
    "VmLck",
    "SUnreclaim",
    "SELECT",
    "FROM",
    "WHERE",
    "LIKE",
    "NAME",
    "SHOW",
    "INFO",
    "MAKEFLAGS",
    "DUMP_RUN_CFG",
    "MALLOC_ARENA_MAX",
    "LD_PRELOAD",
    "CONFIG",
    "GET",
}
OF_THE_LOG = {
    "comm", "text", "path", "sha256", "key", "id", "group", "member", "name", "host", "display", "task_memcg", "oom_memcg", "cgroup", "cpuset",
    "container_id", "pod_uid", "unit", "slice", "raw", "input", "cause", "lead", "missing",
}  # fmt: skip


def strings(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Every string of a document, with the key that it stands under."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from strings(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner, key)
    elif isinstance(value, str):
        yield key, value


@pytest.fixture(scope="module", params=LOGS, ids=lambda path: path.name if path.parent == SAMPLES else path.parent.name)
def analysis(request: pytest.FixtureRequest) -> Analysis:
    return analyze([str(request.param)])


@pytest.fixture(scope="module")
def doc(analysis: Analysis) -> dict[str, Any]:
    return analysis.document()


def commands(doc: dict[str, Any]) -> list[str]:
    return [text for key, text in strings(doc) if key == "command"]


def test_no_word_that_a_reader_has_to_guess(doc: dict[str, Any]) -> None:
    comms = {text for key, text in strings(doc) if key == "comm"}
    for key, text in strings(doc):
        if key not in OF_THE_LOG:
            for comm in comms:
                text = text.replace(comm, "")
            assert FORBIDDEN.search(text) is None, (key, text)


def test_no_command_has_a_placeholder_or_asks_a_dead_process(doc: dict[str, Any]) -> None:
    dead = {str(victim["pid"]) for incident in doc["incidents"] for victim in incident["victims"]}
    for command in commands(doc):
        assert (
            set(PLACEHOLDER.findall(re.sub(r"'/sys/fs/cgroup/[^']*'|/sys/fs/cgroup/\S+", "", command)))
            <= WORDS_OF_COMMANDS
        ), command
        assert not set(re.findall(r"(?:/proc/|-p |-t )(\d+)\b", command)) & dead, command


def test_kubectl_needs_a_sign_of_kubernetes(analysis: Analysis, doc: dict[str, Any]) -> None:
    facts = [table.values for table in analysis.facts]
    signs = any(one.get("kubernetes") or one.get("kubernetes_node") for one in facts)
    kubelet = any(task["comm"] == "kubelet" for incident in doc["incidents"] for task in incident["tasks"] or ())
    if not (signs or kubelet):
        assert not [text for key, text in strings(doc) if "kubectl" in text and key not in OF_THE_LOG]


def test_a_command_that_reads_a_cgroup_has_the_path_of_its_version(doc: dict[str, Any]) -> None:
    versions = {incident["memcg"]["version"] for incident in doc["incidents"] if incident["memcg"]} - {None}
    for command in commands(doc):
        if "kubectl" not in command and "/sys/fs/cgroup/" in command and len(versions) == 1:
            assert ("/sys/fs/cgroup/memory/" in command) == (versions == {1}), command


def test_kills_are_counted_alike_in_heading_table_and_json(doc: dict[str, Any]) -> None:
    kills = [one for one in doc["incidents"] if one["outcome"] == "killed"]
    if not kills:
        return
    count = f"{len(kills):,} OOM kill{'' if len(kills) == 1 else 's'} of {sum(one['kills'] > 0 for one in doc['workloads']):,} workload"
    assert count in render_text(doc).splitlines()[0]
    shown = page(doc, {})
    if len(doc["workloads"]) == 1 and len(kills) > 1 and all(len(one["victims"]) == 1 for one in kills):
        assert f"{len(kills):,} kills" in shown.title
    assert sum(
        one["incidents"] if isinstance(one["incidents"], int) else len(one["incidents"]) for one in doc["workloads"]
    ) == len(doc["incidents"])


def verdicts(doc: dict[str, Any]) -> list[dict[str, Any]]:
    return [one["verdict"] for one in (*doc["incidents"], *doc["workloads"])]


def test_no_heading_hides_what_filled_the_memory(doc: dict[str, Any]) -> None:
    for verdict in verdicts(doc):
        assert verdict["headline"] and "ndetermined" not in verdict["headline"]
        if verdict["mechanism"] is not None:
            said = verdict["mechanism"]["says"]
            assert said[1:] in verdict["headline"], "what filled what is known, and the heading does not say it"
        for word in re.findall(r"(?:^|[ (])(?:None|nan|inf|\?)(?=$|[ ,.;)])", verdict["headline"]):
            raise AssertionError((word, verdict["headline"]))


ONE_HOLDER = ("anon_one_process", "node_full_one_holder")


def test_a_holder_has_one_share_in_heading_and_table(doc: dict[str, Any]) -> None:
    by_id = {one["id"]: one for one in doc["incidents"]}
    told = [(one, one["verdict"]) for one in doc["incidents"]]
    told += [(by_id[one["example"]], one["verdict"]) for one in doc["workloads"] if one["example"] in by_id]
    for incident, verdict in told:
        mechanism, found = verdict["mechanism"], holders(incident)
        if mechanism is None or mechanism["id"] not in ONE_HOLDER or found is None:
            continue
        rows = [
            row for row in found.rows if row.name == row.comm and f"`{row.comm}`" in mechanism["says"].split("(")[0]
        ]
        if len(rows) == 1 and rows[0].share and not rows[0].swap and " of swap" not in mechanism["says"]:
            assert rows[0].share in mechanism["says"], (mechanism["says"], rows[0])


def test_what_is_asked_for_moves_the_odds_and_was_not_given(doc: dict[str, Any]) -> None:
    for one in (*doc["incidents"], *doc["workloads"]):
        found = best(one["verdict"])
        if found is None:
            continue
        now = {odds(row["probability"]) for row in one["verdict"]["ranked"][:1]}
        assert not set(re.findall(r"about \d+ %|under 5 %", found[0])) & now, found
    for incident in doc["incidents"]:
        cut = {gap["section"] for gap in incident["gaps"]}
        wanted = {entry["input"] for entry in incident["verdict"]["wanted"]}
        assert not (incident["tasks"] and not cut & {"tasks", "task header"} and "tasks" in wanted)
        assert not (incident["node"] and "memory" not in cut and "node" in wanted)


def test_the_terminal_says_it_in_plain_words(doc: dict[str, Any]) -> None:
    shown = render_text(doc, False, 400)
    for name in {text for key, text in strings(doc) if key in OF_THE_LOG and text}:
        shown = shown.replace(name, "")
    assert FORBIDDEN.search(shown) is None, FORBIDDEN.search(shown)
    assert re.search(r"\b1 (?:kills|workloads|processes|reports|lines|times)\b", shown) is None
    assert re.search(r"(?m)^  (?:died|where) .*in cgroup [^/\s`]", render_text(doc, False, 4000)) is None
    assert "0.0 s" not in shown
