"""The set through log shippers, log stores and their exports: the same incidents as from the kernel's own log."""

import json
from pathlib import Path

import pytest

from transports.goldens import EXPECTED, clocks, incidents, told
from transports.one_set import HOST, records
from transports.shippers import TRANSPORTS

NO_HOST = {
    "fluent-bit-kmsg", "kibana-csv", "fly", "heroku", "compose", "kubectl-prefix", "stern", "ansible-lines", "ansible-stdout",
    "json-string", "json-list", "blank-lines", "chat-clock", "html-lines",
}  # fmt: skip
HOSTS_OWN = {
    "vector-journald", "vector-file", "fluent-bit-kmsg", "fluent-bit-lowercase", "otlp-journald", "gelf", "ecs", "elasticsearch",
    "splunk-json", "splunk-csv", "ansible-lines", "ansible-stdout", "json-string", "json-list", "blank-lines", "chat-clock",
    "html-lines",
}  # fmt: skip
"""What the machine itself wrote, or somebody copied from there. The others may be any program's output."""


@pytest.mark.parametrize("name", TRANSPORTS)
def test_every_shipper_tells_the_same_kills(name: str, tmp_path: Path) -> None:
    log = tmp_path / f"{name}.log"
    log.write_bytes(TRANSPORTS[name](records()))
    found = incidents(log)
    assert [told(incident) for incident in found] == json.loads(EXPECTED.read_text())["kills"]
    assert {incident.event.host for incident in found} == ({None} if name in NO_HOST else {HOST})
    assert {incident.event.trust for incident in found} == ({"likely"} if name in HOSTS_OWN else {"tag"})
    kills = [record for record in records() if "Killed process" in record.text]
    for (uptime, wall), kill in zip(clocks(found), kills, strict=True):
        assert uptime is None or abs(uptime - kill.seconds) < 2e-6
        assert wall is None or -1.0 < wall - kill.wall < 0.5
