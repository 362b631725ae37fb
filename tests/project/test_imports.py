"""What a command may import: start-up time is imports. Exact where a clock would only be a guess."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ANALYSIS = ("oomscope.api", "oomscope.read", "oomscope.kernel", "oomscope.causes", "oomscope.report", "jinja2")
HEAVY = ("pandas", "numpy", "rich", "pygments", "dask", "distributed", "fsspec", "jsonschema", "oomscope.series.life")

SCRIPT = """
import json, sys
from oomscope.cli import main
sys.argv = ["oomscope", *sys.argv[2:]]
try:
    main()
except SystemExit as done:
    assert not done.code, done.code
finally:
    open(LOADED, "w").write(json.dumps(sorted(sys.modules)))
"""


def loaded_by(folder: Path, *args: str) -> set[str]:
    """The modules that `oomscope ARGS` has imported when it ends."""
    listing = folder / "modules.json"
    script = SCRIPT.replace("LOADED", repr(str(listing)))
    subprocess.run([sys.executable, "-c", script, "-", *args], cwd=folder, check=True, capture_output=True, timeout=60)
    return set(json.loads(listing.read_text()))


@pytest.mark.parametrize("args", [(), ("--format", "json"), ("--format", "text"), ("-o", "a.html")], ids=str)
def test_analysing_a_log_loads_no_table_library(tmp_path: Path, samples: Path, args: tuple[str, ...]) -> None:
    loaded = loaded_by(tmp_path, "analyze", str(samples / "6.12-v2-leak-restarts.log"), *args)
    assert "oomscope.api" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_text_and_json_need_no_templates(tmp_path: Path, samples: Path) -> None:
    log = str(samples / "6.12-v2-leak-restarts.log")
    assert "jinja2" not in loaded_by(tmp_path, "analyze", log, "--format", "json")
    assert "jinja2" not in loaded_by(tmp_path, "analyze", log, "--format", "text")


@pytest.mark.parametrize(
    "args", [("--help",), ("--version",), ("analyze", "--help"), ("rules", "--help"), ("fleet", "--help")], ids=str
)
def test_help_and_version_load_no_stage(tmp_path: Path, args: tuple[str, ...]) -> None:
    assert loaded_by(tmp_path, *args).isdisjoint((*ANALYSIS, *HEAVY))


def test_importing_the_package_loads_nothing_else(tmp_path: Path) -> None:
    script = "import sys; before = set(sys.modules); import oomscope; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert {name for name in done.stdout.split() if name.startswith("oomscope")} == {"oomscope"}
