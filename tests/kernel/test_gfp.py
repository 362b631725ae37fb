"""A bare gfp_mask by the values of its kernel: include/linux/gfp.h moved them with 2.6.31, 4.4, 4.10, 4.18 and 5.1."""

import pytest

from oomscope.kernel.derive.gfp import decode

MOVABLE, ZERO, COLD = "GFP_HIGHUSER_MOVABLE", "__GFP_ZERO", "__GFP_COLD"
# What reports of these kernels print most; from 4.6 on with the names beside them.
SEEN = [
    ("2.6.9", 0xD0, ("GFP_KERNEL",)),  # before 2.6.14 there is no __GFP_HARDWALL, and GFP_USER is the same
    ("2.6.9", 0x1D2, ("GFP_HIGHUSER", COLD)),
    ("2.6.18", 0x201D2, ("GFP_HIGHUSER", COLD)),
    ("2.6.24", 0x1201D2, (MOVABLE, COLD)),  # __GFP_MOVABLE is 0x100000 from 2.6.23 to 2.6.30
    ("2.6.30", 0x1280D2, (MOVABLE, ZERO)),
    ("2.6.31", 0x200DA, (MOVABLE,)),
    ("3.7", 0x3000D0, ("GFP_KERNEL", "__GFP_NOTRACK", "0x100000")),
    ("3.15", 0x104050, ("GFP_NOFS", "__GFP_COMP", "__GFP_KMEMCG")),  # 7ae1e1d0f8ac (3.8) to 52383431b37c (3.16)
    ("3.16", 0x104050, ("GFP_NOFS", "__GFP_COMP", "0x100000")),
    ("4.1", 0x1000D0, ("GFP_KERNEL", "__GFP_NOACCOUNT")),  # 8f4fc071b192 (4.1) to a9bb7e620efd (4.5)
    ("4.4", 0x25000C0, ("GFP_KERNEL", "__GFP_NOACCOUNT")),
    ("4.5", 0x25000C0, ("GFP_KERNEL", "__GFP_ACCOUNT")),
    ("3.5", 0x2000, ("0x2000",)),
    ("3.6", 0x2000, ("__GFP_MEMALLOC",)),
    ("2.6.32", 0xD0, ("GFP_KERNEL",)),
    ("2.6.32", 0x200DA, (MOVABLE,)),
    ("3.10", 0x280DA, (MOVABLE, ZERO)),
    ("3.10", 0x201DA, (MOVABLE, COLD)),
    ("3.13", 0x84D0, ("GFP_KERNEL", "__GFP_REPEAT", ZERO)),
    ("3.13", 0x2000D0, ("GFP_KERNEL", "__GFP_NOTRACK")),
    ("3.13", 0x3000D0, ("GFP_KERNEL", "__GFP_KMEMCG", "__GFP_NOTRACK")),
    ("4.4", 0x24000C0, ("GFP_KERNEL",)),
    ("4.4", 0x24201CA, (MOVABLE, COLD)),
    ("4.5", 0x24280CA, (MOVABLE, ZERO)),
    ("4.9", 0x26000C0, ("GFP_KERNEL", "__GFP_NOTRACK")),
    ("4.10", 0x14000C0, ("GFP_KERNEL",)),
    ("4.14", 0x14280CA, (MOVABLE, ZERO)),
    ("4.17", 0x14201CA, (MOVABLE, COLD)),
    ("4.18", 0x6000C0, ("GFP_KERNEL",)),
    ("4.19", 0x6200CA, (MOVABLE,)),
    ("5.0", 0x6280CA, (MOVABLE, ZERO)),
    ("5.1", 0xCC0, ("GFP_KERNEL",)),
    ("5.10", 0x100CCA, (MOVABLE,)),
    ("6.1", 0x100DCA, (MOVABLE, ZERO)),
    ("6.8", 0x140CCA, (MOVABLE, "__GFP_COMP")),
    ("6.8", 0x400DC0, ("GFP_KERNEL", ZERO, "__GFP_ACCOUNT")),
]  # fmt: skip


@pytest.mark.parametrize(("release", "mask", "names"), SEEN)
def test_the_masks_that_reports_print_most(release: str, mask: int, names: tuple[str, ...]) -> None:
    assert decode(hex(mask), release if release.count(".") > 1 else f"{release}.0-generic") == names


