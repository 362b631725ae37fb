"""What `oomscope analyze` gives: stdout is the result, stderr the messages, the exit code says which."""

import gzip
import json
from pathlib import Path

import jsonschema
import pytest

SAMPLES = Path(__file__).parents[2] / "sample_logs"
LOGS = sorted(p for p in SAMPLES.iterdir() if p.name.endswith((".log", ".log.gz")))


def test_by_default_a_verdict_is_printed_and_the_path_of_the_report_comes_last(oomscope, tmp_path, tmpfs) -> None:
    done = oomscope("analyze", tmpfs)
    assert done.returncode == 0
    assert done.stderr == ""
    assert "Files on tmpfs filled the pod's 150 MiB limit (89 %)" in done.stdout
    assert done.stdout.splitlines()[-1] == "oomscope-report.html"
    assert (tmp_path / "oomscope-report.html").read_text().startswith("<!doctype html>")


def test_the_verdict_fits_on_a_screen(oomscope, tmpfs) -> None:
    lines = oomscope("analyze", tmpfs, env={"COLUMNS": "80"}).stdout.splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 80


def test_several_outputs_come_from_one_run(oomscope, tmp_path, leak) -> None:
    done = oomscope("analyze", leak, "-o", "a.html", "-o", "b.json", "-o", "c.txt")
    assert (done.returncode, done.stderr) == (0, "")
    assert "4 OOM kills of 1 workload" in done.stdout and done.stdout.endswith("a.html\nb.json\nc.txt\n")
    assert (tmp_path / "a.html").read_text().startswith("<!doctype html>")
    assert json.loads((tmp_path / "b.json").read_text())["schema_version"] == "1.1"
    assert "4 OOM kills" in (tmp_path / "c.txt").read_text()
    assert not (tmp_path / "oomscope-report.html").exists()


def test_several_outputs_and_nothing_on_the_terminal(oomscope, tmp_path, leak) -> None:
    done = oomscope("analyze", leak, "-q", "-o", "a.html", "-o", "b.json")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "a.html").exists() and (tmp_path / "b.json").exists()


def test_dash_as_output_is_stdout(oomscope, tmp_path, leak) -> None:
    done = oomscope("analyze", leak, "-o", "-", "-o", "b.json")
    assert "4 OOM kills" in done.stdout
    assert (tmp_path / "b.json").exists()


@pytest.mark.parametrize(("kind", "start"), [("json", "{"), ("html", "<!doctype html>"), ("text", "/")])
def test_format_prints_to_stdout_and_leaves_no_file(oomscope, tmp_path, leak, kind, start) -> None:
    done = oomscope("analyze", leak, "--format", kind)
    assert done.stdout.startswith(start)
    assert list(tmp_path.iterdir()) == []


def test_quiet_prints_only_what_was_asked_for(oomscope, tmp_path, leak) -> None:
    done = oomscope("analyze", "-q", leak)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []
    assert oomscope("analyze", "-q", leak, "-o", "a.html").stdout == ""
    assert (tmp_path / "a.html").exists()
    assert oomscope("analyze", "-q", leak, "--format", "json").stdout.startswith("{")


def test_a_log_without_a_kill_says_so_and_leaves_no_older_report_beside_it(oomscope, tmp_path) -> None:
    log = tmp_path / "quiet.log"
    log.write_text("".join(f"[{n:5}.000000] usb 1-1: device {n}\n" for n in range(1234)))
    (tmp_path / "oomscope-report.html").write_text("of yesterday")
    done = oomscope("analyze", log)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "No OOM kill in 1,234 lines of dmesg.\noomscope-report.html\n"
    assert "No OOM kill" in (tmp_path / "oomscope-report.html").read_text()


def test_oom_words_that_no_kernel_said_are_warned_about(oomscope, samples) -> None:
    done = oomscope("analyze", samples / "5.10-v1-oom-words-no-kill.log")
    assert done.returncode == 0
    assert done.stdout.startswith("No OOM kill in ")
    assert done.stdout.splitlines()[1:] == ["oomscope-report.html"]
    assert "1 line quotes the kernel's OOM messages" in done.stderr
    assert "journalctl -k -o json" in done.stderr


def test_stdin_is_a_log(oomscope, leak) -> None:
    done = oomscope("analyze", "-", "--format", "json", stdin=leak.read_bytes())
    assert len(json.loads(done.stdout)["incidents"]) == 4


def test_compression_changes_nothing_but_the_input(oomscope, tmp_path, leak) -> None:
    packed = tmp_path / "kern.log.gz"
    packed.write_bytes(gzip.compress(leak.read_bytes()))
    plain, unpacked = (json.loads(oomscope("analyze", p, "-f", "json").stdout) for p in (leak, packed))
    for document in (plain, unpacked):
        for incident in document["incidents"]:
            incident["source"]["path"] = incident["source"]["member"] = None
    assert plain["incidents"] == unpacked["incidents"]
    assert plain["workloads"] == unpacked["workloads"]


def test_the_same_input_gives_the_same_bytes(oomscope, leak) -> None:
    for kind in ("json", "html", "text"):
        assert oomscope("analyze", leak, "-f", kind).stdout == oomscope("analyze", leak, "-f", kind).stdout


def test_one_unreadable_path_does_not_lose_the_others(oomscope, leak) -> None:
    done = oomscope("analyze", "missing.log", leak, "--format", "json")
    assert done.returncode == 1
    assert "missing.log: no such file" in done.stderr
    assert len(json.loads(done.stdout)["incidents"]) == 4


def test_every_document_of_a_sample_follows_the_published_schema(oomscope) -> None:
    schema = json.loads(oomscope("schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert len(LOGS) >= 18
    together = json.loads(oomscope("analyze", *LOGS, "--format", "json").stdout)
    validator.validate(together)
    assert len(together["inputs"]) == len(LOGS)
    for log in LOGS[::6]:
        validator.validate(json.loads(oomscope("analyze", log, "--format", "json").stdout))
