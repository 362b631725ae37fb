"""The numbers of the remedies: each from the incident's own facts, and none where one of them is missing."""

import shlex
from pathlib import Path

import pytest

from oomscope.api import analyze
from oomscope.causes.files.load import load_bundled
from oomscope.causes.language.placeholders import fill_command
from oomscope.facts import VOCABULARY, FactTable, forecast, pods, requests, room, settings, victim_size, zones
from oomscope.facts.settings import setting
from oomscope.inputs import Side
from oomscope.inputs.memory_flags import MemoryFlag, heap_limit_bytes
from oomscope.inputs.pod_info import ContainerInfo, Match, MemoryVolume, PodInfo
from oomscope.units import GIB, MIB, parse_quantity

SAMPLES = Path(__file__).parents[2] / "sample_logs"
HOUR = 3600
ANY = analyze([str(SAMPLES / "6.12-v2-fork-many.log")]).incidents[0]  # the table alone counts


def facts_of(name: str) -> dict:
    return dict(analyze([str(SAMPLES / name)]).facts[0].values)


def counted(**values: object) -> FactTable:
    return FactTable(dict(values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name", ["6.12-v2-one-kill-of-a-service.log", "6.18-v1-low-limit-at-start.log", "6.12-v2-several-processes.log"]
)
def test_the_suggested_limit_would_have_held_with_a_fifth_or_100_mib_to_spare(name: str) -> None:
    facts = facts_of(name)
    need = facts["usage_bytes"] + (facts["swap_used_bytes"] or 0)
    enough = parse_quantity(facts["suggested_limit"])
    assert enough is not None
    assert max(need * 6 // 5, need + 100 * MIB) <= enough < max(need * 6 // 5, need + 100 * MIB) + MIB


def test_what_was_swapped_out_counts_for_the_limit_that_would_have_held() -> None:
    facts = facts_of("6.12-v2-swap-exhausted.log")
    if facts["branch"] == "memcg":
        assert parse_quantity(facts["suggested_limit"]) >= facts["usage_bytes"] + facts["swap_used_bytes"] + 100 * MIB
    else:
        assert facts.get("suggested_limit") is None


def test_a_larger_limit_buys_what_it_adds_over_the_ends_of_the_slope() -> None:
    table = counted(
        limit_bytes=GIB, suggested_limit="1536Mi", series_slope_low_bytes=64 * MIB, series_slope_high_bytes=128 * MIB
    )
    forecast.put(table, ANY, Side())
    assert table.values["raise_buys_low_seconds"] == 4 * HOUR
    assert table.values["raise_buys_high_seconds"] == 8 * HOUR


def test_a_slope_that_may_be_nothing_gives_no_upper_end() -> None:
    table = counted(
        limit_bytes=GIB, suggested_limit="1536Mi", series_slope_low_bytes=-MIB, series_slope_high_bytes=128 * MIB
    )
    forecast.put(table, ANY, Side())
    assert table.values["raise_buys_low_seconds"] == 4 * HOUR
    assert table.values.get("raise_buys_high_seconds") is None


def test_gaps_between_kills_are_no_lives_to_count_with() -> None:
    lived = counted(limit_bytes=GIB, suggested_limit="1536Mi", life_seconds=100.0, life_source="log")
    gaps = counted(limit_bytes=GIB, suggested_limit="1536Mi", life_seconds=100.0, life_source="gaps")
    for table in (lived, gaps):
        forecast.put(table, ANY, Side())
    assert lived.values["raise_buys_life_seconds"] == 50
    assert gaps.values.get("raise_buys_life_seconds") is None


def test_a_tmpfs_gets_what_the_rest_leaves_with_a_fifth_to_spare() -> None:
    table = counted(usage_bytes=120 * MIB, limit_bytes=120 * MIB, shmem_bytes=70 * MIB)
    room.put(table, ANY, None)
    assert table.values["tmpfs_room"] == "50Mi"
    full = counted(usage_bytes=120 * MIB, limit_bytes=120 * MIB, shmem_bytes=10 * MIB)
    room.put(full, ANY, None)
    assert full.values.get("tmpfs_room") is None, "there is no room at all"


def test_as_many_workers_as_fit_leave_a_fifth_to_spare() -> None:
    facts = facts_of("6.12-v2-fork-many.log")
    each = min(facts["same_comm_share"] * facts["usage_bytes"], facts["usage_bytes"]) / facts["same_comm_tasks"]
    assert 1 <= facts["workers_fit"] < facts["same_comm_tasks"]
    assert facts["workers_fit"] * each <= facts["limit_bytes"] / 1.2
    assert facts["same_comm"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("-Xmx", "2g", "-Xmx768m"),
        ("-XX:MaxHeapSize", "2g", "-XX:MaxHeapSize=768m"),
        ("-XX:MaxRAMPercentage", "95", "-Xmx768m"),
        ("--max-old-space-size", "2048", "--max-old-space-size=768"),
        ("GOMEMLIMIT", "2GiB", "GOMEMLIMIT=921MiB"),
    ],
)
def test_the_heap_flag_is_written_as_its_runtime_reads_it(name: str, value: str, said: str) -> None:
    flag = MemoryFlag(name, value, "args")
    assert setting(flag, GIB) == said
    option, _, figure = said.partition("=") if "=" in said else ("-Xmx", "", said.removeprefix("-Xmx"))
    read = heap_limit_bytes([MemoryFlag(option, figure, "args")], GIB)
    assert read is not None and 0.74 * GIB <= read <= 0.9 * GIB


def test_the_volume_and_the_last_heap_flag_of_the_pod_are_named() -> None:
    flags = (MemoryFlag("--workers", "4", "args"), MemoryFlag("-Xmx", "1g", "args"), MemoryFlag("-Xmx", "2g", "E"))
    container = ContainerInfo("app", memory_flags=flags)
    volumes = (MemoryVolume("unused"), MemoryVolume("scratch", None, ("app",)))
    pod = PodInfo("u", "shop", "cart", memory_volumes=volumes, containers=(container,))
    table = counted(limit_bytes=GIB)
    side = Side(matches={ANY.id: Match(pod, container, "pod uid")})
    pods.put(table, ANY, side)
    settings.put(table, ANY, side)
    assert table.values["memory_volume"] == "scratch"
    assert (table.values["heap_flag"], table.values["heap_setting"]) == ("-Xmx", "-Xmx768m")


def test_the_node_is_told_what_its_daemons_and_its_largest_workload_held() -> None:
    facts = facts_of("6.12-v2-hugetlb.log")
    assert isinstance(facts["hugepages_used"], int)
    assert facts["min_free_kbytes_twice"] == pytest.approx(2 * facts["min_free_kbytes"], abs=1)
    crowd = facts_of("6.12-v2-node-overcommit.log")
    assert crowd["largest_group_bytes"] == pytest.approx(crowd["largest_group_of_ram"] * crowd["ram_bytes"], rel=1e-3)
    assert parse_quantity(crowd["largest_group_quantity"]) >= crowd["largest_group_bytes"]


def test_what_cannot_be_computed_stays_unknown() -> None:
    facts = facts_of("6.12-v2-tmpfs-live-kmsg.log")
    assert facts.get("hugepages_used") is None
    assert facts.get("heap_setting") is None
    assert facts.get("raise_buys_low_seconds") is None


# --- commands ---

HOSTILE = (
    "$(reboot)",
    "x;reboot",
    "';reboot;'",
    '";reboot;"',
    "`id`",
    "a b",
    "-rf",
    "a\nreboot",
    "\\",
    "&reboot",
    "x>y",
)


def _structure(command: str) -> list[str]:
    """Everything but plain words: what a shell acts on."""
    tokens = shlex.shlex(command, posix=True, punctuation_chars=True)
    return [token for token in tokens if set(token) <= set("();<>|&")]


def _commands() -> list[tuple[str, str]]:
    return [
        (f"{cause.file}: {rule.command.text}", rule.command.text)
        for cause in load_bundled(VOCABULARY)
        for rule in (*cause.remedies, *cause.settle)
        if rule.command is not None
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_changes_what_a_command_of_any_cause_does(name: str) -> None:
    plain = {fact: "plain" if spec.kind == "text" else 1 for fact, spec in VOCABULARY.items()}
    texts = [fact for fact, spec in VOCABULARY.items() if spec.unit == "text"]  # a command is never out of a log
    for cause in load_bundled(VOCABULARY):
        for rule in (*cause.remedies, *cause.settle):
            if rule.command is None:
                continue
            benign = fill_command(rule.command.template, plain)
            typed = fill_command(rule.command.template, {**plain, **dict.fromkeys(texts, name)})
            if (
                benign is None or typed is None
            ):  # a figure is missing, or the name cannot be quoted: no command is shown
                continue
            assert _structure(typed) == _structure(benign), cause.file
            words, meant = shlex.split(typed), shlex.split(benign)
            assert len(words) == len(meant), f"{cause.file}: {typed}"
            for word, wanted in zip(words, meant, strict=True):
                assert not word.startswith("-") or wanted.startswith("-"), f"{cause.file}: {typed}"


def test_a_figure_in_a_command_is_a_quantity_without_blanks() -> None:
    numbers = {
        fact: 3 * MIB + 1 if spec.unit == "bytes" else "plain" if spec.kind == "text" else 1
        for fact, spec in VOCABULARY.items()
    }
    for where, _ in _commands():
        assert " MiB" not in where
    for cause in load_bundled(VOCABULARY):
        for rule in cause.remedies:
            if rule.command is not None:
                assert "MiB" not in (fill_command(rule.command.template, numbers) or "")


def test_every_number_of_the_remedies_is_used_by_one() -> None:
    texts = "\n".join(
        part.text
        for cause in load_bundled(VOCABULARY)
        for rule in cause.remedies
        for part in (rule.when, rule.action, rule.detail, rule.command)
        if part is not None
    )
    of_zones = (fact for fact in zones.FACTS if "min_free" in fact.name or "hugepages" in fact.name)
    counted_with = (*forecast.FACTS, *room.FACTS, *requests.FACTS, *victim_size.FACTS, *of_zones)
    unused = [fact.name for fact in counted_with if fact.name not in texts]
    assert unused == []
