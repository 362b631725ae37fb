"""The set as log shippers, log stores and their exports hand it on."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from transports import daemons, journal
from transports.one_set import HOST, Printk

Records = Sequence[Printk]
Json = dict[str, object]


def _date(record: Printk) -> datetime:
    return datetime.fromtimestamp(record.wall, UTC)


def _iso(record: Printk) -> str:
    return f"{_date(record):%Y-%m-%dT%H:%M:%S.%f}Z"


def _rows(records: Records) -> Iterator[tuple[Printk, str]]:
    """A line a record, as /dev/kmsg's readers and imklog split it."""
    return ((r, line) for r in records for line in r.text.split("\n"))


def _stamped(record: Printk, line: str) -> str:
    return f"[{record.seconds:12.6f}] {line}"


def _syslog(record: Printk, line: str) -> str:
    return f"{_date(record):%b %e %H:%M:%S} {HOST} kernel: {_stamped(record, line)}"


def _each(records: Records, value: Callable[[Printk, str], object]) -> bytes:
    return "".join(json.dumps(value(r, line)) + "\n" for r, line in _rows(records)).encode()


def vector_journald(records: Records) -> bytes:
    """Vector's journald source: MESSAGE and _HOSTNAME are renamed"""
    out = []
    for fields in json.loads(f"[{journal.as_json(records).decode().strip().replace(chr(10), ',')}]"):
        value = {"message": fields.pop("MESSAGE"), "host": fields.pop("_HOSTNAME"), "source_type": "journald", **fields}
        out.append(json.dumps(value) + "\n")
    return "".join(out).encode()


def vector_file(records: Records) -> bytes:
    """Vector's file source"""
    return _each(records, lambda r, line: {
        "file": "/var/log/kern.log", "host": HOST, "message": _syslog(r, line), "source_type": "file", "timestamp": _iso(r),
    })  # fmt: skip


def fluent_bit_kmsg(records: Records) -> bytes:
    """fluent-bit's kmsg input"""
    return _each(records, lambda r, line: {
        "date": r.wall, "priority": r.level, "sequence": 1, "sec": int(r.seconds), "usec": round(r.seconds % 1 * 1e6), "msg": line,
    })  # fmt: skip


def fluent_bit_tail(records: Records) -> bytes:
    """fluent-bit's tail input without a parser"""
    return _each(records, lambda r, line: {"date": r.wall, "log": _syslog(r, line)})


def fluent_bit_lowercase(records: Records) -> bytes:
    """fluent-bit's systemd input with Lowercase On and Strip_Underscores On"""
    return _each(records, lambda r, line: {
        "date": r.wall, "transport": "kernel", "priority": str(r.level), "syslog_facility": "0", "syslog_identifier": "kernel",
        "source_monotonic_timestamp": str(round(r.seconds * 1e6)), "hostname": HOST, "message": line,
    })  # fmt: skip


def otlp(records: Records) -> bytes:
    """The OpenTelemetry collector's file exporter, from a filelog receiver"""
    logs = [
        {"timeUnixNano": str(round(r.wall * 1e9)), "body": {"stringValue": _syslog(r, line)}, "attributes": []}
        for r, line in _rows(records)
    ]
    return _otlp(logs)


def otlp_journald(records: Records) -> bytes:
    """The same from a journald receiver: the body is a map"""
    logs = [
        {
            "timeUnixNano": str(round(r.wall * 1e9)),
            "body": {
                "kvlistValue": {
                    "values": [
                        {"key": "MESSAGE", "value": {"stringValue": r.text}},
                        {"key": "_TRANSPORT", "value": {"stringValue": "kernel"}},
                        {"key": "SYSLOG_IDENTIFIER", "value": {"stringValue": "kernel"}},
                        {"key": "_HOSTNAME", "value": {"stringValue": HOST}},
                        {"key": "_SOURCE_MONOTONIC_TIMESTAMP", "value": {"stringValue": str(round(r.seconds * 1e6))}},
                    ]
                }
            },
        }
        for r in records
    ]
    return _otlp(logs)


def _otlp(logs: list[Json]) -> bytes:
    out = []
    for n in range(0, len(logs), 50):
        scope = {"scope": {}, "logRecords": logs[n : n + 50]}
        resource = {"attributes": [{"key": "host.name", "value": {"stringValue": HOST}}]}
        out.append(json.dumps({"resourceLogs": [{"resource": resource, "scopeLogs": [scope]}]}) + "\n")
    return "".join(out).encode()


