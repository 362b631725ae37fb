"""Logs in a bucket: moto's server speaks S3 on loopback."""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fleet.conftest import fleet, found, table, until

pytest.importorskip("s3fs", reason="s3fs is not installed; it is in the extra fleet")
pytest.importorskip("moto", reason="moto is not installed")
pytestmark = pytest.mark.xdist_group("fleet")


def put(url: str, data: bytes = b"") -> None:
    request = urllib.request.Request(url, data=data, method="PUT", headers={"Content-Type": "text/plain", "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request"})  # noqa: S310  # fmt: skip
    urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 - loopback


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """The address of the server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    until(answers)
    yield f"http://127.0.0.1:{port}"
    server.kill()
    server.wait()


def access(store: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": store,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONWARNINGS": "ignore",
        "HOME": "/nonexistent",
        "no_proxy": "127.0.0.1",
        "PATH": os.environ["PATH"],
    }


def test_a_bucket_with_hostile_names_and_a_changed_object(
    store: str, tmp_path: Path, node_log: Callable[..., Any]
) -> None:
    names = [
        "day/1.log",
        "day/..%2f..%2fup.log",
        "day/<script>x</script>",
        "day/a::file:///etc/passwd",
        "day/::error::\t\x1b[31m",
        "day/é*?[a]",
    ]
    made = {name: node_log(number, 1) for number, name in enumerate(names)}
    put(f"{store}/logs")
    for name, log in made.items():
        put(f"{store}/logs/{quote(name, safe='/')}", log.text.encode())
    put(f"{store}/logs/other/7.log", node_log(7, 1).text.encode())
    out = tmp_path / "out"
    before = set(tmp_path.iterdir())
    said = fleet("s3://logs/day/**", "--out", out, "--workers", "1", "--batch", "2", **access(store))
    assert found(out) == sorted(log.killed[0] for log in made.values()), said
    assert set(tmp_path.iterdir()) - before == {out}
    assert fleet("s3://logs/day", "--out", out, **access(store)).startswith("0 inputs read with 0 kills, 6 skipped")
    put(f"{store}/logs/day/1.log", node_log(8, 1).text.encode())
    said = fleet("s3://logs/day", "--out", out, "--workers", "1", **access(store))
    assert said.startswith("1 input read with 1 kill, 5 skipped")
    assert ("node-00008" in str(found(out)), "node-00000" in str(found(out))) == (True, False)
    page = (out / "fleet.html").read_text()
    assert "<script" not in page
    assert {row["status"] for row in table(out, "inputs")} == {"read"}


def test_a_bucket_that_is_not_there_is_one_line(store: str, tmp_path: Path) -> None:
    said = fleet("s3://nobody/*.log", "--out", tmp_path / "out", status=1, **access(store))
    (line,) = (line for line in said.splitlines() if line.startswith("oomscope: "))
    assert "s3://nobody/*.log" in line
