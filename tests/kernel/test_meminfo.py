"""show_mem() value for value: real blocks of 5.10 and 6.12, and what the kernels before 4.8 print in other places."""

from oomscope.kernel.event import Allocation, HugePages, MemInfo, NumaNode, Slab, Zone
from oomscope.kernel.sections.mem_info import MemInfoReader

KB = 1024


def fed(text: str) -> MemInfoReader:
    reader = MemInfoReader()
    for number, line in enumerate(text.strip("\n").split("\n"), 1):
        assert reader.feed(line, number), line
    return reader


V5_10 = """
Mem-Info:
active_anon:19 inactive_anon:85295 isolated_anon:0
 active_file:0 inactive_file:0 isolated_file:0
 unevictable:617 dirty:0 writeback:0
 slab_reclaimable:1814 slab_unreclaimable:1423
 mapped:39 shmem:7 pagetables:281 bounce:0
 free:59740 free_pcp:43 free_cma:0
Node 0 active_anon:40kB inactive_anon:290124kB unevictable:1236kB isolated(anon):0kB shmem_thp: 0kB anon_thp: 57344kB kernel_stack:640kB all_unreclaimable? yes
Node 0 DMA free:1960kB min:788kB low:984kB high:1180kB reserved_highatomic:0KB active_anon:0kB present:15992kB managed:15908kB pagetables:20kB free_pcp:0kB local_pcp:0kB free_cma:0kB
lowmem_reserve[]: 0 297 297 297 297
Node 0 DMA32 free:14828kB min:15116kB low:18892kB high:22668kB reserved_highatomic:2048KB present:311296kB managed:304716kB free_pcp:172kB local_pcp:76kB free_cma:64kB
lowmem_reserve[]: 0 0 0 0 0
Node 0 DMA: 0*4kB 1*8kB (M) 2*16kB (UM) 0*32kB 2*64kB (U) 0*128kB 1*256kB (U) 1*512kB (M) 1*1024kB (U) 0*2048kB 0*4096kB = 1960kB
Node 0 DMA32: 1*4kB (E) 1*8kB (E) 2*16kB (E) 0*32kB 1*64kB (U) 1*128kB (E) 1*256kB (M) 2*512kB (UM) 3*1024kB (UME) 1*2048kB (U) 2*4096kB (M) = 14828kB
Node 0 hugepages_total=96 hugepages_free=95 hugepages_surp=0 hugepages_size=2048kB
Node 1 hugepages_total=0 hugepages_free=0 hugepages_surp=0 hugepages_size=1048576kB
624 total pagecache pages
446 pages in swap cache
Swap cache stats: add 0, delete 0, find 0/0
Free swap  = 12kB
Total swap = 196604kB
163707 pages RAM
0 pages HighMem/MovableOnly
10733 pages reserved
16384 pages cma reserved
0 pages hwpoisoned
"""


def test_a_block_of_5_10() -> None:
    reader = fed(V5_10)
    dma = Zone(
        node=0, name="DMA", free_bytes=1960 * KB, min_bytes=788 * KB, low_bytes=984 * KB, high_bytes=1180 * KB,
        present_bytes=15992 * KB, managed_bytes=15908 * KB, free_cma_bytes=0, highatomic_bytes=0,
        lowmem_reserve_pages=(0, 297, 297, 297, 297),
        buddy=((0, 0), (1, 1), (2, 2), (3, 0), (4, 2), (5, 0), (6, 1), (7, 1), (8, 1), (9, 0), (10, 0)),
        lines=(9, 13), all_unreclaimable=None, slab_unreclaimable_bytes=None,
    )  # fmt: skip
    dma32 = Zone(
        node=0, name="DMA32", free_bytes=14828 * KB, min_bytes=15116 * KB, low_bytes=18892 * KB, high_bytes=22668 * KB,
        present_bytes=311296 * KB, managed_bytes=304716 * KB, free_cma_bytes=64 * KB, highatomic_bytes=2048 * KB,
        lowmem_reserve_pages=(0, 0, 0, 0, 0),
        buddy=((0, 1), (1, 1), (2, 2), (3, 0), (4, 1), (5, 1), (6, 1), (7, 2), (8, 3), (9, 1), (10, 2)),
        lines=(11, 14), all_unreclaimable=None, slab_unreclaimable_bytes=None,
    )  # fmt: skip
    assert reader.buddy_page_bytes == 4096
    assert reader.info == MemInfo(
        counters_pages=(
            ("active_anon", 19), ("inactive_anon", 85295), ("isolated_anon", 0), ("active_file", 0), ("inactive_file", 0),
            ("isolated_file", 0), ("unevictable", 617), ("dirty", 0), ("writeback", 0), ("slab_reclaimable", 1814),
            ("slab_unreclaimable", 1423), ("mapped", 39), ("shmem", 7), ("pagetables", 281), ("bounce", 0), ("free", 59740),
            ("free_pcp", 43), ("free_cma", 0),
        ),
        counters_line=1,
        nodes=(
            NumaNode(
                0,
                (
                    ("active_anon", 40 * KB), ("inactive_anon", 290124 * KB), ("unevictable", 1236 * KB), ("isolated(anon)", 0),
                    ("shmem_thp", 0), ("anon_thp", 57344 * KB), ("kernel_stack", 640 * KB),
                ),
                8,
            ),
        ),
        zones=(dma, dma32),
        hugepages=(HugePages(0, 2 << 20, 96, 95, 15), HugePages(1, 1 << 30, 0, 0, 16)),
        ram_pages=163707, reserved_pages=10733, cma_reserved_pages=16384, pagecache_pages=624, swapcache_pages=446,
        swap_total_bytes=196604 * KB, swap_free_bytes=12 * KB, swap_line=21, ram_line=22, lines=(1, 26),
    )  # fmt: skip


