"""Prefix shapes that no lab machine here prints: each with the text, time and trust that it must give."""

import base64
import json

import pytest

from oomscope.read import Record

from .conftest import Reader

KILL = "Memory cgroup out of memory: Killed process 4711 (java) total-vm:1kB"


def one(reading: Reader, line: str | bytes, **options: object) -> Record:
    [record] = reading(line, **options).records
    return record


@pytest.mark.parametrize(
    ("line", "monotonic", "wall", "trust", "caller"),
    [
        (f"[  139.201465] {KILL}", 139.201465, None, "likely", None),
        (f"[  139.201465][ T5241] {KILL}", 139.201465, None, "likely", "T5241"),
        (f"[  139.201465] [    C0] {KILL}", 139.201465, None, "likely", "C0"),
        (f"[  139.201465,0] {KILL}", 139.201465, None, "likely", None),
        (f"[  139.201465] (CPU:3-pid:42:kworker/3:1) {KILL}", 139.201465, None, "likely", None),
        (f"[  139.201465] [1:   kworker/1:  123] {KILL}", 139.201465, None, "likely", None),
        (f"[  139.201465 <    0.000012>] {KILL}", 139.201465, None, "likely", None),
        (f"<3>[  139.201465] {KILL}", 139.201465, None, "kernel", None),
        (f"<11>[  139.201465] {KILL}", 139.201465, None, "text", None),
        (f"<3>{KILL}", None, None, "kernel", None),
        (f"kern  :err   : [  139.201465] {KILL}", 139.201465, None, "kernel", None),
        (f"user  :err   : [  139.201465] {KILL}", 139.201465, None, "text", None),
        (f"kern  :err   : 2025-01-21T08:42:30,287197+00:00 {KILL}", None, 1737448950.287197, "kernel", None),
        (f"[Tue Jan 21 08:42:30 2025] {KILL}", None, 1737448950, "likely", None),
        (f"[Di Mär 18 08:42:30 2025] {KILL}", None, 1742287350, "likely", None),
        (f"[вт янв 21 08:42:30 2025] {KILL}", None, 1737448950, "likely", None),
        (f"[火  1月 21 08:42:30 2025] {KILL}", None, 1737448950, "likely", None),
        (f"2025-01-21T08:42:30,287197+01:00 {KILL}", None, 1737445350.287197, "likely", None),
        (f"2025-01-21T08:42:30.287197+01:00 {KILL}", None, 1737445350.287197, "text", None),
        (f"6,100,139201465,-,caller=T7;{KILL}", 139.201465, None, "kernel", "T7"),
        (f"14,100,139201465,-;{KILL}", 139.201465, None, "text", None),
        (f"6.12.1,6,100,139201465,-;{KILL}", 139.201465, None, "kernel", None),
        (f"Jan 21 08:42:30 node-1 kernel: [  139.201465] {KILL}", 139.201465, 1768984950, "tag", None),
        (f"Jan 21 08:42:30 kernel: {KILL}", None, 1768984950, "tag", None),
        (f"<3>Jan 21 08:42:30 node-1 kernel: {KILL}", None, 1768984950, "tag", None),
        (f"2025-01-21T08:42:30.287197+00:00 node-1 kernel: {KILL}", None, 1737448950.287197, "tag", None),
        (f"<3>1 2025-01-21T08:42:30Z node-1 kernel - - - {KILL}", None, 1737448950, "tag", None),
        (
            f'<3>1 2025-01-21T08:42:30Z node-1 kernel - - [x@1 a="b"] [  139.201465] {KILL}',
            139.201465,
            1737448950,
            "tag",
            None,
        ),
        (f"<14>1 2025-01-21T08:42:30Z node-1 kernel - - - {KILL}", None, 1737448950, "text", None),
        (f"Tue 2025-01-21 08:42:30 UTC node-1 kernel: {KILL}", None, 1737448950, "tag", None),
        (f"1737448950.287197 node-1 kernel: {KILL}", None, 1737448950.287197, "tag", None),
        (f"Tue Jan 21 08:42:30 2025 kern.err kernel: [  139.201465] {KILL}", 139.201465, 1737448950, "tag", None),
        (f"10.5.0.2: kern:     err: [2025-01-21T08:42:30.287Z]: {KILL}", None, 1737448950.287, "kernel", None),
        (
            f"2025-01-21T08:42:30.287Z In(05) vcpu-5 - Guest: <6>[  139.201465] {KILL}",
            139.201465,
            1737448950.287,
            "tag",
            None,
        ),
        (f"2025-01-21T08:42:30.287197Z stdout F [  139.201465] {KILL}", 139.201465, 1737448950.287197, "tag", None),
        (f"2025-01-21T08:42:30.287197Z stderr F {KILL}", None, 1737448950.287197, "text", None),
        (f"2025-01-21T08:42:30.287Z [  139.201465] {KILL}", 139.201465, 1737448950.287, "tag", None),
        (f"kernel: [  139.201465] {KILL}", 139.201465, None, "tag", None),
        (f"\x1b[32m[  139.201465] \x1b[0m\x1b[31m{KILL}\x1b[0m", 139.201465, None, "likely", None),
        (f"> > [  139.201465] {KILL}", 139.201465, None, "likely", None),
        (f"    [  139.201465] {KILL}", 139.201465, None, "likely", None),
        (f"\t`[  139.201465] {KILL}", 139.201465, None, "likely", None),
        (f"  1042\t[  139.201465] {KILL}", 139.201465, None, "tag", None),
        (f"1042:[  139.201465] {KILL}", 139.201465, None, "tag", None),
        (f"var/log/kern.log-1042-[  139.201465] {KILL}", 139.201465, None, "tag", None),
        (f"kern.log:Jan 21 08:42:30 node-1 kernel: {KILL}", None, 1768984950, "tag", None),
        (f"&gt; [  139.201465] {KILL}", 139.201465, None, "tag", None),
    ],
)
def test_a_prefix_comes_off(
    reading: Reader, line: str, monotonic: float | None, wall: float | None, trust: str, caller: str | None
) -> None:
    record = one(reading, line)
    assert record.text == KILL
    assert record.monotonic_seconds == (pytest.approx(monotonic) if monotonic is not None else None)
    assert record.wall_seconds == (pytest.approx(wall, abs=1e-5) if wall is not None else None)
    assert (record.trust, record.caller) == (trust, caller)


