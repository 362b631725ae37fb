"""A short run of the fuzzer that forges and hides; long runs are started by hand (`make fuzz`)."""

import random

import pytest
from transports.goldens import RENDERERS
from transports.one_set import records

from fuzz.hostile import PASTES, SEPARATORS, USERS, WORDS, analysed, case, run, wrong


@pytest.mark.usefixtures("must_end")
def test_some_hundred_hostile_names_and_messages() -> None:
    assert run(300, 30) == 0


@pytest.mark.parametrize("name", [name for name in RENDERERS if name not in PASTES])
def test_each_transport_with_hostile_names_and_messages(name: str) -> None:
    for n in range(4):
        _, data = case(random.Random(f"{name}/{n}"), (name,))
        assert wrong(analysed(data), hides=True) is None, n


@pytest.mark.parametrize("name", USERS)
def test_every_sentence_of_a_kill_from_a_program_is_no_kill(name: str) -> None:
    of_kernel = records()
    said = b"".join(USERS[name](name, of_kernel[9]._replace(text=word, caller="T9", level=3)) for word in WORDS)
    data = RENDERERS[name](of_kernel[:9]) + said + RENDERERS[name](of_kernel[9:])
    assert wrong(analysed(data), hides=True) is None
    assert len(SEPARATORS) > 50
