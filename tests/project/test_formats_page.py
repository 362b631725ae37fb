"""docs/formats.md names only what exists, and every golden file stands in it."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "formats.md"
NAMES = sorted(set(re.findall(r"`(tests/[\w./\-]+?)(?:::(\w+))?`", PAGE.read_text())))


def test_what_the_page_names_exists() -> None:
    assert NAMES
    for path, test in NAMES:
        assert (ROOT / path).is_file(), path
        assert not test or f"def {test}(" in (ROOT / path).read_text(), f"{path}::{test}"


def test_every_damage_stands_on_the_page() -> None:
    named = {Path(path).stem for path, _ in NAMES}
    made = {path.stem for path in (ROOT / "tests" / "events").glob("damage-*.txt")}
    assert made <= named, made - named


def test_every_era_stands_on_the_page() -> None:
    page = PAGE.read_text()
    eras = {path.stem.rsplit("-", 1)[0] for path in (ROOT / "tests" / "events").glob("era-*.txt")}
    assert [era for era in sorted(eras) if era not in page] == []


ONE_SET = ROOT / "tests" / "data" / "transports" / "one_set"


def transports() -> list[tuple[str, list[str]]]:
    """The rows of the page's table of transports, each with the golden logs that it names."""
    section = PAGE.read_text().split("## Transports\n")[1].split("\n\n| transport |")[1].split("\n\n")[0]
    rows = [row.strip("|").split("|") for row in section.splitlines()[2:]]
    return [(row[0].strip(), re.findall(r"`([\w-]+)\.log`", row[-1])) for row in rows]


def test_no_transport_on_the_page_is_without_a_golden_log() -> None:
    measured = json.loads((ONE_SET / "found.json").read_text())["uptime and wall clock"]
    assert len(transports()) > 30
    for transport, names in transports():
        assert names, f"{transport}: no golden log of the one set"
        for name in names:
            assert (ONE_SET / f"{name}.log").is_file(), f"{transport}: {name}"
            assert name in measured, f"{transport}: no test reads {name}"


def test_every_golden_log_is_of_one_transport_on_the_page() -> None:
    named = [name for _, names in transports() for name in names]
    assert sorted(named) == sorted(path.stem for path in ONE_SET.glob("*.log"))
