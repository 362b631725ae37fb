"""Which free blocks an allocation of some order may take."""

import re
from pathlib import Path

import pytest

from oomscope.api import Analysis, analyze

LOG = Path(__file__).resolve().parents[2] / "sample_logs" / "5.10-v2-fragmentation.log"


def with_a_large_block(tmp_path: Path, kinds: str) -> Analysis:
    """The sample, whose free blocks are all too small, with 256 KiB free in one piece of these types."""
    text = re.sub(r"0\*256kB", f"1*256kB ({kinds})", LOG.read_text())
    path = tmp_path / "dmesg.txt"
    path.write_text(text)
    return analyze([str(path)])


@pytest.mark.parametrize("kinds", ["C", "H", "I", "CH"])
def test_a_block_that_is_kept_for_others_is_none(tmp_path: Path, kinds: str) -> None:
    found = with_a_large_block(tmp_path, kinds)
    assert found.facts[0].values["blocks_missing"] is True
    assert found.verdicts[0].cause == "fragmentation"


@pytest.mark.parametrize("kinds", ["U", "M", "E", "UMEH"])
def test_a_block_that_may_be_taken_is_one(tmp_path: Path, kinds: str) -> None:
    assert with_a_large_block(tmp_path, kinds).facts[0].values["blocks_missing"] is False
