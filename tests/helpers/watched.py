"""A log that `oomscope watch` follows in a test, and what it has told."""

import contextlib
import json
import subprocess
import time
from pathlib import Path

SAMPLE = Path(__file__).parents[2] / "sample_logs/6.12-v2-leak-restarts.log"
Watch = subprocess.Popen[bytes]


def kills() -> list[bytes]:
    """The sample's four reports, cut after each kill line."""
    found, held = [], b""
    for line in SAMPLE.read_bytes().splitlines(keepends=True):
        held += line
        if b"illed process" in line:
            found.append(held)
            held = b""
    return found


def add(log: Path, data: bytes) -> None:
    with log.open("ab") as file:
        file.write(data)


def told(folder: Path, number: int) -> list[str]:
    """The reports that were written, after the moment in which one more would have come; stamps in order."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and len(lines(folder)) < number:
        time.sleep(0.05)
    time.sleep(1)
    return [str(json.loads(line)["time"]["monotonic_seconds"]) for line in lines(folder)]


def lines(folder: Path) -> list[bytes]:
    with contextlib.suppress(FileNotFoundError):
        return (folder / "out").read_bytes().splitlines()
    return []
