"""One and the same records through every transport: the same incidents, under the same ids.

`pytest tests/events tests/transports --update` renders the files of tests/data/transports/one_set again.
"""

import json
from typing import Any

import pytest

from transports.goldens import EXPECTED, HERE, RENDERERS, clocks, incidents, path_of, told, write
from transports.one_set import records

_KILLS = [record for record in records() if "Killed process" in record.text]

# What a transport changes for good, so that its golden file cannot say it.
DIFFERS: dict[str, tuple[str, ...]] = {
    "vmcore-dmesg": ("tasks",),  # writes the bytes of a letter that is no ASCII as \xNN, and a backslash as it is
    "makedumpfile-dmesg": ("tasks",),  # the same
    # Without stamps the second half of a table's row may as well be a line of its own, and whether the blank of a name
    # or the middle of a long word was broken is not in the log.
    "mail-80-no-time": ("tasks", "summary", "not understood"),
    "mail-64-no-time-broken-words": ("summary", "not understood"),
} | {name: ("tasks",) for name in RENDERERS if "journal" in name and ("short" in name or "unit" in name)}
DIFFERS |= dict.fromkeys(("fenced-journal-iso", "html-journal-precise"), ("tasks",))  # eight blanks for a tab
EXACT = ("id", "killed", "scope", "counters")  # of these none may differ anywhere


@pytest.fixture(scope="module")
def expected(request: pytest.FixtureRequest) -> dict[str, Any]:
    if request.config.getoption("--update", default=False):
        write()
    found: dict[str, Any] = json.loads(EXPECTED.read_text())
    return found


@pytest.mark.parametrize("name", RENDERERS)
def test_every_transport_tells_the_same_kills(name: str, expected: dict[str, Any]) -> None:
    lost = DIFFERS.get(name, ())
    found = incidents(path_of(name))
    kills = [told(incident) for incident in found]
    assert [kill["id"] for kill in kills] == [kill["id"] for kill in expected["kills"]]
    for kill, want in zip(kills, expected["kills"], strict=True):
        assert {k: v for k, v in kill.items() if k not in lost} == {k: v for k, v in want.items() if k not in lost}
    assert clocks(found) == expected["uptime and wall clock"][name]


@pytest.mark.parametrize("name", DIFFERS)
def test_a_difference_that_is_excused_is_there(name: str, expected: dict[str, Any]) -> None:
    kills = [told(incident) for incident in incidents(path_of(name))]
    assert not set(DIFFERS[name]) & set(EXACT)
    for key in DIFFERS[name]:
        assert [kill[key] for kill in kills] != [kill[key] for kill in expected["kills"]], key


@pytest.mark.parametrize("name", RENDERERS)
def test_the_golden_file_is_what_the_tool_prints(name: str) -> None:
    assert path_of(name).read_bytes() == RENDERERS[name](records())


def test_every_golden_file_has_its_renderer() -> None:
    assert {path.name for path in HERE.iterdir()} == {path_of(name).name for name in RENDERERS} | {EXPECTED.name}


def test_the_incidents_are_those_of_the_set(expected: dict[str, Any]) -> None:
    """By hand, so that nobody updates a mistake into all of the files."""
    assert [kill["killed"] for kill in expected["kills"]] == [["4711 java"], ["4712 npm start"], ['4714 q,uid=0)<&"b']]
    assert [kill["invoker"] for kill in expected["kills"]] == ["java", "nginx", "Web Content"]
    assert [kill["scope"] for kill in expected["kills"]] == ["container", "container", "node"]
    assert [len(kill["tasks"]) for kill in expected["kills"]] == [4, 4, 5]
    assert all(kill["gaps"] == [] and kill["not understood"] == 0 for kill in expected["kills"])
    assert all(all(kill["reaped"]) for kill in expected["kills"])


@pytest.mark.parametrize("name", RENDERERS)
def test_the_times_are_those_of_the_set(name: str, expected: dict[str, Any]) -> None:
    """printk's clock to the microsecond; the wall clock to the transport's precision and delay."""
    for (uptime, wall), kill in zip(expected["uptime and wall clock"][name], _KILLS, strict=True):
        assert uptime is None or abs(uptime - kill.seconds) < 2e-6
        early = 60.0 if name in ("dmesg-reltime", "dmesg-H") else 1.0  # their minutes have no seconds
        assert wall is None or -early < wall - kill.wall < 0.5


NO_CLOCK = {name for name in RENDERERS if "no-time" in name} | {"dmesg-t", "dmesg-delta", "journal-cat"}


def test_only_transports_without_a_time_have_none(expected: dict[str, Any]) -> None:
    times = expected["uptime and wall clock"].items()
    assert {name for name, pairs in times if any(pair == [None, None] for pair in pairs)} == NO_CLOCK
