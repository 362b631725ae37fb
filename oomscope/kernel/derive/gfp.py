"""gfp_mask: the printed names where the kernel prints them, else decoded by the values of the era."""

from oomscope.patterns import lazy

# include/linux/gfp.h (gfp_types.h from 6.0). The bits moved with 2.6.31, 4.4, 4.10, 4.18 and 5.1, and 4.13 gave one a new name; the same hex means other
# things. 0x100000 alone was __GFP_MOVABLE, then __GFP_KMEMCG, __GFP_NOACCOUNT, __GFP_ACCOUNT and __GFP_HARDWALL.
# Up to 4.3 flags came and went one by one: (bit, name, since, until).
_EVER, _4_4_ON = (2, 6), (4, 4)
_BEFORE_4_4 = (
    (0x1, "__GFP_DMA", _EVER, _4_4_ON),
    (0x2, "__GFP_HIGHMEM", _EVER, _4_4_ON),
    (0x4, "__GFP_DMA32", (2, 6, 15), _4_4_ON),
    (0x8, "__GFP_MOVABLE", (2, 6, 31), _4_4_ON),
    (0x10, "__GFP_WAIT", _EVER, _4_4_ON),
    (0x20, "__GFP_HIGH", _EVER, _4_4_ON),
    (0x40, "__GFP_IO", _EVER, _4_4_ON),
    (0x80, "__GFP_FS", _EVER, _4_4_ON),
    (0x100, "__GFP_COLD", _EVER, _4_4_ON),
    (0x200, "__GFP_NOWARN", _EVER, _4_4_ON),
    (0x400, "__GFP_REPEAT", _EVER, _4_4_ON),
    (0x800, "__GFP_NOFAIL", _EVER, _4_4_ON),
    (0x1000, "__GFP_NORETRY", _EVER, _4_4_ON),
    (0x2000, "__GFP_NO_GROW", _EVER, (2, 6, 21)),
    (0x2000, "__GFP_MEMALLOC", (3, 6), _4_4_ON),
    (0x4000, "__GFP_COMP", _EVER, _4_4_ON),
    (0x8000, "__GFP_ZERO", _EVER, _4_4_ON),
    (0x10000, "__GFP_NOMEMALLOC", _EVER, _4_4_ON),
    (0x20000, "__GFP_HARDWALL", (2, 6, 14), _4_4_ON),
    (0x40000, "__GFP_THISNODE", (2, 6, 19), _4_4_ON),
    (0x80000, "__GFP_RECLAIMABLE", (2, 6, 23), _4_4_ON),
    (0x100000, "__GFP_MOVABLE", (2, 6, 23), (2, 6, 31)),
    (0x100000, "__GFP_KMEMCG", (3, 8), (3, 16)),
    (0x100000, "__GFP_NOACCOUNT", (4, 1), _4_4_ON),
    (0x200000, "__GFP_NOTRACK", (2, 6, 31), _4_4_ON),
    (0x400000, "__GFP_NO_KSWAPD", (2, 6, 38), _4_4_ON),
    (0x800000, "__GFP_OTHER_NODE", (2, 6, 39), _4_4_ON),
    (0x1000000, "__GFP_WRITE", (3, 3), _4_4_ON),
)
_4_4 = {
    0x1: "__GFP_DMA", 0x2: "__GFP_HIGHMEM", 0x4: "__GFP_DMA32", 0x8: "__GFP_MOVABLE", 0x10: "__GFP_RECLAIMABLE",
    0x20: "__GFP_HIGH", 0x40: "__GFP_IO", 0x80: "__GFP_FS", 0x100: "__GFP_COLD", 0x200: "__GFP_NOWARN",
    0x400: "__GFP_REPEAT", 0x800: "__GFP_NOFAIL", 0x1000: "__GFP_NORETRY", 0x2000: "__GFP_MEMALLOC",
    0x4000: "__GFP_COMP", 0x8000: "__GFP_ZERO", 0x10000: "__GFP_NOMEMALLOC", 0x20000: "__GFP_HARDWALL",
    0x40000: "__GFP_THISNODE", 0x80000: "__GFP_ATOMIC", 0x100000: "__GFP_NOACCOUNT", 0x200000: "__GFP_NOTRACK",
    0x400000: "__GFP_DIRECT_RECLAIM", 0x800000: "__GFP_OTHER_NODE", 0x1000000: "__GFP_WRITE", 0x2000000: "__GFP_KSWAPD_RECLAIM",
}  # fmt: skip
_4_5 = _4_4 | {0x100000: "__GFP_ACCOUNT"}
_5_1 = {
    0x1: "__GFP_DMA", 0x2: "__GFP_HIGHMEM", 0x4: "__GFP_DMA32", 0x8: "__GFP_MOVABLE", 0x10: "__GFP_RECLAIMABLE",
    0x20: "__GFP_HIGH", 0x40: "__GFP_IO", 0x80: "__GFP_FS", 0x100: "__GFP_ZERO", 0x200: "__GFP_ATOMIC",
    0x400: "__GFP_DIRECT_RECLAIM", 0x800: "__GFP_KSWAPD_RECLAIM", 0x1000: "__GFP_WRITE", 0x2000: "__GFP_NOWARN",
    0x4000: "__GFP_RETRY_MAYFAIL", 0x8000: "__GFP_NOFAIL", 0x10000: "__GFP_NORETRY", 0x20000: "__GFP_MEMALLOC",
    0x40000: "__GFP_COMP", 0x80000: "__GFP_NOMEMALLOC", 0x100000: "__GFP_HARDWALL", 0x200000: "__GFP_THISNODE",
    0x400000: "__GFP_ACCOUNT",
}  # fmt: skip
_4_10 = {bit: name for bit, name in _4_5.items() if bit < 0x400000} | {
    0x400000: "__GFP_DIRECT_RECLAIM", 0x800000: "__GFP_WRITE", 0x1000000: "__GFP_KSWAPD_RECLAIM", 0x2000000: "__GFP_NOLOCKDEP",
}  # fmt: skip
_4_13 = _4_10 | {0x400: "__GFP_RETRY_MAYFAIL"}  # dcda9b04713c
_4_18 = {bit: name for bit, name in _4_5.items() if 0x100 < bit < 0x200000} | {bit: _4_4[bit] for bit in (1, 2, 4, 8, 16, 32, 64, 128)} | {
    0x100: "__GFP_WRITE", 0x400: "__GFP_RETRY_MAYFAIL", 0x200000: "__GFP_DIRECT_RECLAIM", 0x400000: "__GFP_KSWAPD_RECLAIM", 0x800000: "__GFP_NOLOCKDEP",
}  # fmt: skip


