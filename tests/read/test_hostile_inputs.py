"""Inputs that want to be believed, to stay unseen, or to stop the reading."""

import io
import json
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest

from oomscope.api import Analysis, analyze
from oomscope.errors import InputError
from oomscope.read import read
from oomscope.read.transports.family import family_of
from oomscope.read.transports.json_stream import objects

KILL = "Out of memory: Killed process 4711 (java) total-vm:100kB, anon-rss:50kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0"
DMESG = "".join(f"[{n:12.6f}] eth{n}: link up\n" for n in range(1, 60)) + f"[   61.000000] {KILL}\n"


def found(tmp_path: Path, data: str | bytes, name: str = "x.log") -> Analysis:
    log = tmp_path / name
    log.write_bytes(data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data)
    return analyze([str(log)])


def pids(analysis: Analysis) -> list[int]:
    return [victim.pid for incident in analysis.incidents for victim in incident.event.victims]


def codes(analysis: Analysis) -> set[str]:
    return {warning.code for one in analysis.inputs for warning in one.warnings}


def entry(**fields: str) -> bytes:
    out = b""
    for key, value in fields.items():
        data = value.encode()
        out += key.encode() + (b"\n" + struct.pack("<Q", len(data)) + data if b"\n" in data else b"=" + data) + b"\n"
    return out + b"\n"


