"""Who called the oom-killer, by the call trace."""

_CHARGES = ("mem_cgroup", "memcg", "try_charge")  # 2.6.29 to 6.19: all functions that charge a cgroup


def is_charge(trace: tuple[str, ...]) -> bool | None:
    """True if the charge of a cgroup called the oom-killer, False if the page allocator did, None if neither is there.

    pagefault_out_of_memory() asks mem_cgroup_oom_synchronize() first; where it calls out_of_memory() itself, no cgroup
    was at its limit.

    mem_cgroup_out_of_memory() and what calls it may be inlined; then the charge itself is the caller of
    out_of_memory(). A frame with a question mark is a leftover on the stack, unless all are marked: a kernel without
    unwinder.
    """
    frames = [frame for frame in trace if "? " not in frame] or list(trace)
    if any("mem_cgroup_out_of_memory" in frame or "mem_cgroup_oom_synchronize" in frame for frame in frames):
        return True
    killer = next((n for n, frame in enumerate(frames) if " out_of_memory" in f" {frame}"), None)
    for frame in frames[killer + 1 :] if killer is not None else ():
        if "__alloc_pages" in frame or "__alloc_frozen_pages" in frame or "pagefault_out_of_memory" in frame:
            return False
        if any(word in frame for word in _CHARGES):
            return True
    return None
