"""Killers that say all in one line: earlyoom, Meta's oomd, Talos, Android's two."""

from collections.abc import Callable

from oomscope.killers.other_kill import OtherKill, kill_of
from oomscope.patterns import lazy
from oomscope.read.record import Record

_COMM = r".{0,64}?"
_EARLYOOM = (
    # 1.3 on: kill.c, warn("sending %s to process %d uid %d \"%s\": badness %d, VmRSS %lld MiB\n"); 1.8 on with oom_score
    lazy(
        rf'(?:low memory! )?sending (?P<signal>SIG(?:TERM|KILL)) to process (?P<pid>\d{{1,10}})(?: uid \d{{1,10}})? "(?P<comm>{_COMM})"(?=: (?:badness|oom_score)|\s*$)'
        r"(?:: (?:badness|oom_score) (?P<score>-?\d{1,10}))?(?:.{0,80}?VmRSS:? (?P<rss>\d{1,12}) MiB)?"
    ),
    lazy(
        rf'killing process (?P<pid>\d{{1,10}}) "(?P<comm>{_COMM})" with signal (?P<signal>\d{{1,2}})'
        r"(?:: badness (?P<score>-?\d{1,10}))?(?:, VmRSS (?P<rss>\d{1,12}) MiB)?"
    ),
    lazy(
        rf"Killing process '(?P<comm>{_COMM})' with signal '?(?P<signal>[\w ]{{1,10}})'?, pid: (?P<pid>\d{{1,10}})"
        r"(?:, badness: (?P<score>-?\d{1,10}))?(?:, VmRSS: (?P<rss>\d{1,12}) MiB)?"
    ),
)
# Log::kmsgLog: pressures of 10, 60, 600 seconds, cgroup, bytes, ruleset, detectors, killer
_OOMD = lazy(
    r"oomd kill: (?P<pressure>\d{1,3}\.\d\d) \d{1,3}\.\d\d \d{1,3}\.\d\d (?P<cgroup>\S{1,4096}) +(?P<bytes>\d{1,20})(?: (?P<rest>.{0,400}))?"
)
_TALOS = lazy(r'(?:\[talos\] )?Sending SIGKILL to cgroup \{.{0,400}?"cgroup": ?"(?P<cgroup>[^"]{1,4096})"')
_ANDROID = (
    lazy(rf"(?:lowmemorykiller: )?Killing '(?P<comm>{_COMM})' \((?P<pid>\d{{1,10}})\)(?: \(tgid \d{{1,10}}\))?, adj (?P<adj>-?\d{{1,5}})"),
    lazy(rf"(?:lowmemorykiller: )?send sigkill to (?P<pid>\d{{1,10}}) \((?P<comm>{_COMM})\), (?:oom_)?adj (?P<adj>-?\d{{1,5}})"),
)  # fmt: skip
_LMKD = lazy(
    r"(?:lowmemorykiller: |lmkd: )?Kill(?:ing)? '(?P<comm>[^']{1,256})' \((?P<pid>\d{1,10})\), uid \d{1,10}, "
    r"(?:oom_score_)?adj (?P<adj>-?\d{1,5})(?P<rest>.{0,300})"
)
_CAUSE = lazy(r"reason: (.{1,200})")


def earlyoom(record: Record, text: str) -> OtherKill | None:
    """sample:: `sending SIGTERM to process 4711 uid 1000 "firefox": badness 800, VmRSS 2000 MiB`"""
    for pattern in _EARLYOOM:
        if found := pattern.match(text):
            parts = [
                f"{words} {found[key]}" for key, words in (("score", "badness"), ("rss", "VmRSS in MiB")) if found[key]
            ]
            return kill_of(
                record, "earlyoom", pids=(int(found["pid"]),), comms=(found["comm"],), processes=1,
                reason=", ".join(["available memory below its threshold", *parts]),
            )  # fmt: skip
    return None


def oomd(record: Record, text: str) -> OtherKill | None:
    """sample:: `oomd kill: 10.00 60.00 600.00 workload.slice/a.service 1048576 ruleset:[r] detectorgroup:[d] killer:k`"""
    found = _OOMD.match(text)
    if found is None:
        return None
    return kill_of(
        record,
        "oomd",
        cgroup=found["cgroup"],
        reason=f"memory pressure {found['pressure']}%, {found['rest'] or 'no ruleset named'}",
    )


def talos(record: Record, text: str) -> OtherKill | None:
    """sample:: `[talos] Sending SIGKILL to cgroup {"controller": "runtime.OOMController", "cgroup": "/sys/fs/cgroup/kubepods/..."}`"""
    found = _TALOS.match(text)
    if found is None:
        return None
    path = found["cgroup"].removeprefix("/sys/fs/cgroup")
    return kill_of(record, "talos", cgroup=path or "/", reason="memory pressure over the trigger of its OOM controller")


def android(record: Record, text: str) -> OtherKill | None:
    """sample:: `lowmemorykiller: Killing 'ndroid.browser' (4711), adj 906,`"""
    if found := _LMKD.match(text):
        cause = _CAUSE.search(found["rest"])
        return kill_of(
            record, "lmkd", pids=(int(found["pid"]),), comms=(found["comm"],), processes=1,
            reason=cause[1] if cause else f"oom_score_adj {found['adj']}",
        )  # fmt: skip
    for pattern in _ANDROID:
        if found := pattern.match(text):
            return kill_of(
                record, "lowmemorykiller", pids=(int(found["pid"]),), comms=(found["comm"],), processes=1,
                reason=f"free memory below the threshold of adj {found['adj']}",
            )  # fmt: skip
    return None


READERS: tuple[tuple[str, Callable[[Record, str], OtherKill | None]], ...] = (
    ("to process ", earlyoom),
    ("illing process ", earlyoom),
    ("oomd kill: ", oomd),
    ("SIGKILL to cgroup", talos),
    ("Kill", android),
    ("sigkill to", android),
)
"""A literal that the line holds, and who reads it then."""
