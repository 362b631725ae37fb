"""Killers that are not the kernel, in their own words; none of it counts as a kernel kill."""

import io

import pytest
from helpers.whole_reading import read_whole

from oomscope import killers
from oomscope.kernel import BRIDGES, MARKERS, assemble
from oomscope.killers import Killed, KillerWatch
from oomscope.read import ReadOptions

UNIT = "/user.slice/user-1000.slice/user@1000.service/app.slice/app-browser.scope"


def killed(text: str) -> Killed:
    (reading,) = read_whole(
        "-",
        (*MARKERS, *killers.MARKERS),
        options=ReadOptions(bridges=BRIDGES, now=1_795_000_000.0),
        stdin=io.BytesIO(text.encode()),
    )
    assert not assemble(reading.records).events
    watch = KillerWatch()
    watch.look("\n".join(record.text for record in reading.records).encode(), reading.records)
    return watch.found()


ONE_LINE = [
    ("Feb 16 13:58:29 pc earlyoom[12]: sending SIGTERM to process 4711 uid 1000 \"fire\" fox\": badness 800, VmRSS 2000 MiB", "earlyoom", 4711, 'fire" fox'),
    ("Feb 16 13:58:29 pc earlyoom[12]: sending SIGKILL to process 4711 uid 1000 \"java\": oom_score 900, oom_score_adj 300, VmRSS 2000 MiB, cmdline \"java -jar\"", "earlyoom", 4711, "java"),
    ("Feb 16 13:58:29 pc earlyoom[12]: killing process 4711 \"bash\" with signal 15: badness 550, VmRSS 7609 MiB", "earlyoom", 4711, "bash"),
    ("Feb 16 13:58:29 pc earlyoom[12]: Killing process 'tail' with signal 15, pid: 4711, badness: 997, VmRSS: 4278 MiB", "earlyoom", 4711, "tail"),
    ("[    1.978171] earlyoom[40149]: low memory! sending SIGTERM to process 313 uid 1000 \"firefox\": badness 800, VmRSS 2000 MiB", "earlyoom", 313, "firefox"),
    ("[    1.000000] lowmemorykiller: Killing 'ndroid.browser' (4711), adj 906,", "lowmemorykiller", 4711, "ndroid.browser"),
    ("[    1.000000] send sigkill to 4711 (ndroid.browser), adj 15, size 3400", "lowmemorykiller", 4711, "ndroid.browser"),
    ("[    1.000000] lowmemorykiller: Kill 'com.example.app' (4711), uid 10101, oom_score_adj 900 to free 51200kB rss, 0kB swap; reason: low watermark is breached", "lmkd", 4711, "com.example.app"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "killer", "pid", "comm"), ONE_LINE, ids=range(len(ONE_LINE)))
def test_a_killer_that_says_all_in_one_line(line: str, killer: str, pid: int, comm: str) -> None:
    (kill,) = killed(line + "\n").kills
    assert (kill.killer, kill.pids, kill.comms, kill.attempted_only) == (killer, (pid,), (comm,), False)


def test_oomd_names_the_cgroup_and_the_pressure() -> None:
    (kill,) = killed(
        "[    9.000000] oomd kill: 10.00 60.00 600.00 workload.slice/a.service 1999 ruleset:[r] detectorgroup:[d] killer:k\n"
    ).kills
    assert (kill.killer, kill.cgroup) == ("oomd", "workload.slice/a.service")
    assert kill.reason is not None
    assert kill.reason.startswith("memory pressure 10.00%")


def test_talos_kills_a_pod() -> None:
    (kill,) = killed(
        'node: user: warning: [2026-08-11T17:20:38Z]: [talos] Sending SIGKILL to cgroup {"component": "controller-runtime", "controller": "runtime.OOMController", "cgroup": "/sys/fs/cgroup/kubepods/burstable/podc11937f9"}\n'
    ).kills
    assert (kill.killer, kill.cgroup) == ("talos", "/kubepods/burstable/podc11937f9")


def test_the_kubelet_evicts_a_pod() -> None:
    (kill,) = killed(
        "Jan 21 08:42:30 node kubelet[7]: I0121 08:42:30.1 7 eviction_manager.go:400] eviction manager: pods web-7d4b9_shop(ceb06323) evicted, waiting for pod to be cleaned up\n"
    ).kills
    assert kill.killer == "kubelet"
    assert kill.reason == "node-pressure eviction of web-7d4b9_shop(ceb06323)"


