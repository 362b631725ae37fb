"""What holds of the files of the project themselves."""

import re
import runpy
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from oomscope.causes import branches_of, load_bundled
from oomscope.facts import VOCABULARY

# A path that is somebody's machine, and not the machine of whoever reads a log.
MACHINE_PATH = re.compile(rb"(?<![\w.])/(?:work|root|home)/(?!$)[\w.-]+")
FOREIGN = (b"/home/user", b"/home/app", b"/root/.kube")
LOGS = (".log", ".gz", ".raw", ".png")


def files(root: Path) -> Iterator[Path]:
    """The files that git knows; all there are where this is no repository."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    for name in filter(None, done.stdout.decode().split("\0")):
        if (root / name).is_file():
            yield root / name


def test_no_file_names_a_path_of_somebodys_machine(root: Path) -> None:
    named = []
    for path in files(root):
        if path.suffix in LOGS or "data" in path.parts or path == Path(__file__):
            continue
        for line, text in enumerate(path.read_bytes().splitlines(), 1):
            found = [m for m in MACHINE_PATH.findall(text) if not m.startswith(FOREIGN)]
            named += [f"{path.relative_to(root)}:{line}: {m.decode()}" for m in found]
    assert named == []


def test_generated_files_are_what_make_docs_would_write(root: Path) -> None:
    texts = runpy.run_path(str(root / "docs" / "generate.py"))["texts"]()
    stale = [name for name, text in texts.items() if (root / name).read_text("utf-8") != text]
    assert stale == [], "run make docs"


def test_every_cause_has_its_files(root: Path) -> None:
    causes = branches_of(load_bundled(VOCABULARY))
    wanted = {f"{branch}/{cause}.toml" for cause, branches in causes.items() for branch in branches} | {"shared.toml"}
    found = {str(p.relative_to(root / "rules")) for p in (root / "rules").rglob("*.toml")}
    assert {name for name in found if not name.startswith("known/")} == wanted | {"programs.toml"}


@pytest.mark.parametrize(
    "name", ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs/architecture.md"]
)
def test_links_between_documents_lead_somewhere(root: Path, name: str) -> None:
    text = (root / name).read_text("utf-8")
    targets = re.findall(r"\]\(([^)#]+)\)|src(?:set)?=\"([^\"]+)\"", text)
    local = [one or other for one, other in targets if not (one or other).startswith(("http:", "https:"))]
    assert [target for target in local if not (root / name).parent.joinpath(target).exists()] == []


def test_the_version_is_the_same_everywhere(root: Path) -> None:
    import tomllib

    import oomscope

    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == oomscope.__version__
    assert f"## {oomscope.__version__}" in (root / "CHANGELOG.md").read_text("utf-8")
