"""A table as Parquet, for pandas, DuckDB, Spark and their like. The only place that knows pyarrow."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from oomscope.errors import InputError
from oomscope.report.fields import Doc
from oomscope.report.outputs.table import INCIDENTS, Row, Table, kind_of
from oomscope.safe_text import safe_line

if TYPE_CHECKING:
    import pyarrow

_ROWS: Final = 50_000
"""Rows of a group, which are in memory at once."""
_LARGEST: Final = {"size": (1 << 64) - 1, "integer": (1 << 63) - 1}


def needs_pyarrow() -> None:
    """Raise InputError, with what to install, where pyarrow is not there."""
    from importlib.util import find_spec

    if find_spec("pyarrow") is None:
        raise InputError("parquet: pyarrow is not installed; pip install pyarrow, or write .csv, which needs nothing")  # fmt: skip


def render_parquet(doc: Doc, table: Table = INCIDENTS) -> bytes:
    """The file. Columns have the same type in every file: sizes uint64, counts int64, numbers double, all else text."""
    return parquet_of(table.rows(doc), table)


def parquet_of(rows: Iterator[Row], table: Table, more: Mapping[str, str] | None = None) -> bytes:
    """The file with these rows; `more` is put into its metadata."""
    import pyarrow as pa
    from pyarrow import parquet

    schema = _schema(table, more or {})
    out = pa.BufferOutputStream()
    with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        for some in _batches(rows):
            columns = [[_cell(name, row.get(name)) for row in some] for name in table.columns]
            arrays = [pa.array(cells, field.type) for cells, field in zip(columns, schema, strict=True)]
            writer.write_table(pa.table(arrays, schema=schema))
    whole: bytes = out.getvalue().to_pybytes()
    return whole


def _schema(table: Table, more: Mapping[str, str]) -> "pyarrow.Schema":
    import pyarrow as pa

    types = {"size": pa.uint64(), "integer": pa.int64(), "number": pa.float64(), "text": pa.string()}
    return pa.schema(
        [(name, types[kind_of(name)]) for name in table.columns], metadata={"oomscope": table.name, **more}
    )


def _batches(found: Iterator[Row]) -> Iterator[Sequence[Row]]:
    """At least one, so that an empty table has its columns."""
    yield list(islice(found, _ROWS))
    while some := list(islice(found, _ROWS)):
        yield some


def _cell(column: str, value: object) -> Any:  # noqa: ANN401 - what pyarrow takes
    kind = kind_of(column)
    if value is None:
        return None
    if kind == "text":
        return safe_line(str(value))
    if not isinstance(value, (int, float)):
        return None
    most = _LARGEST.get(kind)
    return value if most is None else int(value) if -most <= value <= most else None
