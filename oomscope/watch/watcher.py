"""The loop: lines in, incidents out, and where it has come to in the state file."""

import tempfile
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from oomscope.record.recorder import Recorder, said
from oomscope.watch.cgroups import MOST, Snapshots, named
from oomscope.watch.episode import Episode
from oomscope.watch.kmsg import DEVICE
from oomscope.watch.line import Line, Source
from oomscope.watch.state import State, save

if TYPE_CHECKING:
    from oomscope.inputs import SideFiles
    from oomscope.watch.verdicts import Told

_BUSY, _IDLE = 0.05, 0.5  # seconds to wait for lines
_SAVE_EVERY = 5.0
_OLD_LINES = 1000  # without a line about OOM: a burst of what was logged before has ended
_MOST_TOLD = 1000  # keys of incidents; of another program's kill a later line may be told in the next burst


class Watcher:
    """Follows one source until `stopped` says so."""

    def __init__(
        self,
        source: Source,
        state: State,
        state_file: str | None,
        tell: "Callable[[Told], None]",
        warn: Callable[[str], None],
        recorder: Recorder | None = None,
    ) -> None:
        self._recorder = recorder
        self._source, self._state, self._file = source, state, state_file
        self._tell, self._warn = tell, warn
        self._episode, self._snapshots = Episode(), Snapshots()
        self._last = state.place
        self._saved = 0.0
        self._told: deque[str] = deque(state.told, _MOST_TOLD)
        self._said: set[str] = set()

    def run(self, stopped: Callable[[], bool]) -> None:
        """Follow. Raises InputError where the source ends."""
        try:
            self._last = self._source.place()
            self._keep(time.monotonic(), now_or_never=True)  # a kill -9 from now on loses nothing
            while not stopped():
                self._step()
            self._report(final=False)  # a kill that was logged just now
            self._keep(time.monotonic(), now_or_never=True)
        finally:
            if self._recorder is not None:
                self._recorder.close()
            self._snapshots.close()
            self._source.close()

    def _step(self) -> None:
        lines = self._source.read(_BUSY if self._episode.lines else _IDLE)
        now = time.monotonic()
        if self._recorder is not None and (trouble := self._recorder.tick()) is not None:
            self._warn(trouble)
        self._remember([line for line in lines if line.old], now)
        new = [line for line in lines if not line.old]
        self._snapshots.take(self._episode.add(new, now))
        for loss in self._source.losses():
            self._warn(loss)
        self._last = self._source.place()
        if self._episode.settled(now):
            self._report(final=False)
        if self._episode.over(now):
            self._end(now)
        else:
            self._keep(now)

    def _end(self, now: float) -> None:
        """Put what is held to the history, and say what of it was cut."""
        self._report(final=True)
        if self._episode.is_full():
            self._warn("OOM reports came without a pause for 4 MiB: the report at the cut may be told in part")
        if self._snapshots.is_full:
            self._warn(f"more than {MOST} cgroups were named at once: the memory files of the others are not read")
        self._episode.finish()
        self._snapshots.forget()
        self._keep(now, now_or_never=True)
        if self._episode.forgot:
            self._once("the oldest reports are let go: verdicts rest on the last 512 KiB of OOM reports")

    def _once(self, words: str) -> None:
        if words not in self._said:
            self._said.add(words)
            self._warn(words)

    def _remember(self, old: list[Line], now: float) -> None:
        """Take what was logged before the start as history. A report that goes on behind it is told as a new one."""
        for start in range(0, len(old), _OLD_LINES):
            if not self._episode.add(old[start : start + _OLD_LINES], now) and self._episode.lines:
                self._episode.finish()
        if old and self._episode.lines:
            self._episode.finish()

    def _report(self, *, final: bool) -> None:
        """Tell of what is new. The state is written after each, so that no restart repeats it."""
        if not self._episode.lines or not (final or self._episode.due):
            return
        self._episode.due = False
        from oomscope.watch.verdicts import new_incidents  # with all of the analysis, which a quiet node never needs

        held = self._episode.held()
        with tempfile.TemporaryDirectory(prefix="oomscope-watch-") as folder:
            side = self._side(folder, held.data)
            for one in new_incidents(held, self._source.name, self._told, final=final, known=side):
                self._tell(one._replace(held_by=self._held_by(one)))
                self._told.append(one.key)
                self._state = self._state._replace(told=(*self._state.told, one.key))
                self._write()

    def _held_by(self, one: "Told") -> str:
        path = one.entry()["oom_memcg"]
        seen = self._recorder.seen(path) if self._recorder is not None and path else None
        return said(seen, time.monotonic()) if seen is not None else ""

    def _side(self, folder: str, data: bytes) -> "SideFiles":
        """What the node itself knows: the memory files of the cgroups, and what was recorded of them."""
        from oomscope.inputs import SideFiles

        found: dict[str, tuple[str, ...]] = {}
        if paths := self._snapshots.paths():
            found["cgroups"] = paths
        if self._recorder is not None:
            series = self._recorder.metrics(named(data), epoch=self._source.name != DEVICE)
            if series:
                file = Path(folder, "recorded.csv")
                file.write_text(series, encoding="utf-8", errors="backslashreplace")
                found["metrics"] = (str(file),)
        return SideFiles(**found)

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
