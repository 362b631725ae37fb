"""Somebody else on the same kernel: `python tests/live/neighbour.py [PAUSE]` has one process after another OOM-killed.

Runs until it is terminated, in a memory cgroup of its own that is gone afterwards. PAUSE are the seconds from one kill
to the next start. Each pid is printed.
"""

import signal
import sys
import time

from live_cgroup import MIB, memory_cgroup

COMM = "neighbour"
PROGRAM = f"held.append(bytearray({256 * MIB}))\n"


def main(pause: float) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with memory_cgroup(COMM) as cgroup:
        while True:
            pid = cgroup.wait_for_kill(cgroup.run(COMM, PROGRAM), every=0.01)
            sys.stdout.write(f"{pid}\n")
            sys.stdout.flush()
            time.sleep(pause)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 0.0)
