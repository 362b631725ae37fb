"""A sign of life on a terminal, only where something takes longer than a second."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Show `what` and the seconds on stderr while the body runs, if that is a terminal and the body is slow."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    done = threading.Event()
    thread = threading.Thread(target=_show, args=(what, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _show(what: str, done: threading.Event) -> None:
    seconds, shown = 1, False
    while not done.wait(1.0):
        sys.stderr.write(f"\r{what} ... {seconds} s")
        sys.stderr.flush()
        seconds, shown = seconds + 1, True
    if shown:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
