r"""systemd's units in a cgroup path: services, scopes, slices, user sessions, snaps and desktop applications.

sample:: /system.slice/system-worker.slice/worker@2.service
sample:: /user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-firefox-4711.scope
Escapes (`\x2d`) stay in `unit`, as printed; `unit_display` has them undone.
"""

from oomscope.patterns import lazy
from oomscope.workload.identity import Identity, Level
from oomscope.workload.path_parts import UUID, Found, join_path

_UNIT = lazy(r"[^/]+\.(service|scope|slice|mount|socket|swap)")
_USER = lazy(r"user(?:-(\d{1,10})\.slice|@(\d{1,10})\.service)")
_SESSION = lazy(r"session-(\w{1,32})\.scope")
_SNAP = lazy(rf"snap\.([\w-]+)\.[^/]*?(?:[-.]{UUID})?\.(?:scope|service)")
_APP = lazy(r"app-(?:(?:gnome|kde|flatpak|dbus|glib)-)?(.{1,200}?)(?:[-@]\w{1,40})?\.(?:scope|service)")

_OF_THE_CONTAINER = (("container",), ("ns",), ("payload",))
"""Sub-cgroups that a runtime makes and that are still the whole container: crun's, Proxmox's, nspawn's."""


def unit_of(parts: tuple[str, ...]) -> str | None:
    """Return the innermost service or scope; else the innermost slice."""
    units = [(part, found[1]) for part in parts if (found := _UNIT.fullmatch(part))]
    inner = [name for name, kind in units if kind != "slice"]
    return inner[-1] if inner else units[-1][0] if units else None


def level_below(below: tuple[str, ...], level: Level) -> Level:
    """Which kind of cgroup a path is that goes on as `below` under something of `level`."""
    if not below or (level == "container" and below in _OF_THE_CONTAINER):
        return level
    return level_of_unit(below[-1])


def level_of_unit(name: str) -> Level:
    match name.rpartition("."):
        case (_, ".", "service"):
            return "service"
        case (_, ".", "scope"):
            return "scope"
        case (_, ".", "slice"):
            return "slice"
        case _:
            return "cgroup"


def user_of(parts: tuple[str, ...]) -> int | None:
    """Return the user whose slice or manager the path goes through; the innermost counts."""
    for part in reversed(parts):
        if part.startswith("user") and (found := _USER.fullmatch(part)):
            return int(found[1] or found[2])
    return None


def find_systemd(parts: tuple[str, ...]) -> Found | None:
    """Return the unit that a path ends in or passes through, or None if it has none."""
    unit = unit_of(parts)
    if unit is None:
        return None
    at = len(parts) - 1 - parts[::-1].index(unit)
    below = parts[at + 1 :]
    session = _SESSION.fullmatch(unit)
    return Found(
        Identity(
            level=level_of_unit(parts[-1]),
            orchestrator="systemd",
            cgroup_driver="systemd",
            unit=unit,
            name=_name(unit),
            session=session[1] if session else None,
            inner=join_path(below) if below else None,
        ),
        at,
    )


def _name(unit: str) -> str | None:
    """What a snap or a desktop application is called."""
    if unit.startswith("snap.") and (found := _SNAP.fullmatch(unit)):
        return found[1]
    if unit.startswith("app-") and (found := _APP.fullmatch(unit)):
        return found[1]
    return None
