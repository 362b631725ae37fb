"""`oomscope schema`."""


def schema() -> None:
    """Print the JSON Schema of the document that --format json prints."""
    from oomscope.cli.output import put
    from oomscope.report.document.schema import schema as the_schema
    from oomscope.report.json import render_json

    put(render_json(the_schema()))
