"""The sections of an OOM report, one file each."""
