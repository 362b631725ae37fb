"""--prometheus: a server to ask for the victims' memory series; `metrics` joins them with the kills."""

from oomscope.inputs.side_input import LOG, Asked, Option, SideInput


def _command(asked: Asked) -> str:
    names = " --kubectl" if asked.kubernetes and not asked.named else ""
    log = f"oomscope analyze {LOG}"
    if not asked.timed:  # series are joined by the time of day
        log = "journalctl -k -o json > kernel.json && oomscope analyze kernel.json"
    return f"{log} --prometheus http://prometheus:9090{names}"


PROMETHEUS = SideInput(
    options=(
        Option(
            "prometheus",
            "--prometheus",
            "Ask this Prometheus for the victims' memory series. A token goes into OOMSCOPE_PROMETHEUS_TOKEN.",
            "URL",
            "text",
        ),
    ),
    gives=("metrics",),
    command=_command,
)
