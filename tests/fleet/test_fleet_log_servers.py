"""Loki and Elasticsearch as sources: nodes apart, paged, capped, each incident once; what they refuse is said."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import pytest
from fleet.conftest import fleet, found, table
from fleet.log_servers import Elastic, Loki, serving

from oomscope.errors import InputError, UsageError
from oomscope.fleet import fetching, log_server, loki
from oomscope.fleet.sources import listed

pytestmark = pytest.mark.xdist_group("fleet")

BEGIN = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp())
DAY = "start=2026-11-20&end=2026-11-21"


class Log(Protocol):
    """What `benchmarks/node_logs.py` makes."""

    host: str
    text: str


def kernel_lines(log: Log) -> list[str]:
    return [line.partition("kernel: ")[2] for line in log.text.splitlines()]


def loki_lines(log: Log) -> list[tuple[int, dict[str, str], str]]:
    """Three lines to a moment, and the levels in streams of their own, as Promtail writes them."""
    return [
        ((BEGIN + n // 3) * 10**9, {"job": "kernel", "node": log.host, "level": ("info", "warning")[n // 3 % 2]}, line)
        for n, line in enumerate(kernel_lines(log))
    ]


def documents(log: Log, host: dict[str, Any]) -> list[dict[str, Any]]:
    at = f"{datetime.fromtimestamp(BEGIN + 60, UTC):%Y-%m-%dT%H:%M:%S}"
    return [
        {"@timestamp": f"{at}.{n // 100:03}Z", "message": line, "log": {"offset": n}, **host}
        for n, line in enumerate(kernel_lines(log))
    ]


def test_each_node_of_a_loki_is_an_input_and_each_incident_is_found_once(
    tmp_path: Path, scheduler: str, node_log: Callable[..., Any]
) -> None:
    logs, out = [node_log(n, 4 << 10) for n in range(3)], tmp_path / "out"
    with serving(Loki, lines=[line for log in logs for line in loki_lines(log)]) as (server, address):
        url = f'loki+http://{address}?query={{job="kernel"}}&{DAY}&page=7'
        said = fleet(
            url, "--out", out, "--scheduler", scheduler, OOMSCOPE_LOKI_TENANT="", OOMSCOPE_LOGS_AUTHORIZATION=""
        )
        assert said.startswith("3 inputs read with 3 kills, 0 skipped, 0 not read")
        assert found(out) == sorted(one for log in logs for one in log.killed)
        names = sorted(row["input"] for row in table(out, "inputs"))
        assert names[0] == (
            f'loki+http://{address} {{job="kernel"}} node=node-00000 2026-11-20T00:00:00Z to 2026-11-21T00:00:00Z'
        )
        assert [row["host"] for row in table(out, "incidents")] == [log.host for log in logs]
        asked = len(server.asked)
        assert asked > 3 * len(kernel_lines(logs[0])) / 7
        again = fleet(url, "--out", out, "--scheduler", scheduler)
        assert again.startswith("0 inputs read with 0 kills, 3 skipped, 0 not read")
        assert len(server.asked) == asked + 1, "a time that has ended is not read again"


def test_each_host_of_an_elasticsearch_is_an_input_also_lines_without_one(
    tmp_path: Path, scheduler: str, node_log: Callable[..., Any]
) -> None:
    logs, out = [node_log(n, 4 << 10) for n in range(4)], tmp_path / "out"
    hosts: list[dict[str, Any]] = [{"host": {"name": log.host}} for log in logs[:3]] + [{}]
    held = [one for log, host in zip(logs, hosts, strict=True) for one in documents(log, host)]
    with serving(Elastic, documents=held) as (server, address):
        url = f"elastic+http://{address}/logs-*?query=oom&{DAY}&page=9"
        said = fleet(url, "--out", out, "--scheduler", scheduler)
        assert said.startswith("4 inputs read with 4 kills, 0 skipped, 0 not read")
        assert sorted(row["pid"] for row in table(out, "incidents")) == sorted(log.killed[0][1] for log in logs)
        assert {row["host"] for row in table(out, "incidents")} == {None, *(log.host for log in logs[:3])}
        assert any("without host.name" in row["input"] for row in table(out, "inputs"))
        assert server.scrolls == {}, "a scroll that is read is let go"


def test_secrets_travel_in_headers_alone(monkeypatch: pytest.MonkeyPatch, node_log: Callable[..., Any]) -> None:
    monkeypatch.setenv("OOMSCOPE_LOGS_AUTHORIZATION", "Bearer s3cr3t")
    monkeypatch.setenv("OOMSCOPE_LOKI_TENANT", "team-a")
    with serving(Loki, lines=loki_lines(node_log(0, 1 << 10))) as (server, address):
        (source,) = listed([f'loki+http://{address}?query={{job="kernel"}}&{DAY}'], "out")
        with fetching.opened(source) as (file, _):
            assert json.loads(file.readline())["labels"]["node"] == "node-00000"
    assert "s3cr3t" not in str(source)
    assert all(headers["Authorization"] == "Bearer s3cr3t" for _, _, headers in server.asked)
    assert all(headers["X-Scope-Orgid"] == "team-a" for _, _, headers in server.asked)
    monkeypatch.setenv("OOMSCOPE_LOGS_AUTHORIZATION", "Bearer s3cr3t\nX: y")
    with pytest.raises(UsageError, match="holds something that is no header's value") as refused:
        list(listed([f'loki+http://{address}?query={{job="kernel"}}&{DAY}'], "out"))
    assert "s3cr3t" not in str(refused.value)


def test_another_origin_is_not_followed() -> None:
    class Elsewhere(Loki):
        def answer(self, *_: object) -> tuple[int, Any]:
            return 302, "http://192.0.2.1/login"

    with serving(Elsewhere) as (_, address), pytest.raises(InputError, match="another server, which is not followed"):
        list(listed([f'loki+http://{address}?query={{job="kernel"}}'], "out"))


def test_what_a_server_refuses_is_a_row_in_its_own_words(
    tmp_path: Path, scheduler: str, node_log: Callable[..., Any]
) -> None:
    out = tmp_path / "out"
    with serving(Loki, lines=loki_lines(node_log(0, 1 << 10)), most=100) as (_, address):
        url = f'loki+http://{address}?query={{job="kernel"}}&{DAY}'
        assert "1 input not read" in fleet(url, "--out", out, "--scheduler", scheduler, "--strict", status=3)
    (row,) = table(out, "inputs")
    assert (row["status"], "max entries limit per query exceeded" in row["reason"]) == ("unreachable", True)
    with (
        serving(Elastic, documents=[]) as (_, address),
        pytest.raises(InputError, match=r"answers 404 .*no such index"),
    ):
        list(listed([f"elastic+http://{address}/nothing?query=oom&{DAY}"], "out"))


def test_shards_that_fail_are_no_whole_answer(node_log: Callable[..., Any]) -> None:
    held = documents(node_log(0, 1 << 10), {"host": {"name": "n"}})
    with serving(Elastic, documents=held, failed_shards=1) as (_, address):
        (source,) = listed([f"opensearch+http://{address}/logs-*?query=oom&{DAY}"], "out")
        with pytest.raises(fetching.Unreachable, match="1 of its shards did not answer"), fetching.opened(source):
            pass


def test_pages_that_never_end_are_left() -> None:
    class Endless(Elastic):
        def answer(self, *_: object) -> tuple[int, Any]:
            return 200, {"aggregations": {"nodes": {"buckets": [{"key": {"node": "a"}}], "after_key": {"node": "a"}}}}

    with serving(Endless, documents=[]) as (_, address), pytest.raises(InputError, match="the same nodes again"):
        list(listed([f"elastic+http://{address}/logs-*?query=oom"], "out"))


def test_more_lines_of_one_moment_than_a_page_holds_are_an_error() -> None:
    same = [(BEGIN * 10**9, {"job": "kernel"}, f"line {n}") for n in range(9)]
    with serving(Loki, lines=same) as (_, address):
        ask, _ = log_server.question(f'loki+http://{address}?query={{job="kernel"}}&{DAY}&page=4', BEGIN)
        with pytest.raises(InputError, match="more than 4 lines of one moment"):
            list(loki.pages(ask))


@pytest.mark.parametrize("page", [2, 3, 5, 8, 50])
def test_no_line_is_lost_or_given_twice_between_pages(page: int) -> None:
    kept = [
        ((BEGIN + at) * 10**9, {"job": "kernel", "level": str(n % 2)}, f"line {n}")
        for n, at in enumerate([0, 1, 2, 2, 3, 4, 4, 5, 6])
    ]
    kept = kept if page > 2 else [one for n, one in enumerate(kept) if n not in (3, 6)]
    with serving(Loki, lines=kept) as (_, address):
        ask, _ = log_server.question(f'loki+http://{address}?query={{job="kernel"}}&{DAY}&page={page}', BEGIN)
        read = [json.loads(line) for part in loki.pages(ask) for line in part.splitlines()]
    assert sorted(one["line"] for one in read) == [line for _, _, line in kept]
    assert [one["timestamp"] for one in read] == sorted(one["timestamp"] for one in read)


@pytest.mark.parametrize("node", ['a"b', "a\\b", "a}b{", "é\n", "`"])
def test_a_node_of_any_name_is_one_string_to_loki(node: str) -> None:
    lines = [(BEGIN * 10**9, {"job": "kernel}", "node": name}, name) for name in (node, "other")]
    with serving(Loki, lines=lines) as (_, address):
        ask, _ = log_server.question(f'loki+http://{address}?query={{job="kernel}}"}}&{DAY}', BEGIN)
        mine = next(one for one in loki.nodes(ask) if one.node == node)
        (line,) = b"".join(loki.pages(mine)).splitlines()
    assert json.loads(line)["line"] == node


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("loki+http://h:3100", "has no query="),
        ("loki+http://h:3100?query=oom", "begins with no stream selector"),
        ("loki+http://h:3100?query={}", "begins with no stream selector"),
        ('loki+http://h:3100?query={a="b"}&limit=5', "limit= is unknown"),
        ('loki+http://h:3100?query={a="b"}&since=1h&start=2026-11-20', "leave one out"),
        ('loki+http://h:3100?query={a="b"}&start=2026-11-20&end=2026-11-19', "ends before it begins"),
        ('loki+http://h:3100?query={a="b"}&since=soon', "is no time"),
        ('loki+http://h:3100?query={a="b"}&page=1', "is no number of lines"),
        ('loki+http://h:3100?query={a="b"} |= "#1"', "with # as %23"),
        ('loki+http://me:pw@h:3100?query={a="b"}', "leave user and password out"),
        ("elastic+https://h:9200?query=oom", "names no index"),
        ("elastic+https://h:9200/?query=oom", "names no index"),
        ("elastic+ftp://h/i?query=oom", "this kind of URL is not read"),
    ],
)
def test_a_url_that_asks_nothing_is_said(url: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        list(listed([url], "out"))
    assert said in str(refused.value) and "\n" not in str(refused.value)


def test_what_may_still_come_in_is_asked_again() -> None:
    settled = f'loki+http://h?query={{a="b"}}&{DAY}'
    end = BEGIN + 86_400
    assert log_server.question(settled, end + 601)[1] and not log_server.question(settled, end + 599)[1]
    assert not log_server.question('loki+http://h?query={a="b"}&since=2h', end)[1]
