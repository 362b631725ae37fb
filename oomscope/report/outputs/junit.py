"""JUnit XML for CI servers: a test case a workload, failed by its kills; one that passed where nothing was killed.

A workload whose only reports end before they say who was killed is an error: it is not known to have passed. So is an
input that was not read as a whole.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from oomscope.report.clues import cause_words
from oomscope.report.counting import is_partly_read, is_unread, unsettled
from oomscope.report.fields import Doc, plain, rows, text
from oomscope.report.groups import Group, groups, headline, name
from oomscope.report.outputs.markdown import told
from oomscope.report.outputs.markup import Flavour
from oomscope.report.places import Places
from oomscope.safe_text import safe_line

_XML: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNREAD: Final = '<testcase classname="oomscope" name="nothing could be read"><error message="no input is a log that can be read"/></testcase>'
_PARTLY: Final = '<testcase classname="oomscope" name="everything was read"><error message="a part of the input was not read: there may be more kills"/></testcase>'
_NONE: Final = '<testcase classname="oomscope" name="no OOM kill"/>'
_PLAIN: Final = Flavour(
    code=safe_line, text=safe_line, bold=str, heading="", bullet="- ", block=lambda command: [f"  {safe_line(command)}"]
)


def render_junit(doc: Doc) -> str:
    """The whole file."""
    found = groups(doc)
    failed = sum(group.kills > 0 for group in found)
    cases = [*(_case(group, Places(doc)) for group in found), *_unread(doc, found)] or [_NONE]
    errors = sum("<error " in case for case in cases)
    counts = f'tests="{len(cases)}" failures="{failed}" errors="{errors}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="oomscope" {counts}>',
        f'<testsuite name="{_quoted(_files(doc))}" {counts} skipped="0">',
        *cases,
        "</testsuite>",
        "</testsuites>",
        "",
    ]
    return "\n".join(lines)


def _unread(doc: Doc, found: Sequence[Group]) -> tuple[str, ...]:
    """Return the error of an input that was not read, or not as a whole."""
    if not found and is_unread(doc):
        return (_UNREAD,)
    return (_PARTLY,) if is_partly_read(doc) else ()


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
