"""`oomscope analyze --brief`: a row for each of the dead, the same dead as those of the full run."""

import json
import os
import tarfile
import threading
from collections import Counter
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "sample_logs"
LOGS = [
    "5.10-v2-numa-cpuset.log",
    "6.1-v2-oom-group.log",
    "6.12-v2-leak-restarts.log",
    "6.12-v2-numa-mempolicy.log",
    "6.12-v2-sysrq.log",
]


def rows(done) -> list[dict[str, str]]:
    """The rows of a run that succeeded."""
    assert done.returncode == 0, done.stderr
    heading, *lines = done.stdout.splitlines()
    return [dict(zip(heading.split("\t"), line.split("\t"), strict=True)) for line in lines]


def killed(done) -> Counter[tuple[str | None, ...]]:
    """What the rows have to say, from the document of the full run."""
    return Counter(
        (one["host"] or "-", str(victim["pid"]), one["scope"] or "-", one["oom_memcg"] or "-", one["task_memcg"] or "-")
        for one in json.loads(done.stdout)["incidents"]
        for victim in one["victims"]
    )


def said(done) -> Counter[tuple[str | None, ...]]:
    return Counter(
        tuple(row[name] for name in ("host", "pid", "scope", "limit_owner", "task_memcg")) for row in rows(done)
    )


@pytest.mark.parametrize("name", LOGS)
def test_the_rows_are_the_dead_of_the_full_run(oomscope, name) -> None:
    log = SAMPLES / name
    assert said(oomscope("analyze", log, "--brief")) == killed(oomscope("analyze", log, "-q", "-f", "json"))


@pytest.mark.parametrize("lost", [0, 1, 3])
def test_a_kill_whose_line_is_lost_is_named_by_the_report(oomscope, tmp_path, leak, lost) -> None:
    kept, number = [], -1
    for line in leak.read_text().splitlines(keepends=True):
        number += "Killed process" in line
        if "Killed process" not in line or number != lost:
            kept.append(line)
    (tmp_path / "lost.log").write_text("".join(kept))
    full = killed(oomscope("analyze", "lost.log", "-q", "-f", "json"))
    assert said(oomscope("analyze", "lost.log", "--brief")) == full and full.total() == 4


@pytest.mark.parametrize("name", ["6.12-v2-node-overcommit.log", "6.12-v2-leak-restarts.log"])
def test_lines_that_stand_twice_are_no_lost_kill(oomscope, tmp_path, name) -> None:
    twice = [one for line in (SAMPLES / name).read_text().splitlines(keepends=True) for one in (line, line)]
    (tmp_path / "twice.log").write_text("".join(twice))
    once = rows(oomscope("analyze", SAMPLES / name, "--brief"))
    assert {row["pid"] for row in rows(oomscope("analyze", "twice.log", "--brief"))} == {row["pid"] for row in once}
    assert len(rows(oomscope("analyze", "twice.log", "--brief"))) <= 2 * len(once)


def two_hosts(log: Path) -> str:
    """The log as syslog of two hosts whose lines alternate."""
    day = "2026-11-01T00:00:00.000000+00:00"
    return "".join(
        f"{day} {host} kernel: {line}\n" for line in log.read_text().splitlines() for host in ("hosta", "hostb")
    )


def test_the_lines_of_two_hosts_may_alternate(oomscope, tmp_path, leak) -> None:
    (tmp_path / "two.log").write_text(two_hosts(leak))
    got = said(oomscope("analyze", "two.log", "--brief"))
    assert got.total() == 8
    assert got == killed(oomscope("analyze", "two.log", "-q", "-f", "json"))


@pytest.mark.parametrize("first", ["{", '{"a":1}'])
@pytest.mark.parametrize("piped", [False, True])
def test_a_log_behind_a_line_of_json_is_read_again_as_lines(oomscope, tmp_path, first, piped) -> None:
    text = first + "\n" + (SAMPLES / "6.12-v2-tmpfs-live-kmsg.log").read_text()
    (tmp_path / "a.log").write_text(text)
    brief = (
        oomscope("analyze", "-", "--brief", stdin=text.encode()) if piped else oomscope("analyze", "a.log", "--brief")
    )
    got = said(brief)
    assert got.total() == 1
    assert got == killed(oomscope("analyze", "a.log", "-q", "-f", "json"))


def test_one_report_of_each_of_several_hosts(oomscope, tmp_path, tmpfs) -> None:
    day = "2026-11-01T00:00:00.000000+00:00"
    lines = tmpfs.read_text().splitlines()
    (tmp_path / "hosts.log").write_text("".join(f"{day} h{n} kernel: {line}\n" for n in range(4) for line in lines))
    got = said(oomscope("analyze", "hosts.log", "--brief"))
    assert got.total() == 8
    assert got == killed(oomscope("analyze", "hosts.log", "-q", "-f", "json"))


def test_inputs_are_numbered_on_behind_one_that_was_read_in_full(oomscope, tmp_path, tmpfs) -> None:
    (tmp_path / "none.log").write_text("nothing\n")
    assert [row["input"] for row in rows(oomscope("analyze", "none.log", tmpfs, "--brief"))] == ["1", "1"]


