"""Very many hosts in one log, digits in one number, and members in one archive."""

import gc
import io
import tarfile
import tracemalloc
from pathlib import Path

from helpers.report_text import HEAD, TABLE, kill, row

from oomscope.api import Analysis, analyze

HOSTS = ("node00", "node01", "node02", "node03")


def found(tmp_path: Path, text: str) -> Analysis:
    log = tmp_path / "x.log"
    log.write_text(text)
    return analyze([str(log)])


def test_one_line_of_each_of_many_hosts_is_a_kernel_line(tmp_path: Path) -> None:
    lines = (f"2026-11-01T0{n}:00:00.540178+00:00 {host} kernel: {kill(40 + n)}\n" for n, host in enumerate(HOSTS))
    assert [i.event.host for i in found(tmp_path, "".join(lines)).incidents] == list(HOSTS)


def test_a_number_of_many_digits_costs_its_line_alone(tmp_path: Path) -> None:
    report = [HEAD, TABLE, row(7), row(8).replace("30000", "9" * 5000), row(9), kill(7)]
    (incident,) = (
        analysis := found(tmp_path, "".join(f"[   61.{n:06d}] {s}\n" for n, s in enumerate(report)))
    ).incidents
    assert [victim.pid for victim in incident.event.victims] == [7]
    assert "line-unreadable" in {warning.code for warning in analysis.inputs[0].warnings}


def test_a_member_of_an_archive_leaves_no_buffer_behind(tmp_path: Path) -> None:
    path = tmp_path / "many.tar"
    with tarfile.open(path, "w") as tar:
        for n in range(60):
            member = tarfile.TarInfo(f"{n}.log")
            member.size = 9
            tar.addfile(member, io.BytesIO(b"[ 1.0] hi"))
    analyze([str(path)])  # imports what it needs
    gc.disable()
    tracemalloc.start()
    try:
        analyze([str(path)])
        assert tracemalloc.get_traced_memory()[0] < 8 << 20  # a buffer has half a mebibyte
    finally:
        tracemalloc.stop()
        gc.enable()
