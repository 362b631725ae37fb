"""What a worker does: reads some inputs, one after the other, and returns their rows as Parquet."""

import gc
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from oomscope import __version__
from oomscope.api import Options, analyze
from oomscope.errors import OomscopeError
from oomscope.fleet.fetching import Unreachable, opened
from oomscope.fleet.sources import Source
from oomscope.fleet.tables import INPUTS, SCHEMA_VERSION, TABLES
from oomscope.report.fields import Doc, rows
from oomscope.report.outputs.parquet import parquet_of
from oomscope.report.outputs.table import Row
from oomscope.safe_text import safe_line

READ: Final = "read"
SAME: Final = "same"
"""Its bytes are those of the run before: only the stamp is new."""
DAMAGED: Final = "damaged"
"""Opened, and not to be read: it is not tried again before it changes."""
UNREACHABLE: Final = "unreachable"
_SHARE_OF_WORKER: Final = 0.6
"""Of the memory that a worker may take; Dask pauses a worker at 0.8 and ends it at 0.95."""


class Read(NamedTuple):
    """What became of a batch."""

    files: Mapping[str, bytes]  # Parquet by the name of its table; a table without a row is left out
    inputs: Sequence[Row]  # as in the table `inputs`, in the order of the sources; also those that are the same


def versions() -> str:
    """Return what a worker and the one who hands it work must have in common."""
    return f"oomscope {__version__}"


def read_batch(sources: Sequence[Source], options: Options, known: Mapping[str, str]) -> Read:
    """Read the inputs. One that cannot be read is a row with its reason; those with a `known` hash are not read again."""
    gc.set_threshold(100_000, 20, 20)  # as in the command line: a tenth of the time
    options = within_worker(options)
    found: dict[str, list[Row]] = {table.name: [] for table in TABLES}
    inputs = []
    for source in sources:
        row, doc = _read(source, options, known.get(source.name))
        inputs.append(row)
        for table in TABLES if doc is not None else ():
            found[table.name] += table.rows(doc)  # type: ignore[arg-type]  # not None
    found[INPUTS.name] = [row for row in inputs if row["status"] != SAME]
    metadata = {"oomscope.fleet": SCHEMA_VERSION, "oomscope.version": __version__}
    files = {table.name: parquet_of(iter(found[table.name]), table, metadata) for table in TABLES if found[table.name]}
    return Read(files, inputs)


def lost(sources: Iterable[Source], reason: str = "") -> Read:
    """Return what is said of inputs that are not read, or that no worker could read to the end."""
    inputs = [_row(source, UNREACHABLE, source.reason or reason) for source in sources]
    metadata = {"oomscope.fleet": SCHEMA_VERSION, "oomscope.version": __version__}
    return Read({INPUTS.name: parquet_of(iter(inputs), INPUTS, metadata)}, inputs)


def report_page(source: Source, options: Options) -> tuple[str, str] | None:
    """Return the SHA-256 of an input and the report page on it; None where it can no longer be read."""
    try:
        with opened(source) as (file, digest):
            return digest, analyze(file, within_worker(options)).html()
    except (Unreachable, OomscopeError):
        return None


def within_worker(options: Options) -> Options:
    """Return the options with the memory that this worker may take, where Dask gives it a limit."""
    from distributed import get_worker

    try:
        limit = get_worker().memory_manager.memory_limit
    except (ValueError, AttributeError):
        return options
    if not limit or options.read.max_memory is not None:
        return options
    return options._replace(read=options.read._replace(max_memory=int(limit * _SHARE_OF_WORKER)))


def _read(source: Source, options: Options, known: str | None) -> tuple[Row, Doc | None]:
    began = time.process_time()
    try:
        with opened(source) as (file, digest):
            if digest == known:
                return _row(source, SAME, sha256=digest), None
            doc = analyze(file, options).document()
    except Unreachable as error:
        return _row(source, UNREACHABLE, str(error)), None
    except OomscopeError as error:
        return _row(
            source, DAMAGED, safe_line(str(error)).removeprefix(f"{safe_line(source.name)}: "), sha256=digest
        ), None
    except Exception as error:  # a bug of ours is a row with its reason, like any other file
        return _row(
            source, DAMAGED, f"a bug in oomscope: {type(error).__name__}; please report it", sha256=digest
        ), None
    logs = rows(doc, "inputs")
    incidents = rows(doc, "incidents")
    machines = rows(doc, "machines")
    return _row(
        source,
        READ,
        next((str(one["message"]) for log in logs for one in rows(log, "warnings")), None),
        sha256=digest,
        unpacked_bytes=sum(int(log.get("bytes") or 0) for log in logs),
        host=next((one["host"] for one in machines if one.get("host")), None),
        kernel_release=next((one["kernel_release"] for one in (*machines, *incidents) if one.get("kernel_release")), None),
        first_time=min((str(log["first_time"]) for log in logs if log.get("first_time")), default=None),
        last_time=max((str(log["last_time"]) for log in logs if log.get("last_time")), default=None),
        log_count=len(logs),
        incident_count=len(incidents),
        kill_count=sum(one.get("outcome") == "killed" for one in incidents),
        warning_count=sum(len(rows(log, "warnings")) for log in logs),
        cpu_seconds=round(time.process_time() - began, 4),
    ), doc  # fmt: skip


def _row(source: Source, status: str, reason: str | None = None, **more: Any) -> Row:  # noqa: ANN401 - cells
    head = {"input": source.name, "status": status, "reason": reason, "size_bytes": source.size, "stamp": source.stamp}
    return {**head, **more, "oomscope_version": __version__}