@pytest.mark.parametrize("options", [[], ["-q"]])
def test_without_a_kill_the_messages_and_the_exit_code_are_those_of_the_full_run(oomscope, tmp_path, options) -> None:
    (tmp_path / "cut.json").write_text('{"MESSAGE": "x", "SYSLOG_IDENT\n' * 3)
    (tmp_path / "quoted.log").write_text("app: Out of memory: Killed process 12 (java) total-vm:1kB, anon-rss:1kB\n")
    for paths in (["cut.json"], ["quoted.log"], ["cut.json", "quoted.log"]):
        full, brief = (oomscope("analyze", *paths, *more, *options) for more in ([], ["--brief"]))
        assert (brief.returncode, brief.stderr) == (full.returncode, full.stderr)
        assert bool(brief.stderr) != bool(options)
        assert rows(brief) == []


@pytest.mark.parametrize("options", [["--format", "json"], ["-f", "html"], ["-o", "b.html"], ["-o", "B.JSONL"]])
def test_another_format_is_refused(oomscope, tmp_path, tmpfs, options) -> None:
    done = oomscope("analyze", tmpfs, "--brief", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--brief" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_log_is_not_overwritten(oomscope, tmp_path, tmpfs) -> None:
    (tmp_path / "a.log").write_bytes(tmpfs.read_bytes())
    assert oomscope("analyze", "a.log", "--brief", "-o", "a.log").returncode == 2
    assert (tmp_path / "a.log").read_bytes() == tmpfs.read_bytes()


KILLED = "Out of memory: Killed process 4242 (java) total-vm:194916kB, anon-rss:191108kB, file-rss:80kB"


def test_a_kill_line_that_a_container_printed_is_no_kill(oomscope, tmp_path) -> None:
    (tmp_path / "cri.log").write_text(f"2024-01-01T00:00:01.000000000Z stdout F [  100.000000] {KILLED}\n" * 2)
    assert rows(oomscope("analyze", "cri.log", "--brief")) == []
    assert len(rows(oomscope("analyze", "cri.log", "--brief", "--trust", "any"))) > 0


def test_a_whole_report_that_a_container_printed_is_one(oomscope, tmp_path, leak) -> None:
    lines = leak.read_text().splitlines()
    (tmp_path / "cri.log").write_text("".join(f"2024-01-01T00:00:01.000000000Z stdout F {line}\n" for line in lines))
    got = said(oomscope("analyze", "cri.log", "--brief"))
    assert got.total() == 4
    assert got == killed(oomscope("analyze", "cri.log", "-q", "-f", "json"))


def test_every_output_holds_the_rows_of_standard_input(oomscope, tmp_path, leak) -> None:
    done = oomscope("analyze", "-", "--brief", "-o", "a.tsv", "-o", "b.tsv", stdin=leak.read_bytes())
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "a.tsv").read_text() == (tmp_path / "b.tsv").read_text()
    assert len((tmp_path / "b.tsv").read_text().splitlines()) == 5


def test_what_comes_through_a_pipe_is_not_read_in_full_where_kill_lines_stand_in_it(
    oomscope, leak, tmp_path, monkeypatch
) -> None:
    from oomscope.cli import brief

    def refuse(*_: object) -> None:
        raise AssertionError("read in full")

    monkeypatch.setattr(brief, "analyze", refuse)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    thread = threading.Thread(target=lambda: pipe.write_bytes(leak.read_bytes()))
    thread.start()
    found = brief._Found(brief.Options(), alone=True)
    assert len(list(found.of(str(pipe)))) == 4
    thread.join()


def test_what_comes_through_a_pipe_gets_its_second_look(oomscope, tmp_path) -> None:
    kill = "[  400.000000] Out of memory: Kill ed process 4711 (java) total-vm:100kB, anon-rss:50kB, file-rss:0kB"
    rows = "".join(f"[{n:5}.000000] usb 1-1: device {n}\n" for n in range(300)) + kill + "\n"
    (tmp_path / "x.log").write_text(rows)
    assert (
        oomscope("analyze", "--brief", "-", stdin=rows.encode()).stdout
        == oomscope("analyze", "--brief", "x.log").stdout
    )


DAMAGED = (
    'Jan 21 08:42:30 pc earlyoom[812]: sending SIGKILL to process 4242 uid 1000 "chrome": badness 900, VmRSS 4000 MiB\n'
)


@pytest.mark.parametrize("kind", ["tar", "directory"])
def test_the_second_look_is_at_each_log_of_an_archive(oomscope, tmp_path, leak, kind) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "a.log").write_text(leak.read_text())
    (folder / "b.log").write_text("Jan 21 08:42:29 pc app[1]: hello\n" * 30 + DAMAGED)
    path = folder
    if kind == "tar":
        path = tmp_path / "logs.tar"
        with tarfile.open(path, "w") as tar:
            tar.add(folder / "a.log", "a.log")
            tar.add(folder / "b.log", "b.log")
    full = oomscope("analyze", path, "-q", "-f", "json")
    assert said(oomscope("analyze", path, "--brief")) == killed(full)
    assert "4242" in {row["pid"] for row in rows(oomscope("analyze", path, "--brief"))}
