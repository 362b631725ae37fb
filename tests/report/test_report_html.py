"""The page as bytes: inert, self-contained, the same every time; and the gate that holds it to that."""

import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from report_corpus import PAYLOAD, Doc, Raw, everything, hostile, many
from report_documents import leak_in_a_pod, tmpfs

from oomscope.bundled import bundled
from oomscope.report.page.allow_list import UnsafePage, check
from oomscope.report.page.html import render_html

POLICY = "default-src 'none'"
SHELL = '<!doctype html><html lang="en"><head><meta http-equiv="Content-Security-Policy" content="{}"><style>a</style></head><body>{}</body></html>'


class _Outline(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [v or "" for k, v in attrs if k == "id"]
        self.links += [v or "" for k, v in attrs if k == "href"]


def outline(page: str) -> _Outline:
    parsed = _Outline()
    parsed.feed(page)
    return parsed


def test_every_document_becomes_a_page(realistic: tuple[Doc, Raw]) -> None:
    parsed = outline(render_html(*realistic))
    assert parsed.tags.count("h1") == 1
    assert {"header", "main", "footer"} <= set(parsed.tags)
    assert parsed.tags.count("script") == 1


def test_links_lead_to_places_on_the_page_and_ids_are_unique() -> None:
    parsed = outline(render_html(*everything()))
    assert len(parsed.ids) == len(set(parsed.ids))
    assert {link[1:] for link in parsed.links} <= set(parsed.ids)
    assert any("-L" in link for link in parsed.links)


def test_the_policy_comes_first_and_hashes_the_style_sheet() -> None:
    page = render_html(*tmpfs())
    assert page.index("<head>\n<meta http-equiv=") < page.index("<meta charset")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert re.fullmatch(
        r"default-src &#39;none&#39;; style-src &#39;sha256-[\w+/=]{44}&#39;; script-src &#39;sha256-[\w+/=]{44}&#39;; img-src data:; "
        r"base-uri &#39;none&#39;; form-action &#39;none&#39;",
        policy[1],
    )


def test_the_style_sheet_passes_autoescape_unchanged() -> None:
    css = bundled("templates").joinpath("report.css").read_text("utf-8")
    assert not re.search("[<>&\"']", css)
    assert "url(" not in css and "@import" not in css


def test_the_script_is_small_passes_autoescape_unchanged_and_makes_no_markup() -> None:
    script = bundled("templates").joinpath("report.js").read_text("utf-8")
    assert len(script.encode()) <= 3000
    assert not re.search("[<>&\"']", script)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|eval|Function\(|fetch|XMLHttp|import|document\.write|location|cookie|storage", script)  # fmt: skip


def test_a_page_with_any_other_script_is_not_written() -> None:
    page = render_html(*tmpfs())
    found = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert found is not None
    policy, script = (
        found[1].replace("&#39;", "'"),
        bundled("templates").joinpath("report.js").read_text("utf-8").strip(),
    )
    check(page, policy, script)
    for other in (page.replace(script, script + ";1"), page.replace("</body>", "<script>1</script></body>")):
        with pytest.raises(UnsafePage):
            check(other, policy, script)
    with pytest.raises(UnsafePage):
        check(page, policy)


def test_templates_trust_no_string() -> None:
    for template in (t for t in bundled("templates").iterdir() if t.name.endswith(".j2")):
        source = template.read_text("utf-8")
        assert not re.search(r"\|\s*(safe|urlize|tojson)|autoescape|style=|\son\w+=", source), template.name
        assert re.findall("<script[^/]*", source) in ([], ["<script>{{ script }}<"]), template.name
        assert "=" + "{{" not in source, f"{template.name}: an attribute without quotes"


def test_hostile_strings_stay_text_in_every_field() -> None:
    page = render_html(*hostile())
    assert page.count("window.__x=1") > 150, "the payload reaches the page from nearly everywhere"
    assert page.count("<script") == 1 and "<img" not in page and "\x1b" not in page and "\u202e" not in page
    assert "&lt;script&gt;" in page and "{{7*7}}" in page


def test_escaping_happens_once() -> None:
    doc, raw = tmpfs()
    doc["incidents"][0]["victims"][0]["comm"] = "a<b>&\x1bc"
    page = render_html(doc, raw)
    assert "a&lt;b&gt;&amp;\\x1bc" in page
    assert "&amp;lt;" not in page


def test_an_odd_incident_id_becomes_a_plain_anchor() -> None:
    doc, raw = tmpfs()
    doc["incidents"][0]["id"] = doc["workloads"][0]["incidents"][0] = f"x{PAYLOAD}"
    assert f'id="i-x{PAYLOAD}' not in render_html(doc, raw)


def test_same_document_same_bytes_under_any_hash_seed() -> None:
    script = (
        "import sys; sys.path.insert(0, 'tests/report/fixtures'); import hashlib, report_corpus as c;"
        "from oomscope.report.page.html import render_html; from oomscope.report.text import render_text;"
        "d, r = c.everything(); print(hashlib.sha256((render_html(d, r) + render_text(d)).encode()).hexdigest())"
    )
    root = bundled("templates").joinpath("..")
    runs = [
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "TZ": zone},
            cwd=str(root),
            check=True,
            capture_output=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    ]
    assert runs[0] == runs[1] != b""


def test_a_thousand_kills_stay_a_page_that_a_browser_opens() -> None:
    page = render_html(*many(25, kills=40, tasks=60))
    assert len(page) < 5_000_000
    assert len(outline(page).tags) < 40_000


def test_twenty_incidents_fit_an_attachment() -> None:
    assert len(render_html(*many(5, kills=4, tasks=8))) < 300_000


def test_rendering_is_cheap_to_import() -> None:
    script = "import sys, oomscope.report, oomscope.report.page.html, oomscope.report.text; print([m for m in ('jinja2', 'html.parser', 'pandas') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "body",
    [
        "<script>1</script>",
        "<img src=x>",
        "<a href='https://evil'>x</a>",
        "<a href='javascript:1'>x</a>",
        "<a href='#'>x</a>",
        "<p onclick='1'>x</p>",
        "<p style='color:red'>x</p>",
        "<iframe></iframe>",
        "<object></object>",
        "<base href='#x'>",
        "<form></form>",
        "<link rel='x'>",
        "<meta http-equiv='refresh' content='0'>",
        "<meta name='monetization' content='x'>",
        "<svg><use href='#x'/></svg>",
        "<svg><animate/></svg>",
        "<svg><rect fill='url(https://evil)'/></svg>",
        "<svg><foreignObject></foreignObject></svg>",
        "<style>b</style>",
        "<!-- x -->",
        "<?php ?>",
        "<!doctype evil>",
        "<math></math>",
        "<template></template>",
        "<time datetime='x' onfocus='1'></time>",
    ],
)
def test_the_gate_refuses(body: str) -> None:
    with pytest.raises(UnsafePage, match="internal error: "):
        check(SHELL.format(POLICY, body), POLICY)


def test_the_gate_lets_a_plain_page_through_and_wants_its_policy() -> None:
    check(SHELL.format(POLICY, "<p>x &lt;script&gt;</p>"), POLICY)
    with pytest.raises(UnsafePage, match="Content-Security-Policy"):
        check(SHELL.format("default-src *", "<p>x</p>"), POLICY)
    with pytest.raises(UnsafePage, match="no policy"):
        check("<!doctype html><p>x</p>", POLICY)


def test_repeats_are_listed_with_their_own_pids() -> None:
    page = render_html(*leak_in_a_pod())
    assert all(f"(pid {pid})" in page for pid in (2467, 3378, 4289, 5200))


def test_templates_compiled_by_the_build_give_the_same_page(monkeypatch: pytest.MonkeyPatch) -> None:
    from oomscope.report.page import html

    if html._compiled() is None:
        pytest.skip("these templates were not compiled by a build: reinstall with pip install -e .")
    compiled = render_html(*leak_in_a_pod())
    monkeypatch.setattr(html, "_compiled", lambda: None)
    html._environment.cache_clear()
    try:
        assert render_html(*leak_in_a_pod()) == compiled
    finally:
        html._environment.cache_clear()
