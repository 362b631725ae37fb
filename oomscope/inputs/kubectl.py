"""Runs the user's own kubectl, which knows how to log in; what it prints is read as a file of the same would be."""

import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from typing import IO, NamedTuple

from oomscope.errors import InputError
from oomscope.inputs.events import Event, parse_events
from oomscope.inputs.nodes import Node, parse_nodes
from oomscope.inputs.pod_info import PodInfo
from oomscope.inputs.pods import parse_pods
from oomscope.inputs.untrusted_file import decoded
from oomscope.masking import masked
from oomscope.safe_text import safe_line

MOST_BYTES = 256 << 20
"""Of what it prints: the pods of a thousand nodes."""
SECONDS = 120.0  # for one answer
_PIECE = 1 << 16
_FLAGS = {"pods": "--pods", "nodes": "--nodes", "events": "--events"}


class Cluster(NamedTuple):
    """What a cluster said, and in sentences what it did not."""

    pods: tuple[PodInfo, ...] = ()
    nodes: tuple[Node, ...] = ()
    events: tuple[Event, ...] = ()
    missed: tuple[str, ...] = ()


def ask_cluster(context: str | None = None, seconds: float = SECONDS) -> Cluster:
    """Return pods, nodes and events. Raises InputError if there are no pods to be had; the others may be missing."""
    pods = parse_pods(_get("pods", context, seconds), "kubectl get pods")
    missed: list[str] = []
    nodes: tuple[Node, ...] = ()
    events: tuple[Event, ...] = ()
    try:
        nodes = parse_nodes(_get("nodes", context, seconds), "kubectl get nodes")
    except InputError as error:
        missed.append(str(error))
    try:
        events = parse_events(_get("events", context, seconds), "kubectl get events")
    except InputError as error:
        missed.append(str(error))
    return Cluster(pods, nodes, events, tuple(missed))


def _get(what: str, context: str | None, seconds: float) -> str:
    """The JSON of all objects of one kind, as an argument list and without a shell. Raises InputError."""
    program = shutil.which("kubectl")
    if program is None:
        raise InputError(f"kubectl is not on PATH; install it, or hand over files with {', '.join(_FLAGS.values())}")
    everywhere = [] if what == "nodes" else ["--all-namespaces"]
    chosen = [f"--context={context}"] if context else []
    command = [program, *chosen, "get", what, *everywhere, "--output=json"]
    said = f"kubectl get {what}"
    try:
        output, complaint, status = _run(command, seconds)
    except subprocess.TimeoutExpired:
        raise InputError(
            f"{said}: no answer within {seconds:g} s; does `kubectl get {what}` answer in a terminal? It may want a login"
        ) from None
    except (OSError, ValueError) as error:
        raise InputError(
            f"{said}: cannot be run ({safe_line(getattr(error, 'strerror', None) or str(error))})"
        ) from None
    if output is None:
        raise InputError(
            f"{said}: prints more than {MOST_BYTES >> 20} MiB; save what matters and hand it over by {_FLAGS[what]}"
        )
    if status:
        words = " ".join(complaint.decode("utf-8", "replace").split())[:500] or f"exit {status}"
        raise InputError(f"{said}: {safe_line(masked(words))}; what you may read goes in as a file by {_FLAGS[what]}")
    return decoded(output)


def _run(command: list[str], seconds: float) -> tuple[bytes | None, bytes, int]:
    """Return what it prints (None for more than `MOST_BYTES`), the beginning of its complaint and its status.

    It runs in a session of its own, so that a login helper which hangs ends with it, and so does one that never stops to
    print. What it prints goes into a file: what is too large never comes into memory.
    """
    with (
        tempfile.TemporaryFile() as output,
        subprocess.Popen(  # noqa: S603  (an argument list, found on the user's own PATH)
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        ) as running,
    ):
        try:
            complaint, size = _taken(running, output, time.monotonic() + seconds)
            running.wait(max(seconds, 1.0))
        except BaseException:
            _end(running)
            raise
        if size > MOST_BYTES:
            return None, complaint, 0
        output.seek(0)
        return output.read(), complaint, running.returncode


def _taken(running: "subprocess.Popen[bytes]", output: IO[bytes], until: float) -> tuple[bytes, int]:
    """Write what it prints into `output`, and return the beginning of its complaint and the size of what it printed.

    Raises TimeoutExpired when the time is over. One that prints too much is ended.
    """
    complaint, size = b"", 0
    with selectors.DefaultSelector() as selector:
        for pipe in (running.stdout, running.stderr):
            selector.register(pipe, selectors.EVENT_READ)  # type: ignore[arg-type]  # both are pipes
        while selector.get_map():
            left = until - time.monotonic()
            if left <= 0:
                raise subprocess.TimeoutExpired(running.args, left)
            for key, _ in selector.select(left):
                data = os.read(key.fd, _PIECE)
                if not data:
                    selector.unregister(key.fileobj)
                elif key.fileobj is running.stdout:
                    size += len(data)
                    output.write(data)
                else:
                    complaint = (complaint + data)[:_PIECE]
            if size > MOST_BYTES:
                _end(running)
                break
    return complaint, size


def _end(running: "subprocess.Popen[bytes]") -> None:
    try:
        os.killpg(running.pid, signal.SIGKILL)
    except ProcessLookupError:
        running.kill()
