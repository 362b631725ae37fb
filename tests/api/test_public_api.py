"""The package as others import it: what `analyze` takes, what it refuses, and the examples of the docstrings."""

import doctest
import io
import shutil
from pathlib import Path

import pytest

import oomscope
import oomscope.analysis
import oomscope.api


@pytest.fixture
def log(samples: Path) -> Path:
    return samples / "6.12-v2-leak-restarts.log"


@pytest.mark.parametrize("module", [oomscope, oomscope.api, oomscope.analysis], ids=lambda module: module.__name__)
def test_the_examples_hold(module: object, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(log, tmp_path / "node.log")
    monkeypatch.chdir(tmp_path)
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted >= 3
    assert result.failed == 0


def ids(logs: object) -> list[str]:
    return [incident.id for incident in oomscope.analyze(logs).incidents]  # type: ignore[arg-type]


def test_a_log_is_a_path_or_an_open_file_or_several(log: Path) -> None:
    wanted = ids(str(log))
    assert len(wanted) == 4
    assert ids(log) == ids([log]) == ids((str(log),)) == ids(iter([str(log)])) == wanted
    assert ids(io.BytesIO(log.read_bytes())) == wanted
    with log.open("rb") as file, log.open("rb", buffering=0) as raw:
        assert ids([file]) == ids(raw) == wanted
    with log.open("rb") as file:
        assert ids([log, file]) == wanted, "the same log twice is one set of incidents"


def test_an_open_file_is_read_from_where_it_stands(log: Path) -> None:
    with log.open("rb") as file:
        file.seek(log.stat().st_size)
        assert ids(file) == []


def test_an_open_file_goes_by_its_name_and_stays_open(log: Path) -> None:
    with log.open("rb") as file:
        analysis = oomscope.analyze(file)
        assert not file.closed
    assert analysis.inputs[0].path == str(log)
    assert oomscope.analyze(io.BytesIO(b"")).inputs[0].path == "-"


def test_the_lines_of_an_open_file_are_shown(log: Path) -> None:
    with log.open("rb") as file:
        analysis = oomscope.analyze(file)
    raw, by_path = analysis.raw_lines(), oomscope.analyze(log).raw_lines()
    assert {name: raw[name] for name in raw} == {name: by_path[name] for name in by_path}
    assert all(raw.values())


def test_the_lines_of_a_file_on_standard_input_are_shown(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`oomscope analyze - < node.log`: standard input is a plain file, but has no name to read it by again."""
    with io.TextIOWrapper(log.open("rb")) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        raw = oomscope.analyze("-").raw_lines()
        assert all(raw.values())


@pytest.mark.parametrize("nothing", [[], (), iter(())], ids=["list", "tuple", "iterator"])
def test_nothing_to_read_is_a_mistake(nothing: object) -> None:
    with pytest.raises(oomscope.UsageError, match="no log to analyze; name at least one"):
        oomscope.analyze(nothing)  # type: ignore[arg-type]


def test_a_text_file_is_refused(log: Path) -> None:
    with log.open() as file, pytest.raises(oomscope.UsageError, match="open it in binary mode"):
        oomscope.analyze(file)  # type: ignore[arg-type]


@pytest.mark.parametrize("strange", [[7], b"dmesg.txt"], ids=["number", "bytes"])
def test_what_is_no_log_is_refused(strange: object) -> None:
    with pytest.raises(oomscope.UsageError, match="is no log; give a path"):
        oomscope.analyze(strange)  # type: ignore[arg-type]


def test_the_repr_is_short(log: Path) -> None:
    assert repr(oomscope.analyze([log])) == "<Analysis of 1 input: 4 kills of 1 workload>"
    assert repr(oomscope.analyze(io.BytesIO(b""))) == "<Analysis of 1 input: no kill>"


def test_a_page_can_be_saved(log: Path, tmp_path: Path) -> None:
    analysis = oomscope.analyze(log)
    analysis.save(tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == analysis.html()
