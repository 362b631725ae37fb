"""The examples of docs/ci.md and the action run as far as one machine can run them."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
LEAK = ROOT / "sample_logs" / "6.12-v2-leak-restarts.log"
NONE = ROOT / "sample_logs" / "5.10-v1-oom-words-no-kill.log"
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
Doc = dict[str, object]


def example(name: str) -> str:
    """The block of the page whose first line is a comment with this name."""
    (found,) = re.findall(rf"(?ms)^```\w+\n(?:#|//) {re.escape(name)}\n(.*?)^```$", PAGE)
    return found


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A workspace with a log, and commands as the examples find them: oomscope, and a dmesg, sudo, make and pip of ours."""
    bins = tmp_path / "oomscope" / "bin"
    bins.mkdir(parents=True)
    commands = {
        "oomscope": f'exec {shlex.quote(sys.executable)} -m oomscope "$@"',
        "dmesg": f"cat {shlex.quote(str(LEAK))}",
        "sudo": '[ "$1" != -n ] || shift; exec "$@"',
        "make": "exit 0",
        "pip": "exit 0",
    }
    for name, body in commands.items():
        (bins / name).write_text(f"#!/bin/sh\n{body}\n")
        (bins / name).chmod(0o755)
    (tmp_path / "work").mkdir()
    return tmp_path


def shell(place: Path, script: str, *command: str, **env: str) -> "subprocess.CompletedProcess[str]":
    path = f"{place / 'oomscope' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    known = {
        **os.environ,
        "PATH": path,
        "PYTHONPATH": str(ROOT),
        "RUNNER_TEMP": str(place),
        "OOMSCOPE": "oomscope",
        **env,
    }
    run = [*(command or ("sh", "-e", "-c")), script]
    return subprocess.run(run, cwd=place / "work", env=known, capture_output=True, text=True, timeout=300, check=False)


def github(place: Path, **inputs: str) -> "subprocess.CompletedProcess[str]":
    """The action's second step, as a runner starts it: bash, and every input by the environment."""
    step = ACTION["runs"]["steps"][1]
    given = {name: str(one.get("default", "")) for name, one in ACTION["inputs"].items()} | {
        name.replace("_", "-"): value for name, value in inputs.items()
    }
    env = {
        key: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda m: given[m[1]], value) for key, value in step["env"].items()
    }
    out, summary = place / "output", place / "summary.md"
    out.write_text("")
    return shell(
        place, step["run"], "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", GITHUB_OUTPUT=str(out),
        GITHUB_STEP_SUMMARY=str(summary), **env,
    )  # fmt: skip


def outputs(place: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in (place / "output").read_text().splitlines())


def test_the_action_has_its_reports_its_outputs_and_its_status(place: Path) -> None:
    shutil.copy(LEAK, place / "work" / "dmesg.txt")
    done = github(place, logs="dmesg.txt", fail_on="kill")
    assert done.returncode == 10, done.stderr
    told = outputs(place)
    assert told == {"report": "oomscope-report.html", "junit": "oomscope-report.xml", "sarif": "oomscope-report.sarif", "status": "10"}  # fmt: skip
    assert (place / "work" / told["report"]).read_text().startswith("<!doctype html>")
    assert json.loads((place / "work" / told["sarif"]).read_text())["version"] == "2.1.0"
    assert ElementTree.parse(place / "work" / told["junit"]).getroot().attrib["failures"] == "1"  # noqa: S314
    assert "dotnet" in (place / "summary.md").read_text()
    assert all(line.startswith("::error ") for line in done.stdout.splitlines()) and done.stdout
    assert set(ACTION["outputs"]) == set(told)


@pytest.mark.parametrize(
    ("log", "fail_on", "status"),
    [(LEAK, "", 0), (LEAK, "leak", 11), (LEAK, "very-likely", 0), (NONE, "kill", 0), (LEAK, "nonsense", 2)],
)
def test_the_action_ends_with_the_documented_status(place: Path, log: Path, fail_on: str, status: int) -> None:
    assert github(place, logs=str(log), fail_on=fail_on).returncode == status
    assert outputs(place)["status"] == str(status)


def test_the_action_takes_paths_and_globs_and_no_input_is_a_command(place: Path) -> None:
    work = place / "work"
    (work / "deep" / "er").mkdir(parents=True)
    for name in ("deep/a b.log", "deep/er/$(touch pwned).log", "-x.log", "`touch pwned`.log"):
        shutil.copy(LEAK, work / name)
    logs = "  deep/**/*.log \n\n-x.log\n`touch pwned`.log\n"
    done = github(place, logs=logs, fail_on="kill", report="$(touch pwned)")
    assert done.returncode == 10, done.stderr
    assert not list(place.rglob("pwned"))
    page = (work / "$(touch pwned).html").read_text()
    assert all(name in page for name in ("deep/a b.log", "deep/er/$(touch pwned).log", "-x.log", "`touch pwned`.log"))
    missing = github(place, logs="no-*-such.log")
    assert missing.returncode == 1 and "no such file" in missing.stderr


