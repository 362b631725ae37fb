"""Whatever the strings and however much is missing: a page that passes the gate, a terminal that stays clean."""

import copy
import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_corpus import Doc, everything, poison
from report_documents import leak_in_a_pod, node_wide

from oomscope.report.json import render_json
from oomscope.report.page.html import render_html
from oomscope.report.text import render_text

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
SETTINGS = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
STRINGS = st.text(alphabet=st.characters(), max_size=30) | st.sampled_from(
    [
        "</style>",
        '" onload="x',
        "'><svg/onload=1>",
        "{{ 7*7 }}",
        "{% raw %}",
        "]]>",
        "<!--",
        "\r\n",
        "\x00",
        "\udcff",
        "&#60;",
    ]
)


def rendered(doc: Doc) -> str:
    raw = {str(i.get("id")): [(n, str(i)[:60]) for n in range(1, 9)] for i in doc["incidents"]}
    shown = render_text(doc, False, 80)
    assert not CONTROL.search(shown)
    page = render_html(doc, raw)
    assert not CONTROL.search(page)
    page.encode("utf-8")
    render_json(doc).encode("utf-8")
    return page


@SETTINGS
@given(STRINGS)
def test_any_string_in_every_field(text: str) -> None:
    rendered(poison(copy.deepcopy(node_wide()[0]), text))
    rendered(poison(copy.deepcopy(leak_in_a_pod()[0]), text))


def _paths(value: object, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, dict):
        return [p for k, v in value.items() for p in ((*here, k), *_paths(v, (*here, k)))]
    if isinstance(value, list):
        return [p for n, v in enumerate(value[:2]) for p in _paths(v, (*here, n))]
    return []


WHOLE = everything()[0]
PATHS = _paths(WHOLE)


@SETTINGS
@given(st.lists(st.sampled_from(PATHS), min_size=1, max_size=40), st.booleans())
def test_anything_may_be_null_or_missing(gone: list[tuple[str | int, ...]], delete: bool) -> None:
    doc = copy.deepcopy(WHOLE)
    for path in gone:
        place = doc
        for key in path[:-1]:
            place = place[key] if not isinstance(place, dict) else place.get(key)
            if place is None:
                break
        else:
            if isinstance(place, dict) and path[-1] in place:
                if path[-1] in ("incidents", "workloads", "inputs") and len(path) == 1:
                    continue
                place[path[-1]] = None
                if delete:
                    del place[path[-1]]
    rendered(doc)
