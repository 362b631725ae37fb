"""How many times the CPU of `python -c pass` does a command take?

    python benchmarks/startup.py [ROUNDS]

Every round runs each command once, in turn, so that a slow moment of the machine meets all of them; what is compared
are medians of user + system time as wait4 gives them. Ratios travel between machines, seconds do not.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from everyday import everyday

ROUNDS = 15
PASS = (sys.executable, "-c", "pass")
OOMSCOPE = str(Path(sys.executable).with_name("oomscope"))
GATES = {
    "analyze, 1 MB with 5 reports, to HTML": ((OOMSCOPE, "analyze", "everyday-1MB.log", "-o", "report.html"), 16),
    "analyze, default": ((OOMSCOPE, "analyze", "everyday-1MB.log"), 16),
    "--help": ((OOMSCOPE, "--help"), 16),
    "--version": ((OOMSCOPE, "--version"), 16),
}


def cpu_seconds(command: tuple[str, ...], folder: str) -> float:
    """User and system time of one run and of all that it waited for."""
    running = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, env=environment())
    _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        raise SystemExit(f"{' '.join(command)}: exit {running.returncode}")
    return used.ru_utime + used.ru_stime


def environment() -> dict[str, str]:
    """As a user has it: with compiled modules kept."""
    return {k: v for k, v in os.environ.items() if k not in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")}


def main(rounds: int) -> bool:
    commands = {"python -c pass": PASS, **{name: command for name, (command, _) in GATES.items()}}
    times: dict[str, list[float]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "everyday-1MB.log").write_text(everyday())
        for turn in range(rounds + 1):
            for name, command in commands.items():
                seconds = cpu_seconds(command, folder)
                if turn:  # the first turn compiles modules
                    times[name].append(seconds)
    unit = statistics.median(times["python -c pass"])
    print(f"{'python -c pass':40} {unit * 1000:7.1f} ms")
    fine = True
    for name, (_, gate) in GATES.items():
        middle = statistics.median(times[name])
        within = middle / unit <= gate
        fine &= within
        words = "" if within else "   TOO SLOW"
        print(f"{name:40} {middle * 1000:7.1f} ms  ratio {middle / unit:5.1f}  gate {gate}{words}")
    return fine


if __name__ == "__main__":
    sys.exit(not main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))
