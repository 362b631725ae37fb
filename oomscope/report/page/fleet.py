"""The page of a fleet: sections of one table each, with links to the report pages that lie beside it."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from oomscope.report.page.allow_list import check
from oomscope.report.page.html import _asset, _environment, _policy
from oomscope.report.tables import Grid

_PAGE: Final = re.compile(r'href="pages/[0-9a-f]{16}\.html"')
"""The one form of a link that leaves the page: it is made of a hash, never of a name."""


class Section(NamedTuple):
    """A table with its finding as the heading."""

    id: str
    label: str
    finding: str
    grid: Grid
    more: str = ""  # what the table does not show


def render_fleet(title: str, lines: Sequence[str], sections: Sequence[Section]) -> str:
    """Return the page. Raises allow_list.UnsafePage if it holds anything that could run or fetch: a bug of ours."""
    from oomscope import __version__

    css = _asset("report.css")
    policy = _policy(css)
    template = _environment().get_template("fleet.html.j2")
    written = template.render(title=title, lines=lines, sections=sections, version=__version__, css=css, policy=policy)
    check(_PAGE.sub('href="#page"', written), policy)
    return written
