"""A memory cgroup of our own with a small limit, and what the running kernel says and counts about it."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

MIB = 1 << 20
LIMIT = 64 * MIB
PATIENCE = 40.0  # seconds until a workload that grows past LIMIT must be dead

# Joins the cgroup before it becomes the workload, so that all it ever uses is charged there.
_JOIN = 'echo $$ > "$1" && shift && exec "$@"'
_NAMED = "import time\nopen('/proc/self/comm', 'w').write('{comm}')\nheld = []\n"


class NotHere(Exception):
    """This machine does not let the test make its cgroup. The message says what is missing."""


@dataclass(frozen=True)
class MemoryCgroup:
    """One cgroup below the root of the memory controller."""

    folder: Path
    version: int
    samples: list[str] = field(default_factory=list)

    @property
    def path(self) -> str:
        """The path as the kernel prints it; in a cgroup namespace it prints more in front."""
        return f"/{self.folder.name}"

    def run(self, comm: str, program: str) -> subprocess.Popen[bytes]:
        """Start Python code in the cgroup, as a process named `comm`; `held` is a list to keep memory in."""
        code = _NAMED.format(comm=comm) + program
        join = ["/bin/sh", "-c", _JOIN, "sh", str(self.folder / "cgroup.procs")]
        return subprocess.Popen([*join, sys.executable, "-I", "-S", "-c", code])

    def wait_for_kill(self, process: subprocess.Popen[bytes], every: float = 0.05) -> int:
        """Sample the counters until the kernel has killed `process`; gives its pid."""
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None:
            if time.monotonic() > deadline:
                process.kill()
                process.wait()
                raise TimeoutError(f"{PATIENCE:g} s and nobody was killed")
            self._sample()
            time.sleep(every)
        assert process.returncode == -signal.SIGKILL, f"the workload ended by itself: {process.returncode}"
        return process.pid

    def csv(self) -> str:
        """What was sampled, as `--metrics` reads it; times by the clock of the kernel log."""
        return "\n".join(["t,cgroup,usage,limit,anon,shmem", *self.samples]) + "\n"

    def _sample(self) -> None:
        usage = "memory.usage_in_bytes" if self.version == 1 else "memory.current"
        stat = dict(line.split() for line in (self.folder / "memory.stat").read_text().splitlines())
        anon = stat["total_rss"] if self.version == 1 else stat["anon"]
        shmem = stat.get("total_shmem", "0") if self.version == 1 else stat["shmem"]
        row = (f"{time.monotonic():.3f}", self.path, (self.folder / usage).read_text().strip(), LIMIT, anon, shmem)
        self.samples.append(",".join(map(str, row)))


@contextlib.contextmanager
def memory_cgroup(name: str) -> Iterator[MemoryCgroup]:
    """A cgroup that holds LIMIT and no swap; gone afterwards with all that ran in it. Raises NotHere."""
    if os.geteuid() != 0:
        raise NotHere("only root may make a memory cgroup")
    root, version = _controller()
    folder = root / f"oomscope-{name}-{os.getpid()}"
    try:
        folder.mkdir()
    except OSError as error:
        raise NotHere(f"no cgroup can be made in {root}: {error.strerror}") from error
    try:
        _limit(folder, version)
        yield MemoryCgroup(folder, version)
    finally:
        _remove(folder)


def _controller() -> tuple[Path, int]:
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, where, kind, options, *_ = line.split()
        if kind == "cgroup" and "memory" in options.split(","):
            return Path(where), 1
        if kind == "cgroup2" and "memory" in (Path(where) / "cgroup.controllers").read_text().split():
            _delegate(Path(where))
            return Path(where), 2
    raise NotHere("no memory controller is mounted, neither of cgroup v1 nor of v2")


def _delegate(root: Path) -> None:
    control = root / "cgroup.subtree_control"
    if "memory" not in control.read_text().split():
        try:
            control.write_text("+memory")
        except OSError as error:
            raise NotHere(f"{control} does not let the memory controller be handed down: {error.strerror}") from error


def _limit(folder: Path, version: int) -> None:
    names = ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes") if version == 1 else ("memory.max",)
    try:
        for name in names:
            if (folder / name).exists():  # memsw is not there without swap accounting
                (folder / name).write_text(str(LIMIT))
        if version == 2 and (folder / "memory.swap.max").exists():
            (folder / "memory.swap.max").write_text("0")
    except OSError as error:
        raise NotHere(f"{folder} takes no limit: {error.strerror}") from error


def _remove(folder: Path) -> None:
    deadline = time.monotonic() + 10
    while True:
        for pid in (folder / "cgroup.procs").read_text().split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        try:
            return folder.rmdir()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


class KernelLog:
    """The records that the kernel adds to its log from now on, as /dev/kmsg gives them."""

    def __init__(self) -> None:
        try:
            self._handle = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        except OSError as error:
            raise NotHere(f"/dev/kmsg cannot be read: {error.strerror}") from error
        os.lseek(self._handle, 0, os.SEEK_END)

    def close(self) -> None:
        os.close(self._handle)

    def until_kill_of(self, pid: int) -> bytes:
        """Everything new, up to the record that says that `pid` was killed and a moment more."""
        seen, deadline = b"", time.monotonic() + 10
        while (found := f"illed process {pid} (".encode() in seen) or time.monotonic() < deadline:
            seen += self._new()
            if found:
                return seen
            time.sleep(0.05)
        raise TimeoutError(f"the kernel log says nothing about the kill of {pid}")

    def _new(self) -> bytes:
        records = b""
        while True:
            try:
                records += os.read(self._handle, 8192)
            except BlockingIOError:
                return records
            except BrokenPipeError:  # records were overwritten before they were read; the next read goes on
                continue
