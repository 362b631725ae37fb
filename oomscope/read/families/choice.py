"""The choice of the reader that a family of inputs needs. A reader is imported when it is chosen."""

from oomscope.read.families.family_reader import FamilyReader
from oomscope.read.options import ReadOptions
from oomscope.read.search.edges import Edges
from oomscope.read.transports.family import Family


def reader_of(family: Family, edges: Edges, options: ReadOptions) -> FamilyReader:
    """Return the reader that a family of inputs needs."""
    if family in ("json", "ndjson"):
        from oomscope.read.families.json_input import JsonInput

        return JsonInput(edges, options, by_lines=family == "ndjson")
    if family == "csv":
        from oomscope.read.families.csv_input import CsvInput

        return CsvInput(edges, options)
    if family in ("export", "verbose"):
        from oomscope.read.families.journal_input import JournalInput

        return JournalInput(edges, options, export=family == "export")
    if family == "pstore":
        from oomscope.read.families.pstore_input import PstoreInput

        return PstoreInput(edges, options)
    if family == "binary-journal":
        from oomscope.read.families.journal_input import BinaryJournal

        return BinaryJournal(edges, options)
    from oomscope.read.families.line_input import LineInput

    return LineInput(edges, options)
