"""Work that is done beside the watch, one item after the other: it can neither stop nor slow the watch down."""

import queue
import threading
from collections.abc import Callable
from typing import Final, Generic, TypeVar

WAITING: Final = 32
_Item = TypeVar("_Item")


class Worker(Generic[_Item]):
    """Calls `work` with each item, with a pause behind each. `name` is the option that asked for it."""

    def __init__(self, name: str, work: Callable[[_Item], None], tell: Callable[[str], None], pause: float) -> None:
        self._name, self._do, self._tell, self._pause = name, work, tell, pause
        self._waiting: queue.Queue[_Item] = queue.Queue(WAITING)
        self.stopping = threading.Event()
        """Set when the watch ends: what waits is still done, without pauses."""
        self._ended = False
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def add(self, item: _Item) -> None:
        """Hand over one item. Where too many wait, it is left out, and that is said."""
        try:
            self._waiting.put_nowait(item)
        except queue.Full:
            self._tell(f"{self._name}: {WAITING} incidents wait for it already; it was not run for this one")

    def close(self, seconds: float, interrupt: Callable[[], None] = lambda: None) -> None:
        """Let what waits be done for so long; what is still done then is interrupted, and the rest left out."""
        self.stopping.set()
        self._thread.join(seconds)
        if self._thread.is_alive():
            self._ended = True
            interrupt()
            self._thread.join(seconds)

    def _work(self) -> None:
        while not (self._ended or (self.stopping.is_set() and self._waiting.empty())):
            try:
                item = self._waiting.get(timeout=0.1)
            except queue.Empty:
                continue
            try:
                self._do(item)
            except Exception as error:  # a bug of ours: what comes next is still worth doing
                self._tell(f"{self._name}: failed for one incident ({type(error).__name__}); please report it")
            self.stopping.wait(self._pause)
