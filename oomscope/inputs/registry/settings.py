"""--settings: how programs were started, outside Kubernetes: the sizes and counts of their command lines."""

from typing import TYPE_CHECKING

from oomscope.inputs.side_input import LOG, NOTHING, Findings, Known, Option, SideInput

if TYPE_CHECKING:
    from oomscope.fact import Fact
    from oomscope.inputs.side_files import SideFiles


def _tell(files: "SideFiles", known: Known) -> Findings:
    if not files.files("settings"):
        return NOTHING
    from oomscope.inputs.program_settings import read_settings, settings_of

    started = [one for path in files.files("settings") for one in read_settings(path)]
    return settings_of(started, known.incidents)


def _facts() -> "tuple[Fact, ...]":
    from oomscope.inputs.program_settings import FACTS

    return FACTS


SETTINGS = SideInput(
    options=(
        Option(
            "settings",
            "--settings",
            "How programs were started: output of docker inspect, systemctl cat or ps -eo pid,args, or a copy of /proc/PID/cmdline. Repeatable.",
            "FILE",
        ),
    ),
    gives=("settings",),
    origin_words="the settings that its program was started with",
    title="The settings that its program was started with (--settings)",
    command=lambda asked: f"ps -eo pid,args > programs.txt && oomscope analyze {LOG} --settings programs.txt",
    tell=_tell,
    facts=_facts,
)
