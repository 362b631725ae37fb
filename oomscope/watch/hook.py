"""A command that is run for each incident. It runs beside the watch, which it can neither stop nor slow down."""

import subprocess
from collections.abc import Callable, Sequence

from oomscope.watch.worker import Worker

_SECONDS = 30.0


class Hook:
    """Runs `command` with an incident's JSON on its standard input: one at a time, and at most one a second."""

    def __init__(self, command: Sequence[str], tell: Callable[[str], None], pause: float = 1.0) -> None:
        self._command, self._tell = list(command), tell
        self._running: subprocess.Popen[bytes] | None = None
        self._worker = Worker("--hook", self._run, tell, pause)

    def call(self, line: str) -> None:
        """Hand over one incident. Where too many wait, it is left out, and that is said."""
        self._worker.add(line)

    def close(self, seconds: float = 5.0) -> None:
        """Let what waits be done for so long, then end the command that still runs."""
        self._worker.close(seconds, self._kill)

    def _kill(self) -> None:
        if self._running is not None:
            self._running.kill()

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
