"""The environment that the command line is run in: what the machine has, without what changes the output."""

import os

_LEFT_OUT = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "OOMSCOPE_DEBUG")


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _LEFT_OUT}
    return {**kept, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **more}
