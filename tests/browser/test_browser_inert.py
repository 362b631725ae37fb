"""Hostile strings in every field do nothing in a real browser: no script, no request, no dialog, no console error."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from report_corpus import ALL, hostile

from oomscope.report.page.html import render_html

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

SET = "window.__x=1"
PAYLOADS = (
    f"<script>{SET}</script>",
    f"</style><script>{SET}</script>",
    f"</title><script>{SET}</script>",
    f"</pre></details><script>{SET}</script>",
    f"<img src=x onerror={SET}>",
    f'" onload="{SET}" x="',
    f"' onmouseover='{SET}' x='",
    f"<svg onload={SET}>",
    f"</svg><svg><script>{SET}</script></svg>",
    f"<svg><animate onbegin={SET} attributeName=x dur=1s>",
    f"<details open ontoggle={SET}>",
    '<iframe srcdoc="<script>parent.__x=1</script>">',
    f'<a href="javascript:{SET}">x</a>',
    f"<math><mtext><table><mglyph><style><img src onerror={SET}>",
    f"<noscript><p title='</noscript><img src=x onerror={SET}>'>",
    f"<!--><img src onerror={SET}>-->",
    f"<![CDATA[><script>{SET}</script>]]>",
    "<base href=http://127.0.0.1:9/>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>",
    "<link rel=stylesheet href=http://127.0.0.1:9/x.css>",
    "<form action=http://127.0.0.1:9/><input autofocus onfocus=this.form.submit()>",
    "<style>@import 'http://127.0.0.1:9/y.css'; body{display:none}</style>",
    "<img src=http://127.0.0.1:9/p.png>",
    "<object data=http://127.0.0.1:9/></object><embed src=http://127.0.0.1:9/>",
    f"&lt;script&gt;{SET}&lt;/script&gt;",
    f"\u003cscript\u003e{SET}\u003c/script\u003e",
    f"{{{{ ''.__class__ }}}}{{% include 'x' %}}<script>{SET}</script>",
    f"\x00<scr\x00ipt>{SET}</script>",
    f"\ud83c<script>{SET}</script>\udcff",
    f"\u202e<script>{SET}</script>\x1b]0;x\x07",
    f"+ADw-script+AD4-{SET}+ADw-/script+AD4-",
)
POLICY = re.compile(r"<meta http-equiv[^>]*>")


@pytest.mark.parametrize("with_policy", [True, False], ids=["policy", "escaping-alone"])
@pytest.mark.parametrize("part", range(4))
def test_payloads_are_inert(browser: "Browser", tmp_path: Path, with_policy: bool, part: int) -> None:
    page = browser.new_page()
    seen: list[str] = []
    page.on("dialog", lambda d: (seen.append(f"dialog {d.message}"), d.dismiss()))
    page.on("console", lambda m: seen.append(f"console {m.text}"))
    page.on("pageerror", lambda e: seen.append(f"error {e}"))
    for n, payload in enumerate(PAYLOADS[part::4]):
        written = render_html(*hostile(payload))
        file = tmp_path / f"{n}.html"
        file.write_text(written if with_policy else POLICY.sub("", written, count=1), "utf-8")
        requests: list[str] = []
        page.on("request", lambda r, found=requests: found.append(r.url))
        page.goto(file.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        page.mouse.move(300, 300)
        assert page.evaluate("window.__x") is None, payload
        assert set(requests) <= {file.as_uri()}, payload
        assert page.evaluate("document.querySelectorAll('script,img,iframe,form,base,link,object').length") == 0, (
            payload
        )
        assert page.url == file.as_uri(), payload
    assert seen == []
    page.close()


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
