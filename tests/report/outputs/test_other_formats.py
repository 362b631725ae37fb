"""brief-json, ECS, OTLP, Parquet and PDF: their sizes, shapes and mistakes, and what the input may not do in them."""

import json
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from google.protobuf import json_format
from opentelemetry.proto.logs.v1.logs_pb2 import LogsData
from read_back import parquet_rows
from report_corpus import ALL, everything, hostile
from report_documents import leak_in_a_pod, node_wide, tmpfs

from oomscope.errors import InputError
from oomscope.report.outputs import pdf
from oomscope.report.outputs.brief_json import MOST_BYTES, brief_line, render_brief_json
from oomscope.report.outputs.csv_table import render_csv
from oomscope.report.outputs.ecs import render_ecs
from oomscope.report.outputs.otel import render_otel
from oomscope.report.outputs.parquet import render_parquet
from oomscope.report.outputs.table import EVIDENCE, INCIDENTS, TASKS

DOCS = Path(__file__).parents[3] / "docs"
WIDE = ("x" * 5000, "\U000e0041" * 5000, "\ud800" * 900, '"' * 5000, "\u4e2d" * 5000)


@pytest.mark.parametrize("name", sorted(ALL))
def test_brief_json_is_one_object_with_an_incident_a_line_under_four_kilobytes(name: str) -> None:
    doc = ALL[name]()[0]
    written = "".join(render_brief_json(doc))
    assert [one["id"] for one in json.loads(written)["incidents"]] == [one["id"] for one in doc["incidents"]]
    lines = written.splitlines()[1:-1]
    assert len(lines) == len(doc["incidents"])
    assert all(len(line.encode()) < MOST_BYTES + 96 == 4096 for line in lines)


@pytest.mark.parametrize("filler", WIDE, ids=range(len(WIDE)))
def test_brief_json_stays_small_whatever_the_names_are(filler: str) -> None:
    for incident in hostile(filler)[0]["incidents"]:
        line = brief_line(incident)
        assert len(line.encode()) < MOST_BYTES
        small = json.loads(line)
        assert small["cut"] is True and small["id"] == incident["id"]


def test_a_shortened_incident_says_so_and_keeps_the_strongest_clues() -> None:
    incident = leak_in_a_pod()[0]["incidents"][0]
    first = incident["verdict"]["evidence"][0]
    incident["verdict"]["evidence"] = [{**first, "id": f"c{n}", "weight": n / 10, "says": "w" * 200} for n in range(40)]
    small = json.loads(brief_line(incident))
    assert small["evidence"][0]["id"] == "c39" and small["evidence_total"] == 40


def test_every_key_of_brief_json_is_described() -> None:
    described = set(re.findall(r"`(\w+)`", (DOCS / "brief-json.md").read_text()))
    found: set[str] = set()

    def keys(value: object) -> None:
        if isinstance(value, dict):
            found.update(value)
        for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            keys(one)

    for doc in (everything()[0], node_wide()[0], hostile("y" * 5000)[0]):
        keys(json.loads("".join(render_brief_json(doc))))
    assert len(found) > 50
    assert found - described == set()


def test_an_ecs_event_has_the_fields_of_the_schema_in_their_types() -> None:
    for event in map(json.loads, render_ecs(everything()[0])):
        assert event["event"]["kind"] == "event" and event["event"]["category"] == ["process"]
        assert event["event"]["type"] in (["end"], ["info"])
        assert "@timestamp" not in event or datetime.fromisoformat(event["@timestamp"]).tzinfo
        assert isinstance(event["process"].get("pid", 1), int)
        assert set(event) <= {"@timestamp", "ecs", "message", "event", "observer", "log", "host", "process", "container", "orchestrator", "oomscope"}  # fmt: skip


