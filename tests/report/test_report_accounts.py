"""What the accounts mean: one computed number per tool, and only the sentences that an incident's numbers call for."""

import itertools
from pathlib import Path

import pytest

from oomscope.api import Options, analyze
from oomscope.explain.topics import TOPICS
from oomscope.inputs import SideFiles
from oomscope.report.page.html import render_html
from oomscope.report.page.view import page

SAMPLES = Path(__file__).parents[2] / "sample_logs"
LOGS = sorted(SAMPLES.glob("*.log"))
USAGE, WORKING, RSS, CACHE = (
    "container_memory_usage_bytes", "container_memory_working_set_bytes", "container_memory_rss", "container_memory_cache",
)  # fmt: skip


def told(name: str, **side: tuple[str, ...]) -> tuple[dict, dict, dict]:
    """The first incident, its readings by tool, its sentences by topic."""
    doc = analyze([str(SAMPLES / name)], Options(side=SideFiles(**side))).document()
    incident = doc["incidents"][0]
    accounts = incident["accounts"]
    readings = {tool: r["bytes"] for r in accounts["readings"] for tool in r["tools"]}
    return incident, readings, {s["topic"]: s["text"] for s in accounts["says"]}


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.name)
def test_each_tool_has_the_number_that_it_computes(log: Path) -> None:
    for incident in analyze([str(log)]).document()["incidents"]:
        memcg, accounts = incident["memcg"], incident["accounts"]
        if memcg is None or accounts is None:
            continue
        stat = memcg["stat"]
        readings = {tool: r["bytes"] for r in accounts["readings"] for tool in r["tools"]}
        assert readings[USAGE] == memcg["usage_bytes"]
        if memcg["working_set_bytes"] is not None:
            assert readings[WORKING] == readings["docker stats"] == memcg["working_set_bytes"]
        if readings.get(RSS) is not None:
            assert readings[RSS] == stat.get("anon", stat.get("rss"))
            assert readings[CACHE] == stat.get("file", stat.get("cache"))


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.name)
def test_the_parts_add_up_to_the_usage_and_nothing_is_in_two_of_them(log: Path) -> None:
    for incident in analyze([str(log)]).document()["incidents"]:
        accounting = incident["accounting"]
        if accounting is not None:
            whole = sum(part["bytes"] for part in accounting["parts"]) + accounting["unaccounted_bytes"]
            assert whole == accounting["total_bytes"]


def cache_sentence(folder: Path, refaults: str) -> str:
    """Of a report that is half clean page cache, with this line of memory.stat."""
    log = folder / "dmesg.txt"
    log.write_text(
        "[   10.000000] sh invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
        "[   10.000001] CPU: 0 PID: 7 Comm: sh Not tainted 6.12.0-amd64 #1\n"
        "[   10.000002] memory: usage 10240kB, limit 10240kB, failcnt 5\n"
        "[   10.000003] Memory cgroup stats for /a:\n[   10.000004] anon 5242880\n[   10.000005] file 5242880\n"
        f"[   10.000006] shmem 0\n[   10.000007] file_dirty 0\n{refaults}"
        "[   10.000009] Memory cgroup out of memory: Killed process 7 (sh) total-vm:9000kB, anon-rss:5000kB, file-rss:0kB, "
        "shmem-rss:0kB, UID:0 pgtables:40kB oom_score_adj:0\n"
    )
    (incident,) = analyze([str(log)]).document()["incidents"]
    return next(s["text"] for s in incident["accounts"]["says"] if s["topic"] == "page-cache")


def test_a_report_that_does_not_say_why_the_cache_stayed_is_not_made_to(tmp_path: Path) -> None:
    assert "the report does not say what kept it" in cache_sentence(tmp_path, "")
    assert "the report does not say what kept it" in cache_sentence(
        tmp_path, "[   10.000008] workingset_refault_file 12\n"
    )


def test_pages_that_were_read_back_again_and_again_are_why_it_stayed(tmp_path: Path) -> None:
    assert "much was read back" in cache_sentence(tmp_path, "[   10.000008] workingset_refault_file 90000\n")


def test_dirty_pages_explain_why_the_working_set_was_small_at_the_kill() -> None:
    incident, readings, says = told("6.12-v2-page-cache-dirty.log")
    assert readings["docker stats"] < 0.4 * readings[USAGE]
    assert says["page-cache"].startswith("Clean page cache cannot cause a kill")
    assert says["page-cache"].endswith("56.9 MiB dirty or under writeback.")
    assert "docker stats showed 23.1 MiB" in says["working-set"]
    assert incident["memcg"]["limit_bytes"] > readings["docker stats"]


