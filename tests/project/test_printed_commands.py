"""Every command that a cause file or a table can print is taken by the program that it names, where that is installed.

Names and sizes are filled in as a report would. Nothing is changed: kubectl works on a file or asks a port where nobody
listens, and what would set something is only parsed.
"""

import json
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from oomscope.causes.files.load import load_bundled
from oomscope.causes.language.placeholders import fill_command
from oomscope.explain.scopes import SCOPE_TEXTS
from oomscope.facts import VOCABULARY
from oomscope.facts.origins import ORIGINS
from oomscope.inputs.side_input import Asked
from oomscope.report.document.open_questions import command
from oomscope.units import MIB

TEXTS = {
    "owner": "deployment/cart", "namespace": "shop", "pod": "cart-7d9-x2x4q", "container": "app", "limit_by": "docker",
    "suggested_limit": "356Mi", "suggested_limit_m": "356M", "need_quantity": "300Mi", "victim_quantity": "300Mi",
    "high_quantity": "921M", "tmpfs_room": "64Mi", "heap_setting": "GOMEMLIMIT=921MiB", "memory_volume": "scratch",
    "limit_unit": "cart.service", "limit_container": "9cffa91ad361", "largest_task_pattern": "python3\\.12 -m x",
    "largest_task_comm": "python3.12 -m x", "victim_comm": "traefik", "worker_comm": "php-fpm", "program_command": "nproc",
}  # fmt: skip


def filled() -> list[str]:
    values = {
        name: TEXTS.get(name, "plain") if fact.kind == "text" else 3 * MIB + 1 if fact.unit == "bytes" else 4096
        for name, fact in VOCABULARY.items()
    }
    found = []
    for version in (1, 2):
        values["cgroup_folder"] = "/sys/fs/cgroup/memory" if version == 1 else "/sys/fs/cgroup"
        for cause in load_bundled(VOCABULARY):
            for rule in (*cause.remedies, *cause.settle):
                if rule.command is not None:
                    typed = fill_command(rule.command.template, values)
                    assert typed is not None, rule.command.text
                    found.append(typed)
    programs = tomllib.loads((Path(__file__).parents[2] / "rules" / "programs.toml").read_text(encoding="utf-8"))
    found += [one["command"] for one in programs["program"] if one.get("command")]
    found += [text.look for text in SCOPE_TEXTS.values()]
    asked = [Asked(kube, version, "/kubepods/pod1", named, timed=True) for kube in (True, False) for version in (1, 2) for named in (True, False)]  # fmt: skip
    found += [command(name, one) for name in ORIGINS for one in asked]
    return sorted(dict.fromkeys(found))


COMMANDS = filled()


def simple(name: str) -> list[list[str]]:
    """Return the calls of one program, pipes and lists apart."""
    calls = []
    for one in COMMANDS:
        words: list[str] = []
        tokens = shlex.shlex(one, posix=True, punctuation_chars="|&;<>()")
        tokens.whitespace_split = True
        for token in (*tokens, ";"):
            if set(token) <= set("|&;<>()"):
                if words[:1] == [name] and not any(word.startswith("$") for word in words):
                    calls.append(words)
                words = []
            else:
                words.append(token)
    return [list(call) for call in dict.fromkeys(map(tuple, calls))]


def needs(name: str) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")


