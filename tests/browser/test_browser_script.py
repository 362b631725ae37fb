"""The page's optional script: sorting, filtering, copying; and nothing is missing where scripts do not run."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from report_corpus import ALL, everything, many
from report_documents import leak_in_a_pod, node_wide, tmpfs

from oomscope.report.page.html import render_html

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

COLUMN = "n => [...document.querySelectorAll('.overview tbody tr')].map(r => r.cells[n].textContent.trim())"


def opened(browser: "Browser", folder: Path, written: str, **context: object) -> "Page":
    file = folder / "r.html"
    file.write_text(written, "utf-8")
    page = browser.new_context(**context).new_page()  # type: ignore[arg-type]
    page.goto(file.as_uri())
    return page


def test_a_column_sorts_by_what_it_holds_both_ways_and_says_so(browser: "Browser", tmp_path: Path) -> None:
    page = opened(browser, tmp_path, render_html(*everything()))
    before = page.evaluate(COLUMN, 0)
    page.click(".overview thead th:nth-child(1) button")
    assert page.get_attribute(".overview thead th:nth-child(1)", "aria-sort") == "ascending"
    after = page.evaluate(COLUMN, 0)
    assert sorted(after) == sorted(before) and len(after) > 3
    page.click(".overview thead th:nth-child(1) button")
    assert page.evaluate(COLUMN, 0) == after[::-1]
    page.click(".overview thead th:nth-child(2) button")
    kills = [int(cell.replace(",", "")) for cell in page.evaluate(COLUMN, 1)]
    assert kills == sorted(kills, reverse=True)
    assert page.evaluate("document.querySelectorAll('[aria-sort]').length") == 1


def test_sizes_sort_by_their_units(browser: "Browser", tmp_path: Path) -> None:
    page = opened(browser, tmp_path, render_html(*node_wide()))
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    heads = page.eval_on_selector_all(".tasks thead th.num", "hs => hs.map(h => h.textContent)")
    assert heads, "the table of processes has figures"
    page.click(".tasks thead th.num button >> nth=1")
    cells = "[...document.querySelectorAll('.tasks')][0]"
    number = page.evaluate(f"[...{cells}.querySelectorAll('thead th')].indexOf({cells}.querySelector('[aria-sort]'))")
    shown = page.evaluate(f"[...{cells}.tBodies[0].rows].map(r => r.cells[{number}].textContent.trim())")
    units = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
    sizes = [float(one.split()[0].replace(",", "").replace("−", "-")) * units.get([*one.split(), "B"][1], 1) for one in shown if one[:1].isdigit()]  # fmt: skip
    assert len(sizes) > 2 and sizes == sorted(sizes, reverse=True)


def test_the_filter_leaves_what_holds_the_word(browser: "Browser", tmp_path: Path) -> None:
    page = opened(browser, tmp_path, render_html(*everything()))
    rows = len(page.evaluate(COLUMN, 0))
    page.fill("input[type=search]", "CART")
    shown = page.evaluate(
        "[...document.querySelectorAll('.overview tbody tr')].filter(r => r.checkVisibility()).map(r => r.textContent)"
    )
    assert 0 < len(shown) < rows and all("cart" in one.lower() for one in shown)
    assert page.inner_text("[role=status]").strip() == f"{len(shown)} of {rows} rows"
    page.fill("input[type=search]", "")
    assert page.evaluate("[...document.querySelectorAll('.overview tbody tr')].filter(r => r.hidden).length") == 0


def test_the_answer_is_copied_as_markdown(browser: "Browser", tmp_path: Path) -> None:
    page = opened(browser, tmp_path, render_html(*tmpfs()), permissions=["clipboard-read", "clipboard-write"])
    page.click("text=Copy as Markdown")
    page.wait_for_selector("text=Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("## ")


@pytest.mark.parametrize("name", ["everything", "empty", "hostile"])
def test_without_scripts_the_page_is_complete_and_shows_no_dead_control(
    browser: "Browser", tmp_path: Path, name: str
) -> None:
    written = render_html(*(everything() if name == "everything" else ALL[name]()))
    said = []
    for on in (True, False):
        page = opened(browser, tmp_path, written, java_script_enabled=on)
        controls = page.locator("button, input").count()
        assert on or controls == 0
        said.append(page.locator("main").inner_text())
    with_script, without = (set(one.splitlines()) for one in said)
    assert with_script - without <= {"Copy as Markdown", "Show only workloads with "}
    assert without - with_script == set()


def axe() -> str:
    """The source of axe-core, from the package that brings it or the file that OOMSCOPE_AXE names."""
    named = os.environ.get("OOMSCOPE_AXE")
    if named:
        return Path(named).read_text("utf-8")
    package = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed: axe-playwright-python brings it, or OOMSCOPE_AXE names axe.min.js")  # fmt: skip
    return (Path(package.__file__).parent / "axe.min.js").read_text("utf-8")


PAGES = {
    "one-kill": tmpfs,
    "four-kills-with-series": leak_in_a_pod,
    "node": node_wide,
    "forty-workloads": lambda: many(40, kills=2, tasks=4),
    "none": ALL["empty"],
    "everything": everything,
}


EVERY_TAG = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']"
RULES = {"light": EVERY_TAG, "dark": "['cat.color']"}
VIEWS = {"light": ((1280, False), (1280, True), (320, True)), "dark": ((1280, True),)}
"""The themes differ in colours alone."""
FOLDS = """open => { const more = document.querySelectorAll('#each > details')[4];
  document.querySelectorAll('details').forEach(d => { d.open = open; });
  for (let e = more; e; e = e.nextElementSibling) e.open = false; }"""
"""Of very many workloads four are opened: the others are made by the same template, and axe takes a second for each."""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", sorted(PAGES))
def test_axe_finds_no_violation(browser: "Browser", tmp_path: Path, name: str, theme: str) -> None:
    source, written = axe(), render_html(*PAGES[name]())
    for width, fold in VIEWS[theme]:
        size = {"width": width, "height": 900}
        page = opened(browser, tmp_path, written, color_scheme=theme, bypass_csp=True, viewport=size)
        page.evaluate(FOLDS, fold)
        page.evaluate(source)
        found = page.evaluate(f"axe.run(document, {{resultTypes: ['violations'], runOnly: {RULES[theme]}}})")
        said = [(one["id"], one["help"], one["nodes"][0]["html"][:160]) for one in found["violations"]]
        assert said == [], f"{width} px, folds {'open' if fold else 'closed'}"
        assert found["passes"]
