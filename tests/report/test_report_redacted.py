"""No name in any kind of field reaches any output of a redacted analysis; one name has one pseudonym."""

import json
from pathlib import Path

import pytest
from read_back import text_of

import oomscope
from oomscope.cli.formats import FORMATS, Format, Look
from oomscope.redacted import Redacted
from oomscope.report.outputs.pdf import browser
from oomscope.report.redact import STRICT, Redactor

SAMPLES = Path(__file__).parents[2] / "sample_logs"
CANARIES = (
    "canaryhost", "canaryhost.corp.example.com", "10.77.66.55", "00:de:ad:be:ef:77", "fd00:dead:beef::77",
    "canary.person@mail.example.com", "i-0ca0a1234567890ab", "canaryuser", "registry.canary.example.com", "aa5841f97-hrhnv",
    "canaryperson", "canarydomain", "canaryorg", "canarybucket", "canaryaccount", "112233445566", "canarylogin",
)  # fmt: skip
NOISE = (
    "usb 1-1: seen from 10.77.66.55 at 00:de:ad:be:ef:77",
    "eth0: address fd00:dead:beef::77 of canaryhost.corp.example.com",
    "audit: user=canaryuser mail canary.person@mail.example.com instance i-0ca0a1234567890ab",
    "cifs: CANARYDOMAIN\\canaryperson logged in, sssd bind uid=canaryperson,ou=people,dc=canaryorg,dc=com",
    "proxy http://canarylogin:pass@canaryhost:3128/ and https://canarylogin@canaryhost/ mail to canaryperson%40canaryorg.com",
    "fuse: s3://canarybucket/x gs://canarybucket/y abfss://canarybucket@canaryaccount.dfs.core.windows.net/z",
    "role arn:aws:iam::112233445566:role/x of account_id=112233445566 at canarybucket.s3.eu-west-1.amazonaws.com",
    "CN=Canaryperson Doe,OU=Sales,DC=canaryorg,DC=com uid=canaryperson",
    "overlayfs: /Users/canaryuser/data, image registry.canary.example.com/app",
)


@pytest.fixture
def analysis(tmp_path: Path) -> oomscope.Analysis:
    """A syslog with canaries between the lines of a report, in a folder that says whose it is; pods beside it."""
    folder = tmp_path / "home" / "canaryuser" / "canaryhost"
    folder.mkdir(parents=True)
    lines = (SAMPLES / "6.12-v2-leak-restarts.log").read_text().splitlines()
    stamped = [f"Nov  1 02:00:{n % 60:02d} canaryhost kernel: {line}" for n, line in enumerate(lines)]
    for n, words in enumerate(NOISE):
        stamped.insert(120 + 3 * n, f"Nov  1 02:00:30 canaryhost kernel: [ 9999.{n:06d}] {words}")
    log = folder / "canaryhost-messages"
    log.write_text("\n".join(stamped) + "\n")
    return oomscope.analyze(log)


@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
def test_no_canary_reaches_an_output(analysis: oomscope.Analysis, kind: Format) -> None:
    if kind.name == "pdf" and browser() is None:
        pytest.skip("no Chromium on PATH, and OOMSCOPE_CHROMIUM is not set")
    said = text_of(kind.render(Redacted(analysis), Look(color=False, width=100)))
    assert len(said) > 50
    assert [canary for canary in CANARIES if canary in said.lower()] == []


def test_the_page_shows_the_log_and_says_that_names_are_left_out(analysis: oomscope.Analysis) -> None:
    written = Redacted(analysis).html()
    assert "invoked oom-killer" in written
    assert "redaction: standard" in written


def test_one_name_has_one_pseudonym_in_all_outputs(analysis: oomscope.Analysis) -> None:
    redacted = Redacted(analysis)
    document = redacted.document()
    hosts = {incident["host"] for incident in document["incidents"]}
    assert len(hosts) == 1
    (host,) = hosts
    assert all(json.loads(line)["source"]["path"].startswith(host) for line in redacted.written_lines())
    assert redacted.mapping["canaryhost"] == host
    assert redacted.document() == document


def test_sizes_times_and_causes_stay(analysis: oomscope.Analysis) -> None:
    before, after = analysis.document(), Redacted(analysis).document()
    for one, other in zip(before["incidents"], after["incidents"], strict=True):
        for key in ("id", "time", "memcg", "accounting", "scope", "lines", "outcome"):
            assert one[key] == other[key]
        assert one["verdict"]["cause"] == other["verdict"]["cause"]


