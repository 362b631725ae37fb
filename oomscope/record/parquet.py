"""A recording as Parquet, for pandas, DuckDB and their like. Needs pyarrow."""

from itertools import islice
from typing import Final

from oomscope.errors import InputError
from oomscope.record.counters import COLUMNS
from oomscope.record.recorder import recorded
from oomscope.safe_text import safe_line

_ROWS: Final = 50_000
"""Samples of a group, which are in memory at once."""


def parquet(folder: str) -> bytes:
    """Return the samples of a ring: boot and cgroup as text, times as seconds, counters as bytes.

    Raises InputError where pyarrow is not there, or the ring cannot be read.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet as file
    except ImportError:
        raise InputError(
            "parquet: pyarrow is not installed; pip install 'oomscope[parquet]', or write .csv, which needs nothing"
        ) from None
    names = ("boot", "t", "time", "cgroup", *COLUMNS)
    kinds = (pa.string(), pa.float64(), pa.float64(), pa.string(), *[pa.uint64()] * len(COLUMNS))
    schema = pa.schema(list(zip(names, kinds, strict=True)))
    samples = ((boot, *at, safe_line(cgroup), *row) for boot, at, cgroup, row in recorded(folder))
    out = pa.BufferOutputStream()
    with file.ParquetWriter(out, schema, compression="zstd") as writer:
        while some := list(islice(samples, _ROWS)):
            arrays = [pa.array(column, kind) for column, kind in zip(zip(*some, strict=True), kinds, strict=True)]
            writer.write_table(pa.table(arrays, schema=schema))
    whole: bytes = out.getvalue().to_pybytes()
    return whole
