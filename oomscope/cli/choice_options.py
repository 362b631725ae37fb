"""The options that say which incidents are shown, and the choice that they make."""

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from oomscope.chosen import Choice

_PLACE = "choice"
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
    """Return `command` with these options in the place of its parameter `choice`, which gets a function that makes one."""
    parameters = [
        *(_parameter(name, str | None, flag, words, metavar) for name, flag, metavar, words in _TEXTS),
        *(_parameter(name, list[str] | None, flag, words, metavar) for name, flag, metavar, words in _LISTS),
        *(_parameter(name, int | None, flag, words, "N") for name, flag, words in _NUMBERS),
    ]
    names = [parameter.name for parameter in parameters]

    @wraps(command)
    def run(**given: Any) -> None:  # noqa: ANN401  (what typer read from the command line)
        said = {name: given.pop(name) for name in names}
        command(**given, choice=said)

    shown: list[inspect.Parameter] = []
    for parameter in inspect.signature(command).parameters.values():
        shown += parameters if parameter.name == _PLACE else [parameter]
    run.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in shown}
    return run


def _parameter(name: str, kind: Any, flag: str, words: str, metavar: str) -> inspect.Parameter:  # noqa: ANN401
    option = typer.Option(flag, metavar=metavar, help=words, show_default=False)
    return inspect.Parameter(
        name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation=Annotated[kind, option]
    )


def choice_of(said: dict[str, Any] | None) -> "Choice | None":
    """Return what the options choose; None for everything. Raises UsageError for a time that is none, or an unknown cause."""
    if said is None or not any(value is not None and value != [] for value in said.values()):
        return None
    from datetime import UTC, datetime

    from oomscope.chosen import Choice, moment

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
