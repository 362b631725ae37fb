"""Inputs that hold no log: what they are is said, with what to do. A log that looks odd stays a log."""

import base64
import gzip

import pytest

from oomscope.read.not_a_log import not_a_log

KINDS = [
    (b"", "empty-input", "is empty"),
    (b"\n \n\0\0", "empty-input", "nothing but blanks"),
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "unreadable-format", "image"),
    (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "unreadable-format", "tesseract"),
    (b"KDUMP   \6\0\0\0Linux\0\0\0", "unreadable-format", "makedumpfile --dump-dmesg /var/crash/vmcore"),
    (b"7z\xbc\xaf\x27\x1c\0\4" + bytes(40), "unreadable-format", "unpack"),
    (base64.encodebytes(b"[    1.0] Memory cgroup out of memory: Killed process 7 (x)\n" * 4), "unreadable-format", "base64 -d"),
    (base64.b64encode(gzip.compress(bytes(range(256)), mtime=0)), "unreadable-format", "base64 -d"),
    (bytes(range(256)) * 12, "binary-input", "not a log"),
    (b"dmesg: read kernel buffer failed: Operation not permitted\n", "error-message", "sudo dmesg"),
    (b"dmesg: klogctl: Operation not permitted\n", "error-message", "kernel.dmesg_restrict"),
    (b"-- No entries --\n", "error-message", "journalctl -k -b all"),
    (b"No journal files were opened due to insufficient permissions.\n", "error-message", "sudo journalctl"),
    (b"Hint: You are currently not seeing messages from other users and the system.\n-- No entries --\n", "error-message", "sudo journalctl"),
    (b"cat: /var/log/kern.log: Permission denied\n", "error-message", "with sudo"),
    (b"bash: journalctl: command not found\n", "error-message", "error message of a command"),
    (b"zsh: command not found: dmesg\n", "error-message", "error message of a command"),
    (b"ssh: connect to host n1 port 22: Connection refused\n", "error-message", "error message of a command"),
    (b'Error from server (Forbidden): nodes "n1" is forbidden\n', "error-message", "error message of a command"),
    (b"sudo: a password is required\n", "error-message", "error message of a command"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "code", "words"), KINDS)
def test_what_it_is_is_said(data: bytes, code: str, words: str) -> None:
    said = not_a_log(data, len(data), "/var/crash/vmcore")
    assert said is not None
    assert said.code == code
    assert words in said.message


LOGS = [
    b"Out of memory: Killed process 417 (recorder)\n",
    "Z\u00e4hler \u00fcberschritten: nichts\n".encode("latin-1") * 20,
    "\u041d\u0435\u0442 \u043f\u0430\u043c\u044f\u0442\u0438\n".encode(),
    b"cat: a process that writes Permission denied\n" * 40,
    b"a line\n" + b"\0" * 20 + b"after a crash, the file has a hole\n" * 30,
    b"BM is how this line of text begins\n",
]


@pytest.mark.parametrize("data", LOGS)
def test_what_may_be_a_log_is_none_of_these(data: bytes) -> None:
    assert not_a_log(data, len(data), "x") is None


def test_words_without_blanks_are_no_base64() -> None:
    line = b"Memory/cgroup/out/of/memory/Killed/process/7" * 8
    assert not_a_log(line + b"\n", len(line) + 1, "x.log") is None
    assert not_a_log(b"0123456789abcdef" * 20, 320, "x.log") is None
