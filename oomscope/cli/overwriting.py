"""A report never overwrites what it is made of: refused before anything is read."""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from oomscope.errors import UsageError
from oomscope.inputs.registry import OPTIONS
from oomscope.inputs.side_files import SideFiles
from oomscope.read.options import OWN_REPORT
from oomscope.safe_text import safe_line


def refuse_overwriting(targets: Sequence[str], paths: Iterable[str], side: SideFiles, rules: str | None) -> None:
    """Raise UsageError if an output is an input: the same file, a link to it, a side file, a file of the rules."""
    paths = list(paths)
    folders = [Path(path).resolve() for path in paths if path != "-" and _is_folder(path)]
    for target in targets:
        if target != "-" and folders and _file(target) is not None and _is_below(Path(target).resolve(), folders):
            raise UsageError(
                f"-o {safe_line(target)}: lies in a directory that is read; choose a name that is not taken"
            )
    inputs = {
        key: path for path in (*paths, *_side_files(side), *_in_folder(rules)) if (key := _file(path)) is not None
    }
    for target in targets:
        if target != "-" and (key := _file(target)) is not None and key in inputs:
            raise UsageError(
                f"-o {safe_line(target)}: is the same file as {_named(inputs[key])}, which is read; choose another name"
            )


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)  # noqa: PTH116
    except (OSError, ValueError):
        return False


def _is_below(target: Path, folders: Sequence[Path]) -> bool:
    """True for a file in one of the folders that is no report of ours: those are not read."""
    if not any(target.is_relative_to(folder) for folder in folders):
        return False
    try:
        with target.open("rb") as file:
            return OWN_REPORT not in file.read(2048)
    except OSError:
        return True


def _named(path: str) -> str:
    return "standard input" if path == "-" else safe_line(path)


def _side_files(side: SideFiles) -> Iterator[str]:
    for name in OPTIONS:
        yield from side.files(name)
        if (text := side.text(name)) is not None:
            yield text


def _in_folder(folder: str | None) -> Iterator[str]:
    for place, _, names in os.walk(folder) if folder is not None else ():
        yield from (os.path.join(place, name) for name in names)  # noqa: PTH118


def _file(path: str) -> tuple[int, int] | None:
    """What names a regular file whatever its path, also the one behind standard input; None for anything else."""
    try:
        state = os.fstat(0) if path == "-" else os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):
        return None
    return (state.st_dev, state.st_ino) if stat.S_ISREG(state.st_mode) else None