def test_tmpfs_is_cache_in_dashboards_and_outlives_the_container_of_a_pod() -> None:
    _, readings, says = told("6.1-v2-tmpfs-live.log")
    assert readings[CACHE] > 0.8 * readings[USAGE] > readings[RSS]
    assert "in a volume of the pod the container too" in says["tmpfs"]
    assert "charged to whoever touched them first" in says["tmpfs"]
    assert "stayed silent" in says["rss"]
    assert "page-cache" not in says, "tmpfs is no page cache that could be dropped"


def test_plain_anonymous_memory_needs_one_sentence() -> None:
    _, _, says = told("6.12-v2-one-kill-of-a-service.log")
    assert says == {"usage": "Usage of 300.0 MiB = anonymous memory 299.3 MiB."}


def test_v1_counts_kernel_memory_in_its_usage() -> None:
    incident, readings, says = told("5.10-v1-kernel-memory.log")
    assert incident["memcg"]["version"] == 1
    assert says["usage"].startswith("Usage of 45.8 MiB = kernel memory 39.6 MiB")
    assert readings[RSS] < 0.2 * readings[USAGE]


def test_a_full_node_is_told_by_its_watermarks_and_a_fragmented_one_too() -> None:
    _, readings, full = told("6.12-v2-node-overcommit.log")
    assert "below min" in full["watermarks"]
    assert "has no swap" in full["swap"]
    assert readings["kubectl top node"] > 50 * readings["free"]
    _, _, pieces = told("5.10-v2-fragmentation.log")
    assert pieces["watermarks"].endswith("in one zone, on one NUMA node, or in one piece.")


def test_a_kill_by_hand_lacked_nothing() -> None:
    _, _, says = told("6.12-v2-sysrq.log")
    assert says["watermarks"].endswith("nothing lacked, the kill was asked for.")


def test_the_files_of_the_cgroup_say_what_throttled_and_what_protected(tmp_path: Path) -> None:
    files = tmp_path / "cgroup.txt"
    files.write_text(
        "memory.max:314572800\nmemory.high:209715200\nmemory.min:104857600\n"
        "memory.events:high 4711\nmemory.oom_control:oom_kill_disable 1\nmemory.swappiness:0\n"
    )
    _, _, says = told("6.12-v2-one-kill-of-a-service.log", cgroups=(str(files),))
    assert "memory.high of 200.0 MiB" in says["memory.high"] and "4711 times" in says["memory.high"]
    assert "100.0 MiB were protected" in says["memory.min"]
    assert "wait instead of being killed" in says["oom_kill_disable"]
    assert "hardly ever swapped" in says["swap"]


def test_the_page_folds_the_accounts_and_keeps_them_short() -> None:
    for log in LOGS:
        analysis = analyze([str(log)])
        doc, raw = analysis.document(), analysis.raw_lines()
        incidents = [i for card in page(doc, raw).cards for i in card.incidents]
        for incident in itertools.islice(incidents, 3):
            if incident.accounts is not None:
                assert 1 <= len(incident.accounts.says) <= 6
                assert all(topic in TOPICS for topic in incident.accounts.topics.split(", "))
    written = render_html(doc, raw)
    assert "<details open" not in written


def test_the_table_stands_on_the_page_with_one_row_a_number() -> None:
    analysis = analyze([str(SAMPLES / "6.12-v2-page-cache-dirty.log")])
    written = render_html(analysis.document(), analysis.raw_lines())
    assert "What the tools showed" in written
    assert "<code>docker stats</code>" in written
    assert "usage − inactive_file" in written
    assert "<code>oomscope explain</code> usage, page-cache, working-set" in written


def test_without_counters_nothing_is_said_of_accounts() -> None:
    doc = analyze([str(SAMPLES / "6.12-v2-panic-on-oom.log")]).document()
    for incident in doc["incidents"]:
        if incident["memcg"] is None and incident["accounting"] is None:
            assert incident["accounts"] is None


def test_kubectl_is_named_only_where_the_kubelet_made_the_cgroup() -> None:
    named = {}
    for log in sorted(SAMPLES.glob("*.log")):
        for incident in analyze([str(log)]).document()["incidents"]:
            accounts = incident["accounts"]
            if accounts is not None and incident["scope"] != "node":
                tools = {tool for one in accounts["readings"] for tool in one["tools"]}
                named.setdefault(incident["workload"]["orchestrator"] == "kubernetes", set()).update(tools)
    assert "kubectl top" in named[True]
    assert not any("kubectl" in tool for tool in named[False])
