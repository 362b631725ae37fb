"""Every output says the same of the same document, can be read back by its own parser, and obeys nothing in the input."""

import csv
import io
import json
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from fluidattacks_core.sarif import SarifLog
from markdown_it import MarkdownIt
from markdown_it.token import Token
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from report_corpus import ALL, Doc, everything, hostile, many
from report_documents import leak_in_a_pod, tmpfs

import oomscope
from oomscope.cli.formats import FORMATS, of_target
from oomscope.report.outputs.csv_table import render_csv
from oomscope.report.outputs.junit import render_junit
from oomscope.report.outputs.markdown import render_markdown
from oomscope.report.outputs.markup import JIRA, MARKDOWN, SLACK, Flavour
from oomscope.report.outputs.openmetrics import render_openmetrics
from oomscope.report.outputs.sarif import render_sarif
from oomscope.report.outputs.table import COLUMNS

SAMPLES = Path(__file__).parents[3] / "sample_logs"
TRICKS = (
    "@everyone please merge",
    "closes #12, GH-7, !34 and $5",
    "[click](http://127.0.0.1:9/x) ![img](http://127.0.0.1:9/p.png)",
    "http://127.0.0.1:9/ www.example.com mailto:a@b.c",
    "<script>x</script><img src=x>",
    "`code` ``` fence ```` **bold** _it_ ~~no~~",
    "| a | b |\n|---|---|\n# heading\n- item\n1. one",
    "{code}x{code} [~admin] !x.png! {{y}} h1. z",
    "<!channel> <@U123> *b* &lt;",
    "=cmd|' /C calc'!A0",
    "]]></failure><x/>",
    "::error::boom ##[group] ##vso[x]",
)


def parsed_xml(written: str) -> ElementTree.Element:
    return ElementTree.fromstring(written)  # noqa: S314


def poisoned(trick: str) -> Doc:
    return hostile(" " + trick)[0]


def walk(tokens: "list[Token]") -> "list[Token]":
    found = []
    for token in tokens:
        found.append(token)
        found += walk(token.children or [])
    return found


@pytest.mark.parametrize("trick", TRICKS)
def test_markdown_of_hostile_names_holds_only_our_own_markup(trick: str) -> None:
    written = render_markdown(poisoned(trick))
    tokens = walk(MarkdownIt("gfm-like", {"linkify": False}).parse(written))
    kinds = {token.type for token in tokens}
    allowed = {
        "heading_open", "heading_close", "inline", "text", "code_inline", "bullet_list_open", "bullet_list_close",
        "list_item_open", "list_item_close", "paragraph_open", "paragraph_close", "strong_open", "strong_close", "fence",
        "softbreak", "text_special",
    }  # fmt: skip
    assert kinds <= allowed
    said = "".join(token.content for token in tokens if token.type in ("text", "text_special"))
    assert not re.search(r"@\w|#\d|GH-\d|://|www\.", said), "a mention, a reference or a link outside of code"


def test_a_message_with_backticks_is_text_and_code_and_nothing_is_garbled() -> None:
    words = "`journalctl -k` says `a b`; run `x_y` and foo@`bar`, then `one``two`"
    assert MARKDOWN.text(words) == "`journalctl -k` says `a b`; run `x_y` and `foo@` `bar`, then `one` `two`"
    assert SLACK.text("see `man 5 x`") == "see `man 5 x`"
    assert JIRA.text("see `man 5 x`") == "see {{man 5 x}}"
    tokens = walk(MarkdownIt().parse(MARKDOWN.text(words)))
    code = [token.content for token in tokens if token.type == "code_inline"]
    assert code == ["journalctl -k", "a b", "x_y", "foo@", "bar", "one", "two"]


@pytest.mark.parametrize("flavour", [MARKDOWN, JIRA, SLACK], ids=["markdown", "jira", "slack"])
@pytest.mark.parametrize("trick", TRICKS)
def test_no_line_begins_with_what_the_input_says(flavour: Flavour, trick: str) -> None:
    ours = (flavour.heading, flavour.bullet, "  `", "{noformat}", "`", "oomscope ", "  ")
    inside = False
    for line in render_markdown(poisoned(trick), flavour).splitlines():
        fence = line.strip().startswith(("```", "{noformat}"))
        assert inside or not line or line.startswith(tuple(o for o in ours if o)) or flavour is SLACK, line
        inside = inside != fence
        assert not line.startswith(("::", "##[", "##vso["))


