"""Very many incidents: what is written of each is bounded, and what is left out is said."""

from pathlib import Path

from oomscope.api import analyze
from oomscope.report.document.document import MOST_ASKED

SIZES = "total-vm:100kB, anon-rss:50kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0"


def test_open_questions_are_listed_for_the_first_incidents_of_a_run(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    kills = range(MOST_ASKED + 20)
    log.write_text("".join(f"[{n}.000000] Out of memory: Killed process {n} (p{n}) {SIZES}\n" for n in kills))
    doc = analyze(str(log)).document()
    first, last = doc["incidents"][0], doc["incidents"][-1]
    assert len(doc["incidents"]) == len(kills)
    assert first["verdict"]["wanted"]
    assert not any(gap["section"] == "open questions" for gap in first["gaps"])
    assert last["verdict"]["ranked"]
    assert not last["verdict"]["wanted"]
    assert not last["verdict"]["undecided"]
    assert last["gaps"][-1]["reason"] == f"left out: they are listed for the first {MOST_ASKED} incidents of a run"
