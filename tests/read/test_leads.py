"""What collectors, builds and phones put around the kernel's stamps: the report is the same as without."""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from oomscope.api import analyze

SAMPLE = Path(__file__).parents[2] / "sample_logs" / "6.1-v2-tmpfs-live.log"
LINES = [
    (float(match[1]), match[2])
    for line in SAMPLE.read_text(encoding="utf-8").splitlines()
    if (match := re.match(r"\[ *(\d+\.\d+)\] (.*)", line))
]


def at(seconds: float) -> datetime:
    return datetime(2023, 5, 6, 7, 8, 9) + timedelta(seconds=seconds - LINES[0][0])


def stamp(seconds: float) -> str:
    return f"[{seconds:12.6f}]"


Written = Callable[[float, str], str]
WRITTEN: dict[str, Written] = {
    "jenkins": lambda t, text: f"[{at(t):%Y-%m-%dT%H:%M:%S}.123Z] {stamp(t)} {text}",
    "jenkins-clock": lambda t, text: f"{at(t):%H:%M:%S}  {stamp(t)} {text}",
    "teamcity": lambda t, text: f"[{at(t):%H:%M:%S}]W:\t [Step 1/3] {stamp(t)} {text}",
    "bamboo": lambda t, text: f"build\t{at(t):%d-%b-%Y %H:%M:%S}\t{stamp(t)} {text}",
    "buildkite": lambda t, text: f"\x1b_bk;t={int(t * 1000)}\x07{stamp(t)} {text}",
    "kernelci": lambda t, text: f"{at(t):%H:%M:%S}.123456  <4>{stamp(t)} {text}",
    "lava": lambda t, text: (
        f'- {{"dt": "{at(t):%Y-%m-%dT%H:%M:%S}", "lvl": "target", "msg": {json.dumps(stamp(t) + " " + text)}}}'
    ),
    "csv": lambda t, text: f'"{int(t)}","{at(t):%m/%d/%Y %H:%M:%S}.000 +0000","{stamp(t)} {text}"',
    "german-date": lambda t, text: f"{at(t):%d.%m.%Y %H:%M:%S} {stamp(t)} {text}",
    "invisible": lambda t, text: f"\u200b{stamp(t)} {text}",
    "sonic": lambda t, text: f"{at(t):%b %e %H:%M:%S}.000123 switch WARNING kernel: {stamp(t)} {text}",
    "busybox": lambda t, text: f"{at(t):%b %e %H:%M:%S} router kern.warn kernel: {stamp(t)} {text}",
    "relayed": lambda t, text: f"{at(t):%b %e %H:%M:%S} 10.0.0.5 node-1 kernel: {stamp(t)} {text}",
    "year-first": lambda t, text: f"{at(t):%Y %b %e %H:%M:%S} switch kernel: {stamp(t)} {text}",
    "dmesg -d -T": lambda t, text: f"[{at(t):%a %b %e %H:%M:%S %Y} <    0.000029>] {text}",
    "mediatek": lambda t, text: f"<4>{stamp(t)}  (2)[1234:kswapd0]{text}",
    "samsung": lambda t, text: f"<4>{stamp(t)} I[2:        kswapd0:   55] {text}",
    "qualcomm": lambda t, text: f"{stamp(t)}[{at(t):%m-%d %H:%M:%S}.800419] {text}",
    "old logcat": lambda t, text: f"{at(t):%m-%d %H:%M:%S}.805  root     0     0 W         : {text}",
}


def read(path: Path) -> list[dict[str, object]]:
    found = analyze([str(path)]).document()["incidents"]
    keys = ("outcome", "scope", "constraint", "oom_memcg", "task_memcg", "memcg")
    return [
        {
            **{key: one[key] for key in keys},
            "victims": [(v["pid"], v["comm"], v["anon_rss_bytes"]) for v in one["victims"]],
            "tasks": [(task["pid"], task["comm"], task["rss_bytes"]) for task in one["tasks"]],
        }
        for one in found
    ]


@pytest.mark.parametrize("name", WRITTEN)
def test_a_report_is_the_same_behind_what_a_collector_wrote(name: str, tmp_path: Path) -> None:
    bare, led = tmp_path / "bare.log", tmp_path / "led.log"
    bare.write_text("".join(f"{stamp(t)} {text}\n" for t, text in LINES), encoding="utf-8")
    led.write_text("".join(WRITTEN[name](t, text) + "\n" for t, text in LINES), encoding="utf-8")
    assert len(read(bare)) >= 1
    assert read(led) == read(bare)


def test_the_date_of_a_lead_is_read(tmp_path: Path) -> None:
    path = tmp_path / "job.log"
    path.write_text("".join(WRITTEN["jenkins"](t, text) + "\n" for t, text in LINES), encoding="utf-8")
    (incident, *_) = analyze([str(path)]).document()["incidents"]
    assert incident["time"]["wall"].startswith("2023-05-06T")
    assert incident["trust"] == "tag", "whoever may print in that job may have written it"


def test_one_led_line_in_a_log_of_others_is_no_kill(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    lines = [f"2023-05-06 07:08:{n % 60:02d} INFO app: request {n} done\n" for n in range(90)]
    lines[40] = (
        "[app] [  812.000001] Out of memory: Killed process 4711 (java) total-vm:1kB, anon-rss:1kB, file-rss:0kB\n"
    )
    path.write_text("".join(lines), encoding="utf-8")
    document = analyze([str(path)]).document()
    assert document["incidents"] == []
    assert document["text_findings"], "and it is said that the words stand there"


def test_a_syslog_or_a_page_that_a_paste_put_on_one_line(tmp_path: Path) -> None:
    bare = tmp_path / "bare.log"
    bare.write_text("".join(f"{stamp(t)} {text}\n" for t, text in LINES), encoding="utf-8")
    wanted = [one["victims"] for one in read(bare)]
    syslog = " ".join(f"{at(t):%b %e %H:%M:%S} node-1 kernel: {stamp(t)} {text}" for t, text in LINES)
    pages = {
        "syslog.txt": syslog,
        "prose.txt": f"# from /var/log/messages {syslog}",
        "page.txt": "<br/>".join(f"{stamp(t)} {text}" for t, text in LINES),
    }
    for name, text in pages.items():
        (tmp_path / name).write_text(text + "\n", encoding="utf-8")
        assert [one["victims"] for one in read(tmp_path / name)] == wanted, name


def test_a_long_message_of_another_program_is_not_taken_apart(tmp_path: Path) -> None:
    path = tmp_path / "syslog"
    syslog = " ".join(f"{at(t):%b %e %H:%M:%S} node-1 kernel: {stamp(t)} {text}" for t, text in LINES)
    path.write_text(f"May  6 07:08:09 node-1 nginx[12]: GET /?q={syslog}\n" * 3, encoding="utf-8")
    assert read(path) == []
