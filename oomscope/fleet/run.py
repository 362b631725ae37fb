"""A run: what is new is read and kept, then the report is made of everything that is there."""

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, NamedTuple

from oomscope import __version__
from oomscope.api import Options
from oomscope.causes.files.load import load_bundled, load_dir
from oomscope.causes.files.ruleset import rules_hash
from oomscope.facts import VOCABULARY
from oomscope.fleet import overview
from oomscope.fleet.batch import READ, SAME, Read, lost
from oomscope.fleet.cluster import connected
from oomscope.fleet.counts import COLUMNS, Counts
from oomscope.fleet.dataset import DataSet
from oomscope.fleet.manifest import Entry, Manifest
from oomscope.fleet.sources import Source, listed
from oomscope.fleet.spread import batches, pages, read_all
from oomscope.fleet.tables import SCHEMA_VERSION
from oomscope.report.page.fleet import render_fleet
from oomscope.report.write import write

REPORT: Final = "fleet.html"
_PAGES: Final = "pages"


class Plan(NamedTuple):
    """How to go about it."""

    scheduler: str | None = None
    workers: int = 1
    batch_files: int = 50
    batch_bytes: int = 64 << 20


class Progress(NamedTuple):
    """How far a run is."""

    inputs: int
    skipped: int = 0
    read: int = 0
    kills: int = 0
    not_read: int = 0

    @property
    def done(self) -> int:
        """Inputs that nothing more has to be done for."""
        return self.skipped + self.read + self.not_read


Tell = Callable[[Progress], None]


def run(names: Sequence[str], out: str, options: Options, plan: Plan, tell: Tell) -> Progress:
    """Read what is new among the inputs into the folder `out`, and write the report. Returns what was done.

    An input that cannot be read is a row with its reason. Raises UsageError and InputError where nothing can be done at all.
    """
    folder = Path(out)
    found = list(listed(names, out))
    made_by = _made_by(options)
    with Manifest(folder) as manifest, ExitStack() as stack:
        data = DataSet(folder)
        data.forget_but(manifest.batches)
        new = [one for one in found if not manifest.done(one, made_by)]
        progress = Progress(len(found), skipped=len(found) - len(new))
        tell(progress)
        clients: list[Any] = []

        def client() -> Any:  # noqa: ANN401 - Dask ships no types
            if not clients:
                clients.append(stack.enter_context(connected(plan.scheduler, plan.workers)))
            return clients[0]

        refused = [one for one in new if one.reason is not None]
        if refused:
            progress = _keep(data, manifest, refused, lost(refused), made_by, progress)
        readable = [one for one in new if one.reason is None]
        if readable:
            work = batches(readable, plan.batch_files, plan.batch_bytes)
            known = manifest.hashes(readable, made_by)
            for sources, result in read_all(client(), work, options, known):
                progress = _keep(data, manifest, sources, result, made_by, progress)
                tell(progress)
        data.drop(manifest.stale)
        manifest.compact()
        _report(folder, data, manifest, found, options, client)
    return progress


def _keep(
    data: DataSet, manifest: Manifest, sources: Sequence[Source], result: Read, made_by: str, progress: Progress
) -> Progress:
    """Write a batch, then that it is done."""
    batch = _name([(one.name, one.size, one.stamp) for one in sources], made_by)
    data.put(batch, result.files)
    entries = []
    for source, row in zip(sources, result.inputs, strict=True):
        status, before = str(row["status"]), manifest.entries.get(source.name)
        entry = Entry(source.name, source.size, source.stamp, row.get("sha256"), status, batch, made_by)  # type: ignore[arg-type]  # text or None
        if status == SAME and before is not None:
            entry = entry._replace(status=before.status, batch=before.batch)
        entries.append(entry)
        progress = progress._replace(
            read=progress.read + (status in (READ, SAME)),
            not_read=progress.not_read + (status not in (READ, SAME)),
            kills=progress.kills + int(row.get("kill_count") or 0),  # type: ignore[call-overload]  # a count
        )
    manifest.add(entries)
    return progress


def _report(
    folder: Path,
    data: DataSet,
    manifest: Manifest,
    found: Sequence[Source],
    options: Options,
    client: Callable[[], Any],
) -> None:
    """Write the report on everything in the folder, and the pages that it leads to."""
    counts = Counts(data.rows("incidents", COLUMNS))
    inputs = overview.inputs_of(
        data.rows("inputs", ("input", "status", "reason", "host", "unpacked_bytes", "warning_count"))
    )
    here = folder / _PAGES
    here.mkdir(exist_ok=True)
    wanted = {name: _page_name(manifest, name) for name in overview.examples(counts)}
    there = {path.name for path in here.iterdir()}
    by_name = {one.name: one for one in found}
    missing = [by_name[name] for name, page in wanted.items() if page not in there and name in by_name]
    for source, page in pages(client(), missing, options) if missing else ():
        if page is not None and page[0] == manifest.entries[source.name].sha256:
            write(here / wanted[source.name], page[1])
    for path in list(here.iterdir()):
        if path.name not in wanted.values():
            path.unlink()

    def page_of(name: str) -> str | None:
        page = wanted.get(name)
        return f"{_PAGES}/{page}" if page and (here / page).exists() else None

    written = render_fleet(
        overview.title(counts, inputs), overview.lines(counts, inputs), overview.sections(counts, inputs, page_of)
    )
    write(folder / REPORT, written)


def _page_name(manifest: Manifest, name: str) -> str:
    entry = manifest.entries.get(name)
    return f"{_name([name], (entry.sha256 or '') + entry.made_by if entry else '')}.html"


def _made_by(options: Options) -> str:
    """Return what the results depend on beside the inputs."""
    causes = load_dir(options.rules, VOCABULARY) if options.rules else load_bundled(VOCABULARY)
    read = options.read
    return _name([__version__, SCHEMA_VERSION, rules_hash(causes), options.trust, read.year, read.tz], "")


def _name(what: object, more: str) -> str:
    """Return a name of 16 hex digits that is made of a hash alone."""
    return hashlib.sha256(json.dumps([what, more], ensure_ascii=True).encode()).hexdigest()[:16]
