"""Real kills with their pods and series: what is known of them in the end."""

import csv
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from oomscope.api import Analysis, Options, analyze
from oomscope.errors import InputError
from oomscope.inputs import SideFiles
from oomscope.inputs.boot_times import boot_times
from oomscope.inputs.metrics import measure
from oomscope.inputs.pod_names import match_incidents
from oomscope.inputs.pods import read_pods
from oomscope.inputs.side_input import Known

DATA = Path(__file__).parent.parent / "data" / "side"
RESTARTS, SINGLE = "leak_restarts-host-v1-116-x1200", "leak_single-5.10-v2-2000-x600"


def run(name: str, pods: bool = True, metrics: Path | None = None) -> Analysis:
    files = SideFiles(
        pods=(str(DATA / f"{name}.pods.json"),) if pods else (), metrics=(str(metrics),) if metrics else ()
    )
    return analyze([str(DATA / f"{name}.log")], Options(side=files))


def test_pods_name_the_workload_and_its_owner() -> None:
    who = run(RESTARTS).incidents[0].workload
    assert (who.namespace, who.pod, who.container) == ("data", "ingest-bcdec079f-c4l24", "ingest")
    assert (who.owner, who.names_source) == ("deployment/ingest", "pods")
    assert (who.memory_request_bytes, who.memory_request_source) == (10 << 20, "pods")
    assert (who.memory_limit_bytes, who.qos_class, who.qos_source) == (40 << 20, "Burstable", "pods")


def test_one_lifetime_that_a_pod_tells_confirms_the_gaps() -> None:
    ((repeats, _),) = run(RESTARTS).workloads
    assert repeats.lifetimes_source == "pods"
    assert len(repeats.lifetimes_seconds) == 2  # two gaps, each about as long as the life that is known


def test_restarts_are_one_workload_with_and_without_pods() -> None:
    assert [len(r.incidents) for r, _ in run(RESTARTS, pods=False).workloads] == [3]
    assert [len(r.incidents) for r, _ in run(RESTARTS).workloads] == [3]


def test_series_show_the_lives() -> None:
    analysis = run(RESTARTS, metrics=DATA / f"{RESTARTS}.csv")
    ((repeats, _),) = analysis.workloads
    assert repeats.lifetimes_source == "series"
    assert len(repeats.lifetimes_seconds) == 3
    facts = analysis.facts[0].values
    assert facts["series_rising_lives"] == 3
    assert facts["series_slopes_agree"] is True
    assert facts["series_load_shaped"] is False


def test_one_long_life_has_a_trend() -> None:
    facts = run(SINGLE, metrics=DATA / f"{SINGLE}.csv").facts[0].values
    assert (facts["series_trend"], facts["series_trend_lives"], facts["series_plateau"]) == (True, 1, False)
    assert facts["life_source"] == "pods"


def test_the_end_of_a_container_ties_the_clocks_within_a_minute() -> None:
    incidents = run(SINGLE, pods=False).incidents
    pods = read_pods(DATA / f"{SINGLE}.pods.json")
    matches = match_incidents(incidents, pods)
    wall = boot_times(incidents, matches).wall(incidents[0])
    ended = next(c.last_terminated for p in pods for c in p.containers if c.last_terminated)
    assert wall is not None
    assert ended.finished_at is not None
    assert abs(wall - ended.finished_at) < 60


def test_wall_clock_series_find_their_kill_by_that_boot(tmp_path: Path) -> None:
    """The same samples as a Prometheus would answer: by names only, since the epoch."""
    incidents = run(SINGLE, pods=False).incidents
    matches = match_incidents(incidents, read_pods(DATA / f"{SINGLE}.pods.json"))
    boot = boot_times(incidents, matches).boot_at[incidents[0].machine]
    container = incidents[0].workload.identity.container_id or "?"
    rows = [r for r in csv.DictReader((DATA / f"{SINGLE}.csv").read_text().splitlines()) if container in r["cgroup"]]
    match = matches[incidents[0].id]
    assert match.container is not None
    labels = {"namespace": match.pod.namespace, "pod": match.pod.name, "container": match.container.name}
    values = [[float(r["t"]) + boot, r["anon"]] for r in rows]
    answer = {"data": {"result": [{"metric": {"__name__": "container_memory_rss", **labels}, "values": values}]}}
    path = tmp_path / "series.json"
    path.write_text(json.dumps(answer))
    facts = run(SINGLE, metrics=path).facts[0].values
    assert facts["series_trend"] is True
    assert run(SINGLE, pods=False, metrics=path).facts[0].values.get("series_trend") is None


