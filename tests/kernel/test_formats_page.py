"""docs/formats.md names only what exists, and every golden file stands in it."""

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
