"""The set as container runtimes and clouds keep it: somebody ran `dmesg -w` or a log agent, and its lines were wrapped."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from transports.dmesg import dmesg, human
from transports.journal import BOOT_ID, HOST
from transports.one_set import Printk

Records = Sequence[Printk]
LATE = 0.125  # seconds from the kernel's line to the runtime's


def _time(record: Printk, late: float = LATE) -> str:
    return f"{datetime.fromtimestamp(record.wall + late, UTC):%Y-%m-%dT%H:%M:%S.%f}789Z"


def _lines(records: Records) -> list[tuple[Printk, str]]:
    """Every line that dmesg prints, with the record it is of."""
    return [(r, line) for r in records for line in dmesg([r]).decode().removesuffix("\n").split("\n")]


def docker(records: Records) -> bytes:
    """Docker's json-file driver (daemon/logger/jsonfilelog/jsonlog): log, stream, time"""
    return _docker(_lines(records))


def docker_ansi(records: Records) -> bytes:
    """The same of `dmesg -H -L=always`"""
    found = zip((r for r, _ in _lines(records)), human(records).decode().removesuffix("\n").split("\n"), strict=True)
    return _docker(list(found))


def _docker(lines: Sequence[tuple[Printk, str]]) -> bytes:
    rows = ({"log": line + "\n", "stream": "stdout", "time": _time(r)} for r, line in lines)
    return "".join(json.dumps(row, separators=(",", ":"), ensure_ascii=False) + "\n" for row in rows).encode()


def cri(records: Records) -> bytes:
    """The CRI's log format (kubernetes, kuberuntime/logs): time, stream, tag, line"""
    return "".join(f"{_time(r)} stdout F {line}\n" for r, line in _lines(records)).encode()


def cri_partial(records: Records, size: int = 100) -> bytes:
    """A line longer than the runtime's buffer (16 KiB; here less) in parts: P, and F for the last"""
    out = []
    for record, line in _lines(records):
        data = line.encode()
        for at in range(0, len(data), size):
            tag = b"F" if at + size >= len(data) else b"P"
            out.append(f"{_time(record)} stdout ".encode() + tag + b" " + data[at : at + size] + b"\n")
    return b"".join(out)


def cri_syslog(records: Records) -> bytes:
    """A log agent that prints the lines of kern.log: three layers"""
    return "".join(
        f"{_time(r)} stdout F {datetime.fromtimestamp(r.wall, UTC):%b %e %H:%M:%S} {HOST} kernel: [{r.seconds:12.6f}] {line}\n"
        for r in records
        for line in r.text.split("\n")
    ).encode()


def kubectl_timestamps(records: Records) -> bytes:
    """`kubectl logs --timestamps`"""
    return "".join(f"{_time(r)} {line}\n" for r, line in _lines(records)).encode()


def _gcp_journal(record: Printk) -> dict[str, object]:
    """A node's kernel log in Cloud Logging: the fields of the journal in jsonPayload (LogEntry)"""
    return {
        "insertId": f"i{record.seconds:.6f}",
        "jsonPayload": {
            "MESSAGE": record.text,
            "PRIORITY": str(record.level),
            "SYSLOG_FACILITY": "0",
            "SYSLOG_IDENTIFIER": "kernel",
            "_BOOT_ID": BOOT_ID,
            "_HOSTNAME": HOST,
            "_SOURCE_MONOTONIC_TIMESTAMP": str(round(record.seconds * 1e6)),
            "_TRANSPORT": "kernel",
        },
        "logName": "projects/p/logs/kernel",
        "receiveTimestamp": _time(record, 2.0),
        "resource": {
            "labels": {"cluster_name": "c", "location": "europe-west1", "node_name": HOST},
            "type": "k8s_node",
        },
        "timestamp": _time(record, 0.0),
    }


def gcp(records: Records) -> bytes:
    """A sink's export: an entry a line"""
    return "".join(json.dumps(_gcp_journal(r)) + "\n" for r in records).encode()


def gcp_read(records: Records) -> bytes:
    """`gcloud logging read --format=json`: an array, newest first"""
    return (json.dumps([_gcp_journal(r) for r in reversed(records)], indent=2) + "\n").encode()


def gcp_text(records: Records) -> bytes:
    """A virtual machine's serial port: textPayload, a line an entry, as printk wrote it"""
    return "".join(
        json.dumps({"textPayload": f"[{r.seconds:12.6f}] {line}\r", "timestamp": _time(r), "severity": "INFO"}) + "\n"
        for r in records
        for line in r.text.split("\n")
    ).encode()


def _cloudwatch(record: Printk, line: str, number: int) -> dict[str, object]:
    """An event whose message is a line of /var/log/messages"""
    when = datetime.fromtimestamp(record.wall, UTC)
    return {
        "timestamp": int(record.wall * 1000),
        "message": f"{when:%b %e %H:%M:%S} {HOST} kernel: [{record.seconds:12.6f}] {line}",
        "ingestionTime": int(record.wall * 1000) + 1500 + number,
    }


def _events(records: Records) -> list[dict[str, object]]:
    rows = [(r, line) for r in records for line in r.text.split("\n")]
    return [_cloudwatch(r, line, n) for n, (r, line) in enumerate(rows)]


def cloudwatch(records: Records) -> bytes:
    """`aws logs get-log-events`"""
    document = {"events": _events(records), "nextForwardToken": "f/1", "nextBackwardToken": "b/1"}
    return (json.dumps(document, indent=4) + "\n").encode()


def cloudwatch_lines(records: Records) -> bytes:
    """The events alone, one a line, as a subscription delivers them"""
    return "".join(json.dumps(event) + "\n" for event in _events(records)).encode()


def insights(records: Records) -> bytes:
    """A Logs Insights result exported as JSON"""
    rows = [
        {
            "@timestamp": f"{datetime.fromtimestamp(r.wall, UTC):%Y-%m-%d %H:%M:%S}.{int(r.wall % 1 * 1000):03d}",
            "@message": line,
        }
        for r in records
        for line in (f"[{r.seconds:12.6f}] {part}" for part in r.text.split("\n"))
    ]
    return (json.dumps(rows) + "\n").encode()


def cloudwatch_export(records: Records) -> bytes:
    """An export to S3: the ingestion's time, a blank, the message"""
    return "".join(
        f"{_time(r)[:23]}Z [{r.seconds:12.6f}] {line}\n" for r in records for line in r.text.split("\n")
    ).encode()


TRANSPORTS = {
    "docker-json": docker,
    "docker-json-ansi": docker_ansi,
    "cri": cri,
    "cri-partial": cri_partial,
    "cri-syslog": cri_syslog,
    "kubectl-timestamps": kubectl_timestamps,
    "gcp-lines": gcp,
    "gcp-read": gcp_read,
    "gcp-text": gcp_text,
    "cloudwatch-events": cloudwatch,
    "cloudwatch-lines": cloudwatch_lines,
    "cloudwatch-insights": insights,
    "cloudwatch-export": cloudwatch_export,
}
