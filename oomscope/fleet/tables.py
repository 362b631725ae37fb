"""The tables of the data set: those of every other output, with the input that a row is from."""

from collections.abc import Iterator
from typing import Final

from oomscope.report.fields import Doc, rows, sub, text
from oomscope.report.outputs import table
from oomscope.report.outputs.table import Row, Table

SCHEMA_VERSION: Final = "1"
"""Of the data set: columns are only added within it. It is in the metadata of each file, as `oomscope.fleet`."""


def _incidents(doc: Doc) -> Iterator[Row]:
    for row, incident in zip(table.INCIDENTS.rows(doc), rows(doc, "incidents"), strict=True):
        load = sub(incident, "workload")
        wall = row.get("wall")
        yield {
            **row,
            "input": row.get("file"),
            "node": incident.get("host") or row.get("file"),
            "day": str(wall)[:10] if wall else None,
            "image": load.get("image"),
            "owner": load.get("owner"),
            "name": load.get("name"),
            "headline": text(sub(incident, "verdict"), "headline"),
        }


def _with_input(of: Table, doc: Doc) -> Iterator[Row]:
    """The rows of a table whose rows name their incident."""
    inputs = {one.get("id"): sub(one, "source").get("path") for one in rows(doc, "incidents")}
    for row in of.rows(doc):
        yield {**row, "input": inputs.get(row.get("incident"))}


INCIDENTS: Final = Table(
    "incidents",
    (*table.INCIDENTS.columns, "input", "node", "day", "image", "owner", "name", "headline"),
    _incidents,
)
TASKS: Final = Table("tasks", (*table.TASKS.columns, "input"), lambda doc: _with_input(table.TASKS, doc))
EVIDENCE: Final = Table("evidence", (*table.EVIDENCE.columns, "input"), lambda doc: _with_input(table.EVIDENCE, doc))
INPUTS: Final = Table(
    "inputs",
    (
        "input", "status", "reason", "size_bytes", "unpacked_bytes", "stamp", "sha256", "host", "kernel_release",
        "first_time", "last_time", "log_count", "incident_count", "kill_count", "warning_count", "cpu_seconds",
        "oomscope_version",
    ),
    lambda doc: iter(()),
)  # fmt: skip
TABLES: Final = (INCIDENTS, TASKS, EVIDENCE, INPUTS)
