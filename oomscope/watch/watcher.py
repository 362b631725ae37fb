"""The loop: lines in, incidents out, and where it has come to in the state file."""

import time
from collections.abc import Callable

from oomscope.api import Options
from oomscope.inputs import SideFiles
from oomscope.watch.cgroups import Snapshots
from oomscope.watch.episode import Episode
from oomscope.watch.line import Line, Source
from oomscope.watch.state import State, save
from oomscope.watch.verdicts import Told, new_incidents

_BUSY, _IDLE = 0.05, 0.5  # seconds to wait for lines
_SAVE_EVERY = 5.0
_OLD_LINES = 1000  # in one block of the history


class Watcher:
    """Follows one source until `stopped` says so."""

    def __init__(
        self,
        source: Source,
        state: State,
        state_file: str | None,
        tell: Callable[[Told], None],
        warn: Callable[[str], None],
        options: Options,
    ) -> None:
        self._source, self._state, self._file = source, state, state_file
        self._tell, self._warn, self._options = tell, warn, options
        self._episode, self._snapshots = Episode(), Snapshots()
        self._last = state.place
        self._saved = 0.0

    def run(self, stopped: Callable[[], bool]) -> None:
        """Follow. Raises InputError where the source ends."""
        try:
            while not stopped():
                self._step()
            self._report(final=False)  # a kill that was logged just now
            self._keep(time.monotonic(), now_or_never=True)
        finally:
            self._snapshots.close()
            self._source.close()

    def _step(self) -> None:
        lines = self._source.read(_BUSY if self._episode.lines else _IDLE)
        now = time.monotonic()
        self._remember([line for line in lines if line.old], now)
        new = [line for line in lines if not line.old]
        self._snapshots.take(self._episode.add(new, now))
        for loss in self._source.losses():
            self._warn(loss)
        self._last = self._source.place()
        if self._episode.settled(now):
            self._report(final=False)
        if self._episode.over(now):
            self._report(final=True)
            self._episode.finish()
            self._snapshots.forget()
            self._keep(now, now_or_never=True)
        else:
            self._keep(now)

    def _remember(self, old: list[Line], now: float) -> None:
        for start in range(0, len(old), _OLD_LINES):
            if self._episode.add(old[start : start + _OLD_LINES], now):
                self._episode.finish()

    def _report(self, *, final: bool) -> None:
        """Tell of what is new. The state is written after each, so that no restart repeats it."""
        if not self._episode.lines or not (final or self._episode.due):
            return
        self._episode.due = False
        told = self._state.told
        for one in new_incidents(self._episode, self._source.name, self._options, told, final=final, known=self._side):
            self._tell(one)
            self._state = self._state._replace(told=(*self._state.told, one.key))
            self._write()

    def _side(self) -> SideFiles:
        paths = self._snapshots.paths()
        return SideFiles(cgroups=paths) if paths else SideFiles()

    def _keep(self, now: float, *, now_or_never: bool = False) -> None:
        """Move on to the last line where nothing of it is held, and write that down now and then."""
        if self._episode.lines or self._last == self._state.place:
            return
        if now_or_never or now - self._saved >= _SAVE_EVERY:
            self._state = self._state._replace(place=self._last, told=())
            self._saved = now
            self._write()

    def _write(self) -> None:
        if self._file is not None:
            save(self._file, self._state)
