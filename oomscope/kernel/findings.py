"""What a log holds beside OOM events: quotations of the kernel's words, and tasks that wait instead of being killed."""

from typing import NamedTuple


class TextFinding(NamedTuple):
    """A line that quotes the kernel's words but is not the kernel's, or cannot be believed."""

    line: int
    text: str
    ident: str | None
    reason: str


class WaitingTask(NamedTuple):
    """A task that the hung-task detector found waiting for memory of its cgroup."""

    comm: str
    pid: int
    seconds: int
    line: int
