"""The same incidents, causes and numbers in every format, each read back by a parser of its own."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from google.protobuf import json_format
from markdown_it import MarkdownIt
from opentelemetry.proto.logs.v1.logs_pb2 import LogsData
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from read_back import parquet_rows, pdf_text, text_of

import oomscope
from oomscope.cli.formats import FORMATS, Look, named
from oomscope.report.outputs.pdf import browser

SAMPLES = Path(__file__).parents[3] / "sample_logs"
LOGS = ("6.12-v2-leak-restarts.log", "6.1-v2-tmpfs-live.log", "6.12-v2-node-overcommit.log", "6.12-v2-panic-on-oom.log")
Row = tuple[str, str, int | None, int | None]  # incident, cause, limit, the first victim's anonymous memory
WHOLE = ("json", "jsonl", "brief-json", "csv", "parquet", "ecs", "otel")
"""Formats that hold all of it for each incident."""


@pytest.fixture(scope="module")
def analysis() -> oomscope.Analysis:
    return oomscope.analyze([SAMPLES / name for name in LOGS])


def written(analysis: oomscope.Analysis, name: str) -> object:
    found = named(name).render(analysis, Look(color=False, width=100))
    return found if isinstance(found, bytes) else text_of(found)


def of_document(incidents: list[dict[str, object]]) -> list[Row]:
    return [
        _row(i["id"], i["verdict"]["cause"], (i["memcg"] or {}).get("limit_bytes"), i["victims"]) for i in incidents
    ]  # type: ignore[index,attr-defined]


def _row(identity: object, cause: object, limit: object, victims: object) -> Row:
    first = next(iter(victims), {})  # type: ignore[call-overload]
    return str(identity), str(cause), limit, first.get("anon_rss_bytes")  # type: ignore[return-value]


def of_json(text: str) -> list[Row]:
    return of_document(json.loads(text)["incidents"])


def of_jsonl(text: str) -> list[Row]:
    return of_document([json.loads(line) for line in text.splitlines()])


def of_brief(text: str) -> list[Row]:
    return [
        _row(i["id"], i["cause"], i.get("limit_bytes"), i.get("victims", [])) for i in json.loads(text)["incidents"]
    ]


def of_csv(text: str) -> list[Row]:
    def whole(cell: str) -> int | None:
        return int(cell) if cell else None

    rows = csv.DictReader(io.StringIO(text))
    return [(r["incident"], r["cause"], whole(r["limit_bytes"]), whole(r["anon_rss_bytes"])) for r in rows]


def of_parquet(data: bytes) -> list[Row]:
    return [(r["incident"], r["cause"], r["limit_bytes"], r["anon_rss_bytes"]) for r in parquet_rows(data)]  # type: ignore[misc]


def of_ecs(text: str) -> list[Row]:
    found = []
    for event in map(json.loads, text.splitlines()):
        own = event["oomscope"]
        found.append((event["event"]["id"], own["cause"], own.get("limit_bytes"), own.get("anon_rss_bytes")))
    return found


def of_otel(text: str) -> list[Row]:
    found: list[Row] = []
    for line in text.splitlines():
        (resource,) = json_format.Parse(line, LogsData()).resource_logs
        (record,) = resource.scope_logs[0].log_records
        own = {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in record.attributes}
        limit, anon = own.get("oomscope.limit_bytes"), own.get("oomscope.anon_rss_bytes")
        found.append((own["oomscope.incident"], own["oomscope.cause"], limit, anon))
    return found


READERS: dict[str, Callable[..., list[Row]]] = {
    "json": of_json, "jsonl": of_jsonl, "brief-json": of_brief, "csv": of_csv, "parquet": of_parquet, "ecs": of_ecs,
    "otel": of_otel,
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_the_same_incidents_causes_and_numbers(analysis: oomscope.Analysis, name: str) -> None:
    wanted = of_document(analysis.document()["incidents"])
    assert len(wanted) > 6 and any(limit for _, _, limit, _ in wanted)
    assert READERS[name](written(analysis, name)) == wanted


def test_tasks_and_evidence_are_the_same_as_csv_and_as_parquet(analysis: oomscope.Analysis) -> None:
    incidents = analysis.document()["incidents"]
    for kind, many in (("tasks", lambda i: i["tasks"]), ("evidence", lambda i: i["verdict"]["evidence"])):
        wanted = Counter(i["id"] for i in incidents for _ in many(i))
        table = list(csv.DictReader(io.StringIO(str(written(analysis, f"csv-{kind}")))))
        packed = parquet_rows(written(analysis, f"parquet-{kind}"))  # type: ignore[arg-type]
        assert Counter(row["incident"] for row in table) == wanted
        assert list(table[0]) == list(packed[0])
        for row, other in zip(table, packed, strict=True):
            for column, cell in row.items():
                value = other[column]
                if isinstance(value, float):
                    assert float(cell) == value
                else:
                    assert cell.removeprefix("'") == ("" if value is None else str(value).removeprefix("'")), column


def test_views_for_people_and_servers_have_every_incident(analysis: oomscope.Analysis) -> None:
    doc = analysis.document()
    kills = [i for i in doc["incidents"] if i["outcome"] == "killed"]
    sarif = json.loads(str(written(analysis, "sarif")))["runs"][0]["results"]
    assert [(r["partialFingerprints"]["oomscopeIncident/v1"], r["ruleId"]) for r in sarif] == [
        (i["id"], i["verdict"]["cause"]) for i in doc["incidents"]
    ]
    (family,) = text_string_to_metric_families(str(written(analysis, "openmetrics")))
    counted = Counter[str]()
    for sample in family.samples:
        counted[sample.labels["cause"]] += int(sample.value)
    assert counted == Counter(i["verdict"]["cause"] for i in kills)
    root = ElementTree.fromstring(str(written(analysis, "junit")))  # noqa: S314 - our own
    killed = [w for w in doc["workloads"] if w["kills"]]
    assert int(root.attrib["failures"]) == len(killed)
    markdown = str(written(analysis, "markdown"))
    assert "code_inline" in {t.type for token in MarkdownIt().parse(markdown) for t in token.children or []}
    for name in ("markdown", "jira", "slack", "html"):
        assert [i["id"] for i in doc["incidents"] if i["id"] not in str(written(analysis, name))] == [], name
    page, said = str(written(analysis, "html")), str(written(analysis, "text"))
    for load in killed:
        headline = re.split("[`;]", load["verdict"]["headline"])[1]
        assert headline in said and headline in page


@pytest.mark.skipif(browser() is None, reason="no Chromium on PATH, and OOMSCOPE_CHROMIUM is not set")
def test_the_pdf_is_the_page(analysis: oomscope.Analysis) -> None:
    said = re.sub(r"\s+", "", pdf_text(written(analysis, "pdf")))  # type: ignore[arg-type]
    for incident in analysis.document()["incidents"]:
        assert incident["victims"][0]["comm"].replace(" ", "") in said if incident["victims"] else True
    assert "dotnet" in said and "150MiB" in said


def test_every_format_is_measured_here() -> None:
    others = {"csv-tasks", "csv-evidence", "parquet-tasks", "parquet-evidence", "sarif", "openmetrics", "junit", "markdown", "jira", "slack", "html", "text", "pdf"}  # fmt: skip
    assert {one.name for one in FORMATS} == {*WHOLE, *others}
