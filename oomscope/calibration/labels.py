"""Labelled logs: a folder in which each log lies beside what is known to be true of it.

Two forms are read. `NAME.log` (or any other file named so) beside `NAME.expect.json` with `cause` (a cause or a list of
acceptable ones) and `killed` (pids). `DIR/dmesg.txt` beside `DIR/truth.json` with `label` and `killed_pids_in_log`.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from oomscope.errors import InputError, UsageError
from oomscope.safe_text import safe_line

# Labels that name a thing of the laboratory and not a cause.
_ALIASES = {
    "shm_segment": "shared_memory",
    "fork_proliferation": "process_proliferation",
    "mlock": "unevictable",
    "manual_sysrq": "manual",
}


class Labelled(NamedTuple):
    """One log whose cause is known."""

    name: str
    log: str
    causes: frozenset[str]  # any of these is right
    pids: frozenset[int]  # of the kills that the label is about; empty means all
    source: str  # the program; incidents of one never stand on both sides of a cross-validation
    pods: str | None = None
    metrics: str | None = None
    real: bool = False  # a program that people run, and no hog made for the purpose


def find_all(folders: Sequence[str], causes: Collection[str]) -> list[Labelled]:
    """Return the labelled logs of several folders. Raises as `find` does."""
    return [one for folder in folders for one in find(folder, causes)]


def find(folder: str, causes: Collection[str]) -> list[Labelled]:
    """Return every log below `folder` that is labelled with one of `causes`, by id.

    Raises UsageError if there is none, InputError for a label that is no JSON.
    """
    root = Path(folder)
    if not root.is_dir():
        raise UsageError(f"{safe_line(folder)} is not a folder; a folder of labelled logs is wanted")
    found = [*_expected(root, causes), *_truths(root, causes)]
    if not found:
        raise UsageError(f"{safe_line(folder)} holds no labelled log: NAME.expect.json or DIR/truth.json beside a log")
    return sorted(found, key=lambda one: one.name)


def _load(path: Path) -> dict[str, Any]:
    try:
        loaded = json.loads(path.read_bytes())
    except (ValueError, OSError, RecursionError) as error:
        raise InputError(f"{safe_line(str(path))}: not JSON that can be read ({safe_line(str(error))[:80]})") from error
    return loaded if isinstance(loaded, dict) else {}


def _known(value: object, causes: Collection[str]) -> frozenset[str]:
    names = value if isinstance(value, list) else [value]
    return frozenset(_ALIASES.get(str(n), str(n)) for n in names).intersection(causes)


def _expected(root: Path, known: Collection[str]) -> Iterator[Labelled]:
    for path in sorted(root.rglob("*.expect.json")):
        stem = path.name.removesuffix(".expect.json")
        log = next((p for p in path.parent.glob(f"{stem}*") if p != path and not p.name.endswith(".json")), None)
        truth = _load(path)
        causes = _known(truth.get("cause"), known)
        if log is not None and causes:
            pids = frozenset(p for p in truth.get("killed", ()) if isinstance(p, int))
            yield Labelled(stem, str(log), causes, pids, stem)


def _truths(root: Path, known: Collection[str]) -> Iterator[Labelled]:
    for path in sorted(root.rglob("truth.json")):
        log, truth = path.with_name("dmesg.txt"), _load(path)
        accepted = truth.get("acceptable")
        causes = _known(accepted or truth.get("label"), known)
        timeless = causes & {"leak", "low_limit"} and not (truth.get("stretch") or accepted)
        if path.parent.with_name(path.parent.name + "-life").is_dir():
            continue  # the copy on the clock of real life is judged
        if not log.is_file() or not causes or timeless or "several_incidents" in truth.get("secondary", ()):
            continue  # leak and low limit differ over lives: a log that was lived in seconds cannot be judged on them
        side = {name: path.with_name(file) for name, file in (("pods", "pods.json"), ("metrics", "memory.csv"))}
        yield Labelled(
            name=str(truth.get("id", path.parent.name)),
            log=str(log),
            causes=causes,
            pids=frozenset(p for p in truth.get("killed_pids_in_log") or () if isinstance(p, int)),
            source=str(truth.get("app") or truth.get("scenario")),
            real=bool(truth.get("app")),
            **{name: str(file) if file.is_file() else None for name, file in side.items()},
        )