# (release, __GFP_IO | __GFP_FS, what makes it wait for reclaim, __GFP_HARDWALL)
ERAS = [
    ("2.6.31", 0xC0, 0x10, 0x20000),
    ("4.3", 0xC0, 0x10, 0x20000),
    ("4.4", 0xC0, 0x2400000, 0x20000),
    ("4.9", 0xC0, 0x2400000, 0x20000),
    ("4.10", 0xC0, 0x1400000, 0x20000),
    ("4.17", 0xC0, 0x1400000, 0x20000),
    ("4.18", 0xC0, 0x600000, 0x20000),
    ("5.0", 0xC0, 0x600000, 0x20000),
    ("5.1", 0xC0, 0xC00, 0x100000),
    ("6.8", 0xC0, 0xC00, 0x100000),
]


@pytest.mark.parametrize(("release", "io_fs", "reclaim", "hardwall"), ERAS)
def test_the_longest_compound_name_comes_first(release: str, io_fs: int, reclaim: int, hardwall: int) -> None:
    masks = {
        reclaim | io_fs | hardwall | 0x2 | 0x8: ("GFP_HIGHUSER_MOVABLE",),
        reclaim | io_fs | hardwall | 0x2: ("GFP_HIGHUSER",),
        reclaim | io_fs | hardwall: ("GFP_USER",),
        reclaim | io_fs: ("GFP_KERNEL",),
        reclaim | 0x40: ("GFP_NOFS",),
        reclaim: ("GFP_NOIO",),
        io_fs: ("__GFP_IO", "__GFP_FS"),
        0x20: ("__GFP_HIGH",),
        reclaim | io_fs | 0x4: ("GFP_KERNEL", "__GFP_DMA32"),
        reclaim | io_fs | 0x1 | 0x100000000: ("GFP_KERNEL", "__GFP_DMA", "0x100000000"),
        0: (),
    }
    assert {mask: decode(hex(mask), release) for mask in masks} == masks


KEY_BITS = {
    "4.3": {0x10: "WAIT", 0x100: "COLD", 0x200: "NOWARN", 0x1000: "NORETRY", 0x4000: "COMP", 0x10000: "NOMEMALLOC", 0x40000: "THISNODE", 0x80000: "RECLAIMABLE"},
    "4.9": {0x10: "RECLAIMABLE", 0x80000: "ATOMIC", 0x400000: "DIRECT_RECLAIM", 0x1000000: "WRITE", 0x2000000: "KSWAPD_RECLAIM"},
    "4.17": {0x400000: "DIRECT_RECLAIM", 0x800000: "WRITE", 0x1000000: "KSWAPD_RECLAIM", 0x2000000: "NOLOCKDEP"},
    "5.0": {0x100: "WRITE", 0x200000: "DIRECT_RECLAIM", 0x400000: "KSWAPD_RECLAIM"},
    "6.2": {0x100: "ZERO", 0x200: "ATOMIC", 0x400: "DIRECT_RECLAIM", 0x800: "KSWAPD_RECLAIM", 0x1000: "WRITE", 0x2000: "NOWARN", 0x4000: "RETRY_MAYFAIL", 0x8000: "NOFAIL", 0x10000: "NORETRY", 0x20000: "MEMALLOC", 0x40000: "COMP", 0x80000: "NOMEMALLOC", 0x200000: "THISNODE", 0x400000: "ACCOUNT"},
}  # fmt: skip


@pytest.mark.parametrize("release", KEY_BITS)
def test_one_bit_is_another_flag_in_another_era(release: str) -> None:
    bits = {bit: decode(hex(bit), release) for bit in KEY_BITS[release] if (release, bit) != ("4.3", 0x10)}
    assert bits == {bit: (f"__GFP_{KEY_BITS[release][bit]}",) for bit in bits}


@pytest.mark.parametrize("release", [None, "", "next-20240101", "2.4.31", "7.0.1"])
def test_an_unknown_kernel_decodes_nothing(release: str | None) -> None:
    assert decode("0xcc0", release) == ()


@pytest.mark.parametrize("release", ["6.9.0", "6.12.107", "6.18.44"])
def test_from_6_9_on_only_the_upper_bits_depend_on_the_configuration(release: str) -> None:
    """The pairs of hex and names are those of reports of 6.12 and 6.18."""
    assert decode("0xcc0", release) == ("GFP_KERNEL",)
    assert set(decode("0x140dca", release)) == {"GFP_HIGHUSER_MOVABLE", "__GFP_COMP", "__GFP_ZERO"}
    assert set(decode("0x408d40", release)) == {"GFP_NOFS", "__GFP_NOFAIL", "__GFP_ZERO", "__GFP_ACCOUNT"}
    assert decode("0x1100cca", release) == ()


@pytest.mark.parametrize(
    ("release", "name"), [("4.12", "__GFP_REPEAT"), ("4.13", "__GFP_RETRY_MAYFAIL"), ("5.0", "__GFP_RETRY_MAYFAIL")]
)
def test_repeat_was_renamed_in_4_13(release: str, name: str) -> None:
    assert name in decode("0x400", release)
