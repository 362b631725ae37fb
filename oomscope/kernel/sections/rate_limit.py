"""Which of the kernel's own rate limits swallow parts of an OOM report."""


def rate_limits_reports(notice: str) -> bool:
    """True if `FUNCTION: N callbacks suppressed` is of a function that prints reports, or dumps that look like them."""
    function = notice.partition(":")[0]
    return "oom" in function or function in ("out_of_memory", "dump_header", "warn_alloc", "show_mem")
