"""A table as CSV that a spreadsheet takes for text: no cell of the input begins a formula."""

import csv
import io
from collections.abc import Iterator, Sequence

from oomscope.report.fields import Doc
from oomscope.report.outputs.table import INCIDENTS, Table
from oomscope.safe_text import safe_line

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render_csv(doc: Doc, table: Table = INCIDENTS) -> Iterator[str]:
    """The header, then one line a row; sizes are bytes, what the log does not say is empty."""
    yield _line(table.columns)
    for row in table.rows(doc):
        yield _line([_cell(row.get(name)) for name in table.columns])


def _cell(value: object) -> str:
    """A cell; text that a spreadsheet would compute gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return str(value)
    clean = safe_line(str(value))
    return f"'{clean}" if clean.startswith(_FORMULA) else clean


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()
