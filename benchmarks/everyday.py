"""A seeded everyday log: one megabyte of a busy node's dmesg with five memcg OOM reports in it."""

import random
from collections.abc import Iterator

MIB = 1 << 20
_LIMIT_KB = 512 * 1024

NOISE = (
    "IPv6: ADDRCONF(NETDEV_CHANGE): veth{a:08x}: link becomes ready",
    "cni0: port {b}(veth{a:08x}) entered forwarding state",
    "device veth{a:08x} left promiscuous mode",
    'audit: type=1400 audit(1763770000.{b}:{a}): apparmor="STATUS" operation="profile_load" name="cri-{a:x}" pid={b}',
    "TCP: request_sock_TCP: Possible SYN flooding on port {b}. Sending cookies.",
    "EXT4-fs (nvme0n1p{b}): mounted filesystem with ordered data mode. Quota mode: none.",
    "perf: interrupt took too long ({a} > 2500), lowering kernel.perf_event_max_sample_rate to {b}",
)

_FRAMES = ("dump_stack_lvl+0x34/0x44", "dump_header+0x4a/0x200", "oom_kill_process.cold+0xb/0x10")
_STAT = "anon file kernel kernel_stack pagetables sec_pagetables percpu sock vmalloc shmem file_mapped file_dirty slab"


def everyday(size: int = MIB, reports: int = 5, seed: int = 2026) -> str:
    """`size` bytes, give or take a line: `reports` reports, evenly spread through a node's ordinary lines."""
    return "".join(_lines(random.Random(seed), size, reports))


def _lines(chance: random.Random, size: int, reports: int) -> Iterator[str]:
    clock, written, told = 100.0, 0, 0
    while written < size or told < reports:
        if told < reports and written >= size * (told + 1) // (reports + 1):
            block, told, clock = _report(chance, clock + 60, told), told + 1, clock + 61
        else:
            clock += chance.random()
            template = chance.choice(NOISE)
            block = f"[{clock:12.6f}] {template.format(a=chance.getrandbits(31), b=chance.randrange(1, 999))}\n"
        written += len(block)
        yield block


def _report(chance: random.Random, clock: float, number: int) -> str:
    uid = "_".join(f"{chance.getrandbits(4 * n):0{n}x}" for n in (8, 4, 4, 4, 12))
    pod = f"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{uid}.slice"
    home = f"{pod}/cri-containerd-{chance.getrandbits(256):064x}.scope"
    pids = sorted(chance.sample(range(2000, 32000), 12))
    rss = [chance.randrange(400, 4000) for _ in pids]
    rss[-1] = _LIMIT_KB // 4 - sum(rss[:-1]) - 500
    comm = ("java", "python3", "node", "postgres", "nginx")[number % 5]
    tasks = [
        f"[{pid:7d}]  1000 {pid:5d} {pages * 3:8d} {pages:8d} {pages * 8192 // 1000:8d} {0:8d} {937:13d} {comm}"
        for pid, pages in zip(pids, rss, strict=True)
    ]
    stat = {name: chance.randrange(1 << 20) for name in _STAT.split()} | {"anon": sum(rss) * 4096}
    oom_kill = (
        f"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset={home.rsplit('/', 1)[1]},mems_allowed=0,"
        f"oom_memcg={pod},task_memcg={home},task={comm},pid={pids[-1]},uid=1000"
    )
    killed = (
        f"Memory cgroup out of memory: Killed process {pids[-1]} ({comm}) total-vm:{rss[-1] * 12}kB, "
        f"anon-rss:{rss[-1] * 4}kB, file-rss:0kB, shmem-rss:0kB, UID:1000 pgtables:{rss[-1] // 100}kB oom_score_adj:937"
    )
    lines = [
        f"{comm} invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=937",
        f"CPU: 1 PID: {pids[-1]} Comm: {comm} Not tainted 6.1.0-18-amd64 #1  Debian 6.1.76-1",
        "Call Trace:",
        " <TASK>",
        *(f" {frame}" for frame in _FRAMES * 8),
        " </TASK>",
        f"memory: usage {_LIMIT_KB}kB, limit {_LIMIT_KB}kB, failcnt {chance.randrange(9999)}",
        "swap: usage 0kB, limit 0kB, failcnt 0",
        f"Memory cgroup stats for {pod}:",
        *(f"{name} {value}" for name, value in stat.items()),
        "Tasks state (memory values in pages):",
        "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
        *tasks,
        oom_kill,
        killed,
    ]
    return "".join(f"[{clock + n / 10000:12.6f}] {line}\n" for n, line in enumerate(lines))
