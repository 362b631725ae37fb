"""Hostile strings in every field do nothing in a real browser: no script, no request, no dialog, no console error."""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from payloads import PAYLOADS, of_document, of_inputs
from report_corpus import ALL

from oomscope.report.page.html import render_html

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

POLICY = re.compile(r"<meta http-equiv[^>]*>")
FOREIGN = "script:not(body > script:last-child),img,iframe,form,base,link,object,embed,video,marquee"
PARTS = 4
# A page of real inputs takes an analysis: all of them with OOMSCOPE_ALL_PAYLOADS=1, else every fifth, which has each vector
# and each way out.
STEP = 1 if os.environ.get("OOMSCOPE_ALL_PAYLOADS") else 5


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize(
    ("made", "payloads"), [(of_document, PAYLOADS), (of_inputs, PAYLOADS[::STEP])], ids=["every-field", "every-input"]
)
def test_payloads_are_inert_with_the_policy_and_by_escaping_alone(
    browser: "Browser", tmp_path: Path, part: int, made: Callable[[str, Path], str], payloads: Sequence[str]
) -> None:
    page = browser.new_page()
    seen: list[str] = []
    page.on("dialog", lambda d: (seen.append(f"dialog {d.message}"), d.dismiss()))
    page.on("console", lambda m: seen.append(f"console {m.text}"))
    page.on("pageerror", lambda e: seen.append(f"error {e}"))
    requests: list[str] = []
    page.on("request", lambda r: requests.append(r.url))
    file = tmp_path / "page.html"
    for payload in payloads[part::PARTS]:
        written = made(payload, tmp_path)
        for shown in (written, POLICY.sub("", written, count=1)):
            file.write_text(shown, "utf-8")
            requests.clear()
            page.goto(file.as_uri())
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            page.mouse.move(300, 300)
            found = page.evaluate(f"[window.__x ?? null, document.querySelectorAll('{FOREIGN}').length]")
            assert found == [None, 0], payload
            assert set(requests) <= {file.as_uri()}, payload
            assert page.url == file.as_uri(), payload
            assert seen == [], payload
    page.close()


def test_there_are_enough_payloads() -> None:
    assert len(set(PAYLOADS)) >= 150


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_benign_page_opens_without_a_word_in_the_console(browser: "Browser", tmp_path: Path, name: str) -> None:
    page = browser.new_page()
    seen: list[str] = []
    page.on("console", lambda m: seen.append(m.text))
    page.on("pageerror", lambda e: seen.append(str(e)))
    file = tmp_path / "r.html"
    file.write_text(render_html(*ALL[name]()), "utf-8")
    page.goto(file.as_uri())
    assert page.evaluate("getComputedStyle(document.querySelector('footer')).paddingTop") != "0px", (
        "the style sheet applies"
    )
    assert seen == []
    page.close()
