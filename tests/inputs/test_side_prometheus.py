"""A real Prometheus, filled with the series of a real incident: what it answers is worth what a file of the same is."""

import csv
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from oomscope.api import Analysis, Options, analyze
from oomscope.inputs import SideFiles
from oomscope.inputs.prometheus import quoted
from oomscope.read import InputWarning

from .syslogs import BOOT, CONTAINERS, DATA, KILLS, RING, service, syslog

PROGRAMS = [shutil.which("prometheus"), shutil.which("promtool")]
pytestmark = [
    pytest.mark.xdist_group("prometheus"),
    pytest.mark.skipif(
        None in PROGRAMS, reason="no prometheus and promtool on PATH (Debian: apt-get install prometheus)"
    ),
]
PODS = str(DATA / "leak_restarts-host-v1-116-x1200.pods.json")
SAMPLES = DATA / "leak_restarts-host-v1-116-x1200.csv"
COLUMNS = {
    "container_memory_usage_bytes": "usage",
    "container_memory_rss": "anon",
    "container_memory_cache": "file",
    "container_memory_mapped_file": "mapped_file",
    "container_spec_memory_limit_bytes": "limit",
}
NAMES = {"namespace": "data", "pod": "ingest-bcdec079f-c4l24", "container": "ingest"}
HOSTILE = '/evil"}or{__name__=~".+"}or{id="\\'


def openmetrics(by: str) -> str:
    """The samples as a node's cAdvisor exports them: all labels, or only those that the test wants found."""
    lines = []
    rows = list(csv.DictReader(SAMPLES.read_text().splitlines()))
    if by == "names":
        rows = [row for row in rows if row["cgroup"].endswith(running(float(row["t"])))]
    for metric, column in COLUMNS.items():
        lines.append(f"# TYPE {metric} gauge")
        for row in rows:
            labels = {"id": row["cgroup"], **NAMES, "node": "node-1"}
            if by == "names":
                del labels["id"]
            if by == "container":
                labels = {"id": "/lxc/node" + row["cgroup"]}
            shown = ",".join(f'{name}="{value}"' for name, value in labels.items())
            lines.append(f"{metric}{{{shown}}} {row[column]} {BOOT.timestamp() + float(row['t']):.3f}")
    return "\n".join([*lines, "# EOF", ""])


def running(at: float) -> str:
    """Under one name there is one run at a time."""
    return next((one for one, kill in zip(CONTAINERS, KILLS, strict=True) if at < kill), CONTAINERS[-1])


