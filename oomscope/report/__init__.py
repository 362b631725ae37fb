"""Views of one analysis: HTML, text, JSON.

Nothing is imported here: each view costs only the run that asks for it.

    from oomscope.report.page.html import render_html
    from oomscope.report.text import render_text
    from oomscope.report.json import render_json
    from oomscope.report.document.schema import schema
    from oomscope.report.write import write
"""
