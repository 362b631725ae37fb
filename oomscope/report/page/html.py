"""The page: one file, no request, and one small script that nothing needs. The only place that knows jinja2."""

import base64
import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

from oomscope.bundled import bundled
from oomscope.report.fields import Doc, RawLines
from oomscope.report.tables import FILLS
from oomscope.safe_text import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Environment

    from oomscope.report.outputs.compare import Change


def render_html(doc: Doc, raw: RawLines) -> str:
    """The finished page for `doc`; `raw` holds the log lines of each incident by its id.

    Raises gate.UnsafePage if the page holds anything that could run or fetch: a bug of ours, never the input's fault.
    """
    from oomscope.report.page.allow_list import check
    from oomscope.report.page.view import page

    css, script = _asset("report.css"), _asset("report.js")
    policy = _policy(css, script)
    template = _environment().get_template("report.html.j2")
    written = template.render(page=page(doc, raw), css=css, script=script, policy=policy)
    check(written, policy, script)
    return written


def render_comparison(changes: "Sequence[Change]", names: str) -> str:
    """The page of a comparison. Raises gate.UnsafePage as `render_html` does."""
    from oomscope import __version__
    from oomscope.report.outputs.compare import TITLES, summary, table
    from oomscope.report.page.allow_list import check
    from oomscope.report.tables import Cell, Grid, columns, plain_rows

    rows = [(TITLES[kind], Cell(name), Cell(what), kills, says) for kind, name, what, kills, says in table(changes)]
    titles = columns("change", "workload", "what happened", "#kills", "what differs")
    css = _asset("report.css")
    policy = _policy(css)
    written = (
        _environment()
        .get_template("compare.html.j2")
        .render(
            title=f"Workloads with OOM kills: {summary(changes)}",
            names=names,
            table=Grid("Every workload that was killed before or now", titles, plain_rows(rows), scroll=True, head=1),
            version=__version__,
            css=css,
            policy=policy,
        )
    )
    check(written, policy)
    return written


def _policy(css: str, script: str = "") -> str:
    runs = f"script-src {_hash(script)}; " if script else ""
    return f"default-src 'none'; style-src {_hash(css)}; {runs}img-src data:; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _asset(name: str) -> str:
    return bundled("templates").joinpath(name).read_text("utf-8").strip()


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FunctionLoader, ModuleLoader, StrictUndefined

    compiled = _compiled()
    environment = Environment(
        loader=ModuleLoader(compiled) if compiled else FunctionLoader(_load),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["fills"] = FILLS
    return environment


def _compiled() -> str | None:
    """The folder of templates that the build compiled, if they are these templates and this jinja2; see hatch_build.py."""
    from pathlib import Path

    from jinja2 import __version__

    digest = hashlib.sha256(__version__.encode())
    for source in sorted((p for p in bundled("templates").iterdir() if p.name.endswith(".j2")), key=lambda p: p.name):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    folder = Path(__file__).resolve().parents[2] / "_compiled" / digest.hexdigest()[:16]
    return str(folder) if folder.is_dir() else None


def _load(name: str) -> str | None:
    source = bundled("templates").joinpath(name)
    return source.read_text("utf-8") if source.is_file() else None


def _shown(value: Any) -> Any:  # noqa: ANN401 — jinja hands over whatever an expression gave
    """Every plain string made visible once more on its way out; what a macro made has been through here already."""
    return safe(value) if type(value) is str else value
