"""Write what is made from other files: of rules/ its README and its tables, docs/reference.md and the manual
page docs/oomscope.1, and in README.md and docs/tutorial.md what their commands print. `make docs`.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from manual import manual
from reference import reference

from oomscope.causes import index_text, load_dir
from oomscope.causes.files.docs import rules_readme
from oomscope.causes.known_issues import known_text
from oomscope.facts import VOCABULARY
from oomscope.facts.programs import programs_text

ROOT = Path(__file__).resolve().parents[1]
RULES = ROOT / "rules"
# A command on a sample log with what it printed, up to the end of the block.
SHOWN = re.compile(r"(?ms)^```console\n\$ (oomscope (?:analyze|facts|explain|diff) sample_logs/[^\n|]+)\n.*?^```$")


def texts() -> dict[str, str]:
    """Return what the generated files have to hold, by name."""
    return {
        "rules/README.md": rules_readme(load_dir(str(RULES), VOCABULARY)),
        "rules/index.json": index_text(RULES),
        **_of_tables(),
        "docs/reference.md": reference(),
        "docs/oomscope.1": manual(),
        **{
            name: SHOWN.sub(_shown, (ROOT / name).read_text(encoding="utf-8"))
            for name in ("README.md", "docs/tutorial.md")
        },
    }


def _of_tables() -> dict[str, str]:
    """Return the tables that are read at run time, made of the files that people edit."""
    known = {path.name: path.read_bytes() for path in (RULES / "known").glob("*.toml")}
    return {
        "rules/programs.json": programs_text((RULES / "programs.toml").read_bytes()),
        "rules/known.json": known_text(known),
    }


def _shown(block: re.Match[str]) -> str:
    """Return a block of README.md with what its command prints now."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "sample_logs").symlink_to(ROOT / "sample_logs")
        command = [sys.executable, "-m", *shlex.split(block[1])]
        env = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1"}
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=True)  # noqa: S603
    return f"```console\n$ {block[1]}\n{done.stdout.rstrip()}\n```"


if __name__ == "__main__":
    for name, text in _of_tables().items():  # what README.md shows needs them
        (ROOT / name).write_text(text, encoding="utf-8")
    for name, text in texts().items():
        (ROOT / name).write_text(text, encoding="utf-8")