def run(words: list[str], folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


NOT_TAKEN = re.compile(
    r"unknown|unrecognized|invalid|unexpected|usage:|error parsing|cannot parse|must specify|illegal", re.IGNORECASE
)


@pytest.mark.parametrize("one", COMMANDS)
def test_a_shell_takes_it(one: str) -> None:
    done = run(["bash", "-n", "-c", one])
    assert done.returncode == 0, done.stderr


POD = {
    "containers": [{"name": "app", "image": "cart", "resources": {"limits": {"memory": "256Mi"}}}],
    "volumes": [{"name": "scratch", "emptyDir": {"medium": "Memory"}}],
}


def on_a_file(words: list[str], folder: Path) -> list[str]:
    """Return a kubectl call that changes an object so that it changes a file's."""
    manifest = folder / "object.json"
    pod = "pod" in words
    body: dict[str, object] = {"apiVersion": "v1" if pod else "apps/v1", "kind": "Pod" if pod else "Deployment"}
    labels = {"app": "cart"}
    body["metadata"] = {"name": "cart-7d9-x2x4q" if pod else "cart", "namespace": "shop", "labels": labels}
    body["spec"] = POD if pod else {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": POD}}  # fmt: skip
    manifest.write_text(json.dumps(body))
    target = {"deployment/cart", "pod", "cart-7d9-x2x4q"}
    kept = [word for word in words if word not in target and not word.startswith("--subresource")]
    return [*kept, "--local", "-f", str(manifest), "-o", "json"]


def test_kubectl_takes_each_of_its_commands(tmp_path: Path) -> None:
    needs("kubectl")
    calls = simple("kubectl")
    assert len(calls) >= 8
    for words in calls:
        if {"set", "patch"} & set(words[:5]):
            done = run(on_a_file(words, tmp_path))
            assert done.returncode == 0, (words, done.stderr)
            assert json.loads(done.stdout)["spec"] != json.loads((tmp_path / "object.json").read_text())["spec"], words
        else:
            done = run(
                [words[0], "--kubeconfig=/dev/null", "--server=http://127.0.0.1:1", "--request-timeout=2s", *words[1:]]
            )
            assert "refused" in done.stderr, (words, done.stderr)
            assert NOT_TAKEN.search(done.stderr.replace("did you specify", "")) is None, (words, done.stderr)


def test_promtool_takes_each_of_its_queries() -> None:
    needs("promtool")
    calls = simple("promtool")
    assert calls
    for words in calls:
        done = run([word.replace("http://prometheus:9090", "http://127.0.0.1:1") for word in words])
        assert "refused" in done.stderr, (words, done.stderr)


@pytest.mark.parametrize("name", ["docker", "podman"])
def test_docker_and_podman_take_the_new_limit(name: str) -> None:
    needs(name)
    for words in simple("docker"):
        done = run([name, *words[1:]])
        assert NOT_TAKEN.search(done.stderr) is None, (words, done.stderr)


def test_systemd_takes_each_property(tmp_path: Path) -> None:
    needs("systemd-analyze")
    calls = simple("systemctl")
    properties = [word for words in calls if words[1] == "set-property" for word in words[3:]]
    assert properties
    unit = tmp_path / "cart.service"
    unit.write_text("[Service]\nExecStart=/bin/true\n" + "".join(f"{one}\n" for one in properties))
    done = run(["systemd-analyze", "verify", str(unit)])
    assert "Failed to parse" not in done.stderr and "Unknown" not in done.stderr, done.stderr
    for words in calls:
        if words[1] in ("cat", "show"):
            done = run(words)
            assert NOT_TAKEN.search(done.stderr) is None, (words, done.stderr)


def test_journalctl_takes_each_of_its_options(tmp_path: Path) -> None:
    needs("journalctl")
    calls = simple("journalctl")
    assert len(calls) >= 3
    for words in calls:
        done = run([*words, "--directory", str(tmp_path), "-n", "1"])
        assert NOT_TAKEN.search(done.stderr) is None, (words, done.stderr)


READERS = (
    "ps",
    "free",
    "df",
    "findmnt",
    "ipcs",
    "ss",
    "vmstat",
    "slabtop",
    "pidstat",
    "numastat",
    "systemd-cgtop",
    "sysctl",
)


@pytest.mark.parametrize("name", READERS)
def test_a_program_that_only_reads_takes_its_options(name: str) -> None:
    needs(name)
    for words in simple(name):
        if "-w" in words or words[-1:] == ["60"]:  # it would set something, or go on
            continue
        done = run([word if word != "10" else "1" for word in words])
        assert NOT_TAKEN.search(done.stderr) is None, (words, done.stderr)


CGROUP_FILE = re.compile(r"/sys/fs/cgroup(?:/memory)?/(memory\.[\w.]+|cgroup\.procs)")


def test_the_files_of_a_cgroup_are_there() -> None:
    """Looked for in a cgroup of this machine; the root of v2 has no counters of its own."""
    named = {match[0] for one in COMMANDS for match in CGROUP_FILE.finditer(one)}
    first = Path("/sys/fs/cgroup/memory")
    if not (first / "memory.stat").exists():
        pytest.skip("cgroup v1 is not mounted here")
    of_v1 = {Path(one).name for one in named if one.startswith("/sys/fs/cgroup/memory/")}
    of_v2 = {"memory.peak", "memory.current", "memory.stat", "memory.events", "memory.swap.max", "memory.swap.current"}
    missing = {name for name in of_v1 - of_v2 if not (first / name).exists()}
    assert missing == set()
