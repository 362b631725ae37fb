"""The document and its schema."""

import copy
import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_corpus import Doc, Raw, everything, hostile
from report_documents import tmpfs

from oomscope.report.document.schema import schema
from oomscope.report.json import _fast_line, render_json, render_line

VALIDATOR = jsonschema.Draft202012Validator(schema())


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_every_document_fits_the_schema(realistic: tuple[Doc, Raw]) -> None:
    VALIDATOR.validate(realistic[0])


def test_hostile_strings_fit_the_schema() -> None:
    VALIDATOR.validate(hostile()[0])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema_version",), "2.0"),
        (("incidents", 0, "id"), "not hex"),
        (("incidents", 0, "trust"), "very"),
        (("incidents", 0, "scope"), "galaxy"),
        (("incidents", 0, "lines"), [1]),
        (("incidents", 0, "memcg", "usage_bytes"), "64 MiB"),
        (("incidents", 0, "memcg", "usage_bytes"), -1),
        (("incidents", 0, "verdict", "cause"), "no id!"),
        (("incidents", 0, "verdict", "probability"), 1.5),
        (("incidents", 0, "verdict", "ranked", 0, "extra"), 1),
        (("incidents", 0, "tasks"), None),
        (("incidents", 0, "oom_memcg"), 7),
    ],
)
def test_the_schema_refuses(path: tuple[str | int, ...], value: object) -> None:
    doc = copy.deepcopy(tmpfs()[0])
    place = doc
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert not VALIDATOR.is_valid(doc)


@pytest.mark.parametrize("key", ["memcg", "node", "verdict", "workload", "accounting", "scope", "page_size_bytes"])
def test_null_is_allowed_where_a_log_may_be_silent(key: str) -> None:
    doc = tmpfs()[0]
    doc["incidents"][0][key] = None
    VALIDATOR.validate(doc)
    del doc["incidents"][0][key]
    assert not VALIDATOR.is_valid(doc), "null is said, never left out"


def test_a_later_version_may_add_keys() -> None:
    doc = tmpfs()[0]
    doc["incidents"][0]["psi"] = {"some": 1}
    VALIDATOR.validate(doc)


def test_json_reads_back_as_the_document() -> None:
    doc, _ = everything()
    written = render_json(doc)
    assert json.loads(written) == doc
    assert written.endswith("}\n") and '\n "incidents": [' in written


@given(st.text(alphabet=st.characters(), max_size=40))
def test_any_string_is_valid_utf8_json(text: str) -> None:
    written = render_json({"comm": text}).encode("utf-8")
    assert json.loads(written) == {"comm": text}
    assert not any(c < 0x20 and c != 0x0A for c in written) and b"\x7f" not in written


def test_undecodable_bytes_and_astral_controls_are_escaped() -> None:
    written = render_json({"comm": "\udcff\x9b\u202e\U000e0041é"})
    assert written == '{\n "comm": "\\udcff\\u009b\\u202e\\udb40\\udc41é"\n}\n'


def test_a_number_that_json_cannot_say_is_null() -> None:
    assert json.loads(render_json({"a": [float("nan"), 1.5], "b": float("inf")})) == {"a": [None, 1.5], "b": None}


_ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.floats(-1e-3, 1e-3)
    | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.text(), _ANYTHING))
def test_a_line_has_the_same_bytes_with_and_without_orjson(value: Doc) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("oomscope.report.json._orjson_dumps", lambda: None)
        expected = render_line(value)
    assert render_line(value) == expected


def test_a_line_is_written_by_orjson_unless_the_bytes_might_differ() -> None:
    pytest.importorskip("orjson")
    assert _fast_line({"share": 0.0001, "bytes": 2**60}) == '{"share":0.0001,"bytes":1152921504606846976}'
    assert _fast_line({"share": 0.00001}) is None
    assert _fast_line({"share": 1e300}) is None
    assert _fast_line({"comm": "\udc80"}) is None
