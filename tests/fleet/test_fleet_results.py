"""What is in the folder afterwards: columns, a changed input, a page that leads to pages, bad files as rows."""

import gzip
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fleet.conftest import fleet, found, table

from oomscope.cli.formats import named
from oomscope.report.outputs.table import EVIDENCE, INCIDENTS, TASKS

pytest.importorskip("distributed", reason="Dask is not installed; it is in the extra fleet")
pytestmark = pytest.mark.xdist_group("fleet")


def test_the_columns_are_those_of_the_other_outputs(tmp_path: Path, scheduler: str, samples: Path) -> None:
    from pyarrow import parquet

    out = tmp_path / "out"
    fleet(samples / "6.1-v2-tmpfs-live.log", "--out", out, "--scheduler", scheduler)
    assert named("parquet").binary
    for of in (INCIDENTS, TASKS, EVIDENCE):
        (path,) = (out / of.name).glob("*.parquet")
        schema = parquet.read_schema(path)
        assert tuple(schema.names[: len(of.columns)]) == of.columns
        assert schema.metadata[b"oomscope.fleet"] == b"1"
    assert {row["cause"] for row in table(out, "incidents")} == {"tmpfs_fill"}
    (row,) = table(out, "inputs")
    assert (row["status"], row["kill_count"], row["log_count"]) == ("read", 2, 1)


def test_a_changed_input_replaces_its_rows_and_a_new_date_alone_does_not(
    tmp_path: Path, scheduler: str, node_log: Callable[..., Any]
) -> None:
    logs, out = tmp_path / "logs", tmp_path / "out"
    logs.mkdir()
    made = [node_log(number, 1) for number in range(4)]
    for number, one in enumerate(made[:3]):
        (logs / f"{number}.log").write_text(one.text)
    fleet(logs, "--out", out, "--scheduler", scheduler)
    assert found(out) == sorted(one.killed[0] for one in made[:3])
    before = sorted(out.rglob("incidents/*.parquet"))
    os.utime(logs / "0.log", ns=(1, 1))
    fleet(logs, "--out", out, "--scheduler", scheduler)
    assert sorted(out.rglob("incidents/*.parquet")) == before, "the bytes are the same: nothing is analysed again"
    assert fleet(logs, "--out", out).startswith("0 inputs read with 0 kills, 3 skipped")
    (logs / "1.log").write_text(made[3].text)
    assert fleet(logs, "--out", out, "--scheduler", scheduler).startswith("1 input read with 1 kill, 2 skipped")
    assert found(out) == sorted(made[n].killed[0] for n in (0, 2, 3))
    assert len(table(out, "inputs")) == 3
    other = fleet(logs, "--out", out, "--scheduler", scheduler, "--trust", "any")
    assert other.startswith("3 inputs read with 3 kills, 0 skipped"), "other options: everything anew"
    assert len(found(out)) == 3


def test_each_line_of_the_report_leads_to_a_page_or_names_the_command(
    tmp_path: Path, scheduler: str, node_log: Callable[..., Any]
) -> None:
    logs, out = tmp_path / "logs", tmp_path / "out"
    logs.mkdir()
    for number in range(3):
        (logs / f"{number}.log").write_text(node_log(number, 1, 2).text)
    fleet(logs, "--out", out, "--scheduler", scheduler)
    page = (out / "fleet.html").read_text()
    assert "6 OOM kills of 6 workloads on 3 of 3 nodes" in page
    links = set(re.findall(r'href="(pages/[^"]+)"', page))
    assert len(links) == 3
    assert all((out / link).read_text().startswith("<!doctype html>") for link in links)
    (logs / "1.log").unlink()
    for link in links:
        (out / link).unlink()
    fleet(logs, "--out", out, "--scheduler", scheduler)
    page = (out / "fleet.html").read_text()
    assert "6 OOM kills of 6 workloads on 3 of 3 nodes" in page, "what was read is kept when its log is gone"
    assert len(set(re.findall(r'href="(pages/[^"]+)"', page))) == 2
    assert f"oomscope analyze {logs}/1.log" in page


def test_a_hostile_input_ends_nothing_and_writes_nothing_outside(
    tmp_path: Path, scheduler: str, node_log: Callable[..., Any]
) -> None:
    logs, out = tmp_path / "logs", tmp_path / "out"
    logs.mkdir()
    good = node_log(1, 1)
    names = ["<script>alert(1)<!--.log", "a\nb ::error::x.log", "..%2f..%2fup.log", "s3:..", "a::file:.etc.passwd"]
    for number, name in enumerate(names):
        (logs / name).write_text(node_log(10 + number, 1).text)
    (logs / b"\xff\x1b[31m.log".decode("utf-8", "surrogateescape")).write_text(good.text)
    os.mkfifo(logs / "pipe")
    (logs / "link").symlink_to("/etc/passwd")
    (logs / "bomb.gz").write_bytes(gzip.compress(gzip.compress(bytes(256 << 20))))
    (logs / "cut.gz").write_bytes(gzip.compress(node_log(30, 1).text.encode())[:700])
    (logs / "twin\x1b").write_text(node_log(20, 1).text)
    (logs / "twin\\x1b").write_text(node_log(21, 1).text)
    (logs / "noise").write_bytes(os.urandom(3000))
    (logs / "secret").write_text("no")
    (logs / "empty").touch()
    before = {path for path in tmp_path.rglob("*") if not path.is_relative_to(out)}
    said = fleet(logs, "--out", out, "--scheduler", scheduler, "--batch", "3", TMPDIR=str(tmp_path))
    assert "2 not read" in said
    assert {path for path in tmp_path.rglob("*") if not path.is_relative_to(out)} == before
    assert {host for host, _, _ in found(out)} >= {
        good.host,
        "node-00020",
        "node-00021",
        *(f"node-{10 + n:05d}" for n in range(len(names))),
    }
    reasons = {row["input"].rsplit("/", 1)[1]: row["reason"] for row in table(out, "inputs")}
    assert reasons["pipe"] == "no regular file"
    assert reasons["link"] == "a link, which is not followed; name it"
    assert len(reasons) == len(list(logs.iterdir()))
    for path in logs.glob("*.log"):
        path.write_text(path.read_text() + "\n")
    fleet(logs, "--out", out, "--scheduler", scheduler)
    assert len(table(out, "inputs")) == len(list(logs.iterdir())), "the rows of before are gone, whatever their name"
    page = (out / "fleet.html").read_text()
    assert "<script" not in page
    assert "\x1b" not in page
    assert "root:" not in page


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("no-such-*.log",), "there is nothing"),
        (("simplecache::s3://bucket/key",), "there is nothing"),
        (("s3://bucket/a::file:///etc/passwd",), "this kind of URL is not read"),
        (("file:///etc/passwd",), "this kind of URL is not read"),
        (("https://me:word@example.org/a.log",), "leave user and password out"),
    ],
)
def test_what_cannot_be_taken_is_one_line(tmp_path: Path, args: tuple[str, ...], words: str) -> None:
    status = 1 if words == "there is nothing" else 2
    said = fleet(*args, "--out", tmp_path / "out", status=status)
    assert words in said
    assert "word@" not in said
    assert not (tmp_path / "out").exists()


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path, samples: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert "holds no earlier results" in fleet(samples / "*.log", "--out", tmp_path, status=2)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
