"""The last check before a page is written: only tags and attributes we know, no way to run or fetch anything.

Escaping is the rope and the Content-Security-Policy the net; this is the promise that neither was forgotten.
It is stricter than a browser's parser, which makes it simple: every `<` of the page must begin a tag of the one form
that our templates write, so nothing is left for two parsers to read in two ways.
"""

import re
from collections.abc import Iterable
from typing import Final

from oomscope.patterns import lazy

_GLOBAL: Final = frozenset({"id", "class", "lang", "role", "tabindex", "aria-labelledby", "aria-label", "aria-hidden"})
_PAINT: Final = frozenset(
    {"fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "vector-effect", "font-size", "font-family"}
)
_SHAPE: Final = _PAINT | {"x", "y", "width", "height", "rx", "cx", "cy", "r", "x1", "x2", "y1", "y2"}

_BARE: Final = """
    html head title body header main footer nav section article h1 h2 h3 h4 h5 p div span ul ol li dl dt dd
    b em strong small code pre table caption thead tbody tr summary figure figcaption br wbr
"""
_TAGS: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(_BARE.split(), frozenset()),
    "meta": frozenset({"charset", "name", "content", "http-equiv"}),
    "style": frozenset(),
    "script": frozenset(),
    "a": frozenset({"href"}),
    "time": frozenset({"datetime"}),
    "th": frozenset({"scope", "colspan", "rowspan"}),
    "td": frozenset({"colspan"}),
    "details": frozenset({"open"}),
    "svg": frozenset({"x", "y", "width", "height", "focusable", "overflow", "viewbox", "preserveaspectratio"}),
    "g": frozenset({"transform"}),
    "desc": frozenset(),
    "defs": frozenset(),
    "pattern": frozenset({"width", "height", "patternunits", "patterntransform"}),
    "path": _PAINT | {"d"},
    "rect": _SHAPE,
    "circle": _SHAPE,
    "line": _SHAPE,
    "text": _PAINT | {"x", "y", "dx", "dy", "text-anchor"},
}
_META_NAMES: Final = frozenset({"viewport", "referrer", "color-scheme", "generator"})
_FRAGMENT: Final = lazy(r"#[A-Za-z][\w-]*")


class UnsafePage(RuntimeError):
    """A bug of ours: the finished page holds something that it must never hold. It is not written."""


# One form only: lower-case name, attributes in double quotes, no `<` or `>` in a value (autoescape writes &lt; and &gt;).
_TAG: Final = lazy(r'</?([a-z][a-z0-9]*)((?: [a-zA-Z][a-zA-Z0-9-]*(?:="[^"<>]*")?)*) ?/?>')
_ATTRIBUTE: Final = lazy(r' ([a-zA-Z][a-zA-Z0-9-]*)(?:="([^"]*)")?')
_DOCTYPE: Final = "<!doctype html>"
_NUMBERS: Final = lazy(r"\d+")


def check(page: str, policy: str, script: str = "") -> None:
    """Return if `page` is inert but for `script`, which is ours, and carries exactly `policy`; else raise UnsafePage."""
    if not page.startswith(_DOCTYPE):
        _refuse("something before its doctype")
    tags = [match[0] for match in _TAG.finditer(page)]
    if len(tags) != page.count("<") - 1:
        _refuse(_stray(page))
    # Tags that differ in numbers only (ids, line numbers, sizes) are one tag to look at.
    for tag in {_NUMBERS.sub("1", tag) for tag in set(tags) if not tag.startswith("<meta")}:
        _look(tag)
    policies = _metas((tag for tag in tags if tag.startswith("<meta")), policy)
    if policies != 1 or sum(tag.startswith("<style") for tag in tags) != 1:
        _refuse("no policy or style sheet, or more than one")
    scripts = sum(tag.startswith("<script") for tag in tags)
    if scripts != bool(script) or (script and f"<script>{script}</script>" not in page):
        _refuse("a script that is not ours")


def _look(tag: str) -> None:
    found = _TAG.fullmatch(tag)
    name = found[1] if found else tag
    if name not in _TAGS:
        _refuse(f"the tag <{name}>")
    for attribute, value in _ATTRIBUTE.findall(found[2] if found else ""):
        lower = attribute.lower()
        if lower not in _TAGS[name] and lower not in _GLOBAL:
            _refuse(f"the attribute {lower} on <{name}>")
        if lower == "href" and not _FRAGMENT.fullmatch(value):
            _refuse("a link that leaves the page")
        if lower in ("fill", "stroke") and value and not re.fullmatch(r"none|#[0-9a-f]{1,6}|url\(#[\w-]+\)", value):
            _refuse("a fill that is no colour and no pattern of ours")


def _metas(tags: Iterable[str], policy: str) -> int:
    """How many of these are the policy; any other kind but those we write is refused."""
    policies = 0
    for tag in tags:
        _look(tag)
        attrs = dict(_ATTRIBUTE.findall(tag))
        kind = attrs.get("http-equiv")
        if kind is not None:
            if kind != "Content-Security-Policy" or _unescaped(attrs.get("content", "")) != policy:
                _refuse(f"<meta http-equiv={kind}>")
            policies += 1
        elif "charset" not in attrs and attrs.get("name") not in _META_NAMES:
            _refuse(f"<meta name={attrs.get('name')}>")
    return policies


def _unescaped(text: str) -> str:
    """What autoescape wrote, back: the policy holds single quotes."""
    for entity, plain in (("&#39;", "'"), ("&#34;", '"'), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, plain)
    return text


def _stray(page: str) -> str:
    at = next((n for n in range(1, len(page)) if page[n] == "<" and _TAG.match(page, n) is None), 0)
    line = page.count("\n", 0, at) + 1
    return f"a `<` on line {line} that begins no tag of ours"


def _refuse(what: str) -> None:
    raise UnsafePage(f"internal error: the page holds {what}; it was not written")
