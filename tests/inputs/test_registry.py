"""The registry of side inputs: what the command line, the page and the facts are made from."""

import json
from pathlib import Path

import pytest

from oomscope.facts import VOCABULARY
from oomscope.facts.origins import ORIGINS
from oomscope.inputs import SideFiles
from oomscope.inputs.registry import OPTIONS, SIDE_INPUTS, command_for
from oomscope.inputs.registry import ORIGINS as SIDE_ORIGINS
from oomscope.inputs.side_input import Asked
from oomscope.inputs.untrusted_file import read_text

from .syslogs import DATA

POD = Asked(kubernetes=True, version=2, cgroup="/kubepods/pod1/c 1", named=True, timed=True)


def test_every_option_has_a_name_a_flag_and_help() -> None:
    assert len(OPTIONS) == sum(len(one.options) for one in SIDE_INPUTS)
    assert all(option.flag.startswith("--") and option.help.endswith(".") for option in OPTIONS.values())


def test_every_origin_beside_the_log_has_facts_words_and_a_command() -> None:
    for name, one in SIDE_ORIGINS.items():
        assert ORIGINS[name] == one.origin_words
        assert [fact for fact in VOCABULARY.values() if fact.origin == name]
        assert one.title
        command = command_for(name, POD)
        assert command and any(option.flag in command for each in SIDE_INPUTS for option in each.options)


def test_the_facts_that_an_input_declares_are_of_its_origins() -> None:
    for one in SIDE_INPUTS:
        assert {fact.origin for fact in one.facts()} <= set(one.gives)


def test_a_hostile_cgroup_stays_one_word_of_the_command() -> None:
    assert "/sys/fs/cgroup'/kubepods/pod1/c 1'/memory.*" in (command_for("cgroup", POD) or "")
    assert "CGROUP/memory.*" in (command_for("cgroup", POD._replace(cgroup="/a\nb")) or "")


def test_an_option_that_nobody_has_is_refused() -> None:
    with pytest.raises(TypeError, match="no side input has the option podz; there are pods"):
        SideFiles(podz=("x",))


def test_nothing_given_is_nothing() -> None:
    assert not SideFiles(pods=(), prometheus=None, kubectl=False)
    assert SideFiles(prometheus="") and SideFiles(kubectl=True)
    assert SideFiles(pods=["a"]) == SideFiles(pods=("a",))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_read_in_any_encoding_that_a_shell_writes(tmp_path: Path, encoding: str) -> None:
    pods = (DATA / "leak_restarts-host-v1-116-x1200.pods.json").read_text()
    path = tmp_path / "pods.json"
    path.write_text(pods, encoding=encoding)
    assert json.loads(read_text(path, "")) == json.loads(pods)
