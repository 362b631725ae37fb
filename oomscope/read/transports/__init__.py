"""The shapes in which programs store kernel messages: prefixes, journals, JSON."""