def _compounds(io_fs: int, reclaim: int, hardwall: int, movable: int = 0x8) -> dict[int, str]:
    """Return what %pGg prints as one name, the longest first."""
    user = reclaim | io_fs | hardwall
    return {
        **({user | 0x2 | movable: "GFP_HIGHUSER_MOVABLE"} if movable else {}),
        user | 0x2: "GFP_HIGHUSER",
        **({user: "GFP_USER"} if hardwall else {}),
        reclaim | io_fs: "GFP_KERNEL",
        reclaim | 0x40: "GFP_NOFS",
        reclaim: "GFP_NOIO",
    }


# First version, values, compound names. From 6.9 on the bits above __GFP_ACCOUNT depend on the configuration.
_TABLES = (
    ((4, 4), _4_4, _compounds(0xC0, 0x2400000, 0x20000)),
    ((4, 5), _4_5, _compounds(0xC0, 0x2400000, 0x20000)),
    ((4, 10), _4_10, _compounds(0xC0, 0x1400000, 0x20000)),
    ((4, 13), _4_13, _compounds(0xC0, 0x1400000, 0x20000)),
    ((4, 18), _4_18, _compounds(0xC0, 0x600000, 0x20000)),
    ((5, 1), _5_1, _compounds(0xC0, 0xC00, 0x100000)),
)
_BY_CONFIGURATION, _FIRST_MOVED, UNKNOWN_FROM = (6, 9), 0x800000, (6, 19)
ERAS = (
    ("2.6.23 to 30", "2.6.30"),
    ("2.6.31 to 3.7", "3.7"),
    ("3.8 to 3.15", "3.15"),
    ("3.16 to 4.0", "4.0"),
    ("4.1 to 4.3", "4.3"),
    ("4.4", "4.4"),
    ("4.5 to 4.9", "4.9"),
    ("4.10 to 4.12", "4.12"),
    ("4.13 to 4.17", "4.17"),
    ("4.18 to 5.0", "5.0"),
    ("5.1 to 6.8", "6.8"),
    ("6.9 to 6.18", "6.18"),
)
"""Words for each era, and a release of it."""

_RELEASE = lazy(r"^(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?")


def decode(mask: str, release: str | None) -> tuple[str, ...]:
    """Return the names of a bare hex mask for the kernel of `release`; empty where the values of that kernel are not known.

    Only kernels before 4.6 print no names; what comes later is for who has but the hex.
    """
    found = _RELEASE.match(release or "")
    if found is None:
        return ()
    version = tuple(int(part) for part in found.groups() if part is not None)
    if not _EVER <= version < UNKNOWN_FROM or (version >= _BY_CONFIGURATION and int(mask, 16) >= _FIRST_MOVED):
        return ()
    flags, compounds = _values(version)
    rest, names = int(mask, 16), []
    for bits, name in compounds.items():
        if rest & bits == bits and rest:
            names.append(name)
            rest &= ~bits
            break
    for bit, name in flags.items():
        if rest & bit:
            names.append(name)
            rest &= ~bit
    if rest:
        names.append(hex(rest))
    return tuple(names)


def _values(version: tuple[int, ...]) -> tuple[dict[int, str], dict[int, str]]:
    """Return the flags and the compound names of a kernel version."""
    if version < _4_4_ON:
        flags = {bit: name for bit, name, since, until in _BEFORE_4_4 if since <= version < until}
        movable = next((bit for bit, name in flags.items() if name == "__GFP_MOVABLE"), 0)
        return flags, _compounds(0xC0, 0x10, 0x20000 if 0x20000 in flags else 0, movable)
    return next((flags, compounds) for since, flags, compounds in reversed(_TABLES) if version >= since)
