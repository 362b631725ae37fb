"""Further views of the document, for tickets, tables and pipelines: one file each, listed in `cli.formats`."""
