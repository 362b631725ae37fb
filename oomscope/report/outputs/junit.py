"""JUnit XML for CI servers: a test case a workload, failed by its kills; one that passed where nothing was killed.

A workload whose only reports end before they say who was killed is an error: it is not known to have passed.
"""

import re
from collections.abc import Iterable
from typing import Final

from oomscope.report.clues import cause_words
from oomscope.report.counting import is_unread, unsettled
from oomscope.report.fields import Doc, plain, rows, text
from oomscope.report.groups import Group, groups, headline, name
from oomscope.report.outputs.markdown import told
from oomscope.report.outputs.markup import Flavour
from oomscope.report.places import Places
from oomscope.safe_text import safe_line

_XML: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNREAD: Final = '<testcase classname="oomscope" name="nothing could be read"><error message="no input is a log that can be read"/></testcase>'
_PLAIN: Final = Flavour(
    code=safe_line, text=safe_line, bold=str, heading="", bullet="- ", block=lambda command: [f"  {safe_line(command)}"]
)


def render_junit(doc: Doc) -> str:
    """The whole file."""
    found = groups(doc)
    failed = sum(group.kills > 0 for group in found)
    unread = not found and is_unread(doc)
    errors = int(unread) + sum(bool(_cut(group)) for group in found)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="oomscope" tests="{max(len(found), 1)}" failures="{failed}" errors="{errors}">',
        f'<testsuite name="{_quoted(_files(doc))}" tests="{max(len(found), 1)}" failures="{failed}" errors="{errors}" skipped="0">',
        *(_case(group, Places(doc)) for group in found),
        *(() if found else (_UNREAD if unread else '<testcase classname="oomscope" name="no OOM kill"/>',)),
        "</testsuite>",
        "</testsuites>",
        "",
    ]
    return "\n".join(lines)


def _files(doc: Doc) -> str:
    return ", ".join(str(i.get("path")) for i in rows(doc, "inputs")[:5]) or "no input"


def _case(group: Group, places: Places) -> str:
    named = f'<testcase classname="oomscope" name="{_quoted(plain(name(group)))}"'
    if cut := _cut(group):
        return f'{named}><error message="{cut}"/></testcase>'
    if not group.kills:
        return f"{named}/>"
    said = _quoted(headline(group).replace("`", ""))
    kind = _quoted(cause_words(group.verdict, group.kills))
    return f'{named}><failure message="{said}" type="{kind}">{_escaped(_body(told(group, places, _PLAIN)))}</failure></testcase>'


def _cut(group: Group) -> str:
    """Return what is unknown of a workload without a kill; empty where nothing is."""
    return "" if group.kills else unsettled(text(one, "outcome") for one in group.incidents)


def _body(lines: Iterable[str]) -> str:
    return "\n".join(line for line in lines if line)


def _escaped(words: str) -> str:
    clean = _XML.sub("\ufffd", words)
    return clean.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quoted(words: str) -> str:
    return _escaped(safe_line(words)).replace('"', "&quot;")
