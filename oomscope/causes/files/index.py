"""`rules/index.json`: the bundled cause files, parsed, with the hash of the texts that they were parsed from.

Where a text has changed, the texts count: an index that is out of date costs time, never correctness.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

NAME = "index.json"

Texts = list[tuple[str, bytes]]
"""(name that errors use, content), sorted by name."""


def write(documents: Mapping[str, Mapping[str, Any]], texts: Texts) -> str:
    """Return the index as text."""
    index = {"sha256": _digest(texts), "files": documents}
    return json.dumps(index, sort_keys=True, separators=(",", ":"), ensure_ascii=True) + "\n"


def read(folder: "Traversable", texts: Texts) -> dict[str, dict[str, Any]] | None:
    """Return the parsed files, if there is an index that was made from exactly these texts."""
    try:
        index = json.loads((folder / NAME).read_bytes())
    except (OSError, ValueError):
        return None
    return index["files"] if isinstance(index, dict) and index.get("sha256") == _digest(texts) else None


def _digest(texts: Texts) -> str:
    digest = hashlib.sha256()
    for file, content in texts:
        digest.update(f"{file}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
