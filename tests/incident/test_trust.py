"""What counts as a kill at each level of trust; what does not is listed."""

from pathlib import Path

import pytest

from oomscope.api import Analysis, Options, analyze
from oomscope.errors import UsageError
from oomscope.incident.trust import Level, parse_level

LINE = (
    "Memory cgroup out of memory: Killed process 4711 (java) total-vm:5000kB, anon-rss:1500kB, file-rss:0kB, "
    "shmem-rss:0kB, UID:0 pgtables:40kB oom_score_adj:0"
)
DMESG = f"[  100.000002] {LINE}\n"
SYSLOG = f"Jan 21 08:42:30 pc kernel: {LINE}\n"
KMSG = f"3,99,100000002,-;{LINE}\n"
APP = f"Jan 21 08:42:30 pc myapp[7]: {LINE}\n"


def counted(tmp_path: Path, text: str, level: Level) -> Analysis:
    log = tmp_path / "x.log"
    log.write_text(text)
    return analyze([str(log)], Options(trust=level))


@pytest.mark.parametrize(
    ("text", "trust", "levels"),
    [
        (KMSG, "kernel", "kernel likely tag any"),
        (DMESG, "likely", "likely tag any"),
        (SYSLOG, "tag", "tag any"),
        (APP, "text", "any"),
    ],
    ids=["kmsg", "dmesg", "syslog", "a program's words"],
)
def test_a_kill_counts_from_its_own_level_on(tmp_path: Path, text: str, trust: str, levels: str) -> None:
    for level in ("kernel", "likely", "tag", "any"):
        found = counted(tmp_path, text, parse_level(level))
        assert len(found.incidents) == (level in levels.split()), level
        assert len(found.text_findings) == (level not in levels.split()), level
        assert all(i.event.trust == trust for i in found.incidents)


def test_an_incident_that_does_not_count_says_what_it_lacks(tmp_path: Path) -> None:
    (finding,) = counted(tmp_path, SYSLOG, "kernel").text_findings
    assert finding["reason"] == "an OOM kill of trust 'tag': --trust kernel asks for more"
    assert finding["line"] == 1


def test_another_word_is_refused_with_the_choices() -> None:
    with pytest.raises(UsageError, match="kernel, likely, tag, any"):
        parse_level("root")