def test_slab_and_the_allocation_profile_follow() -> None:
    info = fed("""
Unreclaimable slab info:
Name                      Used          Total
bio-128                    3KB          4KB
hugetlbfs_inode_cache          7KB          8KB
Memory allocations (profiling is currently turned on):
    1.53 GiB   392000 mm/memory.c:1041 func:folio_prealloc
     512 MiB        7 drivers/x.c:9 [mod] func:f
      16 KiB        2 mm/slub.c:1 func:g
      3.5 TiB       4 mm/slub.c:3 func:i
      100 B         1 mm/slub.c:2 func:h
     10.5k          9 mm/slub.c:4 func:j
""").info
    assert info == MemInfo(
        slabs=(Slab("bio-128", 3 * KB, 4 * KB), Slab("hugetlbfs_inode_cache", 7 * KB, 8 * KB)),
        slab_lines=(1, 4),
        allocations=(
            Allocation(1642824990, 392000, "mm/memory.c:1041 func:folio_prealloc"),  # 1.53 * 2^30
            Allocation(512 << 20, 7, "drivers/x.c:9 [mod] func:f"),
            Allocation(16 << 10, 2, "mm/slub.c:1 func:g"),
            Allocation(7 << 39, 4, "mm/slub.c:3 func:i"),
            Allocation(100, 1, "mm/slub.c:2 func:h"),
            Allocation(10752, 9, "mm/slub.c:4 func:j"),
        ),
        lines=(1, 11),
    )


def test_slab_that_cannot_be_listed_is_a_section_too() -> None:
    info = fed("excessive unreclaimable slab but cannot dump stats\nbio-128   3KB   4KB").info
    assert info == MemInfo(slabs=(Slab("bio-128", 3 * KB, 4 * KB),), slab_lines=(1, 2), lines=(1, 2))


def test_rows_without_their_heading_are_of_no_section() -> None:
    reader = MemInfoReader()
    for line in (
        "bio-128   3KB   4KB",
        "Name   Used   Total",
        "    1.53 GiB   392000 mm/memory.c:1041 func:f",
        "a name of anything",
    ):
        assert not reader.feed(line, 1)
    assert reader.info == MemInfo()
    assert reader.feed("Unreclaimable slab info:", 1)
    assert reader.info.slab_lines == (1, 1)
    assert not reader.feed("    1.53 GiB   392000 mm/memory.c:1041 func:f", 2)
    assert reader.feed("Memory allocations:", 3)
    assert not reader.feed("bio-128   3KB   4KB", 4)


def test_before_4_8_a_zone_says_whether_it_is_reclaimable_and_how_much_slab_it_has() -> None:
    text = "DMA free:15904kB min:40kB low:48kB high:60kB present:15988kB managed:15904kB slab_unreclaimable:24kB free_cma:0kB pages_scanned:17 all_unreclaimable? {}"
    (zone,) = fed(text.format("yes")).info.zones
    assert zone == Zone(
        0, "DMA", 15904 * KB, 40 * KB, 48 * KB, 60 * KB, 15988 * KB, 15904 * KB, 0, None, (), (), (1, 1), True, 24 * KB
    )
    assert fed(text.format("no")).info.zones[0].all_unreclaimable is False


def test_2_6_18_has_other_words_for_its_counters_and_its_ram() -> None:
    info = fed("""
Mem-info:
Node 1 DMA per-cpu:
cpu 0 hot: low 0, high 0, batch 1
CPU    0: hi:    0, btch:   1 usd:   0
CPU 0: Hot: hi: 186
Active:60199 inactive:60349 dirty:0
 free:1194 slab:2402
Swap cache: add 0, delete 0
Free swap  = -4kB
Total swap: 524284kB
81712 pages of RAM
4212 reserved pages
90 pages shared
0 pages High
""").info
    assert info == MemInfo(
        counters_pages=(("active", 60199), ("inactive", 60349), ("dirty", 0), ("free", 1194), ("slab", 2402)),
        counters_line=1, ram_pages=81712, reserved_pages=4212, swap_total_bytes=524284 * KB, swap_free_bytes=0,
        swap_line=10, ram_line=11, lines=(1, 14),
    )  # fmt: skip


