"""Build oomscope as one file that needs nothing but Python, for machines without a network.

    python packaging/single_file.py WHEEL build/oomscope.pyz

It holds the wheel and what that needs of pure Python, taken from this environment. Native packages stay out: where the
machine has them they are used, else their twins in the standard library, or a stand-in that says what cannot be done.
"""

import os
import py_compile
import shutil
import sys
import tempfile
import zipapp
import zipfile
from importlib.metadata import distribution
from pathlib import Path

PURE = ("typer", "click", "typing_extensions", "shellingham", "annotated-doc", "jinja2", "markupsafe")
MAIN = '''"""oomscope in one file."""

import sys

if sys.version_info < (3, 11):
    sys.exit(f"oomscope: needs Python 3.11 or newer, this is {sys.version.split()[0]}; try python3.11 oomscope.pyz")
sys.path.append(__file__.rpartition("/")[0] + "/stand_ins")

from oomscope.cli import main

if __name__ == "__main__":
    main()
'''
EPOCH = 1_767_225_600  # of all members: the same sources give the same file


def build(wheel: Path, target: Path) -> None:
    """Write the file. Raises FileNotFoundError for a wheel that is not there."""
    with tempfile.TemporaryDirectory() as folder:
        stage = Path(folder) / "app"
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(stage)
        for name in PURE:
            _copy(name, stage)
        shutil.copytree(
            Path(__file__).parent / "stand_ins", stage / "stand_ins", ignore=shutil.ignore_patterns("__pycache__")
        )
        (stage / "__main__.py").write_text(MAIN, encoding="utf-8")
        _compile(stage)
        target.parent.mkdir(parents=True, exist_ok=True)
        zipapp.create_archive(stage, target, interpreter="/usr/bin/env python3", compressed=True)
        target.chmod(0o755)


def _copy(name: str, stage: Path) -> None:
    """Copy the pure files of an installed package, its licence among them."""
    for file in distribution(name).files or ():
        source = Path(str(file.locate()))
        if ".." in file.parts or "__pycache__" in file.parts or file.suffix in (".so", ".c", ".pyd"):
            continue
        if source.is_file() and file.name not in ("direct_url.json", "RECORD", "INSTALLER", "REQUESTED"):
            place = stage / str(file)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, place)


def _compile(stage: Path) -> None:
    """Put compiled code beside each module: a start takes a third of the time on this Python, and others ignore it."""
    for path in sorted(stage.rglob("*.py")):
        if path.name != "__main__.py":
            py_compile.compile(
                str(path),
                str(path.with_suffix(".pyc")),
                str(path.relative_to(stage)),
                doraise=True,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )
    for path in stage.rglob("*"):
        os.utime(path, (EPOCH, EPOCH))


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
