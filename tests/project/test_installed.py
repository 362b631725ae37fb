"""oomscope finds its rules and templates however it was installed."""

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("installed")
FOLDERS = ("rules", "templates")
# What a checkout may hold beside what is in git: none of it belongs into a build.
LEFTOVERS = shutil.ignore_patterns(
    ".git", ".*_cache", ".venv*", ".hypothesis", "__pycache__", "_compiled", "build", "dist", "*.egg-info"
)


def run(*command: object, cwd: Path, **env: str) -> str:
    """The stdout of a command that must succeed, run without our checkout on the path."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, env={**clean, **env}, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def third_party() -> str:
    """Where the dependencies of this environment lie: what is under test brings none along."""
    import jinja2

    return str(Path(jinja2.__file__).parents[1])


def proves_itself(python: object, cwd: Path, sample: Path, **env: str) -> None:
    """A command that needs the rules, and one that needs the templates."""
    assert "tmpfs_fill" in run(python, "-m", "oomscope", "rules", "list", cwd=cwd, **env)
    page = run(python, "-m", "oomscope", "analyze", sample, "--format", "html", cwd=cwd, **env)
    assert page.startswith("<!doctype html>")
    assert "Files on tmpfs filled the pod" in page


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """A copy of this checkout: a build writes into its source, which other tests read at the same time."""
    return shutil.copytree(root, tmp_path_factory.mktemp("copy") / "oomscope", ignore=LEFTOVERS)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, source: Path) -> Path:
    """A folder with the wheel and the sdist of this checkout."""
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, source, cwd=out)
    return out


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture
def sample(samples: Path) -> Path:
    return samples / "6.1-v2-tmpfs-live.log"


def test_the_wheel_holds_every_rule_and_template_and_nothing_else(wheel: Path, root: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    for folder in FOLDERS:
        wanted = {f"oomscope/{p.relative_to(root)}" for p in (root / folder).rglob("*") if p.is_file()}
        assert wanted <= inside
    assert {name.split("/")[0].split("-")[0] for name in inside} == {"oomscope"}
    assert "oomscope/py.typed" in inside


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A fresh environment; its dependencies are borrowed from here, so that no network is needed."""
    where = tmp_path / "env"
    venv.create(where, with_pip=False, symlinks=True)
    (site,) = (where / "lib").glob("python*/site-packages")
    (site / "borrowed.pth").write_text(third_party() + "\n")
    return where


def install(environment: Path, *what: object) -> Path:
    """Where oomscope is found in that environment after `pip install WHAT`."""
    python, folder = environment / "bin" / "python", environment.parent
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", *what, cwd=folder)
    return Path(run(python, "-c", "import oomscope; print(oomscope.__file__)", cwd=folder).strip())


def test_a_wheel_in_a_fresh_environment(wheel: Path, environment: Path, tmp_path: Path, sample: Path) -> None:
    assert install(environment, wheel).is_relative_to(environment)
    proves_itself(environment / "bin" / "python", tmp_path, sample)
    assert run(environment / "bin" / "oomscope", "--version", cwd=tmp_path).startswith("oomscope ")


def test_a_wheel_that_is_not_even_unpacked(wheel: Path, tmp_path: Path, sample: Path) -> None:
    proves_itself(sys.executable, tmp_path, sample, PYTHONPATH=str(wheel))


def test_a_source_archive_and_a_plain_checkout(built: Path, tmp_path: Path, sample: Path) -> None:
    """Neither is installed: the folders lie beside the package."""
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        if hasattr(tarfile, "data_filter"):  # 3.11.4
            packed.extraction_filter = tarfile.data_filter
        packed.extractall(tmp_path)  # noqa: S202  (our own archive)
    (unpacked,) = (p for p in tmp_path.iterdir() if p.is_dir())
    assert (unpacked / "Makefile").exists()
    assert (unpacked / "sample_logs" / sample.name).exists()
    proves_itself(sys.executable, unpacked, sample)


def test_an_editable_install(source: Path, environment: Path, tmp_path: Path, sample: Path) -> None:
    assert install(environment, "--no-build-isolation", "--editable", source).is_relative_to(source)
    proves_itself(environment / "bin" / "python", tmp_path, sample)
