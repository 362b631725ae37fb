"""One set of kernel records in every rendering: the same incidents under the same ids, and once only."""

from pathlib import Path

import pytest

from oomscope.api import analyze
from oomscope.incident import Incident

DATA = Path(__file__).resolve().parents[1] / "data" / "transports"


def kernel_kills(*paths: Path) -> list[Incident]:
    """What the kernel did; a user-space killer's words lose their speaker in renderings without tags."""
    return [i for i in analyze([str(path) for path in paths]).incidents if i.killer == "kernel"]


def renderings() -> list[list[Path]]:
    """The files of each folder that holds several renderings of the same records."""
    folders = {path.parent for path in DATA.rglob("*.txt")} | {path.parent for path in DATA.rglob("*.raw")}
    return [files for folder in sorted(folders) if len(files := sorted(filter(_tells_who_spoke, folder.iterdir()))) > 1]


def _tells_who_spoke(path: Path) -> bool:
    """`journalctl -o cat` drops every speaker's name, so a program's quotation of the kernel cannot be told there."""
    return path.is_file() and not (path.name == "cat.txt" and "fake_oom_text" in path.parts)


@pytest.mark.parametrize("files", renderings(), ids=lambda files: files[0].parent.name)
def test_every_rendering_gives_the_same_incidents(files: list[Path]) -> None:
    ids = {path.name: [i.id for i in kernel_kills(path)] for path in files}
    first = next(iter(ids.values()))
    assert all(found == first for found in ids.values()), ids


@pytest.mark.parametrize("files", renderings(), ids=lambda files: files[0].parent.name)
def test_two_renderings_together_are_one_set_of_incidents(files: list[Path]) -> None:
    alone = kernel_kills(files[0])
    both = kernel_kills(files[0], files[-1])
    assert len(both) == len(alone)
    assert all(i.also_seen for i in both)