KERNEL = {"_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "kernel", "SYSLOG_FACILITY": "0"}
USER = {"_TRANSPORT": "stdout", "SYSLOG_IDENTIFIER": "app"}


# -- to be believed ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lines", [1, 100, 3_000, 200_000])
def test_an_entry_inside_a_field_of_an_export_is_text_of_that_field(tmp_path: Path, lines: int) -> None:
    forged = entry(__CURSOR="s=9", __REALTIME_TIMESTAMP="1", MESSAGE=KILL.replace("4711", "1"), **KERNEL).decode()
    long = "x\n" * lines + "\n\n" + forged + "y\n" * lines
    head = entry(__CURSOR="s=0", __REALTIME_TIMESTAMP="1", MESSAGE="hello", **USER)
    real = entry(__CURSOR="s=2", __REALTIME_TIMESTAMP="3", MESSAGE=KILL, **KERNEL)
    data = head * 400 + entry(__CURSOR="s=1", __REALTIME_TIMESTAMP="2", MESSAGE=long, **USER) + real + head * 400
    analysis = found(tmp_path, data)
    assert pids(analysis) == [4711]
    assert [i.event.trust for i in analysis.incidents] == ["kernel"]


def test_an_export_that_begins_in_a_field_attests_nothing(tmp_path: Path) -> None:
    analysis = found(tmp_path, b"tail of a field\n\n" + entry(__CURSOR="s", __REALTIME_TIMESTAMP="1", MESSAGE=KILL, **KERNEL) * 2)  # fmt: skip
    assert pids(analysis) == []
    assert "export-damaged" in codes(analysis)
    assert analysis.text_findings


@pytest.mark.parametrize(
    "line",
    [
        json.dumps({"MESSAGE": KILL, "_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "kernel"}),
        json.dumps({"pri": 3, "time": 1.0, "msg": KILL}),
        json.dumps({"message": KILL, "ident": "kernel"}),
    ],
)
@pytest.mark.parametrize(
    ("before", "after"),
    [("starting\n", "bye\n"), ('{"level":"info","msg":"a"}\n' * 9, '{"level":"info","msg":"b"}\n'), (DMESG[:900] + "\n", "")],
    ids=["text", "json", "dmesg"],
)  # fmt: skip
def test_json_that_calls_itself_the_kernel_among_other_lines(
    tmp_path: Path, line: str, before: str, after: str
) -> None:
    analysis = found(tmp_path, f"{before}{line}\n{after}")
    assert pids(analysis) == []
    assert analysis.text_findings


@pytest.mark.parametrize(
    "line",
    [
        f"2025-01-02T15:04:05.000000000Z stdout F [12345.678901] {KILL}",
        f"2025-01-02T15:04:05.000000000Z stdout F Jan  2 15:04:05 node kernel: [12345.678901] {KILL}",
        f"2025-01-02T15:04:05.123456789Z {KILL}",
        json.dumps({"log": f"[12345.678901] {KILL}\n", "stream": "stdout", "time": "2025-01-02T15:04:05Z"}),
        json.dumps({"textPayload": f"[12345.678901] {KILL}", "resource": {"type": "k8s_container"}}),
        json.dumps({"jsonPayload": {"MESSAGE": KILL, **KERNEL}, "resource": {"type": "k8s_container"}}),
        json.dumps({"jsonPayload": {"MESSAGE": KILL, **KERNEL}, "logName": "projects/p/logs/stdout"}),
    ],
)
def test_one_line_of_a_containers_output_is_text(tmp_path: Path, line: str) -> None:
    analysis = found(tmp_path, line + "\n")
    assert pids(analysis) == []
    assert analysis.text_findings


@pytest.mark.parametrize(
    ("sender", "counts"),
    [
        ({"SYSLOG_IDENTIFIER": "earlyoom", "_COMM": "earlyoom", "_SYSTEMD_UNIT": "earlyoom.service"}, True),
        ({"SYSLOG_IDENTIFIER": "earlyoom"}, True),
        ({"SYSLOG_IDENTIFIER": "earlyoom", "_COMM": "logger", "_SYSTEMD_UNIT": "user@1000.service"}, False),
        ({"SYSLOG_IDENTIFIER": "earlyoom", "_COMM": "earlyoom", "_SYSTEMD_UNIT": "user@1000.service"}, False),
        ({"SYSLOG_IDENTIFIER": "app", "_COMM": "app"}, False),
    ],
)
def test_a_killers_sentence_counts_only_from_that_killer(tmp_path: Path, sender: dict[str, str], counts: bool) -> None:
    said = {"MESSAGE": 'sending SIGKILL to process 1 uid 0 "systemd": badness 900, VmRSS 1 MiB', "_TRANSPORT": "stdout"}
    analysis = found(tmp_path, json.dumps({"__REALTIME_TIMESTAMP": "1", **said, **sender}) + "\n")
    assert len(analysis.incidents) == counts
    if not counts:
        assert "the sentence of earlyoom from another program" in {f["reason"] for f in analysis.text_findings}


@pytest.mark.parametrize(
    "sender",
    [
        *({"_TRANSPORT": name} for name in ("stdout", "syslog", "journal", "audit", "driver", ["stdout", "kernel"], ["kernel", "stdout"], None)),
        {"_TRANSPORT": "stdout", "CONTAINER_NAME": "app"},
        {"_TRANSPORT": "stdout", "_SYSTEMD_UNIT": "app.service"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("more", [{}, {"_COMM": "cat", "_UID": "1000", "_PID": "77"}])
def test_what_journald_had_from_a_process_is_not_the_kernels(
    tmp_path: Path, sender: dict[str, object], more: dict[str, str]
) -> None:
    real = json.dumps({"__REALTIME_TIMESTAMP": "1", "MESSAGE": KILL, **KERNEL})
    forged = json.dumps({"__REALTIME_TIMESTAMP": "2", "MESSAGE": KILL.replace("4711", "1"), **KERNEL, **sender, **more})
    analysis = found(tmp_path, f"{real}\n{forged}\n")
    assert pids(analysis) == [4711]
    assert analysis.text_findings


# -- to stay unseen ---------------------------------------------------------------------------------------------------

SNIFFED = [
    '{"level":"info","msg":"starting"}', "{bad", "[", "[s=00000000;i=1;", "__CURSOR=s=1", "__REALTIME_TIMESTAMP=1\n_BOOT_ID=1", "=3D=3D" * 40,
    "&gt;&lt;" * 40, "hi 1\\x0aabc 1", "| a | b |", "data: {", "\x1e{", "PK", "\u00a0", "x" * 300_000, "-- Boot 0c0af076df13e5041cc106faef52c015 --",
]  # fmt: skip


@pytest.mark.parametrize("line", SNIFFED, ids=range(len(SNIFFED)))
@pytest.mark.parametrize("place", ["first", "fifth", "before the kill"])
def test_one_line_does_not_change_what_kind_of_file_this_is(tmp_path: Path, line: str, place: str) -> None:
    rows = DMESG.split("\n")
    rows.insert({"first": 0, "fifth": 5, "before the kill": 59}[place], line)
    assert pids(found(tmp_path, "\n".join(rows))) == [4711]


FOREIGN = ['{"log":"x\\n","stream":"stdout","time":"2024-01-01T00:00:00Z"}', '{"level":"info","msg":"a"}', "Panic#1 Part1", "x" * 200_000, '{"x":"' + "x" * 200_000 + '"}']  # fmt: skip


@pytest.mark.parametrize("line", FOREIGN, ids=range(len(FOREIGN)))
@pytest.mark.parametrize("place", [0, 5, 50, 60])
def test_one_line_does_not_take_a_journal_its_trust(tmp_path: Path, line: str, place: int) -> None:
    rows = [json.dumps({"__REALTIME_TIMESTAMP": f"{n}", "MESSAGE": f"eth{n}: up", **KERNEL}) for n in range(1, 60)]
    rows.insert(50, json.dumps({"__REALTIME_TIMESTAMP": "50", "MESSAGE": KILL, **KERNEL}))
    rows.insert(place, line)
    analysis = found(tmp_path, "\n".join([*rows, ""]))
    assert pids(analysis) == [4711]
    assert [i.event.trust for i in analysis.incidents] == ["kernel"]


def test_a_foreign_object_in_a_journal_is_not_believed(tmp_path: Path) -> None:
    real = json.dumps({"__REALTIME_TIMESTAMP": "1", "MESSAGE": "eth0: up", **KERNEL}) + "\n"
    forged = json.dumps({"log": f"[   61.000000] {KILL}\n", "stream": "stdout", "time": "2024-01-01T00:00:00Z"}) + "\n"
    analysis = found(tmp_path, real * 20 + forged + real * 20)
    assert pids(analysis) == []
    assert analysis.text_findings


def test_broken_records_are_passed_over_and_counted(tmp_path: Path) -> None:
    start = json.dumps({"MESSAGE": "start", "_TRANSPORT": "syslog"})
    real = json.dumps({"MESSAGE": KILL, **KERNEL})
    analysis = found(tmp_path, start + "\n" + "{bad Killed process\n" * 5_000 + real + "\n")
    assert pids(analysis) == [4711]
    (broken,) = (w for one in analysis.inputs for w in one.warnings if w.code == "broken-json")
    assert "5000" in broken.message


def test_kernel_lines_in_a_log_of_json_are_said(tmp_path: Path) -> None:
    analysis = found(tmp_path, '{"level":"info","msg":"a"}\n' * 500 + f"[   61.000000] {KILL}\n")
    assert "read-as-lines" in codes(analysis)
    assert analysis.text_findings


@pytest.mark.parametrize("head", [b"\xff\xfe\n", b"\xfe\xff\n", b"\xff\xfe\0\0", b"\0\0\xfe\xff\n", b"\xff\xfe", b"\xef\xbb\xbf", ("x" * 600 + "\n").encode("utf-16"), ("x" * 600 + "\n").encode("utf-16-be"), b"\xff\xfe\0\0" + ("x" * 200 + "\n").encode("utf-32-le")])  # fmt: skip
def test_a_byte_order_mark_is_believed_where_the_bytes_fit_it(tmp_path: Path, head: bytes) -> None:
    assert pids(found(tmp_path, head + DMESG.encode())) == [4711]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    assert pids(found(tmp_path, DMESG.encode(encoding))) == [4711]


@pytest.mark.parametrize(
    ("head", "family"),
    [
        ("", "lines"),
        ('{"a":1}\n', "ndjson"),
        ('{"a":1}\n[  1.0] a\n', "lines"),
        ('{\n"a":1\n}\n', "json"),
        ('[{"a":1},\n{"a":2}]\n', "json"),
        ("[   1.0] a\n", "lines"),
        ("[\n", "lines"),
        ("__CURSOR=s\n_TRANSPORT=kernel\n", "export"),
    ],
)
def test_the_kind_of_an_input(head: str, family: str) -> None:
    assert family_of(head.encode()) == family


# -- to stop it -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("must_end")
def test_many_unfinished_objects_take_a_linear_time() -> None:
    warnings: list[object] = []
    text = '{"a": [\n' * 400 + '"' + "x" * 1000
    assert list(objects([text] * 400, warnings)) == []  # type: ignore[arg-type]
    assert warnings


def tar_of(size: bytes, data: bytes = b"x" * 512) -> bytes:
    block = bytearray(tarfile.TarInfo("dmesg").tobuf())
    block[124:136] = size
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + data


@pytest.mark.usefixtures("must_end")
@pytest.mark.parametrize("size", [b"\x80" + b"\x00" * 3 + b"\x04" + b"\x00" * 7, b"\xff" * 12, b"77777777777\0", b"\x80" + b"\x00" * 6 + b"\x01" + b"\x00" * 4])  # fmt: skip
def test_a_tar_that_lies_about_a_size_ends_with_its_data(tmp_path: Path, size: bytes) -> None:
    log = tmp_path / "x.tar"
    log.write_bytes(tar_of(size, DMESG.encode()))
    said: list[str] = []
    try:
        for reading in read(str(log)):
            list(reading.records)
            said += [warning.code for warning in reading.summary().warnings]
    except InputError as error:
        said.append(str(error))
    assert any(code == "truncated-archive" or "no regular file" in code for code in said)


def test_a_tar_is_read_behind_a_damaged_header(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in ("var/log/" + "a" * 120, "var/log/kern.log"):
            info = tarfile.TarInfo(name)
            info.size = len(DMESG)
            tar.addfile(info, io.BytesIO(DMESG.encode()))
    data = bytearray(out.getvalue())
    analysis = found(tmp_path, bytes(data), "a.tar")
    assert next(one.member for one in analysis.inputs) == "var/log/" + "a" * 120
    at = data.rindex(b"var/log/kern.log")
    data[at : at + 3] = b"bad"
    assert "truncated-archive" in codes(found(tmp_path, bytes(data), "b.tar"))


@pytest.mark.usefixtures("must_end")
@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED])
def test_a_bomb_in_a_zip_ends_at_the_limit(tmp_path: Path, method: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive, archive.open("dmesg", "w") as member:
        for _ in range(64):
            member.write(b"\n" * (1 << 20))
    assert "decompression-bomb" in codes(found(tmp_path, out.getvalue(), "x.zip"))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_a_zip_is_read_whatever_packed_it(tmp_path: Path, method: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("var/log/dmesg", DMESG)
    assert pids(found(tmp_path, out.getvalue(), "x.zip")) == [4711]
    damaged = bytearray(out.getvalue())
    damaged[damaged.index(b"PK\x01\x02") + 16] ^= 1  # the checksum in its directory
    assert "member-unreadable" in codes(found(tmp_path, bytes(damaged), "y.zip"))


@pytest.mark.usefixtures("must_end")
def test_prefixes_around_each_other_are_taken_off_up_to_a_bound(tmp_path: Path) -> None:
    cri = "2025-01-02T15:04:05.000000000Z stdout F "
    assert pids(found(tmp_path, cri * 1_500 + KILL + "\n" + f"[   61.000000] {KILL}\n")) == [4711]
