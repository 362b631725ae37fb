"""The single file, the Debian package, the image file, the manual page, completion and the kubectl plugin."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("installed")
LEFTOVERS = shutil.ignore_patterns(
    ".git", ".*_cache", ".venv*", ".hypothesis", "__pycache__", "_compiled", "build", "dist", "*.egg-info"
)


def run(*command: object, cwd: Path, status: int = 0, **env: str) -> str:
    """Stdout of a command that ends with this status; with another than 0, stderr."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, env={**clean, **env}, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr if status else done.stdout


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """The single file, built of a copy of this checkout."""
    folder = tmp_path_factory.mktemp("single")
    source = shutil.copytree(root, folder / "source", ignore=LEFTOVERS)
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder / "wheel", source, cwd=folder)
    (wheel,) = (folder / "wheel").glob("*.whl")
    for name in ("oomscope.pyz", "again.pyz"):
        run(sys.executable, source / "packaging" / "single_file.py", wheel, folder / name, cwd=folder)
    assert (folder / "oomscope.pyz").read_bytes() == (folder / "again.pyz").read_bytes(), (
        "the same sources, the same file"
    )
    return folder / "oomscope.pyz"


BARE = (sys.executable, "-I", "-S")
"""Python without a single installed package."""


def test_the_single_file_needs_python_alone(single: Path, tmp_path: Path, samples: Path) -> None:
    log = samples / "6.1-v2-tmpfs-live.log"
    page = run(*BARE, single, "analyze", log, "--format", "html", cwd=tmp_path)
    assert page.startswith("<!doctype html>")
    assert "Files on tmpfs filled the pod" in page
    assert "tmpfs_fill" in run(*BARE, single, "rules", "list", cwd=tmp_path)
    packed = samples / "6.12-v2-rate-limited.log.gz"
    ours = run(sys.executable, "-m", "oomscope", "analyze", packed, "--format", "json", cwd=tmp_path, PYTHONPATH=str(samples.parent))  # fmt: skip
    assert run(*BARE, single, "analyze", packed, "--format", "json", cwd=tmp_path) == ours
    assert list(tmp_path.iterdir()) == []


def test_the_single_file_says_what_it_cannot_do(single: Path, tmp_path: Path, samples: Path) -> None:
    from backports import zstd

    log = samples / "6.12-v2-leak-restarts.log"
    (tmp_path / "a.zst").write_bytes(zstd.compress(log.read_bytes()))
    if sys.version_info < (3, 14):
        assert "unpack the log first: zstd -d FILE" in run(*BARE, single, "analyze", "a.zst", cwd=tmp_path, status=1)
    assert "pip install 'oomscope[fleet]'" in run(*BARE, single, "fleet", log, "--out", "o", cwd=tmp_path, status=1)
    assert "pyarrow is not installed" in run(*BARE, single, "analyze", log, "-o", "a.parquet", cwd=tmp_path, status=1)
    (tmp_path / "bad.log").write_text("Out of memory: Kil1ed process 4l7 (recorder) tota1-vm:9O0000kB, anon-rss:3O0000kB, file-rss:100kB\n")  # fmt: skip
    done = subprocess.run([*BARE, single, "analyze", "bad.log", "--strict"], cwd=tmp_path, capture_output=True, text=True, check=False)  # fmt: skip
    assert "damaged lines (misread, mistyped) are not read" in done.stderr


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not installed")
def test_the_debian_package_holds_the_command_and_its_manual(
    single: Path, tmp_path: Path, root: Path, samples: Path
) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    made = Path(run("sh", root / "packaging" / "deb.sh", single, tmp_path / "out", cwd=tmp_path, PATH=path).strip())
    assert "python3 (>= 3.11)" in run("dpkg-deb", "-f", made, "Depends", cwd=tmp_path)
    there = tmp_path / "root"
    run("dpkg-deb", "-x", made, there, cwd=tmp_path)
    command = there / "usr" / "bin" / "oomscope"
    assert command.read_bytes().startswith(b"#!/usr/bin/python3 -sE\n")
    assert run(*BARE, command, "--version", cwd=tmp_path).startswith("oomscope ")
    files = {str(p.relative_to(there)) for p in there.rglob("*") if p.is_file()}
    assert files == {
        "usr/bin/oomscope",
        "usr/bin/kubectl-oomscope",
        "usr/share/doc/oomscope/copyright",
        "usr/share/man/man1/oomscope.1.gz",
        "usr/share/bash-completion/completions/oomscope",
    }
    assert "_oomscope_completion" in (there / "usr/share/bash-completion/completions/oomscope").read_text()


