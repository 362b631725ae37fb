"""Where the work is done: workers on this machine, or a cluster that runs already."""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from oomscope.errors import InputError
from oomscope.fleet.batch import versions
from oomscope.safe_text import safe_line

_CONNECT_SECONDS = "5s"
_LOCAL_HTTP = "127.0.0.1:0"


def needs_dask() -> None:
    """Raise InputError, with what to install, where a package of the fleet is not there."""
    from importlib.util import find_spec

    missing = [name for name in ("distributed", "fsspec", "pyarrow") if find_spec(name) is None]
    if missing:
        raise InputError(f"fleet: {' and '.join(missing)} not installed; pip install 'oomscope[fleet]'")


@contextmanager
def connected(scheduler: str | None, workers: int) -> Iterator[Any]:
    """Yield a Dask client of the scheduler at that address, or of as many workers on this machine.

    Raises InputError for a scheduler that does not answer, and for workers with another oomscope.
    """
    import dask
    from distributed import Client, LocalCluster
    from distributed.security import Security

    with ExitStack() as stack:
        if scheduler is None:
            scratch = stack.enter_context(
                tempfile.TemporaryDirectory(prefix="oomscope-fleet-", ignore_cleanup_errors=True)
            )
            stack.enter_context(dask.config.set({"temporary-directory": scratch}))
            # A scheduler runs what it is handed: with TLS and a key of this run's own, no other user can hand it anything.
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                host="127.0.0.1",
                protocol="tls",
                security=Security.temporary(),
                dashboard_address=_LOCAL_HTTP,  # Dask opens a port for its state in any case
                worker_dashboard_address=_LOCAL_HTTP,
                silence_logs=logging.CRITICAL,
            )
            address: Any = stack.enter_context(cluster)
        else:
            address = scheduler
        try:
            client = stack.enter_context(Client(address, timeout=_CONNECT_SECONDS))
        except (OSError, TimeoutError, ValueError) as error:
            words = safe_line(str(error))[:200] or type(error).__name__
            raise InputError(f"--scheduler {safe_line(str(scheduler))}: no Dask scheduler answers ({words})") from None
        if scheduler is not None:
            _same_version(client, scheduler)
        yield client


def _same_version(client: Any, scheduler: str) -> None:  # noqa: ANN401 - Dask ships no types
    shown = f"--scheduler {safe_line(scheduler)}"
    try:
        client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
        others = {safe_line(str(one))[:200] for one in client.run(versions, on_error="return").values()} - {versions()}
    except TimeoutError:
        raise InputError(f"{shown}: it has no worker; start one with: dask worker {safe_line(scheduler)}") from None
    except Exception as error:  # whatever a worker without oomscope answers
        others = {safe_line(str(error))[:200]}
    if others:
        words = min(others)
        raise InputError(
            f"{shown}: its workers have not {versions()} ({words}); install oomscope[fleet] on each of them"
        )
