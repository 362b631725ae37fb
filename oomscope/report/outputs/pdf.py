"""The page as PDF, printed by a Chromium that is on this machine. Without one, a sentence says how to print."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from oomscope.errors import InputError

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
_SECONDS: Final = 300
_OPTIONS: Final = (
    "--headless", "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions", "--disable-sync", "--disable-javascript",
    "--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--no-first-run", "--no-default-browser-check",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--no-pdf-header-footer",
)  # fmt: skip
"""The page asks for nothing; nor shall the browser, for anything of its own."""


def browser() -> str | None:
    """Return the path of a Chromium: OOMSCOPE_CHROMIUM, else the first known name on PATH."""
    return os.environ.get("OOMSCOPE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def needs_browser() -> None:
    """Raise InputError, with how to print by hand, where there is no browser."""
    if browser() is None:
        raise InputError(
            "pdf: no Chromium or Chrome was found on PATH; write the page with -o report.html, open it in any browser and "
            "print it to a file, or name a Chromium in OOMSCOPE_CHROMIUM"
        )


def render_pdf(page: str) -> bytes:
    """Return the page, printed on A4. Raises InputError where no browser is there, or it fails."""
    needs_browser()
    with tempfile.TemporaryDirectory(prefix="oomscope-") as folder:
        source, target = Path(folder) / "report.html", Path(folder) / "report.pdf"
        source.write_text(page, encoding="utf-8", errors="backslashreplace")
        command = [str(browser()), *_OPTIONS, f"--user-data-dir={folder}/profile", f"--print-to-pdf={target}"]
        # Chromium does not start its sandbox as root; the page holds nothing that could run.
        command += ["--no-sandbox"] if os.geteuid() == 0 else []
        _run([*command, source.as_uri()], folder)
        written = target.read_bytes() if target.is_file() else b""
    if not written.startswith(b"%PDF-"):
        raise InputError("pdf: the browser wrote no PDF; write the page with -o report.html and print it by hand")
    return written


def _run(command: list[str], home: str) -> None:
    try:
        subprocess.run(  # noqa: S603 - an argument list, no shell
            command, cwd=home, env={**os.environ, "HOME": home}, stdin=subprocess.DEVNULL, capture_output=True,
            timeout=_SECONDS, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        why = "did not finish in time" if isinstance(error, subprocess.TimeoutExpired) else "could not be started"
        raise InputError(f"pdf: the browser {why}; write the page with -o report.html and print it by hand") from None
