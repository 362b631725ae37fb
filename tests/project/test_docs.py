"""The pages of docs/: links lead somewhere, commands run, options exist, the reference is complete, the site is built."""

import os
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md"))
OURS = [path for path in PAGES if path.name in ("tutorial.md", "index.md", "brief-json.md", "ci.md") or path.parent.name == "how-to"]  # fmt: skip


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def anchors(path: Path) -> frozenset[str]:
    """The ids of a page's headings, as Markdown renderers make them."""
    titles = re.findall(r"(?m)^#{1,6} (.+)$", path.read_text("utf-8"))
    return frozenset(re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles)


@pytest.mark.parametrize(
    "path", [*PAGES, ROOT / "README.md", ROOT / "SECURITY.md", ROOT / "CONTRIBUTING.md"], ids=named
)
def test_every_link_leads_to_a_file_and_a_heading(path: Path) -> None:
    text = re.sub(r"(?ms)^```.*?^```$|`[^`\n]*`", "", path.read_text("utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http:", "https:")):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


@cache
def options() -> frozenset[str]:
    import typer

    from oomscope.cli.app import app_with

    root = typer.main.get_command(app_with())
    commands = [*root.commands.values(), *root.commands["rules"].commands.values()]  # type: ignore[attr-defined]
    return frozenset(
        name for command in commands for one in command.params for name in one.opts if name.startswith("-")
    ) | {"--help"}


ELSEWHERE = {"--no-cache-dir"}


@pytest.mark.parametrize("path", OURS, ids=named)
def test_every_option_and_ending_that_a_page_names_exists(path: Path) -> None:
    text = path.read_text("utf-8")
    lines = [line for line in text.splitlines() if "oomscope" in line or line.lstrip().startswith(("- ", "`--", "|"))]
    found = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", "\n".join(lines))) - ELSEWHERE
    assert found - options() == set()
    from oomscope.cli.formats import FORMATS

    endings = {ending for one in FORMATS for ending in one.endings}
    assert set(re.findall(r"-o [\w-]+(\.[\w.]+)", text)) - endings == set()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder as the tutorial expects it."""
    (tmp_path / "sample_logs").symlink_to(ROOT / "sample_logs")
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "oomscope"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m oomscope "$@"\n')
    command.chmod(0o755)
    return tmp_path


def test_the_commands_of_the_tutorial_run_in_their_order(clone: Path) -> None:
    blocks = re.findall(r"(?ms)^```console\n(.*?)^```$", (DOCS / "tutorial.md").read_text("utf-8"))
    commands = [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    assert len(commands) >= 7
    env = {**os.environ, "PATH": f"{clone / 'bin'}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    for command in commands:
        done = subprocess.run(["sh", "-c", command], cwd=clone, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (command, done.stderr)
        assert done.stdout.strip() or " -q " in command, command
    assert all((clone / name).is_file() for name in ("oomscope-report.html", "leak.html", "leak.md", "leak.json"))


def test_the_reference_has_every_command_format_cause_and_fact() -> None:
    from oomscope.causes import load_bundled
    from oomscope.cli.formats import FORMATS
    from oomscope.facts import VOCABULARY
    from oomscope.report.document.schema import schema

    text = (DOCS / "reference.md").read_text("utf-8")
    rows = set(re.findall(r"(?m)^\| `([\w\[\].-]+)`", text))
    assert {one.name for one in FORMATS} | set(VOCABULARY) | {one.cause for one in load_bundled(VOCABULARY)} <= rows
    assert set(schema()["$defs"]["incident"]["properties"]) <= rows
    assert options() - {"--help"} <= set(re.findall(r"`(--?[a-z][a-z-]*)`", text))


def test_the_site_is_built_with_every_page(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="mkdocs is not installed; it is the extra site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made = {str(path.relative_to(tmp_path / "site").with_suffix(".md")) for path in (tmp_path / "site").rglob("*.html")}
    wanted = {str(path.relative_to(DOCS)) for path in PAGES} - {"watch/README.md"} | {"watch/index.md"}
    assert wanted <= made
    home = (tmp_path / "site" / "index.html").read_text("utf-8")
    assert re.findall(r'src="https?:[^"]*"|<link[^>]*href="https?:[^"]*"', home) == [], "the site fetches nothing"
