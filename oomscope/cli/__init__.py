"""The command line: one file per command; wires the stages and maps errors to exit codes."""

import os
import sys
from collections.abc import Sequence

_COMPLETES = "_OOMSCOPE_COMPLETE"
"""Set by a shell that asks what may follow."""


def main() -> None:
    """Entry point of `oomscope`. Exit 0 analysed, 1 unreadable, 2 usage, 3 incomplete, 130 interrupted; never a traceback."""
    try:
        _run()
    except KeyboardInterrupt:  # also while modules are imported
        _silence()
        os._exit(130)  # nothing is left to be done that a second interrupt could break into


def _run() -> None:
    import gc

    from oomscope.errors import OomscopeError

    gc.set_threshold(100_000, 20, 20)  # modules and records are made to stay: looking for cycles is a tenth of a run
    try:
        from oomscope.cli.app import COMMANDS, GROUPS, app_with

        names = (*COMMANDS, *GROUPS)
        arguments = _with_command(sys.argv[1:], names)
        asked = arguments[0] if arguments and arguments[0] in names else None
        app_with(None if _COMPLETES in os.environ else asked)(arguments, prog_name="oomscope")
    except OomscopeError as error:
        _complain(str(error))
        sys.exit(error.exit_code)
    except BrokenPipeError:
        _silence()
        sys.exit(141)
    except OSError as error:  # a file that went away, or help printed onto a full disk
        _complain(f"{error.filename or 'standard output'}: {error.strerror or error}")
        _silence()
        sys.exit(1)
    except Exception as error:  # a bug of ours: one line, and how to get the rest
        _bug(error)
        sys.exit(1)
    finally:
        gc.freeze()  # all of it goes with the process; the interpreter's last search for cycles is a tenth of a run


def _with_command(arguments: list[str], names: Sequence[str]) -> list[str]:
    """Return the arguments with `analyze` before a log: `oomscope FILE` is short for `oomscope analyze FILE`.

    The name of a command is that command, also where a file is called like it.
    """
    first = arguments[0] if arguments else ""
    if first in names or not _is_log(first):
        return arguments
    return ["analyze", *arguments]


def _is_log(word: str) -> bool:
    """True for what names a log: a path that exists or looks like one, `-`, and the logs of this machine."""
    if word.startswith("-"):
        return word in ("-", "--journal", "--dmesg")
    try:
        return os.path.exists(word) or "/" in word or "." in word  # noqa: PTH110 - a hundredth of what a Path takes
    except ValueError:
        return False


def _complain(message: str) -> None:
    from oomscope.safe_text import safe

    if sys.stderr is not None:  # print() would take standard output where that is closed
        print(f"oomscope: {safe(message)}", file=sys.stderr)  # noqa: T201


def _bug(error: Exception) -> None:
    import traceback

    if os.environ.get("OOMSCOPE_DEBUG"):
        traceback.print_exception(error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    _complain(
        f"a bug in oomscope, not in your log: {type(error).__name__} in {place.name}, {place.filename.rsplit('/', 1)[-1]}:"
        f"{place.lineno}. Please report it; OOMSCOPE_DEBUG=1 prints the whole story."
    )


def _silence() -> None:
    """What stdout still holds cannot be written: keep Python from trying, and complaining, on the way out."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
