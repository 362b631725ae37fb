"""Whether a zone could have given a block: mm/page_alloc.c, __zone_watermark_ok(), worked out by hand for each era."""

import pytest
from helpers.kernel_reading import event_of
from helpers.report_text import HEAD, kill

from oomscope.kernel import OomEvent
from oomscope.kernel.derive.free_blocks import can_give_block, is_before_4_4

ZONE = "Node 0 Normal free:46800kB min:{}kB low:2328kB high:2796kB present:217000kB managed:210000kB"
# 11,700 pages free: 2,600 single ones, 4,532 pairs and 9 blocks of four
BUDDY = "Node 0 Normal: 2600*4kB (U) 4532*8kB (UM) 9*16kB (M) 0*32kB = 46800kB"
OLD, NEW = "3.10.0-1160.el7.x86_64", "4.4.0-21-generic"


def report(release: str | None, minimum: int = 1864, buddy: str = BUDDY, order: int = 2) -> OomEvent:
    cpu = [f"CPU: 1 PID: 901 Comm: nginx Not tainted {release} #1"] if release else []
    head = f"nginx invoked oom-killer: gfp_mask=0xd0, order={order}, oom_score_adj=0"
    return event_of([head, *cpu, ZONE.format(minimum), buddy, kill()])


def gives(event: OomEvent, order: int, reserve_bytes: int = 0) -> bool | None:
    assert event.mem_info is not None
    return can_give_block(event, event.mem_info.zones[0], order, reserve_bytes)


@pytest.mark.parametrize(
    ("minimum", "order", "right"),
    [
        (1864, 0, True),  # 11,700 > 466
        (46800, 0, False),  # 11,700 <= 11,700
        (46796, 0, True),
        (1864, 1, True),  # 11,699 - 2,600 = 9,099 > 233
        (1864, 2, False),  # 11,697 - 2,600 = 9,097 > 233; less 9,064 is 33, and half of 233 is 116
        (264, 2, True),  # min is 66, 33, 16: 33 > 16
        (528, 2, False),  # 132, 66, 33: 33 <= 33
        (520, 2, True),  # 130, 65, 32
        (264, 3, False),  # there is none
    ],
)
def test_before_4_4_the_smaller_orders_do_not_count_and_the_watermark_halves(
    minimum: int, order: int, right: bool
) -> None:
    assert gives(report(OLD, minimum), order) is right


def test_from_4_4_on_one_block_is_enough() -> None:
    assert gives(report(NEW), 2) is True
    assert gives(report(NEW), 3) is False


def test_a_reserve_counts_as_not_free() -> None:
    assert gives(report(OLD, 264), 2, 11_630 * 4096) is True  # 11,697 > 66 + 11,630
    assert gives(report(OLD, 264), 2, 11_631 * 4096) is False


def test_without_a_release_the_words_of_the_report_tell_the_era() -> None:
    unknown = report(None)
    assert is_before_4_4(unknown) is None
    assert gives(unknown, 2) is None  # an old kernel has none to give, a new one has
    assert gives(unknown, 1) is True  # either has
    assert gives(unknown, 3) is False
    old = "nginx invoked oom-killer: gfp_mask=0xd0, order=2, oom_adj=0"
    assert is_before_4_4(event_of([old, ZONE.format(1864), BUDDY, kill()])) is True
    assert is_before_4_4(event_of([HEAD, ZONE.format(1864), BUDDY, kill()])) is False  # names of gfp flags: 4.6


def test_a_list_that_is_lost_or_held_gives_nothing() -> None:
    assert gives(report(NEW, buddy="Node 0 Normal: 2600*4kB (U) 9*16kB (CH) = 46800kB"), 2) is False
    assert gives(event_of([HEAD, ZONE.format(1864), kill()]), 2) is None
