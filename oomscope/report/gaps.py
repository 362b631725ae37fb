"""What of a report is not in the log, in words: sections that are missing for one reason together."""

from oomscope.report.fields import Doc, rows, text


def gap_words(incident: Doc) -> tuple[str, ...]:
    """`memory, tasks: not in the log`, by reason."""
    sections: dict[str, list[str]] = {}
    for gap in rows(incident, "gaps"):
        sections.setdefault(text(gap, "reason"), []).append(text(gap, "section"))
    return tuple(f"{', '.join(names)}: {reason}" for reason, names in sections.items())
