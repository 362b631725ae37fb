"""What does the flight recorder take of a core and of memory, and how much of the ring does it fill?

    python benchmarks/recorder.py [CGROUPS] [SECONDS]

Makes so many cgroups below the root of the memory controller (root only), a twentieth of which grow all the time, lets
`oomscope watch --record` run over them, and removes them. Its start and its end are taken off by a run of a second.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from oomscope.record.counters import mounted

MIB = 1 << 20
OOMSCOPE = str(Path(sys.executable).with_name("oomscope"))
GROWS = "import sys, time\nheld = []\nwhile True:\n    held.append(bytearray(1 << 20))\n    time.sleep(4)\n"
GATES = {"share of a core": 0.01, "memory in MiB": 50.0}


class Run(NamedTuple):
    cpu_seconds: float
    peak_mib: float
    ring_bytes: int


def watched(seconds: float) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "quiet.log")  # kills of others are no part of this
        log.touch()
        command = [OOMSCOPE, "watch", str(log), "--format", "jsonl", "--record", f"{folder}/ring"]
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        status = Path(f"/proc/{running.pid}/status").read_text()
        running.send_signal(signal.SIGTERM)
        _, _, used = os.wait4(running.pid, 0)
        running.returncode = 0
        peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
        ring = sum(file.stat().st_size for file in Path(folder, "ring").iterdir())
        return Run(used.ru_utime + used.ru_stime, peak, ring)


def main(count: int, seconds: float) -> bool:
    where = next(iter(mounted()), None)
    if os.geteuid() != 0 or where is None:
        raise SystemExit("needs root and a memory controller: it makes cgroups")
    root, files = where
    folders = [root / f"oomscope-recorded-{os.getpid()}-{n}" for n in range(count)]
    children = []
    try:
        for n, folder in enumerate(folders):
            folder.mkdir()
            (folder / files.limit).write_text(str(256 * MIB))
            if n % 20 == 0:
                join = f"echo $$ > {folder}/cgroup.procs; exec {sys.executable} -c '{GROWS}'"
                children.append(subprocess.Popen(["/bin/sh", "-c", join]))
        short, long = watched(1.0), watched(1.0 + seconds)
    finally:
        for child in children:
            child.kill()
            child.wait()
        for folder in folders:
            if folder.exists():
                folder.rmdir()
    found = {"share of a core": (long.cpu_seconds - short.cpu_seconds) / seconds, "memory in MiB": long.peak_mib}
    for name, value in found.items():
        print(f"{name:20} {value:8.4f}  gate {GATES[name]}{'' if value <= GATES[name] else '   TOO MUCH'}")
    print(f"ring, bytes an hour  {(long.ring_bytes - short.ring_bytes) * 3600 / seconds:8.0f}")
    return all(value <= GATES[name] for name, value in found.items())


if __name__ == "__main__":
    numbers = [float(one) for one in sys.argv[1:]]
    sys.exit(not main(int(numbers[0]) if numbers else 500, numbers[1] if len(numbers) > 1 else 120.0))
