"""Secrets in quoted words are masked, and what a kernel log holds is not."""

import json
from pathlib import Path

import pytest

from oomscope.api import Options, analyze
from oomscope.inputs import SideFiles
from oomscope.masking import masked

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("password=hunter2horse", "hunter2horse"),
        ('"db_password": "hunter2horse"', "hunter2horse"),
        ("PGPASSWORD='hunter2horse' psql", "hunter2horse"),
        ("mysql --password hunter2horse -u root", "hunter2horse"),
        ("x --api-key=abcdef123456", "abcdef123456"),
        ("Authorization: Bearer abcdef.ghijkl-123456", "abcdef.ghijkl-123456"),
        ("authorization: Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA=="),
        (f"cookie {JWT}; path", JWT),
        ("key AKIAIOSFODNN7EXAMPLE used", "AKIAIOSFODNN7EXAMPLE"),
        ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "ghp_abcdefghijklmnopqrstuvwxyz0123456789"),
        ("glpat-abcdefghijklmnopqrst", "glpat-abcdefghijklmnopqrst"),
        ("xoxb-1234567890-abcdefghij", "xoxb-1234567890-abcdefghij"),
        ("postgres://app:hunter2horse@db:5432/x", "hunter2horse"),
        ("AWS_SECRET_ACCESS_KEY=abc/def+ghi", "abc/def+ghi"),
        ("client_secret: abcdefgh", "abcdefgh"),
    ],
)
def test_a_secret_is_masked_and_what_it_is_stays(text: str, secret: str) -> None:
    found = masked(text)
    assert secret not in found
    assert "***" in found
    assert masked(found) == found


@pytest.mark.parametrize(
    "text",
    [
        "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=token,mems_allowed=0,task=secret,pid=1,uid=0",
        "Memory cgroup out of memory: Killed process 7 (token-refresh) total-vm:1kB, anon-rss:1kB",
        "audit: type=1400 key=(null) auid=4294967295",
        "Task in /kubepods/pod1 killed as a result of limit of /kubepods",
        "user@host: the author asked for basic facts",
        "https://example.com/a?b=1 of root@example.com",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert masked(text) == text


def test_no_line_of_the_sample_logs_is_changed(samples: Path) -> None:
    for log in samples.glob("*.log"):
        for line in log.read_text(errors="replace").splitlines():
            assert masked(line) == line


def test_it_is_masked_in_quoted_lines_events_findings_and_notes(tmp_path: Path) -> None:
    kill = "Killed process 4711 (java) total-vm:100kB, anon-rss:50kB, file-rss:0kB, shmem-rss:0kB"
    log = tmp_path / "x.log"
    log.write_text(
        "".join(f"Nov 22 00:31:{n:02} host kernel: [{n:5}.000000] eth{n}: up\n" for n in range(9))
        + "Nov 22 00:31:10 host kernel: [   10.000000] java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
        + "Nov 22 00:31:10 host app[9]: started with password=hunter2horse\n"
        + f"Nov 22 00:31:10 host kernel: [   10.100000] Out of memory: {kill}\n"
        + f"Nov 22 00:31:11 host app[9]: token=abcdef987654 said Out of memory: {kill}\n"
    )
    events = tmp_path / "events.json"
    event = {
        "kind": "Event",
        "reason": "SystemOOM",
        "type": "Warning",
        "message": "System OOM encountered, victim process: java, pid: 4711, password=swordfish1",
        "involvedObject": {"kind": "Node", "name": "host"},
        "lastTimestamp": "2026-11-22T00:31:10Z",
    }
    events.write_text(json.dumps({"kind": "List", "items": [event]}))
    analysis = analyze(log, Options(side=SideFiles(events=(str(events),))))
    assert analysis.incidents and analysis.text_findings
    everything = analysis.html() + json.dumps(analysis.document()) + "".join(analysis.written_lines())
    raw = "".join(text for lines in analysis.raw_lines().values() for _, text in lines)
    assert "***" in everything
    for secret in ("hunter2horse", "abcdef987654", "swordfish1"):
        assert secret not in everything + raw
