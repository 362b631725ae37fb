"""Kills of real programs, made on 6.18 with cgroup v1: what their reports show that those of a synthetic hog do not."""

import re
from pathlib import Path
from typing import Any

import pytest

from oomscope.api import Options, analyze
from oomscope.inputs import SideFiles
from oomscope.units import MIB

APPS = Path(__file__).resolve().parents[1] / "data" / "apps"


def workload(name: str) -> dict[str, Any]:
    (found,) = analyze([str(APPS / f"{name}.log")]).document()["workloads"]
    return found


def facts(name: str) -> dict[str, Any]:
    return dict(analyze([str(APPS / f"{name}.log")]).facts[0].values)


def test_a_buffer_pool_that_fills_is_open_between_leak_and_low_limit() -> None:
    verdict = workload("mariadb_pool")["verdict"]
    assert verdict["cause"] == "undetermined"
    assert {one["cause"] for one in verdict["ranked"][:2]} == {"leak", "low_limit"}
    assert verdict["would_settle"][0]["command"].startswith("mysql -e 'SELECT @@innodb_buffer_pool_size")
    (cap,) = [clue for clue in verdict["evidence"] if clue["group"] == "cap"]
    assert "InnoDB buffer pool" in cap["says"]


def test_a_segment_that_many_processes_map_in_pieces_is_a_segment() -> None:
    assert 0.5 < facts("pg_shared_buffers")["mapped_shmem_share"] < 0.6, "the largest of them maps half of it"
    assert workload("pg_shared_buffers")["verdict"]["cause"] == "shared_memory"


def test_a_nightly_job_is_on_a_schedule_and_no_leak() -> None:
    found = workload("xz_backup")
    assert found["verdict"]["cause"] == "low_limit"
    assert any(clue["id"] == "on-a-schedule" for clue in found["verdict"]["evidence"])
    assert found["lifetimes_seconds"] == []
    assert "cat" not in found["verdict"]["headline"]


def test_threads_that_pile_up_show_as_kernel_memory_of_one_process() -> None:
    verdict = workload("java_thread_leak")["verdict"]
    assert verdict["cause"] in ("leak", "undetermined")
    assert any(clue["id"] == "kernel-objects-of-few" for clue in verdict["evidence"])


def test_connections_of_a_database_that_goes_on_have_no_lives() -> None:
    found = facts("pg_work_mem")
    assert found["went_on"] is True
    assert "life_seconds" not in found


def test_workers_that_share_pages_of_a_fork_are_counted_by_what_is_their_own() -> None:
    found = facts("gunicorn_workers")
    assert found["anon_sum_ratio"] == pytest.approx(1.7, abs=0.02)
    assert (found["worker_comm"], found["workers_counted"]) == ("gunicorn", 31)
    shared = (found["anon_sum_bytes"] - found["anon_bytes"]) / 30
    each = found["worker_largest_bytes"] - shared
    assert 17 * MIB < each < 20 * MIB
    assert shared + found["workers_fit"] * each < found["limit_bytes"] / 1.2


@pytest.mark.parametrize("path", sorted(APPS.glob("*.log")), ids=lambda path: path.stem)
def test_no_single_kill_tells_a_leak_from_a_low_limit_by_more_than_leaning(path: Path) -> None:
    for verdict in analyze([str(path)]).verdicts:
        odds = {one.cause: one.probability for one in verdict.ranked}
        told = {clue.id for clue in verdict.evidence}
        if verdict.cause == "leak" and "survivors-grow" not in told:
            assert odds["leak"] <= 0.9


def test_raising_a_limit_is_called_a_lower_bound() -> None:
    remedies = workload("xz_backup")["verdict"]["remedies"]
    (raised,) = [one for one in remedies if one["action"].startswith("Raise the memory limit")]
    assert "to at least 356Mi" in raised["action"]
    assert raised["detail"].startswith("A lower bound")


def with_series(name: str) -> dict[str, Any]:
    side = SideFiles(metrics=(str(APPS / f"{name}.csv"),))
    found = analyze(str(APPS / f"{name}.log"), Options(side=side)).document()
    return max(found["workloads"], key=lambda one: len(one["incidents"]))["verdict"]


def clues(verdict: dict[str, Any]) -> set[str]:
    return {clue["id"] for clue in verdict["evidence"]}


def test_one_worker_far_past_the_others_is_no_pool_of_ordinary_ones() -> None:
    """Eight Python workers of 12 MiB each, one of which leaks; the kernel kills it, the master starts it anew."""
    found = facts("one_of_workers")
    assert found["siblings"] == 8
    assert found["largest_task_ahead"] == pytest.approx(6.7, abs=0.1)
    verdict = workload("one_of_workers")["verdict"]
    assert verdict["cause"] == "undetermined", "one report does not tell a leak from one large request"
    assert {"several-processes", "spread-over-tasks"}.isdisjoint(clues(verdict))


def test_a_series_tells_of_the_growth_between_kills_that_a_container_outlived() -> None:
    verdict = with_series("one_of_workers")
    assert (verdict["cause"], verdict["words"]) == ("leak", "likely")
    assert "series-rises-each-life" in clues(verdict)


def test_a_run_that_stood_at_its_limit_for_hours_before_the_kill_is_judged_by_how_it_got_there() -> None:
    """PHP adds to an array without end; the kernel gave page cache back for hours until it killed."""
    assert workload("php_leak")["verdict"]["cause"] == "undetermined", (
        "the times between kills say how long it thrashed"
    )
    verdict = with_series("php_leak")
    assert verdict["cause"] == "leak"
    assert {"series-level", "uneven-lives"}.isdisjoint(clues(verdict))


