"""What a user handed over beside the log: files, and whom to ask. One value for each option of the side inputs."""

from collections.abc import Iterable, Mapping

from oomscope.inputs.registry import OPTIONS

Given = Iterable[str] | str | bool | None


class SideFiles:
    """The options that were given, by name: `SideFiles(pods=("pods.json",), kubectl=True)`.

    Raises TypeError for a name that is no option's.
    """

    __slots__ = ("_given",)

    def __init__(self, **given: Given) -> None:
        unknown = [name for name in given if name not in OPTIONS]
        if unknown:
            raise TypeError(f"no side input has the option {unknown[0]}; there are {', '.join(OPTIONS)}")
        plain = {name: _plain(value) for name, value in given.items()}
        self._given = {name: value for name, value in plain.items() if value not in (None, False, ())}

    def files(self, name: str) -> tuple[str, ...]:
        """Return the paths that were given to an option."""
        found = self._given.get(name, ())
        return found if isinstance(found, tuple) else ()

    def text(self, name: str) -> str | None:
        """Return the text that was given to an option."""
        found = self._given.get(name)
        return found if isinstance(found, str) else None

    def is_on(self, name: str) -> bool:
        """True if the option was given."""
        return name in self._given

    def and_more(self, files: Mapping[str, tuple[str, ...]]) -> "SideFiles":
        """Return the same with more files, by option."""
        more = {name: (*self.files(name), *paths) for name, paths in files.items()}
        return SideFiles(**{**self._given, **more})

    def __bool__(self) -> bool:
        return bool(self._given)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SideFiles) and self._given == other._given

    def __hash__(self) -> int:
        return hash(frozenset(self._given.items()))

    def __repr__(self) -> str:
        return f"SideFiles({', '.join(f'{name}={value!r}' for name, value in self._given.items())})"


def _plain(value: Given) -> tuple[str, ...] | str | bool | None:
    return value if value is None or isinstance(value, str | bool) else tuple(value)
