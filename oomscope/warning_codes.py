"""The warnings of an input that say that not all of it was read. What finds them and what shows them ask here alike."""

NOT_READ = frozenset((
    "archive-too-deep", "archive-too-large", "binary-input", "binary-journal", "broken-json", "decompression-bomb", "empty-input",
    "error-message", "export-damaged",
    "findings-left-out", "incidents-left-out", "input-unreadable", "journal-unreadable",
    "kubectl-did-not-say", "line-too-long", "line-unreadable",
    "member-unreadable", "memory-limit", "no-kernel-log", "objects-passed-over", "prometheus-not-asked", "reading-failed",
    "report-unreadable", "report-without-incident", "side-input-unreadable", "table-left-out", "time-limit", "too-large",
    "truncated-archive", "truncated-compression", "unreadable-format",
))  # fmt: skip
"""Codes of the warnings that a part was not read, or that a cap was met: what was found may not be all there is.

What the log itself has lost (a ring buffer without its head, records that journald missed) is not among them."""

UNREAD = frozenset(
    ("binary-input", "binary-journal", "empty-input", "error-message", "input-unreadable", "unreadable-format")
)
"""Those of an input of which nothing was read, whatever its bytes look like."""
