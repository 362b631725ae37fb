"""The logs of this machine: its journal and its ring buffer; and what is read where no path is given."""

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from oomscope.errors import InputError, UsageError
from oomscope.safe_text import safe_line

if TYPE_CHECKING:
    from oomscope.chosen import Choice

_BEFORE_SECONDS, _AFTER_SECONDS = 3600, 60
"""The journal is read from some time before --since: a report begins before its kill, and a container before that."""
_NO_PATH = (
    "no log is named; read this machine's journal (oomscope analyze --journal), its ring buffer (oomscope analyze --dmesg), "
    "a file or directory (oomscope analyze FILE), or a pipe (dmesg | oomscope analyze -)"
)


class Live(NamedTuple):
    """Which logs of this machine are asked for."""

    journal: bool = False
    dmesg: bool = False
    choice: "Choice | None" = None  # whose times journalctl is given
    alone: bool = True  # nothing else is read


def paths_or_input(paths: Sequence[str], live: Live) -> list[str]:
    """Return the paths; standard input where none is given and something is piped in. Raises UsageError for a terminal."""
    if paths or live.journal or live.dmesg:
        return list(paths)
    try:
        mode = os.fstat(0).st_mode if sys.stdin is not None else 0
    except OSError:
        mode = 0
    if stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode):
        return ["-"]
    raise UsageError(_NO_PATH)


@contextmanager
def opened_live(live: Live) -> Iterator[list[BinaryIO]]:
    """Yield the streams that are asked for. Raises InputError where one cannot be had."""
    with ExitStack() as stack:
        streams = []
        if live.journal:
            streams.append(stack.enter_context(_closing(_journal(live))))
        if live.dmesg:
            streams.append(stack.enter_context(_closing(_kmsg())))
        yield streams


def shown_choice(choice: "Choice | None", live: Live) -> "Choice | None":
    """Return what is left to choose: the boot has been chosen where journalctl was asked for it alone."""
    if choice is None or not _boot_by_journalctl(live):
        return choice
    return choice._replace(boot=None) or None


def _boot_by_journalctl(live: Live) -> bool:
    return live.journal and not live.dmesg and live.alone


def _journal(live: Live) -> BinaryIO:
    from oomscope.read.files.journalctl import of_this_machine

    try:
        return cast("BinaryIO", of_this_machine(_times(live)))
    except OSError as error:
        reason = safe_line(error.strerror or str(error))
        raise InputError(
            f"--journal: journalctl cannot be started ({reason}); where there is no systemd, try --dmesg"
        ) from error


def _times(live: Live) -> list[str]:
    choice, found = live.choice, []
    if choice is None:
        return []
    if choice.boot is not None and _boot_by_journalctl(live):
        found.append(f"--boot={choice.boot}")
    if choice.since is not None:
        found.append(f"--since=@{max(int(choice.since) - _BEFORE_SECONDS, 0)}")
    if choice.until is not None:
        found.append(f"--until=@{max(int(choice.until) + _AFTER_SECONDS, 0)}")
    return found


def _kmsg() -> BinaryIO:
    from oomscope.read.files.kmsg import DEVICE, Kmsg

    try:
        return cast("BinaryIO", Kmsg())
    except PermissionError as error:
        raise InputError(f"--dmesg: no permission to read {DEVICE}; run it with sudo") from error
    except OSError as error:
        reason = safe_line(error.strerror or str(error))
        raise InputError(f"--dmesg: {DEVICE} cannot be opened ({reason}); try dmesg | oomscope analyze -") from error


@contextmanager
def _closing(stream: BinaryIO) -> Iterator[BinaryIO]:
    try:
        yield stream
    finally:
        stream.close()
