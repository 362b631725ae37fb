"""A memory cgroup of our own with a small limit, and what the running kernel says and counts about it."""

import contextlib
import os
import secrets
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

MIB = 1 << 20
LIMIT = 64 * MIB
PATIENCE = 120.0  # seconds until a workload that grows past LIMIT must be dead, and the kernel must have said so
RATE_LIMIT_SECONDS = 5.0  # the kernel prints 10 reports in this time and leaves the others out, whoever's they are
ATTEMPTS = 8

# Joins the cgroup before it becomes the workload, so that all it ever uses is charged there.
_JOIN = 'echo $$ > "$1" && shift && exec "$@"'
_NAMED = "import time\nopen('/proc/self/comm', 'w').write('{comm}')\nheld = []\n"
_STOP = f"import os\nos.kill(os.getpid(), {signal.SIGSTOP:d})\n"


class NotHere(Exception):
    """This machine does not let the test make its cgroup or see its report. The message says what is missing."""


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

    def run(self, comm: str, program: str, stopped: bool = False) -> subprocess.Popen[bytes]:
        """Start Python code in the cgroup, as a process named `comm`; `held` is a list to keep memory in.

        Where it is `stopped`, its first line waits for SIGCONT.
        """
        code = _NAMED.format(comm=comm) + _STOP * stopped + program
        join = ["/bin/sh", "-c", _JOIN, "sh", str(self.folder / "cgroup.procs")]
        return subprocess.Popen([*join, sys.executable, "-I", "-S", "-c", code])

    def stop_at(self, process: subprocess.Popen[bytes], share: float, every: float) -> None:
        """Sample the counters until `process` uses that share of the limit, and stop it there."""
        sampled = 0.0
        while self._usage() < share * LIMIT and process.poll() is None:
            if time.monotonic() - sampled >= every:
                self._sample()
                sampled = time.monotonic()
            time.sleep(0.005)
        process.send_signal(signal.SIGSTOP)

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

    def _usage(self) -> int:
        return int((self.folder / ("memory.usage_in_bytes" if self.version == 1 else "memory.current")).read_text())

    def _sample(self) -> None:
        stat = dict(line.split() for line in (self.folder / "memory.stat").read_text().splitlines())
        anon = stat["total_rss"] if self.version == 1 else stat["anon"]
        shmem = stat.get("total_shmem", "0") if self.version == 1 else stat["shmem"]
        row = (f"{time.monotonic():.3f}", self.path, self._usage(), LIMIT, anon, shmem)
        self.samples.append(",".join(map(str, row)))


@contextlib.contextmanager
def memory_cgroup(name: str) -> Iterator[MemoryCgroup]:
    """A cgroup that holds LIMIT and no swap; gone afterwards with all that ran in it. Raises NotHere.

    No other run has one of the same path, so that the path tells our reports from everybody else's.
    """
    if os.geteuid() != 0:
        raise NotHere("only root may make a memory cgroup")
    root, version = _controller()
    folder = root / f"oomscope-{name}-{os.getpid()}-{secrets.token_hex(4)}"
    _sweep(root)
    try:
        folder.mkdir()
    except OSError as error:
        raise NotHere(f"no cgroup can be made in {root}: {error.strerror}") from error
    try:
        _limit(folder, version)
        yield MemoryCgroup(folder, version)
    finally:
        _remove(folder)


def _sweep(root: Path) -> None:
    """Remove what runs left behind that were killed themselves; one that is still in use stays."""
    for folder in root.glob("oomscope-*-*-*"):
        if not Path("/proc", folder.name.split("-")[-2]).exists():
            with contextlib.suppress(OSError):
                folder.rmdir()


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
    deadline = time.monotonic() + PATIENCE
    while True:
        for pid in filter(
            None, map(int, (folder / "cgroup.procs").read_text().split())
        ):  # 0: in no pid namespace of ours
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            return folder.rmdir()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


class KernelLog:
    """The records that the kernel adds to its log from now on, as /dev/kmsg gives them.

    They are read as they come: where many others are killed, the kernel overwrites them within seconds.
    """

    def __init__(self) -> None:
        try:
            self._handle = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        except OSError as error:
            raise NotHere(f"/dev/kmsg cannot be read: {error.strerror}") from error
        os.lseek(self._handle, 0, os.SEEK_END)
        self._records: list[bytes] = []
        self._closing = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def close(self) -> None:
        self._closing.set()
        self._reader.join()
        os.close(self._handle)

    def mark(self) -> int:
        """A point in the log, for until_kill_of."""
        return len(self._records)

    def until_kill_of(self, pid: int, since: int = 0) -> bytes:
        """Everything after `since`, up to the record that says that `pid` was killed and a moment more."""
        deadline = time.monotonic() + PATIENCE
        found = f"illed process {pid} (".encode()
        while not any(found in record for record in self._records[since:]):
            if time.monotonic() > deadline:
                raise TimeoutError(f"the kernel log says nothing about the kill of {pid}")
            time.sleep(0.05)
        time.sleep(0.1)
        return b"".join(self._records[since:])

    def until_it_prints_again(self) -> None:
        """Wait for the start of the next time in which the kernel prints reports, or until nobody uses them up."""
        deadline = time.monotonic() + RATE_LIMIT_SECONDS + 1
        time.sleep(0.5)  # time for a workload to reach the line at which it stops
        since = self.mark()
        while time.monotonic() < deadline:
            if any(b"callbacks suppressed" in record for record in self._records[since:]):
                return
            time.sleep(0.002)

    def _read(self) -> None:
        while not self._closing.is_set():
            if select.select([self._handle], [], [], 0.1)[0]:
                with contextlib.suppress(BrokenPipeError, BlockingIOError):  # overwritten before it was read
                    self._records.append(os.read(self._handle, 8192))


@dataclass(frozen=True)
class Killer:
    """Lets the kernel kill a workload of ours until it has reported one kill in full."""

    cgroup: MemoryCgroup
    log: KernelLog

    def __call__(self, comm: str, program: str, every: float = 0.05, ready: float = 0.0) -> tuple[int, bytes]:
        """The pid that was killed, and the kernel log of that time. Raises NotHere where others use up its reports.

        Where others did so once, the next workload is stopped at the share `ready` of its limit, or at its first line,
        and goes on when the kernel prints again.
        """
        for attempt in range(ATTEMPTS):
            since, sampled = self.log.mark(), len(self.cgroup.samples)
            process = self.cgroup.run(comm, program, stopped=bool(attempt) and not ready)
            if attempt:
                if ready:
                    self.cgroup.stop_at(process, ready, every)
                self.log.until_it_prints_again()
                process.send_signal(signal.SIGCONT)
            pid = self.cgroup.wait_for_kill(process, every)
            said = self.log.until_kill_of(pid, since)
            if self.cgroup.path.encode() in said:
                return pid, said
            del self.cgroup.samples[sampled:]
        raise NotHere(f"the kernel rate-limits its reports: it left out all {ATTEMPTS} of kills that were ours")
