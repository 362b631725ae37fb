"""`oomscope facts`: the values that the causes are weighed by."""

from collections.abc import Sequence

from oomscope.api import Options, analyze
from oomscope.cli.doubts import judge, warn
from oomscope.cli.output import put
from oomscope.cli.paths import judge as judge_paths
from oomscope.cli.paths import told
from oomscope.facts import VOCABULARY, FactTable
from oomscope.safe_text import safe_line
from oomscope.units import duration, share, size


def run(paths: Sequence[str], options: Options) -> None:
    """Print each incident's facts, known ones with their lines, and how many are not known.

    Raises InputError if a path cannot be opened, after the others were read.
    """
    good = told(paths)
    analysis = analyze(good, options)
    blocks = []
    for incident, table in zip(analysis.incidents, analysis.facts, strict=True):
        who = ", ".join(f"{v.comm} ({v.pid})" for v in incident.event.victims[:3]) or "nobody named"
        first, last = incident.event.lines
        blocks.append("\n".join([safe_line(f"{incident.id}  {who}  lines {first}-{last}"), *_rows(table)]))
    found = bool(analysis.incidents)
    warn(analysis.inputs, analysis.text_findings, found=found)
    judge(analysis.inputs, analysis.text_findings, found=found, strict=False)
    put("\n\n".join(blocks) if blocks else "No OOM kill, so no facts.")
    judge_paths(good, paths)


def _rows(table: FactTable) -> list[str]:
    known = [name for name in VOCABULARY if table.values.get(name) is not None]
    width = max((len(name) for name in known), default=0)
    rows = [
        f"  {name:{width}}  {safe_line(shown(name, table.values[name])):24} {_place(table, name)}".rstrip()
        for name in known
    ]
    return [*rows, f"  ({len(VOCABULARY) - len(known)} facts are not known; oomscope explain FACT says what each is)"]


def shown(name: str, value: object) -> str:
    """A value by the unit of its fact."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        match VOCABULARY[name].unit:
            case "bytes":
                return size(value)
            case "share":
                return share(value)
            case "seconds":
                return duration(value)
            case _:
                return f"{value:g}"
    return str(value)


def _place(table: FactTable, name: str) -> str:
    lines = table.lines.get(name)
    if lines is None:
        return ""
    return f"line {lines[0]}" if lines[0] == lines[1] else f"lines {lines[0]}-{lines[1]}"
