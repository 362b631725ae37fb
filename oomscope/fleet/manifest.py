"""What was read, in DIR/manifest.jsonl: one line an input, written when its rows are on disk, so that a run goes on."""

import fcntl
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Self

from oomscope.errors import InputError, UsageError
from oomscope.fleet.sources import Source
from oomscope.report.write import write
from oomscope.safe_text import safe_line

NAME: Final = "manifest.jsonl"
RETRIED: Final = "unreachable"


class Entry(NamedTuple):
    """One input as it was read last."""

    input: str
    size: int | None
    stamp: str
    sha256: str | None
    status: str
    batch: str  # the files that hold its rows
    made_by: str  # version, rules and options: with others it is read again


class Manifest:
    """The entries of a folder, which no other run writes to at the same time."""

    def __init__(self, folder: Path) -> None:
        """Raises UsageError for a folder that holds something else, InputError for one that cannot be used now."""
        self._path = folder / NAME
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not self._path.exists() and any(folder.iterdir()):
                raise UsageError(
                    f"--out {safe_line(str(folder))}: is not empty and holds no earlier results; name another"
                )
            self._file = self._path.open("ab")
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{safe_line(str(folder))}: another run writes to it; wait for its end") from None
        except OSError as error:
            raise InputError(f"--out {safe_line(str(folder))}: {error.strerror}; name another folder") from None
        self.entries: dict[str, Entry] = {}
        self.stale: set[tuple[str, str]] = set()
        """Batch and input of rows that a later batch has anew."""
        self.batches: set[str] = set()
        self._load()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _load(self) -> None:
        for line in self._path.read_bytes().splitlines():
            try:
                self._take(Entry(**json.loads(line)))
            except (ValueError, TypeError):  # a last line that was cut short: its inputs are read again
                continue

    def _take(self, entry: Entry) -> None:
        before = self.entries.get(entry.input)
        if before is not None and before.batch != entry.batch:
            self.stale.add((before.batch, entry.input))
            self.stale.discard((entry.batch, entry.input))
        self.entries[entry.input] = entry
        self.batches.add(entry.batch)

    def done(self, source: Source, made_by: str) -> bool:
        """True if nothing of this input has to be read again."""
        entry = self.entries.get(source.name)
        if entry is None or entry.made_by != made_by or entry.status == RETRIED:
            return False
        return bool(source.stamp) and (entry.size, entry.stamp) == (source.size, source.stamp)

    def hashes(self, sources: Iterable[Source], made_by: str) -> dict[str, str]:
        """Return the hashes of inputs that may have got a new stamp only."""
        known = ((source.name, self.entries.get(source.name)) for source in sources)
        return {
            name: entry.sha256
            for name, entry in known
            if entry is not None and entry.sha256 and entry.made_by == made_by and entry.status != RETRIED
        }

    def add(self, entries: Sequence[Entry]) -> None:
        """Write down that these inputs are done. Raises InputError where the disk takes no more."""
        lines = "".join(json.dumps(entry._asdict(), ensure_ascii=True) + "\n" for entry in entries)
        try:
            self._file.write(lines.encode())
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise InputError(f"{safe_line(str(self._path))}: {error.strerror}") from None
        for entry in entries:
            self._take(entry)

    def compact(self) -> None:
        """Write the file anew with the last entry of each input, when no stale rows are left."""
        lines = (json.dumps(entry._asdict(), ensure_ascii=True) + "\n" for entry in self.entries.values())
        write(self._path, lines)
        self.stale.clear()
        self.batches = {entry.batch for entry in self.entries.values()}
