"""Metric series: reading them, and what their shape says. numpy is imported here, so import this only where there are some."""