def test_a_buddy_list_of_64_kib_pages_counts_from_its_first_size() -> None:
    reader = fed("Normal free:9kB min:1kB\nNode 0 Normal: 3*64kB (U) 2*128kB 1*65536kB = 66kB")
    assert reader.buddy_page_bytes == 65536
    assert reader.info.zones[0].buddy == ((0, 3), (1, 2), (10, 1))


def test_a_buddy_list_finds_its_zone_by_node_and_name() -> None:
    info = fed("""
Node 0 Normal free:1kB min:1kB
Node 1 Normal free:2kB min:1kB
Node 1 Movable free:3kB min:1kB
Node 1 Movable: 3*4kB = 12kB
Node 1 Normal: 2*4kB = 8kB
Node 1 Normal: 9*4kB = 36kB
Node 0 Device: 5*4kB = 20kB
""").info
    assert [(z.node, z.name, z.free_bytes, z.buddy, z.lines) for z in info.zones] == [
        (0, "Normal", 1 * KB, (), (1, 1)),
        (1, "Normal", 2 * KB, ((0, 2),), (2, 5)),
        (1, "Movable", 3 * KB, ((0, 3),), (3, 4)),
    ]


def test_the_same_line_twice_is_one() -> None:
    twice = "".join(f"{line}\n{line}\n" for line in V5_10.strip().split("\n"))
    info, once = fed(twice).info, fed(V5_10).info
    assert info._replace(
        nodes=(), zones=(), hugepages=(), lines=None, counters_line=1, swap_line=21, ram_line=22
    ) == once._replace(nodes=(), zones=(), hugepages=(), lines=None)
    assert [n._replace(line=8) for n in info.nodes] == list(once.nodes)
    assert [p._replace(line=0) for p in info.hugepages] == [p._replace(line=0) for p in once.hugepages]
    assert [z._replace(lines=(0, 0)) for z in info.zones] == [z._replace(lines=(0, 0)) for z in once.zones]


def test_two_nodes_of_the_same_numbers_are_two() -> None:
    info = fed("""
Node 0 active_anon:40kB shmem:0kB
Node 1 active_anon:40kB shmem:0kB
Node 1 active_anon:44kB shmem:0kB
Node 0 hugepages_total=1 hugepages_free=1 hugepages_surp=0 hugepages_size=2048kB
Node 1 hugepages_total=1 hugepages_free=1 hugepages_surp=0 hugepages_size=2048kB
""").info
    assert [(n.node, dict(n.counters)["active_anon"], n.line) for n in info.nodes] == [
        (0, 40 * KB, 1),
        (1, 40 * KB, 2),
        (1, 44 * KB, 3),
    ]
    assert [p.node for p in info.hugepages] == [0, 1]


def test_pieces_that_say_nothing_change_nothing() -> None:
    assert fed("lowmem_reserve[]: 0 1 2").info == MemInfo(lines=(1, 1))
    assert fed("Node 0 DMA: 0*0kB").info == MemInfo(lines=(1, 1))
    reader = MemInfoReader()
    for foreign in ("Node 0 something", "eth0: link up", "active_anon:19kB", "total pages"):
        assert not reader.feed(foreign, 1)
    assert reader.info.lines is None


def test_a_zone_line_cut_in_its_first_number_is_no_zone_without_free_pages() -> None:
    assert fed("Node 0 Normal free:12").info == MemInfo(lines=(1, 1))
    (zone,) = fed("Node 0 Normal free:12kB min:1kB low:").info.zones
    assert zone == Zone(0, "Normal", 12 * KB, 1 * KB, None, None, None, None, None, None, (), (), (1, 1), None, None)


def test_a_kernel_without_numa_names_no_node() -> None:
    (zone,) = fed("Normal free:12kB min:1kB\nNormal: 3*4kB = 12kB\nlowmem_reserve[]: 0 7").info.zones
    assert (zone.node, zone.buddy, zone.lowmem_reserve_pages, zone.lines) == (0, ((0, 3),), (0, 7), (1, 2))


def test_counters_without_their_heading() -> None:
    assert fed("active_anon:19 inactive_anon:2\n free:3").info == MemInfo(
        counters_pages=(("active_anon", 19), ("inactive_anon", 2), ("free", 3)), counters_line=1, lines=(1, 2)
    )
    assert not MemInfoReader().feed("free:19KB", 1)


def test_the_whole_block_twice_is_one() -> None:
    info, once = fed(V5_10 + V5_10.strip("\n")).info, fed(V5_10).info
    assert info._replace(lines=None, counters_line=1, swap_line=21, ram_line=22) == once._replace(lines=None)


def test_blocks_that_are_all_cmas_isolated_or_kept_for_atomic_allocations_are_held() -> None:
    info = fed("""
Normal free:12kB min:1kB
lowmem_reserve[]: 0 7
Normal: 3*4kB (C) 1*8kB (HI) 2*16kB (UC) 5*32kB 0*64kB 1*128kB (H) = 12kB
""").info
    (zone,) = info.zones
    assert zone.buddy == ((0, 3), (1, 1), (2, 2), (3, 5), (4, 0), (5, 1))
    assert zone.held_orders == (0, 1, 5)
    assert zone.lines == (1, 3)
