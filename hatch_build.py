"""Build hook: compile the page's templates into Python modules that travel in the package.

Compiling them takes jinja2 longer than reading a small log and weighing what is in it. The folder is named by a hash of
the templates and of jinja2's version; where either differs at run time, the templates are compiled from source.
"""

import hashlib
import shutil
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledTemplates(BuildHookInterface):  # type: ignore[misc,type-arg]  # hatchling ships no types
    """Writes oomscope/_compiled/HASH/ before the package is built, for wheels and editable installs alike."""

    def initialize(self, version: str, build_data: dict[str, object]) -> None:
        import jinja2
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        root = Path(self.root)
        sources = sorted((root / "templates").glob("*.j2"))
        digest = hashlib.sha256(jinja2.__version__.encode())
        for source in sources:
            digest.update(source.name.encode() + b"\0" + source.read_bytes())
        target = root / "oomscope" / "_compiled"
        shutil.rmtree(target, ignore_errors=True)
        environment = Environment(
            loader=FileSystemLoader(root / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        # jinja2 compiles calls of `finalize` in where the environment has one; at run time it is ours.
        environment.finalize = lambda value: value
        folder = target / digest.hexdigest()[:16]
        environment.compile_templates(folder, extensions=["j2"], zip=None, ignore_errors=False)
