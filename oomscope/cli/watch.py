"""`oomscope watch`: follow a log, and tell of each OOM kill as it happens."""

import os
import shlex
import signal
from typing import TYPE_CHECKING, NamedTuple

from oomscope.cli.output import colors, put, tell, width
from oomscope.errors import InputError, UsageError
from oomscope.safe_text import safe_line
from oomscope.watch.hook import Hook
from oomscope.watch.journal import Journal
from oomscope.watch.kmsg import DEVICE, Kmsg, boot_id
from oomscope.watch.line import Source
from oomscope.watch.metrics import Metrics, serve
from oomscope.watch.state import State, load
from oomscope.watch.tail import Tail
from oomscope.watch.watcher import Watcher

if TYPE_CHECKING:
    from oomscope.record.recorder import Recorder
    from oomscope.watch.pod_events import PodEvents
    from oomscope.watch.verdicts import Told


class Wish(NamedTuple):
    """What the user wants to get."""

    format: str
    output: str | None
    metrics: str | None
    listen: str | None
    hook: str | None
    state: str | None
    record: str | None = None
    record_bytes: int | None = None
    kubernetes_events: bool = False


def run(path: str | None, kmsg: bool, journal: bool, wish: Wish) -> None:
    """Follow until SIGTERM or SIGINT. Raises KeyboardInterrupt for the latter, UsageError and InputError."""
    if (path is not None) + kmsg + journal > 1:
        raise UsageError("name one of --kmsg, --journal and a file")
    if wish.format not in ("text", "jsonl"):
        raise UsageError(f"--format {safe_line(wish.format)}: watch prints text or jsonl")
    out = _Output(wish)
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, _: asked.append(got))
    kind = "journal" if journal else os.path.abspath(path) if path is not None else DEVICE  # noqa: PTH100 - links stay
    fresh = State(kind, boot_id() if kind == DEVICE else "")
    state = load(wish.state, *fresh[:2]) if wish.state else fresh
    source: Source = (
        Journal(state.place) if journal else Tail(kind, state.place) if path is not None else Kmsg(state.place)
    )
    recorder = _recorder(wish)
    try:
        Watcher(source, state, wish.state, out.tell, _warn, recorder).run(lambda: bool(asked))
    finally:
        out.close()
    if signal.SIGINT in asked:
        raise KeyboardInterrupt


def run_forecast(folder: str | None, format_: str) -> None:
    """Print which cgroups of a recording will meet their limit. Raises UsageError and InputError."""
    if folder is None:
        raise UsageError("--forecast needs --record DIR: the folder that a running watch records to")
    from oomscope.cli.record import forecast

    forecast(folder, format_)


def _recorder(wish: Wish) -> "Recorder | None":
    if wish.record is None:
        return None
    from oomscope.record.recorder import DEFAULT_BYTES, Recorder

    return Recorder(wish.record, boot_id(), wish.record_bytes or DEFAULT_BYTES)


class _Output:
    """Everything that an incident is told to."""

    def __init__(self, wish: Wish) -> None:
        self._wish = wish
        command = shlex.split(wish.hook) if wish.hook is not None else []
        if wish.hook is not None and not command:
            raise UsageError("--hook: names no command")
        self._metrics = Metrics()
        if wish.listen is not None:
            serve(self._metrics, wish.listen)
        self._write_metrics()
        self._events = _pod_events() if wish.kubernetes_events else None
        self._hook = Hook(command, _warn) if command else None

    def tell(self, one: "Told") -> None:
        """Print an incident, count it and hand it on."""
        self._print(self._text(one) if self._wish.format == "text" else one.line)
        if self._hook is not None:
            self._hook.call(one.line)
        if self._events is not None:
            self._events.call(one.incident, one.entry())
        if self._wish.metrics is not None or self._wish.listen is not None:
            self._metrics.add(one.entry())
            try:
                self._write_metrics()
            except InputError as error:  # the next kill may find room again
                _warn(str(error))

    def close(self) -> None:
        """Let the hook end, and the last event be posted."""
        if self._hook is not None:
            self._hook.close()
        if self._events is not None:
            self._events.close()

    def _text(self, one: "Told") -> str:
        from oomscope.report.text import render_text

        text = render_text(one.document(), color=self._wish.output is None and colors(False), width=width())
        return f"{text}{one.held_by}\n" if one.held_by else text

    def _print(self, text: str) -> None:
        if self._wish.output is None:
            return put(text)
        place = safe_line(self._wish.output)
        try:
            with open(self._wish.output, "a", encoding="utf-8", errors="backslashreplace") as file:  # noqa: PTH123
                file.write(text)
        except OSError as error:
            raise InputError(f"{place}: {error.strerror}; free some space, or name another file with -o") from error

    def _write_metrics(self) -> None:
        if self._wish.metrics is not None:
            from oomscope.report.write import write

            write(self._wish.metrics, self._metrics.text())


def _pod_events() -> "PodEvents":
    from oomscope.watch.cluster_api import server_of_pod
    from oomscope.watch.pod_events import PodEvents

    return PodEvents(server_of_pod(), _warn)


def _warn(message: str) -> None:
    tell(f"oomscope: {message}")
