"""`oomscope record`, and the forecast of `oomscope watch`: what is done with a recorder's ring."""

import csv
import io
import json

from oomscope.cli.output import put
from oomscope.errors import InputError, UsageError
from oomscope.record.forecast import Forecast, forecasts
from oomscope.record.recorder import HEAD, recorded
from oomscope.record.ring import files_of, texts
from oomscope.safe_text import safe_line
from oomscope.units import duration, size


def export(folder: str, output: str | None, *, holders: bool) -> None:
    """Write a ring as CSV, as Parquet where the file's name ends so, or its holders as lines of JSON.

    Raises UsageError and InputError.
    """
    if not files_of(folder):
        raise InputError(f"{safe_line(folder)}: holds no recording; name the folder of `oomscope watch --record`")
    from oomscope.report.write import write

    if output is not None and output.endswith(".parquet"):
        if holders:
            raise UsageError("--holders gives lines of JSON: name a file that ends in .jsonl")
        from oomscope.record.parquet import parquet

        write(output, parquet(folder))
    else:
        write("-" if output is None else output, "".join(texts(folder, "holders")) if holders else _csv(folder))


def forecast(folder: str, format_: str) -> None:
    """Print which cgroups will meet their limit. Raises InputError."""
    found = forecasts(folder)
    lines = (json.dumps(one._asdict()) + "\n" if format_ == "jsonl" else _line(one) for one in found)
    nothing = "" if format_ == "jsonl" else "No cgroup grows steadily towards its limit, as far as was recorded.\n"
    put("".join(lines) or nothing)


def _line(one: Forecast) -> str:
    late = duration(one.high_seconds) if one.high_seconds is not None else "perhaps never"
    return (
        f"in {duration(one.seconds)} ({duration(one.low_seconds)} to {late}): {safe_line(one.cgroup)}\n"
        f"    {size(one.usage_bytes)} of {size(one.limit_bytes)}, {size(one.hourly_bytes)} more an hour "
        f"over the last {duration(one.over_seconds)}\n"
    )


def _csv(folder: str) -> str:
    out = io.StringIO()
    out.write(HEAD)
    rows = csv.writer(out, lineterminator="\n")
    for boot, at, cgroup, row in recorded(folder):
        values = ["" if value is None else value for value in row]
        rows.writerow([boot, f"{at[0]:.3f}", f"{at[1]:.3f}", cgroup, *values])
    return out.getvalue()
