"""Where a watch has come to, in a small file: a restart goes on there."""

import json
from pathlib import Path
from typing import NamedTuple

from oomscope.errors import InputError
from oomscope.safe_text import safe_line

_MOST_BYTES = 1 << 20


class State(NamedTuple):
    """`place` is the last line that is done with; `told` are places of first lines after it that were told of already."""

    source: str
    boot: str = ""
    place: str | None = None
    told: tuple[str, ...] = ()


def load(path: str, source: str, boot: str) -> State:
    """Return where the last run stopped; a fresh state where there is none, or it is of another log or boot.

    Raises InputError where the file cannot be read, or is no state.
    """
    fresh = State(source, boot)
    try:
        with Path(path).open("rb") as file:
            found = json.loads(file.read(_MOST_BYTES))
        state = State(str(found["source"]), str(found["boot"]), found["place"], tuple(map(str, found["told"])))
    except FileNotFoundError:
        return fresh
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = getattr(error, "strerror", None) or "is no state file of oomscope watch"
        raise InputError(f"{safe_line(path)}: {why}; remove it to start afresh") from None
    if (state.source, state.boot) != (source, boot) or not isinstance(state.place, str | None):
        return fresh
    return state


def save(path: str, state: State) -> None:
    """Write the state, whole or not at all. Raises InputError."""
    from oomscope.report.write import write

    write(path, json.dumps(state._asdict()) + "\n", private=True)
