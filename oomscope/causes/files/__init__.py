"""Cause files: loading, checking, examples."""