def test_strict_takes_out_what_processes_are_called(analysis: oomscope.Analysis) -> None:
    assert "dotnet" in Redacted(analysis).html()
    assert "dotnet" not in Redacted(analysis, STRICT).html()


def test_a_host_called_like_a_word_of_ours_changes_no_sentence() -> None:
    redactor = Redactor([{"host": "node"}])
    assert redactor.text("the node ran out of memory") == "the node ran out of memory"
    assert redactor.value({"host": "node"}) == {"host": "host-1"}
    assert redactor.text("Nov  1 02:00:00 node kernel: x") == "Nov  1 02:00:00 host-1 kernel: x"


@pytest.mark.parametrize(
    "kept",
    [
        "5.10.0-32-cloud-amd64",
        "12:31:07",
        "gfp_mask=0xcc0(GFP_KERNEL)",
        "memory.max",
        "std::vector",
        "[    5.640123]",
        "1.2.3",
    ],
)
def test_what_only_looks_like_an_address_stays(kept: str) -> None:
    assert Redactor([]).text(kept) == kept


def test_messages_and_tables_have_no_names_either(tmp_path: Path) -> None:
    import gzip

    report = (SAMPLES / "6.12-v2-leak-restarts.log").read_text().splitlines()
    lines = [f"Nov  1 02:00:{n % 60:02d} canaryhost kernel: {line}" for n, line in enumerate(report)]
    log = tmp_path / "canaryhost-messages.gz"
    log.write_bytes(gzip.compress("\n".join(lines * 30).encode())[:-200])
    redacted = Redacted(oomscope.analyze(log))
    assert any(one.not_read for one in redacted.inputs), "what is said on stderr"
    told = [one.path + "".join(w.message for w in one.warnings) for one in redacted.inputs]
    tables = {name: table.to_csv() for name, table in redacted.to_frames().items()}
    assert not [name for name, said in {**tables, "stderr": "".join(told)}.items() if "canaryhost" in said]


def test_sentences_of_ours_keep_their_words() -> None:
    redactor = Redactor([{"victims": [{"comm": "kubelet"}, {"comm": "java"}, {"comm": "canaryproc"}]}], (), STRICT)
    ours = "Which eviction thresholds does the kubelet run with?"
    advice = "Reserve what the processes outside the pods need: kubelet --system-reserved=memory=2Gi"
    assert redactor.value({"question": ours, "action": advice}) == {"question": ours, "action": advice}
    assert redactor.value({"why": "the kubelet keeps no request"}) == {"why": "the kubelet keeps no request"}
    said = redactor.value({"says": "java (pid 7) died", "comm": "kubelet", "text": "Killed process 7 (kubelet)"})
    assert not [name for name in ("java", "kubelet") if name in str(said)]
    assert "canaryproc" not in redactor.text("canaryproc reports the kill itself")


@pytest.mark.parametrize(
    "kept",
    [
        "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),oom_memcg=/a,task_memcg=/a/b,task=x,pid=1,uid=0",
        "dev-disk-by\\x2duuid",
        "usage 137438953472 bytes",
        "Killed process 1 (x) UID:0 c=3, l=4",
    ],
)
def test_what_only_looks_like_an_account_stays(kept: str) -> None:
    assert Redactor([]).text(kept) == kept


@pytest.mark.parametrize("name", ["canaryhost-messages.log", "canaryhost.txt", "dmesg_canaryhost_2026-01-01.txt"])
def test_a_host_that_only_the_files_name_tells_is_taken_out(tmp_path: Path, name: str) -> None:
    log = tmp_path / name
    log.write_bytes((SAMPLES / "6.12-v2-leak-restarts.log").read_bytes())
    redacted = Redacted(oomscope.analyze(log))
    for kind in FORMATS:
        written = kind.render(redacted, Look(color=False, width=100))
        pieces = [written] if isinstance(written, str | bytes) else written
        whole = b"".join(one if isinstance(one, bytes) else one.encode() for one in pieces)
        assert b"canaryhost" not in whole, kind.name


@pytest.mark.parametrize("name", ["dmesg-2026-01-01.txt", "messages-20260101.gz", "var/log/kern.log", "-"])
def test_what_logs_are_called_stays(name: str) -> None:
    assert Redactor([]).member(name) == name
