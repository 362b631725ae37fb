"""Views of one analysis: HTML, text, JSON."""
