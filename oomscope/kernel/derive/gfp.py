"""gfp_mask: the printed names where the kernel prints them, else decoded by the values of the era."""

from oomscope.patterns import lazy

# include/linux/gfp.h (gfp_types.h from 6.0). The bits moved with 4.4, 4.10, 4.18 and 5.1; the same hex means other things.
_TO_4_3 = {
    0x1: "__GFP_DMA", 0x2: "__GFP_HIGHMEM", 0x4: "__GFP_DMA32", 0x8: "__GFP_MOVABLE", 0x10: "__GFP_WAIT",
    0x20: "__GFP_HIGH", 0x40: "__GFP_IO", 0x80: "__GFP_FS", 0x100: "__GFP_COLD", 0x200: "__GFP_NOWARN",
    0x400: "__GFP_REPEAT", 0x800: "__GFP_NOFAIL", 0x1000: "__GFP_NORETRY", 0x4000: "__GFP_COMP", 0x8000: "__GFP_ZERO",
    0x10000: "__GFP_NOMEMALLOC", 0x20000: "__GFP_HARDWALL", 0x40000: "__GFP_THISNODE", 0x80000: "__GFP_RECLAIMABLE",
    0x100000: "__GFP_KMEMCG", 0x200000: "__GFP_NOTRACK",
}  # fmt: skip
_4_4 = {
    0x1: "__GFP_DMA", 0x2: "__GFP_HIGHMEM", 0x4: "__GFP_DMA32", 0x8: "__GFP_MOVABLE", 0x10: "__GFP_RECLAIMABLE",
    0x20: "__GFP_HIGH", 0x40: "__GFP_IO", 0x80: "__GFP_FS", 0x100: "__GFP_COLD", 0x200: "__GFP_NOWARN",
    0x400: "__GFP_REPEAT", 0x800: "__GFP_NOFAIL", 0x1000: "__GFP_NORETRY", 0x2000: "__GFP_MEMALLOC",
    0x4000: "__GFP_COMP", 0x8000: "__GFP_ZERO", 0x10000: "__GFP_NOMEMALLOC", 0x20000: "__GFP_HARDWALL",
    0x40000: "__GFP_THISNODE", 0x80000: "__GFP_ATOMIC", 0x100000: "__GFP_ACCOUNT", 0x200000: "__GFP_NOTRACK",
    0x400000: "__GFP_DIRECT_RECLAIM", 0x1000000: "__GFP_WRITE", 0x2000000: "__GFP_KSWAPD_RECLAIM",
}  # fmt: skip
_5_1 = {
    0x1: "__GFP_DMA", 0x2: "__GFP_HIGHMEM", 0x4: "__GFP_DMA32", 0x8: "__GFP_MOVABLE", 0x10: "__GFP_RECLAIMABLE",
    0x20: "__GFP_HIGH", 0x40: "__GFP_IO", 0x80: "__GFP_FS", 0x100: "__GFP_ZERO", 0x200: "__GFP_ATOMIC",
    0x400: "__GFP_DIRECT_RECLAIM", 0x800: "__GFP_KSWAPD_RECLAIM", 0x1000: "__GFP_WRITE", 0x2000: "__GFP_NOWARN",
    0x4000: "__GFP_RETRY_MAYFAIL", 0x8000: "__GFP_NOFAIL", 0x10000: "__GFP_NORETRY", 0x20000: "__GFP_MEMALLOC",
    0x40000: "__GFP_COMP", 0x80000: "__GFP_NOMEMALLOC", 0x100000: "__GFP_HARDWALL", 0x200000: "__GFP_THISNODE",
    0x400000: "__GFP_ACCOUNT",
}  # fmt: skip
_4_10 = {bit: name for bit, name in _4_4.items() if bit < 0x400000} | {
    0x400000: "__GFP_DIRECT_RECLAIM", 0x800000: "__GFP_WRITE", 0x1000000: "__GFP_KSWAPD_RECLAIM", 0x2000000: "__GFP_NOLOCKDEP",
}  # fmt: skip
_4_18 = {bit: name for bit, name in _4_4.items() if 0x100 < bit < 0x200000} | {bit: _4_4[bit] for bit in (1, 2, 4, 8, 16, 32, 64, 128)} | {
    0x100: "__GFP_WRITE", 0x200000: "__GFP_DIRECT_RECLAIM", 0x400000: "__GFP_KSWAPD_RECLAIM", 0x800000: "__GFP_NOLOCKDEP",
}  # fmt: skip


def _compounds(io_fs: int, reclaim: int, hardwall: int) -> dict[int, str]:
    """What %pGg prints as one name, the longest first."""
    user = reclaim | io_fs | hardwall
    return {
        user | 0xA: "GFP_HIGHUSER_MOVABLE",
        user | 0x2: "GFP_HIGHUSER",
        user: "GFP_USER",
        reclaim | io_fs: "GFP_KERNEL",
        reclaim | 0x40: "GFP_NOFS",
        reclaim: "GFP_NOIO",
    }


# First version, values, compound names. From 6.9 on the bits depend on the configuration.
_TABLES = (
    ((2, 6), _TO_4_3, _compounds(0xC0, 0x10, 0x20000)),
    ((4, 4), _4_4, _compounds(0xC0, 0x2400000, 0x20000)),
    ((4, 10), _4_10, _compounds(0xC0, 0x1400000, 0x20000)),
    ((4, 18), _4_18, _compounds(0xC0, 0x600000, 0x20000)),
    ((5, 1), _5_1, _compounds(0xC0, 0xC00, 0x100000)),
)
UNKNOWN_FROM = (6, 9)
ERAS = (
    ("2.6 to 4.3", "4.3"),
    ("4.4 to 4.9", "4.9"),
    ("4.10 to 4.17", "4.17"),
    ("4.18 to 5.0", "5.0"),
    ("5.1 to 6.8", "6.8"),
)
"""Words for each era, and a release of it."""

_RELEASE = lazy(r"^(\d{1,3})\.(\d{1,3})")


def decode(mask: str, release: str | None) -> tuple[str, ...]:
    """Names of a bare hex mask for the kernel of `release`; empty where the release is unknown or its values are not.

    Only kernels before 4.6 print no names; what comes later is for who has but the hex.
    """
    found = _RELEASE.match(release or "")
    if found is None:
        return ()
    version = (int(found[1]), int(found[2]))
    if version >= UNKNOWN_FROM:
        return ()
    table = next((t for t in reversed(_TABLES) if version >= t[0]), None)
    if table is None:
        return ()
    _, flags, compounds = table
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