def test_no_script_of_an_action_or_workflow_holds_an_expression() -> None:
    workflow = yaml.safe_load(example(".github/workflows/oom.yml"))
    steps = [*ACTION["runs"]["steps"], *workflow["jobs"]["test"]["steps"]]
    assert [step["run"] for step in steps if "${{" in step.get("run", "")] == []
    (used,) = [step for step in steps if "/oomscope@" in step.get("uses", "")]
    assert set(used["with"]) <= set(ACTION["inputs"])
    named = set(re.findall(r"steps\.oom\.outputs\.(\w+)", example(".github/workflows/oom.yml")))
    assert named and named <= set(ACTION["outputs"])


def test_the_steps_of_the_workflow_run(place: Path) -> None:
    workflow = yaml.safe_load(example(".github/workflows/oom.yml"))
    for step in workflow["jobs"]["test"]["steps"]:
        if "run" in step:
            assert shell(place, step["run"], "bash", "-eo", "pipefail", "-c").returncode == 0
    assert (place / "work" / "dmesg.txt").read_text() == LEAK.read_text()


def test_the_gitlab_jobs_run_and_fail_on_a_kill(place: Path) -> None:
    jobs = yaml.safe_load(example(".gitlab-ci.yml"))
    for line in (*jobs["test"]["script"], *jobs["test"]["after_script"]):
        assert shell(place, line).returncode == 0
    *first, last = jobs["oom-report"]["script"]
    assert all(shell(place, line).returncode == 0 for line in first)
    assert shell(place, last).returncode == 10
    artifacts = jobs["oom-report"]["artifacts"]
    assert all((place / "work" / name).is_file() for name in (*artifacts["paths"], artifacts["reports"]["junit"]))
    assert {jobs[name]["stage"] for name in ("test", "oom-report")} == set(jobs["stages"])


def test_the_shell_of_the_jenkinsfile_runs_and_writes_what_is_archived(place: Path) -> None:
    text = example("Jenkinsfile")
    assert text.count("{") == text.count("}")
    bodies = [one or other for one, other in re.findall(r"sh '''(.*?)'''|sh '([^'\n]+)'", text, re.DOTALL)]
    assert len(bodies) == 2
    for body in bodies:
        done = shell(place, body, "sh", "-xe", "-c")  # as Jenkins starts it
        assert done.returncode == 0, done.stderr
    named = re.findall(r"(?:testResults|artifacts): '([^']+)'", text)
    assert len(named) == 2 and all((place / "work" / name).is_file() for name in named)


def keys(value: object, at: str = "") -> Iterator[tuple[str, object]]:
    """Every leaf of a manifest by its path."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from keys(one, f"{at}.{key}")
    elif isinstance(value, list):
        for n, one in enumerate(value):
            yield from keys(one, f"{at}[{n}]")
    else:
        yield at, value


def test_kubectl_knows_every_field_of_the_cronjob(tmp_path: Path) -> None:
    """kubectl reads the manifest into its own types, without a cluster: a field that it does not know gets lost."""
    if shutil.which("kubectl") is None:
        pytest.skip("no kubectl on PATH")
    file = tmp_path / "job.yaml"
    file.write_text(example("oomscope-cronjob.yaml"))
    command = ["kubectl", "set", "env", "--local", "-f", str(file), "X=1", "-o", "json"]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "KUBECONFIG": "/dev/null"}, check=False
    )
    assert done.returncode == 0, done.stderr
    known = dict(keys(json.loads(done.stdout)))
    assert [pair for pair in keys(yaml.safe_load(file.read_text())) if known.get(pair[0]) != pair[1]] == []


def test_the_cronjob_prints_the_kills_of_the_last_hour_and_fails(place: Path) -> None:
    job = yaml.safe_load(example("oomscope-cronjob.yaml"))["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = job["containers"]
    stamp = datetime.now(UTC).isoformat(timespec="microseconds")
    lines = [f"{stamp} node-1 kernel: {line}" for line in LEAK.read_text().splitlines()]
    (place / "work" / "kern.log").write_text("\n".join(lines) + "\n")
    arguments = [str(one).replace("/host/log/", "") for one in container["args"]]
    done = shell(place, shlex.join(["oomscope", *arguments]))
    assert done.returncode == 10, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(events) == 4 and {one["host"]["hostname"] for one in events} == {"node-1"}
    assert "/host/log/kern.log" in container["args"] and container["volumeMounts"][0]["mountPath"] == "/host/log"


def test_the_page_has_every_status() -> None:
    from oomscope.cli.findings import CAUSE, KILL, VERY_LIKELY
    from oomscope.errors import Incomplete, InputError, UsageError

    codes = (0, InputError.exit_code, UsageError.exit_code, Incomplete.exit_code, KILL, CAUSE, VERY_LIKELY, 130)
    assert re.findall(r"(?m)^\| (\d+) \|", PAGE) == [str(code) for code in codes]