def neighbours() -> str:
    at = BOOT.timestamp() + KILLS[0] - 60
    return f'# TYPE container_memory_rss gauge\ncontainer_memory_rss{{id="/other",pod="other"}} 1 {at:.3f}\n# EOF\n'


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Addresses of servers by what their series are labelled with."""
    running = []
    found = {}
    try:
        for by in ("path", "names", "container"):
            folder = tmp_path_factory.mktemp(by)
            for name, text in (("samples", openmetrics(by)), ("others", neighbours())):
                (folder / f"{name}.om").write_text(text)
                command = [
                    "promtool",
                    "tsdb",
                    "create-blocks-from",
                    "openmetrics",
                    folder / f"{name}.om",
                    folder / "tsdb",
                ]
                subprocess.run(command, check=True, capture_output=True)
            (folder / "prometheus.yml").write_text("scrape_configs: []\n")
            address = f"127.0.0.1:{free_port()}"
            running.append(
                subprocess.Popen(
                    [
                        "prometheus", f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'tsdb'}",
                        "--storage.tsdb.retention.time=90y", f"--web.listen-address={address}", "--log.level=error",
                    ],
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )
            )  # fmt: skip
            found[by] = f"http://{address}"
        for url in found.values():
            ready(url)
        yield found
    finally:
        for server in running:
            server.terminate()
        for server in running:
            server.wait(20)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def ready(url: str) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            with urlopen(f"{url}/-/ready", timeout=5):  # noqa: S310
                return
        except (URLError, OSError):
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return syslog(tmp_path / "syslog", [])


def warned(analysis: Analysis) -> list[InputWarning]:
    return [warning for warning in analysis.inputs[0].warnings if warning.code.startswith("prometheus")]


def told(analysis: Analysis) -> dict[str, Any]:
    document = analysis.document()
    return {
        "facts": [table.values for table in analysis.facts],
        "verdicts": [incident["verdict"] for incident in document["incidents"]],
        # a server's samples lie on its own grid: the chart's points differ by a moment, and nothing that is said does
        "workloads": [{**one, "series": one["series"] is not None} for one in document["workloads"]],
    }


@pytest.mark.parametrize("by", ["path", "names", "container"])
def test_a_server_tells_what_a_file_of_its_series_tells(
    store: dict[str, str], tmp_path: Path, log: Path, by: str
) -> None:
    saved = tmp_path / "series.om"
    saved.write_text(openmetrics(by))
    asked = analyze([str(log)], Options(side=SideFiles(pods=(PODS,), prometheus=store[by])))
    from_file = analyze([str(log)], Options(side=SideFiles(pods=(PODS,), metrics=(str(saved),))))
    assert told(asked) == told(from_file)
    facts = asked.facts[0].values
    assert (facts["series_rising_lives"], facts["series_slopes_agree"]) == (3, True)
    assert not warned(asked)


def test_it_holds_from_the_command_line_without_pods(store: dict[str, str], log: Path) -> None:
    command = [sys.executable, "-m", "oomscope", "analyze", str(log), "--prometheus", store["path"], "-f", "json"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True)
    document = json.loads(printed.stdout)
    assert document["workloads"][0]["lifetimes_source"] == "series"
    note = next(n for n in document["incidents"][0]["notes"] if n["id"] == "prometheus-asked")
    assert CONTAINERS[0] in note["text"]
    assert "1 series" in note["text"]
    facts = [*command[:3], "facts", str(log), "--prometheus", store["path"]]
    assert "series_rising_lives" in subprocess.run(facts, check=True, capture_output=True, text=True).stdout


def test_the_end_of_a_container_is_wall_clock_enough(store: dict[str, str]) -> None:
    analysis = analyze([str(RING)], Options(side=SideFiles(pods=(PODS,), prometheus=store["path"])))
    assert analysis.facts[0].values["series_rising_lives"] == 3


def test_without_a_wall_clock_nothing_is_asked_and_it_is_said() -> None:
    analysis = analyze([str(RING)], Options(side=SideFiles(prometheus="http://127.0.0.1:9")))
    (warning,) = warned(analysis)
    assert warning.code == "prometheus-not-asked"
    assert all(word in warning.message for word in ("--year", "--tz", "dmesg -T"))


def test_a_hostile_cgroup_path_asks_for_nothing_else(store: dict[str, str], tmp_path: Path) -> None:
    path = syslog(tmp_path / "evil", [], service(KILLS[0], path=HOSTILE))
    analysis = analyze([str(path)], Options(side=SideFiles(prometheus=store["path"])))
    assert analysis.incidents[0].event.summary is not None
    assert analysis.incidents[0].event.summary.task_memcg == HOSTILE
    (warning,) = warned(analysis)
    assert warning.code == "prometheus-has-nothing"
    assert analysis.facts[0].values.get("series_samples") is None


@pytest.mark.parametrize("text", [HOSTILE, "a\\x2db", "\n\t\x7f\x00", "caf\u00e9 \U0001f600", "\udcff\udc80", "\u2028"])
def test_any_text_is_one_string_to_the_server(store: dict[str, str], text: str) -> None:
    from oomscope.inputs.http_ask import endpoint, get

    query = f"container_memory_rss{{id={quoted(text)}}}"
    answer = get(endpoint(store["path"]), "/api/v1/query", {"query": query, "time": str(BOOT.timestamp() + KILLS[0])})
    assert (answer.status, json.loads(answer.body)["data"]["result"]) == (200, [])


def test_what_the_server_refuses_is_said_in_its_own_words(store: dict[str, str], log: Path) -> None:
    analysis = analyze([str(log)], Options(side=SideFiles(prometheus=store["path"] + "/nowhere")))
    assert "answers 404; is it the address of Prometheus' own web page" in analysis.inputs[0].not_read[0].message
    assert analysis.incidents