def test_systemd_oomd_is_one_act_in_several_lines() -> None:
    log = f"""Jan 21 08:42:30 pc systemd-oomd[9]: Memory pressure for /user.slice is 85.03% > 80.00% for > 2s with reclaim activity
Jan 21 08:42:30 pc systemd-oomd[9]: oomd attempting to kill 4711 with KILL
Jan 21 08:42:30 pc systemd-oomd[9]: oomd attempting to kill 4712 with KILL
Jan 21 08:42:30 pc systemd-oomd[9]: Killed {UNIT} due to memory pressure for /user.slice being 85.03% > 80.00% for > 2s with reclaim activity
Jan 21 08:42:31 pc systemd[1]: app-browser.scope: systemd-oomd killed 12 process(es) in this unit.
"""
    (kill,) = killed(log).kills
    assert (kill.pids, kill.cgroup, kill.processes, kill.attempted_only) == ((4711, 4712), UNIT, 12, False)
    assert kill.reason == "memory pressure of /user.slice 85.03% > 80.00% for > 2s"
    assert (kill.line, kill.last_line) == (2, 5)


def test_systemd_oomd_for_want_of_swap() -> None:
    (kill,) = killed(
        f"Jan 21 08:42:30 pc systemd-oomd[9]: Marked {UNIT} for killing due to memory used (16309) / total (16384) and swap used (999) / total (1000) being more than 90.00%\n"
    ).kills
    assert kill.cgroup == UNIT
    assert kill.reason is not None
    assert "swap used 999 of 1000" in kill.reason


@pytest.mark.parametrize(
    "end",
    [
        "",
        "Jan 21 08:42:30 pc systemd-oomd[9]: Failed to kill any cgroup(s) under /a based on pressure: No such device\n",
    ],
)
def test_an_attempt_is_no_kill(end: str) -> None:
    (kill,) = killed("Jan 21 08:42:30 pc systemd-oomd[9]: oomd attempting to kill 4711 with KILL\n" + end).kills
    assert kill.attempted_only
    assert kill.pids == (4711,)


def test_a_second_signal_to_the_same_process_is_the_same_kill() -> None:
    first = 'Feb 16 13:58:29 pc earlyoom[12]: sending SIGTERM to process 4711 uid 0 "a": badness 8, VmRSS 2 MiB\n'
    (kill,) = killed(first + first.replace("SIGTERM", "SIGKILL").replace(":29", ":30")).kills
    assert (kill.line, kill.last_line) == (1, 2)


def test_earlyooms_kill_that_failed() -> None:
    first = 'Feb 16 13:58:29 pc earlyoom[12]: sending SIGTERM to process 4711 uid 0 "a": badness 8, VmRSS 2 MiB\n'
    (kill,) = killed(first + "Feb 16 13:58:39 pc earlyoom[12]: kill failed: Timer expired\n").kills
    assert kill.attempted_only


WITNESSES = [
    ("systemd[1]: nginx.service: A process of this unit has been killed by the OOM killer.", "unit-oom-killed", "nginx.service"),
    ("systemd[1]: nginx.service: Failed with result 'oom-kill'.", "unit-result-oom-kill", "nginx.service"),
    ('containerd[9]: time="2026-01-21T08:42:30Z" level=info msg="TaskOOM event container_id:\\"9192cb33411ff69d\\""', "task-oom", None),
    ('kubelet[9]: I0121 event.go:1] Event occurred reason="SystemOOM" message="System OOM encountered, victim process: java, pid: 4711"', "system-oom", None),
]  # fmt: skip


@pytest.mark.parametrize(("line", "kind", "unit"), WITNESSES, ids=[w[1] for w in WITNESSES])
def test_a_witness_of_the_kernels_kill_is_not_another_kill(line: str, kind: str, unit: str | None) -> None:
    found = killed(f"Jan 21 08:42:30 pc {line}\n")
    assert not found.kills
    assert [(c.kind, c.unit) for c in found.corroborations] == [(kind, unit)]


def test_a_witness_names_what_it_knows() -> None:
    task, system = (killed(f"Jan 21 08:42:30 pc {WITNESSES[n][0]}\n").corroborations[0] for n in (2, 3))
    assert task.container == "9192cb33411ff69d"
    assert (system.comm, system.pid) == ("java", 4711)


NOHANG = """Jan 21 08:42:30 pc nohang[9]: TOP printed in 0ms; process with highest badness:
Jan 21 08:42:30 pc nohang[9]:   PID: 4711, name: tail, badness: 1286
Jan 21 08:42:30 pc nohang[9]: Recheck memory levels...
Jan 21 08:42:30 pc nohang[9]: Implementing a corrective action:
Jan 21 08:42:30 pc nohang[9]:   Sending SIGTERM to the victim
"""


def test_nohang_names_its_victim_before_it_sends_the_signal() -> None:
    (kill,) = killed(NOHANG).kills
    assert (kill.killer, kill.pids, kill.comms, kill.attempted_only) == ("nohang", (4711,), ("tail",), False)
    assert (kill.line, kill.last_line) == (2, 5)


