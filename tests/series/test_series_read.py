"""Metric files: three kinds, told apart by their content; strange ones are errors with a place or say nothing."""

import contextlib
import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oomscope.errors import InputError
from oomscope.inputs.metric_files import parse_metrics, read_metrics
from oomscope.series.memory_series import Who

ID = "/kubepods/burstable/pod1/abc"
MATRIX = {
    "status": "success",
    "data": {
        "resultType": "matrix",
        "result": [
            {
                "metric": {"__name__": "container_memory_rss", "id": ID, "pod": "web-1", "namespace": "shop"},
                "values": [[1741817969.4, "100"], [1741818029.4, "200"], [1741818089.4, "NaN"]],
            },
            {
                "metric": {
                    "__name__": "container_spec_memory_limit_bytes",
                    "id": ID,
                    "pod": "web-1",
                    "namespace": "shop",
                },
                "values": [[1741817969.4, "0"], [1741818029.4, "400"]],
            },
            {"metric": {"__name__": "up"}, "values": [[1741817969.4, "1"]]},
        ],
    },
}


def test_prometheus_json() -> None:
    (one,) = parse_metrics(json.dumps(MATRIX))
    assert one.who == Who(ID, "shop", "web-1", None)
    assert one.epoch
    assert one.column("anon").tolist() == [100, 200]
    assert one.column("limit").tolist() == [math.inf, 400]


def test_openmetrics_with_seconds_and_prometheus_text_with_milliseconds() -> None:
    text = '# TYPE container_memory_rss gauge\ncontainer_memory_rss{id="/a\\"b",pod="p"} 4.2e+07 %s\n# EOF\n'
    for stamp in ("1741817969.4", "1741817969400"):
        (one,) = parse_metrics(text % stamp)
        assert one.who == Who('/a"b', None, "p", None)
        assert (one.times.tolist(), one.column("anon").tolist()) == ([1741817969.4], [42000000.0])


def test_csv_with_the_logs_clock_in_any_column_order() -> None:
    (one,) = parse_metrics("usage,foo,cgroup,t,limit,anon\n5,x,/a,2.5,max,\n3,x,/a,1.5,10,1\n")
    assert not one.epoch
    assert one.times.tolist() == [1.5, 2.5]
    assert one.column("usage").tolist() == [3, 5]
    assert one.column("limit").tolist() == [10, math.inf]
    assert math.isnan(one.column("anon")[1])
    assert not one.has("shmem")


@pytest.mark.parametrize("stamp", ["2025-03-12T22:19:29Z", "2025-03-12 23:19:29+01:00", "1741817969", "1741817969000"])
def test_csv_with_wall_clocks(stamp: str) -> None:
    (one,) = parse_metrics(f"time;pod;usage\n{stamp};p;5\n")
    assert one.epoch
    assert one.times.tolist() == [1741817969.0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("a,b\n1,2\n", "no column of times"),
        ("t,b\n1,2\n", "no column of memory"),
        ("t,usage\n", "no memory series"),
        ("{", "not JSON at line 1"),
        ('{"status":"error"}', "no memory series"),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_what_is_none_is_an_error_with_its_place(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        parse_metrics(text, "m.csv")
    assert str(caught.value).startswith("m.csv")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_metrics(tmp_path / "none.csv")


def test_hostile_numbers_say_nothing() -> None:
    (one,) = parse_metrics("t,usage\n1,5\nnan,5\ninf,5\n-1,5\n2,-5\n3,nan\n4,1e999\n5," + "9" * 5000 + "\n")
    assert [t for t, u in zip(one.times, one.column("usage"), strict=True) if math.isfinite(u)] == [1]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["metric", "values", "data", "result", "value", "id"]), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@given(VALUES)
def test_any_json_is_read_or_refused(value: object) -> None:
    with contextlib.suppress(InputError):
        parse_metrics(json.dumps({"data": {"result": value}}))


@given(st.sampled_from(["", "t,usage,cgroup\n", "# TYPE x gauge\n"]), st.text(max_size=200))
def test_any_text_is_read_or_refused(head: str, text: str) -> None:
    with contextlib.suppress(InputError):
        parse_metrics(head + text)
