"""Batches handed to the workers, some ahead, and their results as they come. A batch of a lost worker goes to another."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from oomscope.api import Options
from oomscope.errors import InputError
from oomscope.fleet.batch import Read, lost, read_batch, report_page
from oomscope.fleet.sources import Source

_AHEAD: Final = 4
"""Batches for each worker that are handed out before their turn, so that none of them waits."""


def batches(sources: Iterable[Source], most_files: int, most_bytes: int) -> Iterator[tuple[Source, ...]]:
    """Return the inputs some at a time: at most so many, and no more bytes than that unless it is one input."""
    batch: list[Source] = []
    size = 0
    for source in sources:
        if batch and (len(batch) == most_files or size + (source.size or 0) > most_bytes):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(source)
        size += source.size or 0
    if batch:
        yield tuple(batch)


def read_all(
    client: Any,  # noqa: ANN401 - Dask ships no types
    work: Iterable[tuple[Source, ...]],
    options: Options,
    known: Mapping[str, str],
) -> Iterator[tuple[Sequence[Source], Read]]:
    """Return each batch with what became of it, in the order in which they are done.

    Dask hands the batch of a lost worker to another. Those that have ended several workers are read again at the end, each
    input alone, and an input that still ends them is said to be lost. Raises InputError where the cluster is gone.
    """
    from distributed import as_completed

    waiting = iter(work)
    running: dict[Any, tuple[Source, ...]] = {}
    suspects: list[Source] = []

    def hand_out(batch: tuple[Source, ...]) -> Any:  # noqa: ANN401 - a future
        hashes = {source.name: known[source.name] for source in batch if source.name in known}
        future = client.submit(read_batch, batch, options, hashes, pure=False)
        running[future] = batch
        return future

    ahead = _AHEAD * max(1, len(client.nthreads()))
    done = as_completed([hand_out(batch) for batch in islice(waiting, ahead)])
    for future in done:
        batch = running.pop(future)
        result = _result_of(future, client)
        if isinstance(result, Read):
            yield batch, result
        else:
            suspects += batch
        future.release()
        for more in islice(waiting, 1):
            done.add(hand_out(more))
    for source in suspects:  # alone: a worker that ends has nothing else in hand that could be blamed
        future = hand_out((source,))
        result = _result_of(future, client)
        yield (source,), result if isinstance(result, Read) else lost((source,), _why(result))
        future.release()


def _result_of(future: Any, client: Any) -> Read | BaseException:  # noqa: ANN401 - Dask ships no types
    """Return what a worker returned, or why there is nothing. A result that went with its worker is made again meanwhile.

    Raises InputError where the cluster is gone.
    """
    from asyncio import CancelledError

    try:
        found: Read = future.result()
    except (Exception, CancelledError) as error:
        if client.status != "running":
            raise InputError("the Dask cluster has gone away; the next run goes on from here") from None
        return error
    return found


def _why(error: BaseException) -> str:
    from distributed import KilledWorker

    if isinstance(error, KilledWorker):
        return "every worker that read it was ended, perhaps for lack of memory"
    return f"the worker failed ({type(error).__name__}); please report it"


def pages(client: Any, sources: Sequence[Source], options: Options) -> Iterator[tuple[Source, tuple[str, str] | None]]:  # noqa: ANN401
    """Return each input with its hash and its report page; None where that could not be made."""
    futures = [client.submit(report_page, source, options, pure=False) for source in sources]
    for source, future in zip(sources, futures, strict=True):
        yield source, future.result() if future.exception() is None else None
