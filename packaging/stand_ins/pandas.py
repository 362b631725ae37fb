"""In the place of pandas, which is native and not in the single file."""

from oomscope.errors import InputError

raise InputError("tables for a notebook need pandas, which is not in the single file; install python3-pandas")
