"""What cannot be read is said: no input ends as one without a kill because a part of it was passed over."""

import json
from pathlib import Path

import pytest

from oomscope.api import Analysis, analyze
from oomscope.read.files.windows import CHUNK

KILL = "Out of memory: Killed process 4711 (java) total-vm:100kB, anon-rss:50kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0"
KERNEL = {"_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "kernel", "SYSLOG_FACILITY": "0"}


def found(tmp_path: Path, data: str | bytes, name: str = "x.log") -> Analysis:
    log = tmp_path / name
    log.write_bytes(data.encode() if isinstance(data, str) else data)
    return analyze(log)


def codes(analysis: Analysis) -> set[str]:
    return {warning.code for one in analysis.inputs for warning in one.warnings}


def pids(analysis: Analysis) -> list[int]:
    return [victim.pid for incident in analysis.incidents for victim in incident.event.victims]


def journal(count: int, kill_at: int) -> list[str]:
    texts = (KILL if n == kill_at else f"eth{n}: link up" for n in range(count))
    return [
        json.dumps({"__CURSOR": f"s={n}", "__REALTIME_TIMESTAMP": str(10**15 + n), "MESSAGE": text, **KERNEL})
        for n, text in enumerate(texts)
    ]


@pytest.mark.parametrize("junk", [1, 3])
@pytest.mark.parametrize("size", [70_000, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_long_lines_before_a_journal_hide_nothing(tmp_path: Path, junk: int, size: int) -> None:
    analysis = found(tmp_path, ("x" * size + "\n") * junk + "\n".join(journal(120, 60)) + "\n")
    assert pids(analysis) == [4711]
    assert analysis.incidents[0].event.trust == "kernel"
    assert analysis.incidents[0].event.lines == (61 + junk, 61 + junk)
    assert "line-too-long" in codes(analysis) or size < CHUNK


@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize("kill_at", [0, 1_500, 2_999])
def test_an_array_on_one_line_is_read_to_its_end(tmp_path: Path, kill_at: int, end: str) -> None:
    data = "[" + ",".join(journal(3_000, kill_at)) + "]" + end
    assert len(data) > 2 * CHUNK
    analysis = found(tmp_path, data)
    assert pids(analysis) == [4711]
    assert codes(analysis) == set()
    assert analysis.inputs[0].lines == 1
    analysis.html()


def test_a_character_is_not_cut_in_two_between_windows(tmp_path: Path) -> None:
    rows = [json.dumps({"MESSAGE": "ä€😀" * 50, **KERNEL}, ensure_ascii=False) for _ in range(3_000)]
    text = KILL.replace("java", "jäva€")
    rows = [row for one in rows for row in (one, json.dumps({"MESSAGE": text, **KERNEL}, ensure_ascii=False))]
    comms = {v.comm for i in found(tmp_path, "[" + ",".join(rows) + "]").incidents for v in i.event.victims}
    assert comms == {"jäva€"}


def test_a_cut_line_is_said_wherever_it_stands(tmp_path: Path) -> None:
    rows = [f"[{n:5}.000000] usb 1-1: device {n}" for n in range(500)]
    rows[200] = "[  200.000000] " + "z" * 100_000 + KILL
    analysis = found(tmp_path, "\n".join(rows) + "\n")
    assert [w.line for w in analysis.inputs[0].not_read if w.code == "line-too-long"] == [201]


@pytest.mark.parametrize("others", [0, 60])
def test_objects_without_a_message_are_counted(tmp_path: Path, others: int) -> None:
    rows = [json.dumps({"n": n, "body": {"texts": ["x", KILL]}}) for n in range(3)]
    analysis = found(tmp_path, "\n".join(journal(others, 0) + rows) + "\n")
    (warning,) = [w for w in analysis.inputs[0].warnings if w.code == "objects-passed-over"]
    assert warning.message.startswith("3 JSON objects hold the kernel's words")
    assert warning.line == others + 1


def test_objects_that_say_nothing_of_the_kernel_are_no_news(tmp_path: Path) -> None:
    rows = [json.dumps({"n": n, "room": "zoom"}) for n in range(3)]
    assert codes(found(tmp_path, "\n".join(journal(60, 5) + rows) + "\n")) == set()


@pytest.mark.parametrize("encoding", ["utf-32-le", "utf-32-be", "utf-32", "utf-16-le", "utf-16"])
def test_wide_text_is_read_with_a_mark_and_without(tmp_path: Path, encoding: str) -> None:
    assert pids(found(tmp_path, f"[    2.000000] {KILL}\n".encode(encoding))) == [4711]


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"7z\xbc\xaf\x27\x1c" + bytes(range(200)), "7z archive"),
        (b"Rar!\x1a\x07\x01" + bytes(range(200)), "RAR archive"),
        (b"\x04\x22\x4d\x18" + bytes(range(200)), "lz4 -d"),
        (b"-----BEGIN PGP MESSAGE-----\n\nhQEMA7\n", "decrypt it first"),
        (b"Salted__" + bytes(range(200)), "openssl"),
        (b"KDUMP   " + bytes(range(200)), "makedumpfile --dump-dmesg"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(200)), "image"),
    ],
)
def test_what_is_no_log_is_named_with_what_to_do(tmp_path: Path, head: bytes, words: str) -> None:
    (one,) = found(tmp_path, head).inputs
    assert one.is_unread
    assert words in one.warnings[0].message


