"""Where `rules/` and `templates/` are: inside the installed package, else beside it in a checkout."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def bundled(name: str) -> "Traversable":
    """Return the bundled folder `name`.

    A wheel carries the folder inside the package; an editable install and a plain checkout have it beside the package.
    Both are looked for as plain paths first: importlib.resources costs more to import than a small log to read, and is
    needed only where the package lies in a zip.
    Raises FileNotFoundError if no place has it, which means that the installation is broken.
    """
    package = Path(__file__).resolve().parent
    for place in (package / name, package.parent / name):
        if place.is_dir():
            return place
    from importlib.resources import files

    zipped = files("oomscope") / name
    if zipped.is_dir():
        return zipped
    raise FileNotFoundError(f"oomscope was installed without its {name}/ folder; reinstall it")
