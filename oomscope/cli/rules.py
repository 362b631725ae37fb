"""`oomscope rules`: look at the cause files, and check one's own."""

from collections.abc import Sequence
from pathlib import Path

from oomscope.causes.files.cause import Cause
from oomscope.causes.files.load import load_bundled, load_dir
from oomscope.causes.files.ruleset import failing_examples, rules_hash
from oomscope.cli.output import put
from oomscope.errors import RuleError, UsageError
from oomscope.facts import VOCABULARY
from oomscope.safe_text import safe, safe_line


def _load(rules: str | None) -> tuple[Cause, ...]:
    return load_dir(rules, VOCABULARY) if rules else load_bundled(VOCABULARY)


def list_causes(rules: str | None) -> None:
    """Print one line a cause, and the hash that a report names the set by."""
    causes = sorted(_load(rules), key=lambda c: (c.branch, c.cause))
    rows = [f"{c.cause:22} {', '.join(c.branch):8} {len(c.evidence):2} clues  {safe_line(c.title)}" for c in causes]
    put("\n".join([*rows, "", f"rule set {rules_hash(causes)}"]))


def show_cause(name: str, rules: str | None) -> None:
    """Print everything that the files of one cause say. Raises UsageError for a cause that is none."""
    put(safe("\n\n".join(_shown(c) for c in named(name, _load(rules)))))


def named(name: str, causes: Sequence[Cause]) -> list[Cause]:
    """Return the files of one cause, one per branch. Raises UsageError with what is close."""
    from difflib import get_close_matches

    found = [c for c in causes if c.cause == name]
    if not found:
        close = get_close_matches(name, {c.cause for c in causes}, 1)
        tip = f"; did you mean {close[0]}?" if close else "; oomscope rules list names them all"
        raise UsageError(f"no cause is called {safe_line(name)}{tip}")
    return found


def _shown(cause: Cause) -> str:
    lines = [f"{cause.cause} ({', '.join(cause.branch)}): {cause.title}", f"  prior {cause.prior:+g} nats", ""]
    for rule in sorted(cause.evidence, key=lambda r: -r.weight):
        lines.append(f"  {rule.weight:+5.2f}  {rule.id} [{rule.group}]")
        lines.append(f"         when {' '.join(rule.when.text.split())}")
        lines.append(f"         {rule.says.text}")
        if rule.source:
            lines.append(f"         source: {rule.source}")
    lines += [
        "",
        *(f"  do   {r.action.text}" for r in cause.remedies),
        *(f"  ask  {s.asks.text}" for s in cause.settle),
    ]
    return "\n".join(lines)


def check(folder: str) -> None:
    """Load a folder, run its examples of facts, and say that all is well or everything that is not.

    Raises RuleError with every defect, UsageError if there is no such folder.
    """
    causes = load_dir(folder, VOCABULARY)
    failing = [line for cause in causes for line in failing_examples(cause)]
    failing += [line for cause in causes for line in _missing_logs(cause, Path(folder))]
    if failing:
        raise RuleError("\n".join(failing))
    examples = sum(len(c.examples) for c in causes)
    put(f"{len(causes)} cause files, {examples} examples: all well. Rule set {rules_hash(causes)}.")


def _missing_logs(cause: Cause, folder: Path) -> list[str]:
    """Examples that name a sample log: looked for beside the rules, in sample_logs/ or in the folder itself."""
    places = (folder, folder.parent / "sample_logs")
    logs = [example.log for example in cause.examples if example.log]
    return [
        f"{safe_line(cause.file)}: the example log {safe_line(log)} is neither in {folder} nor in sample_logs/ beside it"
        for log in logs
        if not any((place / log).is_file() for place in places)
    ]