def test_an_otlp_record_has_the_exact_time_and_the_names_of_the_conventions() -> None:
    incident = leak_in_a_pod()[0]["incidents"][0]
    doc = {**leak_in_a_pod()[0], "incidents": [incident]}
    incident["time"]["wall"] = "2026-11-22T00:31:07.123456Z"
    (resource,) = json_format.Parse("".join(render_otel(doc)), LogsData()).resource_logs
    (record,) = resource.scope_logs[0].log_records
    assert record.time_unix_nano == 1_795_307_467_123_456_000
    names = {one.key for one in resource.resource.attributes}
    assert {"k8s.namespace.name", "k8s.pod.name", "k8s.container.name", "container.id"} <= names
    assert record.event_name == "oom.kill" and record.severity_number == 17


def test_without_a_time_of_day_none_is_made_up() -> None:
    doc = tmpfs()[0]
    for incident in doc["incidents"]:
        incident["time"]["wall"] = None
    assert all("@timestamp" not in json.loads(line) for line in render_ecs(doc))
    assert all("timeUnixNano" not in line for line in render_otel(doc))


@pytest.mark.parametrize("trick", ["\n::error::x", "\u202e\x1b[31m", "\ud800", "##vso[x]", '"},{"a":"'])
def test_a_line_of_json_stays_one_line_and_obeys_nothing(trick: str) -> None:
    doc = hostile(trick)[0]
    for render in (render_ecs, render_otel, render_brief_json):
        written = "".join(render(doc))
        assert not re.search("[\x00-\x09\x0b-\x1f\u202e\ud800]|##vso", written)
        assert not any(line.startswith(("::", "##")) for line in written.splitlines())
        if render is not render_brief_json:
            assert len(written.splitlines()) == len(doc["incidents"])


def test_parquet_has_the_same_columns_in_the_same_types_in_every_file() -> None:
    import io

    from pyarrow import parquet

    for table in (INCIDENTS, TASKS, EVIDENCE):
        schemas = [
            parquet.read_schema(io.BytesIO(render_parquet(doc, table)))
            for doc in (ALL["empty"]()[0], everything()[0], hostile("x")[0])
        ]
        assert schemas[0].names == list(table.columns)
        assert all(schema.equals(schemas[0]) for schema in schemas)


def test_parquet_and_csv_have_the_same_rows_and_pandas_reads_them() -> None:
    import io

    import pandas as pd

    doc = everything()[0]
    frame = pd.read_parquet(io.BytesIO(render_parquet(doc, TASKS)))
    assert list(frame.columns) == list(TASKS.columns)
    assert len(frame) == sum(len(one["tasks"]) for one in doc["incidents"]) == len(list(render_csv(doc, TASKS))) - 1


def test_a_size_that_no_column_holds_is_left_out_of_parquet() -> None:
    doc = tmpfs()[0]
    doc["incidents"][0]["memcg"]["limit_bytes"] = 1 << 70
    doc["incidents"][0]["memcg"]["usage_bytes"] = (1 << 64) - 1
    (row,) = parquet_rows(render_parquet(doc))
    assert row["limit_bytes"] is None and row["usage_bytes"] == (1 << 64) - 1


def test_without_a_browser_one_sentence_says_how_to_print(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("OOMSCOPE_CHROMIUM", raising=False)
    with pytest.raises(InputError, match=r"^pdf: no Chromium.*-o report\.html.*print it"):
        pdf.render_pdf("<!doctype html>")


def test_a_browser_that_writes_nothing_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OOMSCOPE_CHROMIUM", "/bin/true")
    with pytest.raises(InputError, match="the browser wrote no PDF"):
        pdf.render_pdf("<!doctype html>")
    monkeypatch.setenv("OOMSCOPE_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(InputError, match="could not be started"):
        pdf.render_pdf("<!doctype html>")


def test_what_a_format_lacks_is_said_before_anything_is_read(tmp_path: Path) -> None:
    script = (
        "import sys, importlib.util as u; real = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'pyarrow' else real(name, *a)\n"
        "sys.argv = ['oomscope', 'analyze', 'no-such-log', '-o', 'x.parquet']\n"
        "from oomscope.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "pip install pyarrow" in done.stderr
    assert "no-such-log" not in done.stderr