def test_the_manual_has_every_command_and_option_and_is_clean(root: Path, tmp_path: Path) -> None:
    import typer

    from oomscope.cli.app import app_with

    text = (root / "docs" / "oomscope.1").read_text("ascii").replace("\\-", "-")
    commands = typer.main.get_command(app_with()).commands  # type: ignore[attr-defined]
    for name, command in commands.items():
        for one in getattr(command, "commands", {}).values() or [command]:
            assert f'.SS "oomscope {name}' in text
            for option in one.params:
                assert (
                    option.param_type_name != "option" or option.name == "help" or f"\\fB{option.opts[0]}\\fR" in text
                )
    if shutil.which("groff"):
        done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-z", root / "docs" / "oomscope.1"], capture_output=True, text=True, check=True)  # fmt: skip
        assert done.stderr == ""


COMPLETED = [
    ("oomscope analyze --trust ", {"kernel", "likely", "tag", "any"}),
    ("oomscope analyze --format par", {"parquet", "parquet-tasks", "parquet-evidence"}),
    ("oomscope analyze --cause l", {"leak", "low_limit"}),
    ("oomscope analyze --fail-on kill,lea", {"kill,leak"}),
    ("oomscope rules show frag", {"fragmentation"}),
    ("oomscope explain GFP_KERNEL_", {"GFP_KERNEL_ACCOUNT"}),
    ("oomscope fle", {"fleet"}),
]


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(("line", "values"), COMPLETED, ids=[line for line, _ in COMPLETED])
def test_bash_completes_values(tmp_path: Path, root: Path, line: str, values: set[str]) -> None:
    command = tmp_path / "oomscope"
    command.write_text(f'#!/bin/sh\nPYTHONPATH={root} exec {sys.executable} -m oomscope "$@"\n')
    command.chmod(0o755)
    words = line.split(" ")
    script = f"""
source <(_OOMSCOPE_COMPLETE=source_bash oomscope)
COMP_WORDS=({" ".join(f"'{word}'" for word in words)}) COMP_CWORD={len(words) - 1}
_oomscope_completion oomscope
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    said = run("bash", "--norc", "-c", script, cwd=tmp_path, PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert set(said.split()) == values


@pytest.fixture
def cluster(tmp_path: Path, root: Path, samples: Path) -> str:
    """A PATH with oomscope and a kubectl of a cluster whose node-1 has /var/log/messages, and no pods."""
    (tmp_path / "bin").mkdir()
    for name, text in {
        "oomscope": f'PYTHONPATH={root} exec {sys.executable} -m oomscope "$@"',
        "kubectl": f"""case "$*" in
  "get --raw /api/v1/nodes/node-1/proxy/logs/messages") cat {samples}/6.12-v2-leak-restarts.log ;;
  *--raw*) echo "Error from server (NotFound): not there" >&2; exit 1 ;;
  *) echo '{{"apiVersion": "v1", "kind": "List", "items": []}}' ;;
esac""",
    }.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    return f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"


def test_the_kubectl_plugin_reads_a_nodes_log(cluster: str, tmp_path: Path, root: Path) -> None:
    plugin = root / "packaging" / "kubectl-oomscope"
    assert os.access(plugin, os.X_OK)
    (tmp_path / "tmp").mkdir()
    env = {"PATH": cluster, "TMPDIR": str(tmp_path / "tmp")}
    assert "4 OOM kills of 1 workload" in run(plugin, "node-1", "--format", "text", cwd=tmp_path, **env)
    assert run(plugin, "node-1", "-q", "--fail-on", "kill", cwd=tmp_path, status=10, **env) is not None
    assert "kubectl debug node/node-2" in run(plugin, "node-2", cwd=tmp_path, status=1, **env)
    for hostile in ("", "../secrets", "a/b", "a?b", "$(id)", "-n", ".."):
        assert "no name of a node" in run(plugin, hostile, cwd=tmp_path, status=2, **env)
    assert list((tmp_path / "tmp").iterdir()) == []
    assert run(plugin, "--help", cwd=tmp_path, **env).startswith("kubectl oomscope NODE")


def test_the_image_file_copies_what_is_there_and_runs_as_nobody(root: Path) -> None:
    """No builder is needed for this: what it copies exists, what it pip installs is this checkout, and it is not root."""
    text = re.sub(r"\\\n\s*", "", (root / "packaging" / "Containerfile").read_text("utf-8"))
    steps = [line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#")]
    for words in (rest.split() for name, rest in steps if name == "COPY" and not rest.startswith("--from")):
        assert all((root / source).exists() for source in words[:-1]), words
    last = [rest for name, rest in steps if name == "USER"]
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", last[-1])
    assert [rest for name, rest in steps if name == "ENTRYPOINT"] == ['["oomscope"]']
    assert {name for name, _ in steps} <= {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "ENTRYPOINT", "CMD"}
