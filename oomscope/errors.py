"""Mistakes of the user, each a sentence with a place and a next step. Damaged logs are data, not errors."""


class OomscopeError(Exception):
    """Base of everything that the command line prints as one line instead of a traceback."""

    exit_code = 1


class InputError(OomscopeError):
    """A path, archive or inventory that cannot be read. The message names it and says what to try."""


class RuleError(OomscopeError):
    """One or more defects in cause files; the message lists every one of them with file:line."""


class Incomplete(OomscopeError):
    """A part of the input was not read, and `--strict` wants to know: everything else was done."""

    exit_code = 3


class Found(OomscopeError):
    """What `--fail-on` asks for was found: everything was done, and the exit status says what it was."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class UsageError(OomscopeError):
    """Options that contradict each other or name something that does not exist."""

    exit_code = 2
