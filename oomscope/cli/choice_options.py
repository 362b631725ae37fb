"""The options that say which incidents are shown, and the choice that they make."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from oomscope.cli.completions import causes
from oomscope.cli.option_group import in_place_of, option

if TYPE_CHECKING:
    from oomscope.chosen import Choice

_TEXTS: Final = (
    (
        "since",
        "--since",
        "TIME",
        "Only incidents from then on: 2026-11-22, 2026-11-22T10:00Z, or 2h for two hours ago.",
    ),
    ("until", "--until", "TIME", "Only incidents up to then."),
)
_LISTS: Final = (
    ("host", "--host", "NAME", "Only of this host; a glob. Repeatable, as those below."),
    ("namespace", "--namespace", "NAME", "Only of pods in this namespace."),
    ("pod", "--pod", "NAME", "Only of this pod, by name or uid."),
    ("unit", "--unit", "NAME", "Only of this systemd unit."),
    ("victim", "--victim", "COMM", "Only where a process of this name was killed."),
    ("cause", "--cause", "CAUSE", "Only with this cause: leak, low_limit, … as `oomscope rules list` names them."),
)
_NUMBERS: Final = (
    ("boot", "--boot", "Only of one boot: 0 is the last of each host, -1 the one before, 1 the first in the log."),
    ("last", "--last", "Only the last N incidents."),
)


def with_choice(command: Callable[..., None]) -> Callable[..., None]:
    """Return `command` with these options in the place of its parameter `choice`: a Choice, or None for everything."""
    options = [
        *(option(name, str | None, flag, words, metavar) for name, flag, metavar, words in _TEXTS),
        *(
            option(name, list[str] | None, flag, words, metavar, values=causes if name == "cause" else None)
            for name, flag, metavar, words in _LISTS
        ),
        *(option(name, int | None, flag, words, "N") for name, flag, words in _NUMBERS),
    ]
    return in_place_of("choice", options, choice_of)(command)


def choice_of(said: Mapping[str, Any]) -> "Choice | None":
    """Return what the options choose; None for everything. Raises UsageError for a time that is none, or an unknown cause."""
    if not any(value is not None and value != [] for value in said.values()):
        return None
    from datetime import UTC, datetime

    from oomscope.chosen import Choice, moment
    from oomscope.errors import UsageError

    if said["last"] is not None and said["last"] < 1:
        raise UsageError(f"--last {said['last']}: name how many incidents to keep, 1 and more")

    now = datetime.now(UTC)
    times = {
        name: moment(said[name], now, f"--{name}") if said[name] is not None else None for name in ("since", "until")
    }
    lists: dict[str, Sequence[str]] = {name: tuple(said[name] or ()) for name, *_ in _LISTS}
    return Choice(
        since=times["since"],
        until=times["until"],
        boot=said["boot"],
        hosts=tuple(lists["host"]),
        namespaces=tuple(lists["namespace"]),
        pods=tuple(lists["pod"]),
        units=tuple(lists["unit"]),
        victims=tuple(lists["victim"]),
        causes=tuple(lists["cause"]),
        last=said["last"],
    )
