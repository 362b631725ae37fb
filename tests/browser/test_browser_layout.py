"""The page on a phone, zoomed, in both themes, on paper, and for a screen reader."""

import io
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from report_corpus import ALL, everything, many
from report_documents import leak_in_a_pod, tmpfs

import oomscope
from oomscope.report.page.html import render_html

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

OPEN = "document.querySelectorAll('details').forEach(d => d.open = true)"

# Every text on the page against what is painted behind it, by the WCAG formula. Colours are resolved on a canvas.
CONTRAST = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
  const rgba = c => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = ([r, g, b]) => { const f = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
    return .2126 * f(r) + .7152 * f(g) + .0722 * f(b); };
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((m, n) => n - m); return (x + .05) / (y + .05); };
  const behind = e => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] == 255) return c; }
    return [255, 255, 255, 255]; };
  const bad = {};
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !e.checkVisibility() || e.closest('title,desc,style')) continue;
    const style = getComputedStyle(e), svg = e.closest('svg');
    let back = behind(e);
    if (e.matches('text.in')) { const r = e.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2;
      const under = [...svg.querySelectorAll('rect.seg')].find(s => { const b = s.getBoundingClientRect(); return b.left <= x && x <= b.right; });
      back = rgba(getComputedStyle(under).fill); }
    const found = ratio(rgba(svg ? style.fill : style.color), back);
    seen++;
    if (found < 4.5) bad[`${e.tagName}.${e.className.baseVal ?? e.className} ${found.toFixed(2)}`] = walk.currentNode.data.slice(0, 40);
  }
  return {seen, bad};
}"""


def opened(browser: "Browser", folder: Path, written: str, **context: object) -> "Page":
    file = folder / "r.html"
    file.write_text(written, "utf-8")
    page = browser.new_context(**context).new_page()  # type: ignore[arg-type]
    page.goto(file.as_uri())
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("part", ["everything", "hostile", "empty"])
def test_every_text_has_contrast(browser: "Browser", tmp_path: Path, theme: str, part: str) -> None:
    written = render_html(*(everything() if part == "everything" else ALL[part]()))
    page = opened(browser, tmp_path, written, color_scheme=theme)
    page.evaluate(OPEN)
    measured = page.evaluate(CONTRAST)
    assert measured["bad"] == {}
    assert measured["seen"] > 20


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
@pytest.mark.parametrize("part", ["everything", "hostile"])
def test_nothing_makes_the_page_wider_than_the_screen(
    browser: "Browser", tmp_path: Path, width: int, part: str
) -> None:
    written = render_html(*(everything() if part == "everything" else ALL[part]()))
    page = opened(browser, tmp_path, written, viewport={"width": width, "height": 800})
    page.evaluate(OPEN)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_answer_is_on_the_first_screen(browser: "Browser", tmp_path: Path) -> None:
    page = opened(browser, tmp_path, render_html(*leak_in_a_pod()), viewport={"width": 1280, "height": 900})
    bottoms = page.evaluate(
        "[...document.querySelectorAll('h1, .why, .do li, .facts dt')].map(e => e.getBoundingClientRect().bottom)"
    )
    assert len(bottoms) >= 8 and max(bottoms) < 900  # what, why, what to do, and every row of what is known


def test_a_line_reference_opens_the_raw_log(browser: "Browser", tmp_path: Path) -> None:
    page = opened(browser, tmp_path, render_html(*tmpfs()))
    page.click("a.ref >> nth=0")
    target = page.evaluate("({hash: location.hash, shown: document.querySelector(location.hash).checkVisibility()})")
    assert target["hash"].endswith("-L41") and target["shown"]


def test_paper_shows_what_is_folded(browser: "Browser", tmp_path: Path) -> None:
    page = opened(browser, tmp_path, render_html(*tmpfs()), viewport={"width": 718, "height": 1000})
    page.emulate_media(media="print")
    hidden = page.evaluate(
        "[...document.querySelectorAll('details:not(.md)')].filter(d => !d.querySelector('table,dl,pre,ul,ol,p').checkVisibility()).length"
    )
    assert hidden == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 718


def test_headings_go_down_one_step_at_a_time(browser: "Browser", tmp_path: Path) -> None:
    page = opened(browser, tmp_path, render_html(*everything()))
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4,h5')].map(h => +h.tagName[1])")
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_pictures_and_tables_have_names(browser: "Browser", tmp_path: Path) -> None:
    page = opened(browser, tmp_path, render_html(*everything()))
    unnamed = page.evaluate(
        """[...document.querySelectorAll('svg[role=img]')].filter(s => !s.getAttribute('aria-labelledby').split(' ')
        .every(i => document.getElementById(i)?.textContent)).length
        + [...document.querySelectorAll('svg:not([role=img]):not(svg svg)')].filter(s => s.getAttribute('aria-hidden') !== 'true').length
        + [...document.querySelectorAll('table')].filter(t => !t.caption?.textContent || !t.querySelector('th[scope]')).length
        + [...document.querySelectorAll('th')].filter(t => !t.scope).length"""
    )
    assert unnamed == 0


def test_unstyled_the_page_still_reads(browser: "Browser", tmp_path: Path) -> None:
    written = render_html(*tmpfs())
    start, end = written.index("<style>"), written.index("</style>")
    page = opened(browser, tmp_path, written[:start] + "<style>" + written[end:])
    said = page.inner_text("body")
    order = [
        "Files on tmpfs filled the container's",
        "Very likely: tmpfs fill, about 95 %",
        "Do first",
        "Killed",
        "Whose limit",
        "What filled it",
        "Shares of",
        "Against",
        "62.1 MiB",
    ]
    places = [said.index(words) for words in order[:-1]]
    assert places == sorted(places) and order[-1] in said


def test_a_storm_stays_a_page_of_bounded_size(browser: "Browser", tmp_path: Path) -> None:
    page = opened(browser, tmp_path, render_html(*many(50, kills=40, tasks=60)))
    assert page.evaluate("document.querySelectorAll('*').length") < 41_000


def sheets(browser: "Browser", folder: Path, written: str) -> int:
    """How many pages of A4 it takes."""
    from pypdf import PdfReader

    page = opened(browser, folder, written)
    return len(PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages)


def test_four_kills_of_one_workload_print_on_four_pages(browser: "Browser", tmp_path: Path, samples: Path) -> None:
    assert sheets(browser, tmp_path, oomscope.analyze(samples / "6.12-v2-leak-restarts.log").html()) <= 4
    assert sheets(browser, tmp_path, render_html(*leak_in_a_pod())) <= 4


def test_the_ticket_is_not_printed(browser: "Browser", tmp_path: Path) -> None:
    page = opened(browser, tmp_path, render_html(*tmpfs()))
    page.emulate_media(media="print")
    assert not page.locator(".md").is_visible() and page.locator("h1").is_visible()


def test_forty_workloads_are_twelve_screens_with_everything_folded(browser: "Browser", tmp_path: Path) -> None:
    written = render_html(*many(40, kills=3, tasks=12))
    page = opened(browser, tmp_path, written, viewport={"width": 1280, "height": 900})
    assert page.evaluate("document.documentElement.scrollHeight") <= 12 * 900


@pytest.mark.parametrize(
    "log", ["6.12-v2-leak-restarts.log", "6.12-v2-node-overcommit-journal.log", "6.12-v2-fork-many.log"]
)
def test_no_table_scrolls_sideways_on_a_laptop(browser: "Browser", tmp_path: Path, samples: Path, log: str) -> None:
    written = oomscope.analyze(samples / log).html()
    page = opened(browser, tmp_path, written, viewport={"width": 1280, "height": 800})
    page.evaluate(OPEN)
    wide = (
        "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.ariaLabel)"
    )
    assert page.evaluate(wide) == []