def test_nohang_kills_whom_its_first_signal_did_not_end() -> None:
    later = NOHANG.replace("08:42:30", "08:42:33").replace("SIGTERM", "SIGKILL")
    cached = "Jan 21 08:42:33 pc nohang[9]: New victim is cached victim 4711 (tail)\n"
    (kill,) = killed(NOHANG + cached + later.split("\n", 2)[2]).kills
    assert (kill.pids, kill.last_line) == ((4711,), 9)


def test_a_signal_that_nohang_could_not_send_kills_nobody() -> None:
    refused = "Jan 21 08:42:30 pc nohang[9]: Cannot send a signal: ProcessLookupError\n"
    (kill,) = killed(NOHANG + refused).kills
    assert kill.attempted_only


def test_a_signal_without_a_choice_names_nobody() -> None:
    (kill,) = killed(NOHANG.split("\n", 3)[3]).kills
    assert (kill.killer, kill.pids) == ("nohang", ())


def evicted(resource: str | None, *, old: bool = False) -> list[str | None]:
    """The reasons of what the kubelet evicted, which named this resource before."""
    at = "Nov 10 10:00:0{} n1 kubelet[900]: I1110 10:00:01.000001     900 eviction_manager.go:350] "
    must, gone = (
        '"Eviction manager: must evict pod(s) to reclaim" resourceName="{}"',
        '"Eviction manager: pods evicted, waiting for pod to be cleaned up" pods=["shop/db-0"]',
    )
    if old:
        must, gone = (
            "eviction manager: must evict pod(s) to reclaim {}",
            "eviction manager: pods db-0_shop(ceb06323) evicted, waiting for pod to be cleaned up",
        )
    lines = [at.format(1) + must.format(resource)] if resource else []
    one = ['"Eviction manager: pod is evicted successfully" pod="shop/db-0"'] if not old else []
    return [
        kill.reason
        for kill in killed("\n".join([*lines, *(at.format(2) + text for text in [*one, gone])]) + "\n").kills
    ]


@pytest.mark.parametrize("resource", ["ephemeral-storage", "nodefs", "imagefs", "inodes", "pids"])
@pytest.mark.parametrize("old", [False, True])
def test_an_eviction_for_another_resource_than_memory_is_no_kill(resource: str, *, old: bool) -> None:
    assert evicted(resource, old=old) == []


@pytest.mark.parametrize("resource", ["memory", None])
@pytest.mark.parametrize("old", [False, True])
def test_an_eviction_for_memory_counts_once(resource: str | None, *, old: bool) -> None:
    (reason,) = evicted(resource, old=old)
    assert reason is not None
    assert "db-0" in reason


LMK = "lowmemorykiller: Killing 'viewer' (217), adj 900,"


@pytest.mark.parametrize(
    ("line", "trust"),
    [
        (f"6,230,533604004,-;{LMK}\\x0a   to free 27320kB on behalf of 'kswapd0' (47) because\n", "kernel"),
        (f"[    1.000000] {LMK}\n", "likely"),
        (f"Jan 21 08:42:30 phone kernel: [    1.000000] {LMK}\n", "tag"),
        (f"14,230,533604004,-;{LMK}\n", "text"),
        (f"Jan 21 08:42:30 phone app[7]: {LMK}\n", "text"),
    ],
)
def test_the_kernels_lowmemorykiller_is_believed_like_its_record(line: str, trust: str) -> None:
    assert [kill.trust for kill in killed(line).kills] == [trust]


EVENTS = [
    ("Warning OOMKilling Memory cgroup out of memory: Kill process 4170 (stress) score 1994 or sacrifice child", "kubernetes-event", 4170),
    ("  Warning  OOMKilling  5m    kernel-monitor  Memory cgroup out of memory: Killed process 4170 (stress) total-vm:9kB", "kubernetes-event", 4170),
    ("4m          Warning   SystemOOM   node/n1       System OOM encountered, victim process: java, pid: 4170", "system-oom", 4170),
    ("      Reason:       OOMKilled", "pod-status", None),
    ("web-1   0/1     OOMKilled   3          5m", "pod-status", None),
    ('                "reason": "OOMKilled",', "pod-status", None),
]  # fmt: skip


@pytest.mark.parametrize(("line", "kind", "pid"), EVENTS)
def test_events_and_statuses_of_kubernetes_are_witnesses(line: str, kind: str, pid: int | None) -> None:
    found = killed(f"Events:\n{line}\n")
    assert not found.kills
    assert [(one.kind, one.pid) for one in found.corroborations] == [(kind, pid)]


@pytest.mark.parametrize("line", ['"OOMKilled": false', "we saw OOMKilled last week", "OOMKilled=true"])
def test_a_word_is_no_status(line: str) -> None:
    assert not killed(f"{line}\n").corroborations
