"""gfp_mask: the printed names where the kernel prints them, else decoded by the values of the era."""

import re

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
# Longest first: what %pGg prints as one name.
_COMPOUND_TO_4_3 = {0x200DA: "GFP_HIGHUSER_MOVABLE", 0x200D2: "GFP_HIGHUSER", 0x200D0: "GFP_USER", 0xD0: "GFP_KERNEL", 0x50: "GFP_NOFS", 0x10: "GFP_NOIO"}  # fmt: skip
_COMPOUND_4_4 = {0x24200CA: "GFP_HIGHUSER_MOVABLE", 0x24200C2: "GFP_HIGHUSER", 0x24200C0: "GFP_USER", 0x24000C0: "GFP_KERNEL", 0x2400040: "GFP_NOFS", 0x2400000: "GFP_NOIO"}  # fmt: skip
_COMPOUND_5_1 = {0x100CCA: "GFP_HIGHUSER_MOVABLE", 0x100CC2: "GFP_HIGHUSER", 0x100CC0: "GFP_USER", 0xCC0: "GFP_KERNEL", 0xC40: "GFP_NOFS", 0xC00: "GFP_NOIO"}  # fmt: skip

_RELEASE = re.compile(r"^(\d{1,3})\.(\d{1,3})")


def decode(mask: str, release: str | None) -> tuple[str, ...]:
    """Names of a bare hex mask for the kernel of `release`; empty where the release is unknown or its values are not.

    Only kernels before 4.6 print no names, and only two tables were in use there; 5.1 to 6.8 is for `explain`.
    """
    found = _RELEASE.match(release or "")
    if found is None:
        return ()
    version = (int(found[1]), int(found[2]))
    if version < (4, 4):
        flags, compounds = _TO_4_3, _COMPOUND_TO_4_3
    elif version < (4, 10):
        flags, compounds = _4_4, _COMPOUND_4_4
    elif (5, 1) <= version < (6, 9):
        flags, compounds = _5_1, _COMPOUND_5_1
    else:
        return ()
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
