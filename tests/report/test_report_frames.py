"""The document as pandas tables: every row names its incident, and nothing is lost on the way."""

from pathlib import Path

from oomscope.api import analyze

SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs"


def test_tables_hold_what_the_document_holds() -> None:
    found = analyze([str(SAMPLES / "6.12-v2-leak-restarts.log")])
    doc, frames = found.document(), found.to_frames()
    ids = [one["id"] for one in doc["incidents"]]
    assert list(frames["incidents"]["incident"]) == ids
    assert list(frames["facts"]["incident"]) == ids
    assert set(frames["incidents"]["memcg_limit_bytes"]) == {157286400}
    assert list(frames["victims"]["pid"]) == [v["pid"] for one in doc["incidents"] for v in one["victims"]]
    assert len(frames["tasks"]) == sum(len(one["tasks"]) for one in doc["incidents"])
    assert set(frames["evidence"]["incident"]) <= set(ids)
