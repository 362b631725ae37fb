"""Writes new weights into cause files, and nothing else: comments, order and layout stay."""

import re
from pathlib import Path

_TABLE = re.compile(r"\[\[(\w+)\]\]")
_CAUSE = re.compile(r'cause\s*=\s*"(\w+)"')
_ID = re.compile(r'(?:id|use)\s*=\s*"([\w-]+)"')  # a shared clue has its name for an id, unless one follows
_WEIGHT = re.compile(r"(weight\s*=\s*)(-?[\d.]+)(.*)", re.DOTALL)


def rewritten(text: str, branch: str, weights: dict[tuple[str, str], float]) -> str:
    """Return the text of a cause file of `branch` with the weights that are in `weights` by (cause, clue)."""
    if f'"{branch}"' not in text.split("[[", 1)[0]:
        return text
    out, cause, table, clue = [], "", "", ""
    for line in text.splitlines(keepends=True):
        if found := _TABLE.match(line):
            table, clue = found[1], ""
        elif not table and (found := _CAUSE.match(line)):
            cause = found[1]
        elif table == "evidence" and (found := _ID.match(line)):
            clue = found[1]
        elif table == "evidence" and (found := _WEIGHT.match(line)) and (cause, clue) in weights:
            line = f"{found[1]}{weights[cause, clue]:g}{found[3]}"
        out.append(line)
    return "".join(out)


def rewrite_folder(folder: Path, branch: str, weights: dict[tuple[str, str], float]) -> int:
    """Rewrite every cause file below `folder`; how many changed."""
    changed = 0
    for path in sorted(folder.rglob("*.toml")):
        text = path.read_text("utf-8")
        new = rewritten(text, branch, weights)
        if new != text:
            path.write_text(new, "utf-8")
            changed += 1
    return changed
