"""The first lines of a report: who invoked the oom-killer, on which kernel, and what its trace tells."""

import pytest

from oomscope.kernel.derive.architecture import architecture
from oomscope.kernel.sections.cpu_line import CpuLine, parse_cpu, parse_cpuset
from oomscope.kernel.sections.first_line import Head, parse_head

INVOKED = "my app invoked oom-killer: "
HEADS = [  # newest first
    ("gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=-998",
     Head("my app", "0x140cca", ("GFP_HIGHUSER_MOVABLE", "__GFP_COMP"), None, 0, None, -998), 3),
    ("gfp_mask=0x0(), order=-1, oom_score_adj=0", Head("my app", "0x0", (), None, -1, None, 0), 3),
    ("gfp_mask=0x14000c0(GFP_KERNEL), nodemask=(null),  order=3, oom_score_adj=0", Head("my app", "0x14000c0", ("GFP_KERNEL",), "(null)", 3, None, 0), 3),
    ("gfp_mask=0x24000c0(GFP_KERNEL), nodemask=0,2-3, order=0, oom_score_adj=1000", Head("my app", "0x24000c0", ("GFP_KERNEL",), "0,2-3", 0, None, 1000), 3),
    ("gfp_mask=0xd0, order=0, oom_score_adj=0", Head("my app", "0xd0", (), None, 0, None, 0), 3),
    ("gfp_mask=0x200da, order=0, oom_adj=-17, oom_score_adj=-1000", Head("my app", "0x200da", (), None, 0, -17, -1000), 3),
    ("gfp_mask=0x201da, order=0, oom_adj=15", Head("my app", "0x201da", (), None, 0, 15, None), 3),
    ("gfp_mask=0x201d2, order=0, oomkilladj=0", Head("my app", "0x201d2", (), None, 0, 0, None), 3),
    ("gfp_mask=0xd0, order=1", Head("my app", "0xd0", (), None, 1, None, None), 2),
    ("gfp_mask=0xd0", Head("my app", "0xd0", (), None, None, None, None), 1),
    ("", Head("my app", None, (), None, None, None, None), 0),
]  # fmt: skip


@pytest.mark.parametrize(("rest", "want", "goodness"), HEADS, ids=range(len(HEADS)))
def test_the_first_line_of_any_era(rest: str, want: Head, goodness: int) -> None:
    got = parse_head(INVOKED + rest)
    assert got == want
    assert got is not None
    assert got.goodness == goodness


def test_a_comm_is_no_longer_than_the_kernels() -> None:
    rest = "invoked oom-killer: gfp_mask=0xd0, order=0, oom_score_adj="
    assert parse_head("oom-killer: gfp_mask=0xd0") == Head("", "0xd0", (), None, None, None, None)  # 2.6.9
    for comm in ("fifteen_bytes_x", "x invoked y", "", "comm:4711", "fifteen_bytes_x:4711"):
        assert parse_head(f"{comm} {rest}0") == Head(comm, "0xd0", (), None, 0, None, 0)
    assert parse_head(f"sixteen_bytes_xx {rest}0") is None
    assert parse_head(f"x {rest}1001") is None
    assert parse_head(f"x {rest}-1001") is None
    assert parse_head("nginx invoked the editor") is None


def test_the_cpuset_line_up_to_4_20() -> None:
    assert parse_cpuset("my app cpuset=a b mems_allowed=0,2-3 ") == ("a b", "0,2-3")
    assert parse_cpuset("my app cpuset=/ mems_allowed=") == ("/", "")
    assert parse_cpuset("my app cpuset=/") is None


RELEASE = "6.12.107+deb13-amd64"
CPU_LINES = [
    (f"CPU: 0 UID: 33 PID: 10691 Comm: libuv worker Not tainted {RELEASE} #1 PREEMPT(lazy) ", CpuLine(10691, 33, "libuv worker", "Not tainted", RELEASE)),
    (f"CPU: 0 PID: 7 Comm: x Tainted: G    B   W  OE  {RELEASE} #1", CpuLine(7, None, "x", "Tainted: G    B   W  OE", RELEASE)),
    (f"CPU: 0 PID: 7 Comm: x Kdump: loaded Not tainted {RELEASE} #1", CpuLine(7, None, "x", "Not tainted", RELEASE)),
    ("CPU: 0 PID: 7 Comm: x Tainted: G               ------------ T 3.10.0-1062.el7.x86_64 #1", CpuLine(7, None, "x", "Tainted: G", "3.10.0-1062.el7.x86_64")),
    ("CPU: 0 PID: 7 Comm: x Not tainted syzkaller #0", CpuLine(7, None, "x", "Not tainted", "syzkaller")),
    ("Pid: 7, comm: php fpm Not tainted 2.6.32-642.el6.x86_64 #1", CpuLine(7, None, "php fpm", "Not tainted", "2.6.32-642.el6.x86_64")),
]  # fmt: skip


@pytest.mark.parametrize(("line", "want"), CPU_LINES, ids=range(len(CPU_LINES)))
def test_the_cpu_line_names_the_kernel(line: str, want: CpuLine) -> None:
    assert parse_cpu(line) == want


def test_a_cpu_line_cut_before_the_release_is_none() -> None:
    assert parse_cpu("CPU: 1 PID: 5 Comm: x Not tainted") is None


@pytest.mark.parametrize(
    ("release", "arch"),
    [
        ("6.12.107+deb13-amd64", "x86_64"), ("5.14.0-1.el9.x86_64", "x86_64"), ("6.1.0-28-arm64", "aarch64"), ("5.14.0-1.el9.aarch64", "aarch64"),
        ("3.10.0-1.el7.ppc64le", "ppc64le"), ("3.10.0-1.el7.ppc64", "ppc64"), ("5.10.0-s390x", "s390x"), ("6.5.0-riscv64", "riscv64"),
        ("6.1.0-28-armmp", "arm"), ("3.2.0-i686", "i386"),
    ],
)  # fmt: skip
def test_a_release_ends_with_the_architecture(release: str, arch: str) -> None:
    assert architecture(release, ("el0_svc+0x1/0x2",)) == arch


@pytest.mark.parametrize(
    ("trace", "arch"),
    [
        ((" <TASK>", "RIP: 0033:0x401154"), "x86_64"),
        (("EIP: 0x1",), "i386"),
        ((" el0t_64_sync+0x1/0x2",), "aarch64"),
        (("Krnl PSW : 0x1",), "s390x"),
        (("[c000000001234567] [c000000001234568] x",), "ppc64"),
        (("[<c010f1b4>] (unwind_backtrace) from [<c010f1b4>]",), "arm"),
        ((" dump_stack_lvl+0x34/0x48",), None),
        ((), None),
    ],
)
def test_without_a_suffix_the_trace_tells_by_its_dialect(trace: tuple[str, ...], arch: str | None) -> None:
    assert architecture("6.12.1", trace) == arch
    assert architecture(None, trace) == arch
