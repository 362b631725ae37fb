"""Where `rules/` and `templates/` are: inside the installed package, else beside it in a checkout."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def bundled(name: str) -> Traversable:
    """The bundled folder `name`.

    A wheel carries the folder inside the package; an editable install and a plain checkout have it beside the package.
    Raises FileNotFoundError if neither place has it, which means that the installation is broken.
    """
    inside = files("oomscope") / name
    if inside.is_dir():
        return inside
    beside = Path(__file__).resolve().parent.parent / name
    if beside.is_dir():
        return beside
    raise FileNotFoundError(f"oomscope was installed without its {name}/ folder; reinstall it")
