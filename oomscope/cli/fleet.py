"""`oomscope fleet`: the logs of many nodes, one data set and one report."""

import logging
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from oomscope.api import Options
from oomscope.cli.output import put, tell
from oomscope.errors import Incomplete
from oomscope.fleet.cluster import needs_dask
from oomscope.report.words import plural
from oomscope.safe_text import safe_line

if TYPE_CHECKING:
    from oomscope.fleet.run import Progress

_EVERY_SECONDS: Final = 5.0


def run(names: Sequence[str], out: str, options: Options, scheduler: str | None, workers: int, batch: int, *, strict: bool) -> None:  # fmt: skip
    """Read and report. Raises InputError and UsageError as `fleet.run` does, Incomplete with `strict` for unread inputs."""
    needs_dask()
    logging.disable(logging.CRITICAL)  # Dask's: what became of each input, and of the cluster, is told by us
    from oomscope.fleet.run import REPORT, Plan
    from oomscope.fleet.run import run as run_fleet

    shown = _Shown()
    done = run_fleet(names, out, options, Plan(scheduler, workers, batch), shown.show)
    shown.end()
    words = f"{plural(done.read, 'input')} read with {plural(done.kills, 'kill')}, {done.skipped:,} skipped, {done.not_read:,} not read"
    put(f"{words}\n{safe_line(out.rstrip('/'))}/{REPORT}")
    if strict and done.not_read:
        raise Incomplete(f"{plural(done.not_read, 'input')} not read; {safe_line(out)}/{REPORT} says why")


class _Shown:
    """Progress on stderr: one line that changes on a terminal, else a line every few seconds."""

    def __init__(self) -> None:
        self._terminal = sys.stderr is not None and sys.stderr.isatty()
        self._last = 0.0

    def show(self, progress: "Progress") -> None:
        """Say how far the run is, but not too often."""
        now = time.monotonic()
        if now - self._last < (0.2 if self._terminal else _EVERY_SECONDS):
            return
        self._last = now
        words = _words(progress)
        if self._terminal:
            sys.stderr.write(f"\r{words}\x1b[K")
            sys.stderr.flush()
        else:
            tell(words)

    def end(self) -> None:
        """Leave the terminal's line empty."""
        if self._terminal and self._last:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _words(progress: "Progress") -> str:
    return (
        f"fleet: {progress.done:,} of {plural(progress.inputs, 'input')} done "
        f"({progress.skipped:,} skipped, {progress.not_read:,} not read), {plural(progress.kills, 'kill')}"
    )