def otel_flat(records: Records) -> bytes:
    """One log record a line, as many stores print it"""
    return _each(records, lambda r, line: {
        "timestamp": _iso(r), "severity": "info", "body": _stamped(r, line), "resource": {"host.name": HOST},
    })  # fmt: skip


def gelf(records: Records) -> bytes:
    """Graylog's format, as rsyslog and Docker send it"""
    return _each(records, lambda r, line: {
        "version": "1.1", "host": HOST, "short_message": _stamped(r, line), "timestamp": r.wall, "level": r.level, "_facility": "kern",
    })  # fmt: skip


def _ecs(record: Printk, line: str) -> Json:
    return {
        "@timestamp": _iso(record), "message": _syslog(record, line), "host": {"name": HOST}, "ecs": {"version": "8.0.0"},
        "log": {"file": {"path": "/var/log/kern.log"}, "offset": 1}, "input": {"type": "log"},
    }  # fmt: skip


def ecs(records: Records) -> bytes:
    """Filebeat"""
    return _each(records, _ecs)


def elasticsearch(records: Records) -> bytes:
    """The answer to a search"""
    hits = [
        {"_index": "filebeat-8", "_id": str(n), "_source": _ecs(r, line)} for n, (r, line) in enumerate(_rows(records))
    ]
    return (
        json.dumps({"took": 3, "timed_out": False, "hits": {"total": {"value": len(hits)}, "hits": hits}}) + "\n"
    ).encode()


def splunk_json(records: Records) -> bytes:
    return _each(records, lambda r, line: {
        "preview": False, "result": {"_raw": _syslog(r, line), "_time": _iso(r), "host": HOST, "source": "/var/log/messages"},
    })  # fmt: skip


def _table(head: Sequence[str], lines: Sequence[Sequence[str]], quoting: int = csv.QUOTE_MINIMAL) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, quoting=quoting, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(lines)
    return out.getvalue().encode()


def splunk_csv(records: Records) -> bytes:
    """Newest first, all fields quoted"""
    lines = [[_syslog(r, line), _iso(r), HOST, "/var/log/messages"] for r, line in reversed(list(_rows(records)))]
    return _table(["_raw", "_time", "host", "source"], lines, csv.QUOTE_ALL)


def graylog_csv(records: Records) -> bytes:
    lines = [[_iso(r), HOST, _stamped(r, line)] for r, line in _rows(records)]
    return _table(["timestamp", "source", "message"], lines, csv.QUOTE_ALL)


def datadog_csv(records: Records) -> bytes:
    lines = [[_iso(r), HOST, "kernel", _stamped(r, line)] for r, line in _rows(records)]
    return _table(["Date", "Host", "Service", "Message"], lines)


def kibana_csv(records: Records) -> bytes:
    lines = [[f"{_date(r):%b %e, %Y @ %H:%M:%S.000}", _stamped(r, line)] for r, line in _rows(records)]
    return _table(["@timestamp", "message"], lines, csv.QUOTE_ALL)


def logcli(records: Records) -> bytes:
    """Loki's client: time, labels, line"""
    return "".join(
        f'{_iso(r)} {{host="{HOST}", job="kern"}} {_stamped(r, line)}\n' for r, line in _rows(records)
    ).encode()


def logcli_jsonl(records: Records) -> bytes:
    return _each(records, lambda r, line: {"labels": {"host": HOST}, "line": _stamped(r, line), "timestamp": _iso(r)})


def loki(records: Records) -> bytes:
    """Loki's own answer: the values are pairs"""
    values = [[str(round(r.wall * 1e9)), _stamped(r, line)] for r, line in _rows(records)]
    result = {"resultType": "streams", "result": [{"stream": {"host": HOST}, "values": values}]}
    return (json.dumps({"status": "success", "data": result}) + "\n").encode()


def grafana(records: Records) -> bytes:
    """Explore's download as JSON"""
    rows = [
        {"line": _stamped(r, line), "timestamp": str(round(r.wall * 1e9)), "date": _iso(r), "fields": {"host": HOST}}
        for r, line in _rows(records)
    ]
    return json.dumps(rows).encode()


def fly(records: Records) -> bytes:
    """`fly logs`"""
    rows = (f"{_date(r):%Y-%m-%dT%H:%M:%SZ} app[148e21f] ams [info]{_stamped(r, line)}\n" for r, line in _rows(records))
    return "".join(rows).encode()


def heroku(records: Records) -> bytes:
    rows = (f"{_date(r):%Y-%m-%dT%H:%M:%S.%f}+00:00 app[web.1]: {_stamped(r, line)}\n" for r, line in _rows(records))
    return "".join(rows).encode()


