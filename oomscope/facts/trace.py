"""Facts of the call trace: what the task was doing when it asked for memory."""

from oomscope.fact import Fact, declared
from oomscope.facts.table import FactTable
from oomscope.facts.task_rows import TaskRows
from oomscope.facts.topic import OwnTopic
from oomscope.incident.incident import Incident

FACTS = declared(
    "trace",
    Fact("trace_fork", "truth", "the call trace passes through the creation of a process", "kernel/fork.c"),
    Fact("trace_shmem", "truth", "the call trace passes through shmem (tmpfs or shared memory)", "mm/shmem.c"),
    Fact("trace_write", "truth", "the call trace passes through a write to a file", "mm/filemap.c"),
    Fact("trace_kernel_object", "truth", "the call trace charges a kernel object: a slab, a socket, a pipe", "mm/memcontrol.c"),
    Fact("trace_limit_write", "truth", "the kill came while somebody wrote a lower limit: the trace is in the write of memory.max", "mm/memcontrol.c", once_is_enough=True),
)  # fmt: skip

_FUNCTIONS = {
    "trace_fork": ("copy_process", "kernel_clone", "do_fork", "dup_mm", "dup_task_struct"),
    "trace_shmem": ("shmem_", "do_shared_fault"),
    "trace_write": (
        "generic_perform_write",
        "vfs_write",
        "ksys_write",
        "iomap_file_buffered_write",
        "ext4_da_write_begin",
        "grab_cache_page",
    ),
    "trace_kernel_object": (
        "obj_cgroup_charge",
        "kmem_cache_alloc",
        "__kmalloc",
        "mem_cgroup_charge_skmem",
        "alloc_slab",
        "memcg_slab",
        "pipe_write",
        "__alloc_skb",
    ),
    "trace_limit_write": ("memory_max_write", "mem_cgroup_resize_max", "mem_cgroup_resize_limit", "mem_cgroup_write"),
}
"""Parts of the names of kernel functions, by the fact that they make true."""

_USER_MODE = "\nRIP: 0033"  # what follows are the registers of the program, half of the text


def put(table: FactTable, incident: Incident, rows: TaskRows | None) -> None:
    """Put which paths through the kernel the trace shows."""
    trace = incident.event.trace
    if not trace:
        return
    text = "\n".join(trace).partition(_USER_MODE)[0]
    for name, functions in _FUNCTIONS.items():
        found = False
        for function in functions:
            if function in text and _is_called(function, trace):
                found = True
                break
        table.put(name, found)


def _is_called(function: str, trace: tuple[str, ...]) -> bool:
    """True if a line holds the function; lines with `?` are left-overs on the stack and do not count."""
    return any(function in line for line in trace if "?" not in line)


TOPIC = OwnTopic(FACTS, put)
