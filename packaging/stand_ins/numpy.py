"""In the place of numpy, which is native and not in the single file."""

from oomscope.errors import InputError

raise InputError(
    "series of memory need numpy, which is not in the single file; install python3-numpy, or leave them out"
)
