"""`oomscope analyze --brief`: one line a kill, for counting at full speed."""

from collections.abc import Iterator, Sequence

from oomscope.api import Options
from oomscope.brief import BriefKill, brief_kills
from oomscope.cli.output import put, tell
from oomscope.cli.paths import readable
from oomscope.errors import InputError
from oomscope.report.document.document import iso
from oomscope.safe_text import safe_line

COLUMNS = ("time", "host", "pid", "comm", "scope", "limit_owner", "task_memcg", "anon_rss_bytes", "input")


def run(paths: Sequence[str], options: Options, outputs: Sequence[str]) -> None:
    """Print a heading and a line a kill, separated by tabs; to files, where some are named."""
    from oomscope.report.write import write

    good, complaints = readable(paths)
    for complaint in complaints:
        tell(f"oomscope: {complaint}")
    if not good:
        raise InputError("nothing could be read")
    for target in outputs:
        write(target, _lines(good, options))
    if not outputs:
        put(_lines(good, options))
    if complaints:
        raise InputError(f"the result is of {len(good)} of {len(paths)} paths")


def _lines(paths: Sequence[str], options: Options) -> Iterator[str]:
    yield "\t".join(COLUMNS) + "\n"
    held: list[str] = []
    for kill in brief_kills(paths, options.read, options.trust):
        held.append(_line(kill))
        if len(held) == 1_000:
            yield "".join(held)
            held.clear()
    yield "".join(held)


def _line(kill: BriefKill) -> str:
    at = iso(kill.wall_seconds) or (f"{kill.monotonic_seconds:.6f}" if kill.monotonic_seconds is not None else None)
    cells = (
        at, kill.host, kill.pid, kill.comm, kill.scope, kill.limit_owner, kill.task_memcg, kill.anon_rss_bytes, kill.input,
    )  # fmt: skip
    return (
        safe_line("\t".join("-" if cell is None else str(cell).replace("\t", " ") for cell in cells)).replace(
            "\\x09", "\t"
        )
        + "\n"
    )
