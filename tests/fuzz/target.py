"""An atheris target: `python tests/fuzz/target.py [libFuzzer options] CORPUS`. Without atheris it says so and ends."""

import contextlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from events.golden import files, parts

from fuzz.mutate import check
from oomscope.errors import InputError


def seeds(folder: Path) -> int:
    """Write the raw log of each golden file as a seed; how many."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in files():
        (folder / path.stem).write_bytes(parts(path)[1][:64_000])
    return len(files())


def test_one_input(data: bytes) -> None:
    """What libFuzzer calls. What looks like an archive and is none is a user's mistake, and told as one."""
    with contextlib.suppress(InputError):
        check(data)


test_one_input.__test__ = False  # type: ignore[attr-defined]  # no test of pytest's


def main(argv: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        sys.stderr.write("atheris is not installed; `pip install atheris`, or use tests/fuzz/mutate.py\n")
        return 0
    if len(argv) > 1 and not argv[-1].startswith("-"):
        seeds(Path(argv[-1]))
    atheris.instrument_all()
    atheris.Setup(argv, test_one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv))
