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
# How a trace looks: literals, one of which stands in it, and the pattern that settles it.
_BY_TRACE = (
    (
        ("RIP: 00", "asm_exc_", "entry_SYSCALL_64", "RAX: ", "RBP: ", "RSP: "),
        lazy(r"RIP: 00[0-9a-f]{2}:|R(?:AX|BP|SP): [0-9a-f]{16}|asm_exc_|entry_SYSCALL_64"),
        "x86_64",
    ),
    (("EIP: ", "EAX: "), lazy(r"EIP: |EAX: [0-9a-f]{8}"), "i386"),
    (
        ("el0", "invoke_syscall", "arm64_sys"),
        lazy(r"el0_svc|el0t?_64|el0_da|el0_sync|invoke_syscall\+0x.*\barm64\b|arm64_sys"),
        "aarch64",
    ),
    (("Krnl PSW", "([<"), lazy(r"Krnl PSW|\(\[<[0-9a-f]{16}>\]"), "s390x"),
    (("[c", "NIP ["), lazy(r"\[c[0-9a-f]{15}\] \[c[0-9a-f]{15}\]|NIP \["), "ppc64"),
    (("] (",), lazy(r"\[<[cb][0-9a-f]{7}>\] \(\w+\) from \[<"), "arm"),
)


def architecture(release: str | None, trace: tuple[str, ...]) -> str | None:
    """Return the architecture by the release's suffix, else by the look of the trace; None if neither tells."""
    found = _of_release(release) if release else None
    if found is not None or not trace:
        return found
    text = "\n".join(trace)
    for literals, pattern, name in _BY_TRACE:
        if any(literal in text for literal in literals) and pattern.search(text):
            return name
    return None


@lru_cache(maxsize=256)
def _of_release(release: str) -> str | None:
    return next((name for pattern, name in _BY_RELEASE if pattern.search(release)), None)
