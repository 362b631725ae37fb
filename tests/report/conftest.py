"""The documents that every report test reads."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "fixtures"))

import report_corpus

REALISTIC = sorted(set(report_corpus.ALL) - {"hostile"})


@pytest.fixture(params=REALISTIC)
def realistic(request: pytest.FixtureRequest) -> tuple[report_corpus.Doc, report_corpus.Raw]:
    return report_corpus.ALL[request.param]()
