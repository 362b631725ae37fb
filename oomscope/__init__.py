"""Reads Linux kernel logs, finds every OOM kill in them and says who died, whose limit it was, why, and how sure."""

__version__ = "0.1.0"
