"""Several inputs read by several processes. What they find travels back whole, and is numbered anew."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import TYPE_CHECKING

from oomscope.errors import InputError
from oomscope.facts import FactTable
from oomscope.incident import Incident
from oomscope.input_reading import Found, Keep, read_inputs
from oomscope.read import KeptLines, ReadOptions

if TYPE_CHECKING:
    from oomscope.incident.what_if import Change

_Input = tuple[list[tuple[Incident, FactTable]], Found]


def read_in_processes(
    paths: Sequence[str],
    options: ReadOptions,
    what_if: "Sequence[Change]",
    jobs: int,
    keep: Keep,
    most: int,
    *,
    any_text: bool,
) -> Iterator[tuple[list[Incident], Found]]:
    """The same as `read_inputs` for each of the paths, in their order; `most` counts for all of them together."""
    context = multiprocessing.get_context("fork")  # lines of several logs are told by their hashes, which a fork keeps
    number = 0
    if options.max_memory is not None:
        options = options._replace(max_memory=options.max_memory // min(jobs, len(paths)))
    work = partial(_read, options=options, what_if=what_if, most=most, any_text=any_text)
    with ProcessPoolExecutor(min(jobs, len(paths)), mp_context=context, initializer=_leave_interrupts) as pool:
        for inputs in _results(pool, work, paths):
            for pairs, found in inputs:
                for incident, _ in pairs[most:]:
                    found.more.add(incident)
                incidents = [keep(incident._replace(input=number), facts) for incident, facts in pairs[:most]]
                most -= len(incidents)
                yield incidents, _numbered(found, number)
                number += 1


def _leave_interrupts() -> None:
    """Ctrl-C reaches all processes of a terminal; the one that started the others ends them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _results(
    pool: ProcessPoolExecutor, work: Callable[[str], list[_Input]], paths: Sequence[str]
) -> Iterator[list[_Input]]:
    """What the processes return, in the order of the paths; where that ends early, so do they."""
    try:
        yield from pool.map(work, paths)
    except BrokenProcessPool:
        raise InputError(
            "a process that read one of the inputs was ended from outside, perhaps for lack of memory; try --jobs 1"
        ) from None
    except BaseException:
        for process in list(getattr(pool, "_processes", {}).values()):
            process.terminate()
        raise


def _read(path: str, options: ReadOptions, what_if: "Sequence[Change]", most: int, any_text: bool) -> list[_Input]:
    pairs: list[tuple[Incident, FactTable]] = []

    def keep(incident: Incident, facts: FactTable) -> Incident:
        pairs.append((incident, facts))
        return incident

    inputs: list[_Input] = []
    for incidents, found in read_inputs(path, options, what_if, keep, 0, any_text=any_text, alone=False, most=most):
        own = pairs[len(pairs) - len(incidents) :]
        pairs.clear()
        kept = found.kept.read_ahead() if incidents else KeptLines(())
        inputs.append((own, found._replace(kept=kept)))
    return inputs


def _numbered(found: Found, number: int) -> Found:
    """What was found, as that of input `number`."""
    return found._replace(
        quoted=tuple({**line, "input": number} for line in found.quoted),
        boots=[boot._replace(input=number) for boot in found.boots],
        same_lines=found.same_lines.renumbered(number),
    )
