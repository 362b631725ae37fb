"""`oomscope mcp` as an assistant meets it: a process, and the mcp package's own client at its stdin and stdout."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cli_environment import environment

import oomscope as library
from oomscope.cli.folder import Folder
from oomscope.errors import InputError

mcp = pytest.importorskip("mcp", reason="the package mcp is not installed")

Run = Callable[..., "subprocess.CompletedProcess[str]"]
LEAK = "6.12-v2-leak-restarts.log"
SECRET = "not for the assistant"  # noqa: S105


@pytest.fixture
def logs(tmp_path: Path, samples: Path) -> Path:
    """A folder with logs, links that stay in it and links that leave it; a secret lies beside it."""
    folder = tmp_path / "logs"
    (folder / "node-1").mkdir(parents=True)
    shutil.copy(samples / LEAK, folder / "node-1" / "dmesg.txt")
    (tmp_path / "secret.txt").write_text(SECRET)
    (tmp_path / "logs-of-others").mkdir()
    (tmp_path / "logs-of-others" / "x.log").write_text(SECRET)
    (folder / "inside.txt").symlink_to("node-1/dmesg.txt")
    (folder / "outside.txt").symlink_to("../secret.txt")
    (folder / "up").symlink_to("..")
    (folder / "loop").symlink_to("loop")
    os.mkfifo(folder / "pipe")
    return folder


def talk(folder: Path, work: "Callable[[mcp.Client], Awaitable[object]]", *more: str):  # type: ignore[no-untyped-def]
    """Start the server, connect the client, and return what `work` returns."""

    async def session() -> object:
        command = ["-m", "oomscope", "mcp", str(folder), *more]
        server = mcp.StdioServerParameters(command=sys.executable, args=command, env=environment())
        async with mcp.Client(server, read_timeout_seconds=60) as client:
            return await work(client)

    # In a thread of its own: a test of the page may have left the browser's event loop in this one.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(session())).result()


async def said(client: "mcp.Client", tool: str, **arguments: object) -> tuple[bool, str]:
    """Whether a tool failed, and its text."""
    result = await client.call_tool(tool, arguments)
    return bool(result.is_error), "".join(part.text for part in result.content)


def test_the_tools_are_three_and_read_only(logs: Path) -> None:
    tools = talk(logs, lambda client: client.list_tools()).tools
    assert {tool.name for tool in tools} == {"analyze", "facts", "explain"}
    for tool in tools:
        assert tool.annotations.read_only_hint and not tool.annotations.destructive_hint
        assert tool.description


def test_analyze_facts_and_explain_say_what_the_command_line_says(logs: Path) -> None:
    async def work(client: "mcp.Client") -> list[tuple[bool, str]]:
        first = await said(client, "analyze", path="node-1/dmesg.txt")
        identity = json.loads(first[1])["incidents"][1]["id"]
        facts = await said(client, "facts", path="inside.txt", incident=identity)
        return [first, facts, await said(client, "explain", word="leak"), (False, identity)]

    (failed, briefs), facts, explained, (_, identity) = talk(logs, work)
    assert not failed and not facts[0] and not explained[0]
    found = json.loads(briefs)
    document = library.analyze(logs / "node-1" / "dmesg.txt").document()
    assert [one["id"] for one in found["incidents"]] == [one["id"] for one in document["incidents"]]
    assert found["inputs"][0]["path"] == "node-1/dmesg.txt"
    assert found["incidents_total"] == 4 and found["next_skip"] is None
    assert list(json.loads(facts[1])["facts"]) == [identity]
    assert json.loads(facts[1])["facts"][identity]["limit_bytes"]["value"] == 157286400
    assert explained[1].startswith("leak (memcg): One process")


OUTSIDE = (
    "../secret.txt", "node-1/../../secret.txt", "outside.txt", "up/secret.txt", "up/logs-of-others/x.log", "../logs-of-others/x.log",
    "/etc/hostname", "/proc/self/environ", "loop", "pipe", "no-such", "", ".", "node-1", "a\x00b", "x" * 5000, "node-1/dmesg.txt/x",
)  # fmt: skip


def test_no_path_leaves_the_folder(logs: Path) -> None:
    async def work(client: "mcp.Client") -> list[tuple[bool, str]]:
        paths = [*OUTSIDE, str(logs.parent / "secret.txt")]
        done = [await said(client, tool, path=path) for path in paths for tool in ("analyze", "facts")]
        side = [await said(client, "analyze", path="inside.txt", **{name: path}) for path in paths if path for name in ("pods", "metrics")]  # fmt: skip
        return [*done, *side, await said(client, "analyze", path="inside.txt")]

    *refused, alive = talk(logs, work)
    assert [text for failed, text in refused if not failed] == []
    assert not any(SECRET in text or "Traceback" in text for _, text in refused)
    assert not alive[0], "the server still answers"


def test_a_folder_names_its_files(logs: Path) -> None:
    failed, text = talk(logs, lambda client: said(client, "analyze", path="."))
    assert failed and "inside.txt, loop, node-1, outside.txt, pipe, up" in text


def test_a_place_that_no_incident_has_is_said(logs: Path) -> None:
    async def work(client: "mcp.Client") -> list[tuple[bool, str]]:
        return [await said(client, "analyze", path="node-1/dmesg.txt", skip=skip) for skip in (4, -1)]

    after, before = talk(logs, work)
    assert after[0] and "the log has 4 incidents" in after[1]
    assert before[0] and "is negative" in before[1]


def test_many_incidents_are_given_in_parts(tmp_path: Path, samples: Path) -> None:
    lines = (samples / LEAK).read_text()
    moved = [lines.replace("[ 2", f"[{n}2").replace("[ 4", f"[{n}4").replace("[ 6", f"[{n}6").replace("[ 8", f"[{n}8") for n in range(1, 9)]  # fmt: skip
    (tmp_path / "many.log").write_text("".join(moved))

    async def work(client: "mcp.Client") -> list[dict[str, Any]]:
        parts = [json.loads((await said(client, "analyze", path="many.log"))[1])]
        while (skip := parts[-1]["next_skip"]) is not None:
            parts.append(json.loads((await said(client, "analyze", path="many.log", skip=skip))[1]))
        return parts

    parts = talk(tmp_path, work)
    wanted = [one.id for one in library.analyze(tmp_path / "many.log").incidents]
    assert len(wanted) > 20 and all(len(part["incidents"]) <= 20 for part in parts)
    assert [one["id"] for part in parts for one in part["incidents"]] == wanted


def test_pods_beside_the_log_are_read_and_a_mistake_names_them(logs: Path) -> None:
    (logs / "pods.json").write_text("no json")

    async def work(client: "mcp.Client") -> tuple[bool, str]:
        return await said(client, "analyze", path="inside.txt", pods="pods.json")

    failed, text = talk(logs, work)
    assert failed and "pods.json" in text and "/dev/fd" not in text


def test_a_link_that_is_put_there_after_the_check_leads_nowhere(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(str(logs))
    before = folder._parts("node-1/dmesg.txt")
    (logs / "node-1" / "dmesg.txt").unlink()
    (logs / "node-1" / "dmesg.txt").symlink_to("../../secret.txt")
    monkeypatch.setattr(folder, "_parts", lambda name: before)
    with pytest.raises(InputError):
        folder.open("node-1/dmesg.txt")


def test_what_is_no_folder_is_a_sentence(oomscope: Run, tmp_path: Path) -> None:
    done = oomscope("mcp", tmp_path / "none")
    assert done.returncode == 1 and "is no folder" in done.stderr
