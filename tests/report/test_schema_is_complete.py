"""Every key that is emitted is described, and every time of a document has one form."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import oomscope
from oomscope import Analysis, Options
from oomscope.inputs import SideFiles
from oomscope.report.document.schema import schema

TESTS = Path(__file__).resolve().parents[1]
SAMPLES = TESTS.parent / "sample_logs"
NO_LOGS = (".expect.json", ".md", ".csv", ".tsv", ".py", ".pyc", ".toml")
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*")  # and nothing else: a finding quotes the log
FULL_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def closed(shape: object) -> object:
    """The schema, refusing every key that it does not describe."""
    if isinstance(shape, list):
        return [closed(one) for one in shape]
    if not isinstance(shape, dict):
        return shape
    inner = {key: closed(value) for key, value in shape.items()}
    return (
        {**inner, "additionalProperties": False} if "properties" in shape and shape.get("type") == "object" else inner
    )


STRICT: Any = closed(schema())
DOCUMENT = jsonschema.Draft202012Validator(STRICT)
LINE = jsonschema.Draft202012Validator({"$ref": "#/$defs/line", "$defs": STRICT["$defs"]})


def complaints(analysis: Analysis) -> list[str]:
    """What the schema does not describe, of the document and of each line of JSON."""
    found = [*DOCUMENT.iter_errors(json.loads("".join(analysis.written_json())))]
    for line in analysis.written_lines():
        found += LINE.iter_errors(json.loads(line))
    return [f"{error.json_path}: {error.message[:200]}" for error in found]


def strings(value: object) -> Iterator[str]:
    """Every string that is a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for item in value.values() for text in strings(item))
    elif isinstance(value, list):
        yield from (text for item in value for text in strings(item))


def folders() -> list[Path]:
    """Where logs lie: the samples, those of tests, and the corpus of whoever has one."""
    named = os.environ.get("OOMSCOPE_CORPUS")
    return [SAMPLES, TESTS / "events", TESTS / "data" / "transports", *([Path(named)] if named else [])]


def logs(folder: Path) -> list[str]:
    return [str(path) for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.endswith(NO_LOGS)]


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)
@pytest.mark.parametrize("trust", ["any", "kernel"])
def test_every_key_is_described(folder: Path, trust: str) -> None:
    paths = logs(folder)
    assert paths
    options = Options(trust=trust)  # type: ignore[arg-type]
    assert complaints(oomscope.analyze(paths, options)) == []


def test_every_key_is_described_of_each_sample_by_itself() -> None:
    said = {path: complaints(oomscope.analyze([path])) for path in logs(SAMPLES)}
    assert {path: found for path, found in said.items() if found} == {}


def test_every_key_is_described_with_all_that_lies_beside_a_log() -> None:
    log = TESTS / "data" / "side" / "leak_restarts-host-v1-116-x1200.log"
    side = SideFiles(
        pods=(str(log.with_suffix(".pods.json")),),
        metrics=(str(log.with_suffix(".csv")),),
        events=(str(log.with_name("events.json")),),
    )
    analysis = oomscope.analyze([str(log)], Options(side=side))
    assert analysis.document()["incidents"][0]["workload"]["names_source"] == "pods"
    assert complaints(analysis) == []


def test_an_unknown_key_is_noticed() -> None:
    doc = oomscope.analyze([str(SAMPLES / "6.1-v2-tmpfs-live.log")]).document()
    doc["incidents"][0]["workload"]["surprise"] = 1
    assert [error.json_path for error in DOCUMENT.iter_errors(doc)] == ["$.incidents[0].workload"]


def test_every_time_has_one_form() -> None:
    doc = oomscope.analyze([*logs(SAMPLES), *logs(TESTS / "data" / "transports")]).document()
    times = [text for text in strings(doc) if TIME.fullmatch(text)]
    assert len(times) > 100
    assert [text for text in times if not FULL_TIME.fullmatch(text)] == []