def compose(records: Records) -> bytes:
    """`docker compose logs`"""
    return "".join(f"web-1  | {_stamped(r, line)}\n" for r, line in _rows(records)).encode()


def kubectl_prefix(records: Records) -> bytes:
    """`kubectl logs --prefix`"""
    return "".join(f"[pod/logger-0/log] {_stamped(r, line)}\n" for r, line in _rows(records)).encode()


def stern(records: Records) -> bytes:
    return "".join(f"logger-0 log {_stamped(r, line)}\n" for r, line in _rows(records)).encode()


def ansible_lines(records: Records) -> bytes:
    """`ansible -m command -a dmesg`, as a playbook's debug task prints it"""
    lines = [_stamped(r, line) for r, line in _rows(records)]
    value = {"ansible_facts": {}, "changed": False, "stdout_lines": lines}
    return f"TASK [debug] ****\nok: [{HOST}] => {json.dumps(value, indent=4)}\n\nPLAY RECAP ****\n".encode()


def ansible_stdout(records: Records) -> bytes:
    """The same as one string"""
    text = "\n".join(_stamped(r, line) for r, line in _rows(records))
    return f"{HOST} | CHANGED => {json.dumps({'changed': True, 'rc': 0, 'stdout': text}, indent=4)}\n".encode()


def json_string(records: Records) -> bytes:
    """The whole log as one string of JSON"""
    return (json.dumps("\n".join(_stamped(r, line) for r, line in _rows(records))) + "\n").encode()


def json_message(records: Records) -> bytes:
    """The whole log in the message of one object"""
    return (
        json.dumps({"host": HOST, "message": "\n".join(_stamped(r, line) for r, line in _rows(records))}) + "\n"
    ).encode()


def json_list(records: Records) -> bytes:
    """Lines as a list of strings"""
    return (json.dumps([_stamped(r, line) for r, line in _rows(records)], indent=1) + "\n").encode()


def blank_lines(records: Records) -> bytes:
    """A chat program's paste: an empty line behind each, no-break spaces at the beginning"""
    return "".join(f"{_stamped(r, line)}\n\n" for r, line in _rows(records)).encode()


def clock_only(records: Records) -> bytes:
    """A syslog whose date somebody has cut off"""
    return b"".join(line[7:] + b"\n" for line in daemons.rfc3164(records).splitlines())


def chat_clock(records: Records) -> bytes:
    """A clock time in brackets before each line"""
    return "".join(f"[{_date(r):%H:%M:%S}] {_stamped(r, line)}\n" for r, line in _rows(records)).encode()


def html_lines(records: Records) -> bytes:
    """A forge's page: a span a line"""
    import html

    rows = (
        f'<span class="line" id="L{n}">{html.escape(_stamped(r, line))}</span><br/>\n'
        for n, (r, line) in enumerate(_rows(records))
    )
    return "".join(["<pre>\n", *rows, "</pre>\n"]).encode()


def newest_first(records: Records) -> bytes:
    """`journalctl -r -k`"""
    return b"".join(
        line + b"\n" for line in reversed(daemons._each_line(records, daemons._rfc3164, stamp=False).splitlines())
    )


TRANSPORTS = {
    "vector-journald": vector_journald,
    "vector-file": vector_file,
    "fluent-bit-kmsg": fluent_bit_kmsg,
    "fluent-bit-tail": fluent_bit_tail,
    "fluent-bit-lowercase": fluent_bit_lowercase,
    "otlp": otlp,
    "otlp-journald": otlp_journald,
    "otel-flat": otel_flat,
    "gelf": gelf,
    "ecs": ecs,
    "elasticsearch": elasticsearch,
    "splunk-json": splunk_json,
    "splunk-csv": splunk_csv,
    "graylog-csv": graylog_csv,
    "datadog-csv": datadog_csv,
    "kibana-csv": kibana_csv,
    "logcli": logcli,
    "logcli-jsonl": logcli_jsonl,
    "loki": loki,
    "grafana": grafana,
    "fly": fly,
    "heroku": heroku,
    "compose": compose,
    "kubectl-prefix": kubectl_prefix,
    "stern": stern,
    "ansible-lines": ansible_lines,
    "ansible-stdout": ansible_stdout,
    "json-string": json_string,
    "json-message": json_message,
    "json-list": json_list,
    "blank-lines": blank_lines,
    "clock-only": clock_only,
    "chat-clock": chat_clock,
    "html-lines": html_lines,
    "newest-first": newest_first,
}
