"""docs/oomscope.1, the manual page, made from the commands."""

import re
from collections.abc import Iterator
from typing import Any

import typer
from reference import STATUSES

from oomscope import __version__
from oomscope.cli.app import app_with


def manual() -> str:
    """Return the page, as man(7) describes it."""
    root = typer.main.get_command(app_with())
    return "\n".join(
        (
            f'.TH OOMSCOPE 1 "" "oomscope {__version__}" "User Commands"',
            ".ad l",
            ".nh",
            ".SH NAME",
            "oomscope \\- find every OOM kill in a kernel log",
            ".SH SYNOPSIS",
            ".B oomscope",
            ".I COMMAND",
            "[\\fIOPTION\\fR...] [\\fIARGUMENT\\fR...]",
            ".SH DESCRIPTION",
            _text(root.help or ""),
            ".PP",
            "\\fBoomscope\\fR \\fIFILE\\fR is short for \\fBoomscope analyze\\fR \\fIFILE\\fR.",
            ".SH COMMANDS",
            *_commands(root),
            ".SH EXIT STATUS",
            *(line for code, words in STATUSES for line in (".TP", f"\\fB{code}\\fR", _text(words.replace("`", "")))),
            ".SH SEE ALSO",
            ".BR dmesg (1),",
            ".BR journalctl (1)",
            "",
        )
    )


def _commands(root: Any) -> Iterator[str]:  # noqa: ANN401 - typer's own class
    for name, command in root.commands.items():
        below = getattr(command, "commands", None)
        for path, one in [(f"{name} {sub}", c) for sub, c in below.items()] if below else [(name, command)]:
            yield from _command(path, one)


def _command(path: str, command: Any) -> Iterator[str]:  # noqa: ANN401 - as above
    yield f'.SS "oomscope {path}"'
    yield _text(command.help or "")
    for one in command.params:
        if one.name == "help":
            continue
        names = ", ".join(f"\\fB{_text(name)}\\fR" for name in one.opts) if one.param_type_name == "option" else ""
        value = f"\\fI{_text(one.metavar)}\\fR".replace("|", "|\\:") if one.metavar else ""  # a line may end there
        yield ".TP"
        yield f"{names} {value}".strip() or _text(one.name)
        yield _text(getattr(one, "help", "") or "")


def _text(words: str) -> str:
    """Words on one line: no backslash, hyphen, quote or leading dot is a request."""
    plain = " ".join(words.split()).replace("\\", "\\e").replace("-", "\\-")
    plain = plain.replace("…", "...").replace("–", "\\(en").replace("×", "\\(mu")
    return re.sub(r"^([.'])", r"\\&\1", plain)
