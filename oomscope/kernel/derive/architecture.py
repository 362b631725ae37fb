"""The machine's architecture, which no report names."""

from functools import lru_cache

from oomscope.patterns import lazy

_BY_RELEASE = (
    (lazy(r"x86_64|amd64"), "x86_64"),
    (lazy(r"aarch64|arm64"), "aarch64"),
    (lazy(r"ppc64le"), "ppc64le"),
    (lazy(r"ppc64|powerpc"), "ppc64"),
    (lazy(r"s390x"), "s390x"),
    (lazy(r"riscv64"), "riscv64"),
    (lazy(r"armv7|armhf|armmp"), "arm"),
    (lazy(r"i[3-6]86"), "i386"),
)
# Words of a trace that settle it, other words that may, and the pattern that settles those.
_BY_TRACE = (
    (
        ("asm_exc_", "entry_SYSCALL_64"),
        ("RIP: 00", "RAX: ", "RBP: ", "RSP: "),
        lazy(r"RIP: 00[0-9a-f]{2}:|R(?:AX|BP|SP): [0-9a-f]{16}"),
        "x86_64",
    ),
    (("EIP: ",), ("EAX: ",), lazy(r"EAX: [0-9a-f]{8}"), "i386"),
    (
        ("el0_svc", "el0t_64", "el0_64", "el0_da", "el0_sync", "arm64_sys"),
        ("invoke_syscall",),
        lazy(r"invoke_syscall\+0x.*\barm64\b"),
        "aarch64",
    ),
    (("Krnl PSW",), ("([<",), lazy(r"\(\[<[0-9a-f]{16}>\]"), "s390x"),
    (("NIP [",), ("[c",), lazy(r"\[c[0-9a-f]{15}\] \[c[0-9a-f]{15}\]"), "ppc64"),
    ((), ("] (",), lazy(r"\[<[cb][0-9a-f]{7}>\] \(\w+\) from \[<"), "arm"),
)


def architecture(release: str | None, trace: tuple[str, ...]) -> str | None:
    """Return the architecture by the release's suffix, else by the look of the trace; None if neither tells."""
    found = _of_release(release) if release else None
    if found is not None or not trace:
        return found
    text = "\n".join(trace)
    for sure, possible, pattern, name in _BY_TRACE:
        if any(word in text for word in sure) or (any(word in text for word in possible) and pattern.search(text)):
            return name
    return None


@lru_cache(maxsize=256)
def _of_release(release: str) -> str | None:
    return next((name for pattern, name in _BY_RELEASE if pattern.search(release)), None)