@pytest.mark.parametrize("trick", TRICKS)
def test_jira_and_slack_markup_of_the_input_is_escaped(trick: str) -> None:
    written = render_markdown(poisoned(trick), JIRA)
    jira = re.sub(r"(?m)^\{noformat\}$\n.*\n^\{noformat\}$", "", written)  # nothing is obeyed in there
    assert not re.search(r"(?<!\\)\[~|(?<![\\{])\{code|(?<!\\)!\S+\.png(?<!\\)!", jira)
    slack = render_markdown(poisoned(trick), SLACK)
    assert not re.search(r"<[!@#h]", slack)


@pytest.mark.parametrize("flavour", [MARKDOWN, JIRA, SLACK], ids=["markdown", "jira", "slack"])
@pytest.mark.parametrize("name", sorted(set(ALL) - {"hostile"}))
def test_one_incident_takes_at_most_forty_lines(flavour: Flavour, name: str) -> None:
    doc, _ = ALL[name]()
    if len(doc["workloads"]) == 1:
        assert len(render_markdown(doc, flavour).splitlines()) <= 40


@pytest.mark.parametrize("trick", ["=1+1", "@SUM(A1)", "+1", "-2+3", "\t=1", "\r=1"])
def test_no_cell_of_a_table_begins_a_formula(trick: str) -> None:
    doc = leak_in_a_pod()[0]
    for incident in doc["incidents"]:
        incident["victims"][0]["comm"] = incident["workload"]["pod"] = trick
    for row in csv.DictReader(io.StringIO("".join(render_csv(doc)))):
        assert all(not (cell or "").startswith(("=", "+", "@", "\t", "\r")) for cell in row.values())
        assert not row["comm"].startswith("-")


def test_the_table_has_one_row_an_incident_and_pandas_reads_it() -> None:
    import pandas as pd

    doc = everything()[0]
    frame = pd.read_csv(io.StringIO("".join(render_csv(doc))))
    assert list(frame.columns) == list(COLUMNS)
    assert list(frame["incident"]) == [i["id"] for i in doc["incidents"]]


@pytest.mark.parametrize("trick", [*TRICKS, "\x00\x1b[31m\ud800\ufffe"])
def test_junit_is_well_formed_whatever_the_names_are(trick: str) -> None:
    root = parsed_xml(render_junit(poisoned(trick)))
    suite = root[0]
    assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure")) > 0
    assert {child.tag for child in root.iter()} == {"testsuites", "testsuite", "testcase", "failure"}


def test_junit_without_a_kill_passes() -> None:
    root = parsed_xml(render_junit(ALL["empty"]()[0]))
    assert (root.attrib["tests"], root.attrib["failures"]) == ("1", "0")


def test_junit_of_a_report_that_is_cut_does_not_pass() -> None:
    whole = (SAMPLES / "6.12-v2-leak-restarts.log").read_text()
    cut = whole.partition("oom-kill:")[0].rpartition("\n")[0] + "\n"
    root = parsed_xml(render_junit(oomscope.analyze(io.BytesIO(cut.encode())).document()))
    assert (root.attrib["tests"], root.attrib["failures"], root.attrib["errors"]) == ("1", "0", "1")
    (error,) = root.findall("testsuite/testcase/error")
    assert error.attrib["message"] == "1 OOM report without the line that says who was killed"


def test_junit_of_an_input_that_was_partly_read_does_not_pass() -> None:
    doc = oomscope.analyze(io.BytesIO(b"[    1.0] eth0: link up\n")).document()
    assert parsed_xml(render_junit(doc)).attrib["errors"] == "0"
    doc["inputs"][0]["warnings"].append({"code": "time-limit", "message": "met", "line": None})
    root = parsed_xml(render_junit(doc))
    assert (root.attrib["tests"], root.attrib["failures"], root.attrib["errors"]) == ("1", "0", "1")


