"""`oomscope analyze --brief`: a row for each of the dead, the same dead as those of the full run."""

import json
from collections import Counter
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "sample_logs"


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


@pytest.mark.parametrize("name", ["6.1-v2-oom-group.log", "6.12-v2-sysrq.log", "6.12-v2-leak-restarts.log"])
def test_the_rows_are_the_dead_of_the_full_run(oomscope, name) -> None:
    log = SAMPLES / name
    assert said(oomscope("analyze", log, "--brief")) == killed(oomscope("analyze", log, "-q", "-f", "json"))


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