def test_iso_times_in_a_csv_do_as_well(tmp_path: Path) -> None:
    incidents = run(SINGLE, pods=False).incidents
    boot = boot_times(incidents, match_incidents(incidents, read_pods(DATA / f"{SINGLE}.pods.json"))).boot_at[0]
    rows = list(csv.DictReader((DATA / f"{SINGLE}.csv").read_text().splitlines()))
    path = tmp_path / "iso.csv"
    lines = [
        f"{datetime.fromtimestamp(float(r['t']) + boot, UTC).isoformat()},{r['cgroup']},{r['usage']}" for r in rows
    ]
    path.write_text("\n".join(["time,id,usage", *lines]))
    assert run(SINGLE, metrics=path).facts[0].values["series_trend"] is True


def test_inputs_that_know_nothing_of_the_victim_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("t,cgroup,usage\n1,/elsewhere,5\n")
    with_, without = run(SINGLE, pods=False, metrics=path), run(SINGLE, pods=False)
    assert with_.document() == without.document()


@pytest.mark.parametrize("files", [SideFiles(pods=("nowhere.json",)), SideFiles(metrics=("nowhere.csv",))])
def test_a_side_file_that_is_missing_is_said(files: SideFiles) -> None:
    with pytest.raises(InputError, match=r"nowhere\..*: No such file"):
        analyze([str(DATA / f"{SINGLE}.log")], Options(side=files))


def test_without_metrics_nothing_heavy_is_imported() -> None:
    log, pods = DATA / f"{SINGLE}.log", DATA / f"{SINGLE}.pods.json"
    code = (
        "import sys\nfrom oomscope.api import Options, analyze\nfrom oomscope.inputs import SideFiles\n"
        f"analyze([{str(log)!r}])\n"
        "assert 'oomscope.inputs.pods' not in sys.modules\n"
        f"analyze([{str(log)!r}], Options(side=SideFiles(pods=({str(pods)!r},))))\n"
        "assert not {'pandas', 'numpy'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_kill_whose_report_is_lost_borrows_no_series(tmp_path: Path) -> None:
    """Its container may be known from its siblings; of what led up to it nothing is."""
    path = tmp_path / "cut.log"
    lines = (DATA / f"{SINGLE}.log").read_text().splitlines(keepends=True)
    table = next(n for n, line in enumerate(lines) if "tgid total_vm" in line)
    killed = next(line for line in lines if "Killed process" in line)
    victim = killed.split("Killed process ")[1].split()[0]
    rows = [line.partition("[")[2].partition("[")[2].split("]")[0].strip() for line in lines[table + 1 : table + 3]]
    other = next(pid for pid in rows if pid != victim)
    later = killed.replace(f"process {victim}", f"process {other}").replace("[ 3128", "[ 3140")
    path.write_text("".join([*lines, later]))
    first, second = analyze([str(path)]).incidents
    assert second.workload.identity.container_id == first.workload.identity.container_id
    series, boots = [str(DATA / f"{SINGLE}.csv")], boot_times([first, second], {})
    assert measure(series, Known([first], {}, boots)).series
    assert not measure(series, Known([second], {}, boots)).series


@pytest.mark.parametrize("name", [RESTARTS, SINGLE])
def test_what_was_given_is_not_asked_for_again(name: str) -> None:
    def asked(analysis: Analysis) -> set[str]:
        doc = analysis.document()
        return {one["input"] for each in (*doc["incidents"], *doc["workloads"]) for one in each["verdict"]["wanted"]}

    assert asked(run(name, pods=False)) & {"pods", "metrics"}
    assert "pods" not in asked(run(name))
    assert not asked(run(name, metrics=DATA / f"{name}.csv")) & {"pods", "metrics"}
