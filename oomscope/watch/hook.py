"""A command that is run for each incident. It runs beside the watch, which it can neither stop nor slow down."""

import queue
import subprocess
import threading
from collections.abc import Callable, Sequence

_WAITING = 32
_SECONDS = 30.0


class Hook:
    """Runs `command` with an incident's JSON on its standard input: one at a time, and at most one a second."""

    def __init__(self, command: Sequence[str], tell: Callable[[str], None], pause: float = 1.0) -> None:
        self._command, self._tell, self._pause = list(command), tell, pause
        self._waiting: queue.Queue[str] = queue.Queue(_WAITING)
        self._stop, self._ended = threading.Event(), False
        self._running: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def call(self, line: str) -> None:
        """Hand over one incident. Where too many wait, it is left out, and that is said."""
        try:
            self._waiting.put_nowait(line)
        except queue.Full:
            self._tell(f"--hook: {_WAITING} incidents wait for it already; it was not run for this one")

    def close(self, seconds: float = 5.0) -> None:
        """Let what waits be done for so long, then end the command that still runs."""
        self._stop.set()
        self._thread.join(seconds)
        if self._thread.is_alive():
            self._ended = True
            if self._running is not None:
                self._running.kill()
            self._thread.join(seconds)

    def _work(self) -> None:
        while not (self._ended or (self._stop.is_set() and self._waiting.empty())):
            try:
                line = self._waiting.get(timeout=0.1)
            except queue.Empty:
                continue
            self._run(line)
            self._stop.wait(self._pause)

    def _run(self, line: str) -> None:
        try:
            with subprocess.Popen(  # noqa: S603 - a list of arguments, and no shell
                self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
            ) as self._running:
                self._wait(self._running, line)
        except OSError as error:
            self._tell(f"--hook: {self._command[0]}: {error.strerror or 'cannot be run'}")
        finally:
            self._running = None

    def _wait(self, running: subprocess.Popen[bytes], line: str) -> None:
        try:
            running.communicate(line.encode(), timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            running.kill()
            self._tell(f"--hook: did not end within {_SECONDS:g} s and was killed")
        else:
            if running.returncode:
                self._tell(f"--hook: ended with status {running.returncode}")
