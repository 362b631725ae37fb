"""The Parquet files: DIR/TABLE/BATCH.parquet. The only place beside the outputs that knows pyarrow."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from oomscope.errors import InputError
from oomscope.fleet.tables import TABLES
from oomscope.report.write import write
from oomscope.safe_text import safe_line

_OURS: Final = re.compile(r"[0-9a-f]{16}\.parquet")


class DataSet:
    """The tables below a folder. Names of files are made of hashes: nothing that a log or a store says is one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, batch: str, files: Mapping[str, bytes]) -> None:
        """Write the files of a batch, each whole or not at all. Raises InputError where that cannot be done."""
        for table in TABLES:
            path = self._file(table.name, batch)
            if table.name in files:
                path.parent.mkdir(exist_ok=True)
                write(path, files[table.name])
            else:
                path.unlink(missing_ok=True)  # of a run that was ended

    def forget_but(self, batches: Collection[str]) -> None:
        """Remove the files of batches that were not written down as done."""
        for table in TABLES:
            folder = self._folder / table.name
            for path in list(folder.iterdir()) if folder.is_dir() else ():
                if _OURS.fullmatch(path.name) and path.stem not in batches:
                    path.unlink()

    def drop(self, stale: Collection[tuple[str, str]]) -> None:
        """Take out the rows of inputs that stand in a later batch, by batch and input."""
        import pyarrow as pa
        from pyarrow import compute as pc
        from pyarrow import parquet

        for batch in {batch for batch, _ in stale}:
            gone = pa.array(sorted(name for of, name in stale if of == batch))
            for table in TABLES:
                path = self._file(table.name, batch)
                if not path.exists():
                    continue
                rows = self._read(path)
                kept = rows.filter(pc.invert(pc.is_in(rows["input"], gone)))
                if not kept.num_rows:
                    path.unlink()
                elif kept.num_rows < rows.num_rows:
                    out = pa.BufferOutputStream()
                    parquet.write_table(kept, out, compression="zstd")
                    write(path, out.getvalue().to_pybytes())

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """Return the rows of a table with these columns, one file after the other."""
        folder = self._folder / table
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if _OURS.fullmatch(path.name):
                yield from self._read(path, columns).to_pylist()

    def _read(self, path: Path, columns: Sequence[str] | None = None) -> Any:  # noqa: ANN401 - pyarrow's table
        from pyarrow import ArrowException, parquet

        try:
            with path.open("rb") as file:
                return parquet.ParquetFile(file).read(columns)
        except (OSError, ArrowException) as error:
            raise InputError(f"{safe_line(str(path))}: is damaged ({safe_line(str(error))[:200]}); remove the folder and run again") from None  # fmt: skip

    def _file(self, table: str, batch: str) -> Path:
        return self._folder / table / f"{batch}.parquet"