def test_binary_data_is_said(tmp_path: Path) -> None:
    assert codes(found(tmp_path, bytes(range(256)) * 40)) == {"binary-input"}


@pytest.mark.parametrize("first", [b"7z\xbc\xaf\x27\x1c", b"-----BEGIN PGP MESSAGE-----", b"Salted__"])
def test_the_first_bytes_of_another_format_hide_nothing(tmp_path: Path, first: bytes) -> None:
    rows = "".join(f"[{n:5}.000000] usb 1-1: device {n}\n" for n in range(50)) + f"[   61.000000] {KILL}\n"
    assert pids(found(tmp_path, first + b"\n" + rows.encode())) == [4711]


def test_a_part_that_looks_like_a_report_and_gives_none_is_said(tmp_path: Path) -> None:
    rows = [f"[{n:5}.000000] usb 1-1: device {n}" for n in range(900)]
    lost = "Memory cgroup out of memory: Kill process 4170 (stress) score ???"
    rows[700] = f"[  700.000000] {lost}"
    (warning,) = found(tmp_path, "\n".join(rows) + "\n").inputs[0].warnings
    assert (warning.code, warning.line) == ("report-without-incident", 701)
    rows[100] = f"[  100.000000] {KILL}"
    analysis = found(tmp_path, "\n".join(rows) + "\n")
    assert pids(analysis) == [4711]
    assert [(w.code, w.line) for w in analysis.inputs[0].not_read] == [("report-without-incident", 701)]


STRIPPED = {"HOSTNAME": "node-1", "BOOT_ID": "a" * 32, "SYSLOG_IDENTIFIER": "kernel"}


def collected(**fields: str) -> str:
    rows = [{"date": 1.76e9 + n, "MESSAGE": f"eth{n}: up", **STRIPPED, **fields} for n in range(60)]
    rows[30]["MESSAGE"] = KILL
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_a_journal_without_underscores_is_believed_like_a_tag(tmp_path: Path) -> None:
    (incident,) = found(tmp_path, collected(TRANSPORT="kernel", SYSLOG_FACILITY="0")).incidents
    assert incident.event.trust == "tag"
    assert incident.event.host == "node-1"
    assert incident.event.wall_seconds == 1.76e9 + 30


@pytest.mark.parametrize(
    "fields", [{"TRANSPORT": "stdout"}, {"COMM": "evil"}, {"PID": "7"}, {"TRANSPORT": "kernel", "UID": "1000"}]
)
def test_a_stripped_name_gives_a_sender_away(tmp_path: Path, fields: dict[str, str]) -> None:
    analysis = found(tmp_path, collected(**fields))
    assert pids(analysis) == []
    assert analysis.text_findings


@pytest.mark.parametrize("ident", ["kernel", "systemd-oomd", "nginx"])
def test_a_message_that_journalctl_left_out_is_said_where_it_may_be_a_kill(tmp_path: Path, ident: str) -> None:
    rows = [{"MESSAGE": f"eth{n}: up", "_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "kernel"} for n in range(900)]
    emptied = {"MESSAGE": None, "SYSLOG_IDENTIFIER": ident}
    text = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in [*rows, emptied, *rows])
    said = [(w.code, w.line) for w in found(tmp_path, text).inputs[0].not_read]
    assert said == ([] if ident == "nginx" else [("objects-passed-over", 901)])


def test_a_log_below_a_table_is_said(tmp_path: Path) -> None:
    text = "time,message\n" + "2026,hello\n" * 300 + f"[   61.000000] {KILL}\n"
    analysis = found(tmp_path, text)
    assert pids(analysis) == []
    assert [(w.code, w.line) for w in analysis.inputs[0].not_read] == [("objects-passed-over", 302)]


def test_one_head_of_a_table_makes_no_table(tmp_path: Path) -> None:
    rows = "".join(f"[{n:5}.000000] usb 1-1: device {n}\n" for n in range(50)) + f"[   61.000000] {KILL}\n"
    assert pids(found(tmp_path, '"message","level"\n' + rows)) == [4711]


def test_a_json_line_before_dated_lines_makes_no_journal(tmp_path: Path) -> None:
    entry = json.dumps({"MESSAGE": KILL, "_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "kernel"})
    analysis = found(tmp_path, f"{entry}\n" + "2026-11-22T10:00:16Z INFO hello\n" * 30)
    assert pids(analysis) == []
    assert analysis.text_findings
