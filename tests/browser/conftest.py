"""A real Chromium, if there is one; the page is opened from a file, as people open an attachment."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "report" / "fixtures"))

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str | None:
    """OOMSCOPE_CHROMIUM, else the first known name on PATH."""
    return os.environ.get("OOMSCOPE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    found = chromium()
    if found is None:
        pytest.skip(f"no Chromium: none of {', '.join(NAMES)} on PATH and OOMSCOPE_CHROMIUM is not set")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield running
        running.close()
