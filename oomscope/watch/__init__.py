"""Follow a kernel log and tell of each OOM kill as it happens. The analysis itself is that of `oomscope analyze`."""
