"""docs/architecture.md names only what exists, and every room; tests lie where what they test lies."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
TESTS = ROOT / "tests"
# Folders of tests that are about more than one room.
ACROSS = {"api", "browser", "data", "events", "fuzz", "helpers", "live", "metamorphic", "project", "transports"}
WORDS = {"NAME", "BRANCH", "DIR"}


def rooms() -> set[str]:
    return {path.parent.name for path in (ROOT / "oomscope").glob("*/__init__.py") if path.parent.name != "_compiled"}


def test_every_file_that_the_page_names_exists() -> None:
    named = re.findall(r"`((?:oomscope|tests|rules|docs|templates)/[\w./-]+)`", PAGE)
    paths = {name for name in named if not WORDS & set(re.split(r"[/.]", name))}
    assert len(paths) > 10
    assert [name for name in sorted(paths) if not (ROOT / name).exists()] == []


def test_every_name_that_a_recipe_tells_to_edit_exists() -> None:
    for file, names in {
        "kernel/sections/kill_line.py": ("_SIZES", "_PLAIN", "KillLine", "_tolerant_kill_line", "victim_of"),
        "kernel/event.py": ("class Victim",),
        "read/transports/prefix_patterns.py": ("LINE_FORMATS",),
        "read/transports/prefixes.py": ("_stamp", "_priority", "_numeric", "_worded", "_wall_of", "_kernel_stamp"),
        "workload/path_parts.py": ("_RUNTIMES",),
        "cli/formats.py": ("FORMATS",),
        "inputs/registry/__init__.py": ("SIDE_INPUTS",),
        "report/document/held_reports.py": ("WHOLE_INCIDENTS", "WHOLE_ROWS"),
    }.items():
        text = (ROOT / "oomscope" / file).read_text(encoding="utf-8")
        assert [name for name in names if name not in text] == [], file


def test_the_page_has_every_room() -> None:
    table = PAGE.partition("## The rooms")[2].partition("**Inside read**")[0]
    assert {name for name in rooms() if f"`{name}`" not in table} == set()


def test_folders_of_tests_are_rooms() -> None:
    folders = {path.name for path in TESTS.iterdir() if path.is_dir() and any(path.rglob("*.py"))}
    assert folders - ACROSS <= rooms()


def test_no_test_imports_another_test() -> None:
    """What several tests need is a helper, in a module that holds no tests."""
    found = []
    for path in TESTS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            if module is not None and module.rpartition(".")[2].startswith("test_"):
                found.append(f"{path.relative_to(ROOT)}: {module}")
    assert found == []