@pytest.mark.parametrize(
    ("value", "trust"),
    [
        ({"_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "kernel", "MESSAGE": KILL}, "kernel"),
        ({"_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "kernel", "MESSAGE": list(KILL.encode())}, "kernel"),
        ({"_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "kernel", "SYSLOG_FACILITY": "1", "MESSAGE": KILL}, "text"),
        ({"_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "myapp", "MESSAGE": KILL}, "text"),
        ({"_TRANSPORT": "syslog", "SYSLOG_IDENTIFIER": "kernel", "MESSAGE": KILL}, "text"),
        ({"SYSLOG_IDENTIFIER": "kernel", "MESSAGE": KILL}, "tag"),
        ({"log": f"[  139.201465] {KILL}\n", "stream": "stdout", "time": "2025-01-21T08:42:30Z"}, "tag"),
        ({"log": f"{KILL}\n", "stream": "stdout", "time": "2025-01-21T08:42:30Z"}, "text"),
        ({"jsonPayload": {"MESSAGE": KILL, "_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "kernel"}}, "tag"),
        (
            {
                "resource": {"type": "k8s_container"},
                "jsonPayload": {"MESSAGE": KILL, "_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "kernel"},
            },
            "text",
        ),
        ({"textPayload": KILL, "timestamp": "2025-01-21T08:42:30Z"}, "text"),
        ({"message": f"[  139.201465] {KILL}", "timestamp": 1737448950000}, "tag"),
        ({"pri": 3, "time": 139.2, "msg": KILL}, "kernel"),
        ({"pri": 11, "time": 139.2, "msg": KILL}, "text"),
        ({"fac": "kern", "pri": "err", "time": 139.2, "caller": "T7", "msg": KILL}, "kernel"),
        ({"message": KILL, "ident": "kernel"}, "tag"),
        ({"msg": KILL}, "text"),
    ],
)
@pytest.mark.parametrize("style", ["line", "pretty", "array", "sse", "seq"])
def test_json_shapes(reading: Reader, value: dict[str, object], trust: str, style: str) -> None:
    text = {
        "line": json.dumps(value) + "\n",
        "pretty": json.dumps(value, indent=4),
        "array": json.dumps([value]),
        "sse": f"data: {json.dumps(value)}\n\n",
        "seq": f"\x1e{json.dumps(value)}\n",
    }[style]
    record = one(reading, text)
    assert (record.text, record.trust) == (KILL, trust)
    [record] = reading(text, (b"illed process ",)).records
    assert record.text == KILL


def test_cloud_logging_newest_first_is_turned(reading: Reader) -> None:
    entries = [{"textPayload": f"line {n}", "timestamp": f"2025-01-21T08:42:{n:02d}Z"} for n in range(9, -1, -1)]
    result = reading(json.dumps(entries, indent=2))
    assert [record.text for record in result.records] == [f"line {n}" for n in range(10)]
    assert result.summary.format == "cloud-logging"


def test_cri_parts_are_joined(reading: Reader) -> None:
    head, tail = KILL[:20], KILL[20:]
    record = one(reading, f"2025-01-21T08:42:30Z stdout P [  1.5] {head}\n2025-01-21T08:42:30Z stdout F {tail}\n")
    assert (record.text, record.line, record.last_line) == (KILL, 1, 2)


def test_netconsole_fragments_are_joined(reading: Reader) -> None:
    lines = f"6.1.0,3,100,139201465,-,ncfrag=0/{len(KILL)};{KILL[:30]}\n6.1.0,3,100,139201465,-,ncfrag=30/{len(KILL)};{KILL[30:]}\n"
    record = one(reading, lines)
    assert (record.text, record.last_line) == (KILL, 2)


def test_kmsg_dictionary_lines_and_escapes(reading: Reader) -> None:
    record = one(reading, "6,1,1500000,-;a\\x0ab \\x5c \\xc3\\xa4\n SUBSYSTEM=pci\n DEVICE=+pci:0000:00:01.0\n")
    assert (record.text, record.last_line) == ("a\nb \\ ä", 3)


def test_kmsg_continuation_fragments_say_so(reading: Reader) -> None:
    assert one(reading, "4,1,1500000,c;rest of a line\n").continuation


def test_pstore_parts_come_in_the_order_they_were_written(reading: Reader) -> None:
    result = reading(
        "Panic#1 Part1\n<6>[    3.000000] c\n<6>[    4.000000] d\nPanic#1 Part2\n<6>[    1.000000] a\n<6>[    2.000000] b\n"
    )
    assert [(r.text, r.line) for r in result.records] == [("a", 5), ("b", 6), ("c", 2), ("d", 3)]
    assert result.summary.format == "pstore"


def test_rsyslogs_flattened_record_is_several_lines_again(reading: Reader) -> None:
    line = "Jan 21 08:42:30 n kernel: Memory cgroup stats for /a:#012anon 4096#012file 0#012kernel_stack 16384"
    assert one(reading, line).text == "Memory cgroup stats for /a:\nanon 4096\nfile 0\nkernel_stack 16384"


def test_a_process_name_with_rsyslogs_newline_stays_one_line(reading: Reader) -> None:
    text = "Memory cgroup out of memory: Killed process 7 (a#012b) total-vm:1kB"
    assert one(reading, f"Jan 21 08:42:30 n kernel: {text}").text == text


def test_a_stamp_written_by_a_program_stays_in_the_text(reading: Reader) -> None:
    assert one(reading, f"[    2.579958] [    1.000000] {KILL}").text == f"[    1.000000] {KILL}"
    assert one(reading, f"[    2.579958] <0>{KILL}").text == f"<0>{KILL}"
    record = one(reading, f"Jan 21 08:42:30 n myapp[55]: [    1.000000] {KILL}")
    assert (record.text, record.trust, record.ident, record.pid) == (f"[    1.000000] {KILL}", "text", "myapp", 55)


def test_a_tag_in_plain_dmesg_is_text_of_the_record(reading: Reader) -> None:
    assert one(
        reading, f"[    2.579958] node-1 kernel: {KILL}\n[    2.6] a\n[    2.7] b\n[    2.8] c\n".split("\n")[0]
    ).text
    lines = "".join(f"[    {n}.000000] usb 1-{n}: new device\n" for n in range(2, 9)) + f"[    9.5] x kernel: {KILL}\n"
    assert reading(lines).records[-1].text == f"x kernel: {KILL}"


def test_a_bare_line_has_no_more_trust_than_the_line_above(reading: Reader) -> None:
    result = reading(f"Jan 21 08:42:29 n kernel: a\nJan 21 08:42:30 n myapp[55]: hello\n{KILL}\n")
    assert [record.trust for record in result.records] == ["tag", "text", "text"]


def test_a_wrapped_line_keeps_the_time_of_its_record(reading: Reader) -> None:
    result = reading("[    2.5] systemd invoked oom-killer:\ngfp_mask=0xcc0, order=0\n[    2.6] CPU: 1\n")
    assert [(r.text, r.monotonic_seconds, r.line) for r in result.records][1] == ("gfp_mask=0xcc0, order=0", 2.5, 2)
    assert [r.borrowed for r in result.records] == [False, True, False]


def test_quoted_printable_mail(reading: Reader) -> None:
    result = reading(
        "[    2.5] x invoked oom-killer: gfp_mask=3D0xcc0(GFP_KERNEL), ord=\ner=3D0, oom_score_adj=3D0\n[    2.6] b\n"
    )
    assert result.records[0].text == "x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"
    assert [(r.line, r.last_line) for r in result.records] == [(1, 2), (3, 3)]


def test_html_source(reading: Reader) -> None:
    assert [r.text for r in reading("[    2.5]  &lt;TASK&gt;\n[    2.6] a &amp; b\n").records] == [" <TASK>", "a & b"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_encodings_with_and_without_a_mark(reading: Reader, encoding: str) -> None:
    result = reading(f"[    2.5] eins äö\r\n[    2.6] {KILL}\r\n".encode(encoding), (b"illed process",))
    assert [record.text for record in result.records] == ["eins äö", KILL]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n", "\n\r"])
def test_line_ends(reading: Reader, end: str) -> None:
    result = reading(end.join([f"[    2.{n}] line {n}" for n in range(5)]) + end)
    assert [record.text for record in result.records] == [f"line {n}" for n in range(5)]


def test_undecodable_bytes_survive(reading: Reader) -> None:
    record = one(reading, b"[    2.5] Killed process 7 (\xff\xfe\xc3) x\n")
    assert record.text.encode("utf-8", "surrogateescape") == b"Killed process 7 (\xff\xfe\xc3) x"


def test_an_indented_bare_paste_loses_the_pastes_indent_only(reading: Reader) -> None:
    result = reading(f"    {KILL}\n     <TASK>\n     dump_stack+0x5c/0x80\n")
    assert [record.text for record in result.records] == [KILL, " <TASK>", " dump_stack+0x5c/0x80"]


def test_numbered_bare_paste(reading: Reader) -> None:
    result = reading(f"12:{KILL}\n13-Mem-Info:\n14- <TASK>\n")
    assert [record.text for record in result.records] == [KILL, "Mem-Info:", " <TASK>"]


def test_export_with_a_binary_message(reading: Reader) -> None:
    text = b"Killed process 7 (\x1b[1m) \xff"
    entry = (
        b"__CURSOR=x\n__REALTIME_TIMESTAMP=1737448950000000\n_BOOT_ID=ab\n_TRANSPORT=kernel\nSYSLOG_IDENTIFIER=kernel\n"
    )
    result = reading(
        entry + b"MESSAGE\n" + len(text).to_bytes(8, "little") + text + b"\n\n" + entry + b"MESSAGE=next\n\n"
    )
    assert [r.text.encode("utf-8", "surrogateescape") for r in result.records] == [text, b"next"]
    assert result.records[0].trust == "kernel"


def test_boot_lines_of_the_journal_set_the_boot(reading: Reader) -> None:
    boots = ["a" * 32, "b" * 32]
    result = reading("".join(f"-- Boot {b} --\nJan 21 08:42:30 n kernel: x\n" for b in boots))
    assert [record.boot_id for record in result.records] == boots
    assert [(w.code, w.line) for w in result.summary.warnings] == [("reboot", 4)]
    assert result.summary.format == "journal-short"


def test_a_binary_journal_says_what_to_run(reading: Reader) -> None:
    result = reading(b"LPKSHHRH" + b"\x00" * 300)
    assert result.records == ()
    assert "journalctl --file" in result.summary.warnings[0].message


def test_a_console_dump_in_base64_is_not_guessed(reading: Reader) -> None:
    assert reading(base64.b64encode(b"[    1.0] a\n" * 40)).summary.format == "text"
