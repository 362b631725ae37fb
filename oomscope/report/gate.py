"""The last check before a page is written: only tags and attributes we know, no way to run or fetch anything.

Escaping is the rope and the Content-Security-Policy the net; this is the promise that neither was forgotten.
"""

import re
from html.parser import HTMLParser
from typing import Final

_GLOBAL: Final = frozenset({"id", "class", "lang", "role", "tabindex", "aria-labelledby", "aria-label", "aria-hidden"})
_SHAPE: Final = frozenset({"x", "y", "width", "height", "fill", "rx", "cx", "cy", "r", "x1", "x2", "y1", "y2"})

_BARE: Final = """
    html head title body header main footer nav section article h1 h2 h3 h4 h5 p div span ul ol li dl dt dd
    b em strong small code pre table caption thead tbody tr summary figure figcaption br wbr
"""
_TAGS: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(_BARE.split(), frozenset()),
    "meta": frozenset({"charset", "name", "content", "http-equiv"}),
    "style": frozenset(),
    "a": frozenset({"href"}),
    "time": frozenset({"datetime"}),
    "th": frozenset({"scope", "colspan", "rowspan"}),
    "td": frozenset({"colspan"}),
    "details": frozenset({"open"}),
    "svg": frozenset({"width", "height"}),
    "g": frozenset({"transform"}),
    "desc": frozenset(),
    "defs": frozenset(),
    "pattern": frozenset({"width", "height", "patternunits", "patterntransform"}),
    "path": frozenset({"d"}),
    "rect": _SHAPE,
    "circle": _SHAPE,
    "line": _SHAPE,
    "text": frozenset({"x", "y", "dx", "dy", "text-anchor"}),
}
_META_NAMES: Final = frozenset({"viewport", "referrer", "color-scheme", "generator"})
_FRAGMENT: Final = re.compile(r"#[A-Za-z][\w-]*")


class UnsafePage(RuntimeError):
    """A bug of ours: the finished page holds something that it must never hold. It is not written."""


class _Gate(HTMLParser):
    def __init__(self, policy: str) -> None:
        super().__init__(convert_charrefs=True)
        self.policy = policy
        self.policies = 0
        self.styles = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            self._refuse(f"the tag <{tag}>")
        allowed = _TAGS[tag]
        for name, value in attrs:
            if name not in allowed and name not in _GLOBAL:
                self._refuse(f"the attribute {name} on <{tag}>")
            if name == "href" and not _FRAGMENT.fullmatch(value or ""):
                self._refuse("a link that leaves the page")
            if name == "fill" and value and not re.fullmatch(r"none|url\(#[\w-]+\)", value):
                self._refuse("a fill that is no pattern of ours")
        if tag == "meta":
            self._meta(dict(attrs))
        self.styles += tag == "style"

    def _meta(self, attrs: dict[str, str | None]) -> None:
        kind = attrs.get("http-equiv")
        if kind is not None:
            if kind != "Content-Security-Policy" or attrs.get("content") != self.policy:
                self._refuse(f"<meta http-equiv={kind}>")
            self.policies += 1
        elif "charset" not in attrs and attrs.get("name") not in _META_NAMES:
            self._refuse(f"<meta name={attrs.get('name')}>")

    def handle_comment(self, data: str) -> None:
        self._refuse("a comment")

    def handle_decl(self, decl: str) -> None:
        if decl.lower() != "doctype html":
            self._refuse("a declaration")

    def handle_pi(self, data: str) -> None:
        self._refuse("a processing instruction")

    def unknown_decl(self, data: str) -> None:
        self._refuse("a marked section")

    def _refuse(self, what: str) -> None:
        line, column = self.getpos()
        raise UnsafePage(f"internal error: the page holds {what} at {line}:{column}; it was not written")


def check(page: str, policy: str) -> None:
    """Return if `page` is inert and carries exactly `policy`; else raise UnsafePage."""
    gate = _Gate(policy)
    gate.feed(page)
    gate.close()
    if gate.policies != 1 or gate.styles != 1:
        raise UnsafePage("internal error: the page needs exactly one policy and one style sheet; it was not written")