def test_sarif_points_at_the_lines_of_the_log() -> None:
    run = json.loads(render_sarif(tmpfs()[0]))["runs"][0]
    (result,) = run["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 12, "endLine": 96}
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "tmpfs_fill"


@pytest.mark.parametrize("name", [*sorted(ALL), "everything"])
def test_sarif_is_what_its_schema_says(name: str) -> None:
    """The models are made from the schema of SARIF 2.1.0, and take no key that it does not have."""
    doc = everything()[0] if name == "everything" else ALL[name]()[0]
    read = SarifLog.model_validate_json(render_sarif(doc))
    assert len(read.runs[0].results or []) == len(doc["incidents"])


@pytest.mark.parametrize("trick", TRICKS)
def test_a_sarif_place_is_a_uri(trick: str) -> None:
    run = json.loads(render_sarif(poisoned(trick)))["runs"][0]
    for result in run["results"]:
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[\w%./~!$&'()*+,;=:@-]+", uri, re.ASCII)


@pytest.mark.parametrize("trick", ["", *TRICKS])
def test_openmetrics_is_what_its_own_tool_reads(trick: str) -> None:
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip("no promtool on PATH")
    written = "".join(render_openmetrics(poisoned(trick) if trick else everything()[0]))
    done = subprocess.run([tool, "check", "metrics"], input=written.encode(), capture_output=True, check=False)
    assert done.returncode in (0, 3), done.stderr  # 3: it wants the classic format's HELP


@pytest.mark.parametrize("trick", ["", *TRICKS])
def test_openmetrics_parses(trick: str) -> None:
    doc = poisoned(trick) if trick else everything()[0]
    (family,) = text_string_to_metric_families("".join(render_openmetrics(doc)))
    kills = sum(incident["outcome"] == "killed" for incident in doc["incidents"])
    assert sum(sample.value for sample in family.samples) == kills


def test_openmetrics_counts_reports_that_are_cut_apart_from_kills() -> None:
    whole = (SAMPLES / "6.12-v2-leak-restarts.log").read_text()
    cut = whole[: whole.rindex("oom-kill:")].rpartition("\n")[0] + "\n"
    doc = oomscope.analyze(io.BytesIO(cut.encode())).document()
    families = {one.name: one for one in text_string_to_metric_families("".join(render_openmetrics(doc)))}
    counts = {name: sum(sample.value for sample in family.samples) for name, family in families.items()}
    assert counts == {"oom_kills": 3, "oom_reports_cut": 1}


def test_all_outputs_tell_the_same_kills() -> None:
    doc = many(3, kills=2)[0]
    ids = {i["id"] for i in doc["incidents"]}
    causes = sorted(i["verdict"]["cause"] for i in doc["incidents"])
    table = list(csv.DictReader(io.StringIO("".join(render_csv(doc)))))
    assert {row["incident"] for row in table} == ids
    assert sorted(row["cause"] for row in table) == causes
    results = json.loads(render_sarif(doc))["runs"][0]["results"]
    assert {r["partialFingerprints"]["oomscopeIncident/v1"] for r in results} == ids
    assert sorted(r["ruleId"] for r in results) == causes
    samples = re.findall(r"\} (\d+)\n", "".join(render_openmetrics(doc)))
    assert sum(map(int, samples)) == len(ids)
    assert int(parsed_xml(render_junit(doc)).attrib["failures"]) == len(doc["workloads"])
    written = render_markdown(doc)
    assert all(identity in written for identity in ids)


def test_each_ending_means_one_format() -> None:
    endings = [ending for one in FORMATS for ending in one.endings]
    assert len(endings) == len(set(endings))
    assert of_target("x.md").name == "markdown"
    assert of_target("run.tasks.csv").name == "csv-tasks" and of_target("tasks.csv").name == "csv"
    assert of_target("run.ecs.jsonl").name == "ecs" and of_target("ECS.JSONL").name == "jsonl"