def test_a_save_that_has_copied_nearly_all_pages_is_still_known_as_a_fork() -> None:
    verdict = workload("redis_cow")["verdict"]
    assert verdict["cause"] == "low_limit"
    assert "fork-shares-pages" in clues(verdict)
    assert with_series("redis_cow")["cause"] == "undetermined"


def test_workers_that_take_a_large_request_in_turn_do_not_leak() -> None:
    found = facts("php_requests")
    assert (found["went_on"], found["growing_survivors"]) == (True, 1)
    assert found["jumped_survivors"] == 2
    verdict = workload("php_requests")["verdict"]
    assert verdict["ranked"][0]["cause"] == "low_limit"
    assert verdict["words"] != "very likely"
    assert "survivors-jump" in {clue["id"] for clue in verdict["evidence"]}


def test_the_need_of_forked_processes_is_that_of_the_kill_and_no_most() -> None:
    found = facts("gunicorn_workers")
    assert found["anon_sum_ratio"] > 1.3
    assert found["suggested_limit_m"] == "647M"
    assert found["suggested_by"] == "what its processes hold together"
    assert "the most" not in found["suggested_why"]
    assert "a lower bound if one of them was still growing" in found["suggested_why"]


def test_workers_are_counted_against_what_the_settings_ask_for(tmp_path: Path) -> None:
    told = tmp_path / "programs.txt"
    told.write_text("    PID COMMAND\n  91001 /usr/bin/python3 /usr/bin/gunicorn --workers 33 shop.wsgi\n")
    started = analyze([str(APPS / "gunicorn_workers.log")], Options(side=SideFiles(settings=(str(told),))))
    (found,) = started.document()["workloads"]
    first = found["verdict"]["remedies"][0]
    assert re.fullmatch(r"Let at most \d+ gunicorn run: its settings ask for 33", first["action"])
    assert "All that the settings ask for would hold up to" in first["detail"]


def test_a_cache_that_fills_to_the_limit_is_called_no_likely_leak() -> None:
    """Node keeps 120,000 products in an LRU cache, which would stop above the limit: nothing tells it from a leak."""
    assert workload("node_lru")["verdict"]["cause"] == "undetermined"
    verdict = with_series("node_lru")
    assert "series-rises-each-life" in clues(verdict)
    assert verdict["words"] == "leaning"
    (cap,) = [clue for clue in verdict["evidence"] if clue["group"] == "cap"]
    assert "a cache that would stop above the limit" in cap["says"]


def test_a_rise_that_slows_down_all_the_time_is_open() -> None:
    """24 threads fill malloc's arenas; without a limit the program levels off at 138 MiB."""
    verdict = with_series("malloc_arenas")
    assert verdict["cause"] == "undetermined"
    (cap,) = [clue for clue in verdict["evidence"] if clue["group"] == "cap"]
    assert cap["says"].startswith("the rise slows down all the time")


def test_the_levels_of_a_table_that_doubles_are_no_ceiling() -> None:
    """A Rust HashMap that only takes stands level for hours, and needs twice its size at once when it is full."""
    verdict = with_series("map_doubles")
    assert verdict["cause"] == "leak"
    assert {"series-level", "series-jump", "series-step"}.isdisjoint(clues(verdict))


def test_even_kills_are_no_steady_growth_where_the_series_shows_a_jump() -> None:
    """Node parses one large document, 0.9 s after a start, twice an hour."""
    assert workload("node_json")["verdict"]["words"] != "likely"
    verdict = with_series("node_json")
    assert verdict["cause"] == "low_limit"
    assert clues(verdict).isdisjoint({"two-even-lives", "even-and-long-lives"})


def test_a_process_that_locks_what_it_leaks_is_no_matter_of_locking() -> None:
    assert workload("mlockall_leak")["verdict"]["cause"] == "undetermined"
    verdict = with_series("mlockall_leak")
    assert (verdict["cause"], verdict["words"]) == ("leak", "leaning")


def test_files_that_fill_a_tmpfs_are_no_anonymous_memory_that_rises() -> None:
    """A daemon writes its log to a tmpfs; its own memory stays at 7 MiB while the usage rises in each run."""
    verdict = with_series("tmpfs_log")
    assert verdict["cause"] == "tmpfs_fill"
    assert not [clue for clue in verdict["evidence"] if "anonymous memory rises" in clue["says"]]


@pytest.mark.parametrize(
    ("flags", "first", "question"),
    [
        (
            "-XX:MaxDirectMemorySize=2g",
            "Bound what -Xmx + -XX:MaxDirectMemorySize allows together",
            "still fill the limit",
        ),
        ("-XX:MaxDirectMemorySize=32m", "Look outside the heap of java, for -Xmx bounds that at 64.0 MiB", ""),
    ],
)
def test_a_heap_that_fits_is_not_what_is_bounded_first(tmp_path: Path, flags: str, first: str, question: str) -> None:
    """Java with a heap of 64 MiB keeps direct buffers until 192 MiB are full: no heap profile shows them."""
    pids = re.findall(r"Killed process (\d+)", (APPS / "java_direct.log").read_text())
    told = tmp_path / "programs.txt"
    rows = "".join(f"  {pid} /usr/bin/java -Xmx64m {flags} -jar shop.jar\n" for pid in pids)
    told.write_text("    PID COMMAND\n" + rows)
    started = analyze([str(APPS / "java_direct.log")], Options(side=SideFiles(settings=(str(told),))))
    (found,) = started.document()["workloads"]
    verdict = found["verdict"]
    actions = [one["action"] for one in (*verdict["remedies"], *verdict["remedies_if"])]
    assert [action for action in actions if action.startswith(first)]
    assert not [action for action in actions if "heap profile" in action or "maximum heap" in action]
    assert question in " ".join(one["question"] for one in verdict["would_settle"])
