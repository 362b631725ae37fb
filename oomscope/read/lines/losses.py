"""What the log says about itself: messages that were lost, boots that changed, a beginning that is gone."""

from collections.abc import Iterable, Iterator, Sequence

from oomscope.patterns import lazy
from oomscope.read.record import InputWarning, Record

MAX_WARNINGS = 20
RING_START_SECONDS = 60.0
"""A ring buffer that still holds its boot begins at 0; one that begins later than this has wrapped."""
REBOOT_SECONDS = 5.0
"""printk stamps of two CPUs may cross by microseconds; a fall by this much is another boot."""

_WORDS = ("Missed ", "suppressed", "dropped **", "lost", "drop messages", "Suppressed ")
_LOST = (
    (lazy(r"Missed (\d{1,12}) kernel messages"), "journald missed {} kernel messages"),
    (lazy(r"(\w{1,64}): (\d{1,12}) callbacks suppressed"), "{}: its rate limit suppressed {} messages"),
    (lazy(r"\*\* (\d{1,12}) printk messages? dropped"), "the console dropped {} printk messages"),
    (lazy(r"imuxsock\S* lost (\d{1,12}) messages"), "rsyslog lost {} messages to its rate limit"),
    (lazy(r"(?:imjournal|imuxsock)\S*:? (\d{1,12}) messages lost"), "rsyslog lost {} messages to its rate limit"),
    (lazy(r"(?:imjournal|imuxsock).{0,200}begin to drop messages"), "rsyslog began to drop messages"),
    (lazy(r"Suppressed (\d{1,12}) messages from"), "journald suppressed {} messages"),
)


def loss_warnings(records: Sequence[Record]) -> Iterator[InputWarning]:
    """`records-missed` for each notice of a loss, beyond `MAX_WARNINGS` one for the rest.

    `callbacks-suppressed` for a kernel function's own rate limit: its message begins with the function's name, and
    whether its messages matter is for the reader of the log to know.
    """
    everything = "\n".join(record.text for record in records)
    if not any(word in everything for word in _WORDS):
        return
    more = given = 0
    for record in records:
        if not any(word in record.text for word in _WORDS):
            continue
        for lost, words in _LOST:
            match = lost.search(record.text[:1024])
            if match is None:
                continue
            given += 1
            if given <= MAX_WARNINGS:
                code = "callbacks-suppressed" if match.re.groups == 2 else "records-missed"
                yield InputWarning(code, words.format(*match.groups()), record.line)
            else:
                more += 1
            break
    if more:
        yield InputWarning("records-missed", f"{more} further notices of lost messages")


def reboot_warnings(records: Iterable[Record]) -> Iterator[InputWarning]:
    """`reboot` where printk's clock starts again within one host's lines, or the boot id changes."""
    clocks: dict[str | None, float] = {}
    boot: str | None = None
    given = 0
    for record in records:
        if record.boot_id != boot:
            if record.boot_id and boot:
                clocks.clear()
                yield InputWarning("reboot", "the log goes on in another boot", record.line)
            boot = record.boot_id or boot
        now = record.monotonic_seconds
        if now is None:
            continue
        before = clocks.get(record.host)
        clocks[record.host] = now
        if before is not None and now < before - REBOOT_SECONDS and given < MAX_WARNINGS:
            given += 1
            words = f"printk's clock falls from {before:.0f} s to {now:.0f} s: another boot"
            yield InputWarning("reboot", words, record.line)


def head_warning(first: Record | None, kind: str) -> Iterator[InputWarning]:
    """`ring-buffer-lost-head` for a dmesg whose first line is not of the boot's beginning."""
    if first is None or kind not in ("dmesg", "dmesg-json", "kmsg") or first.monotonic_seconds is None:
        return
    if first.monotonic_seconds > RING_START_SECONDS:
        yield InputWarning(
            "ring-buffer-lost-head",
            f"begins {first.monotonic_seconds:.0f} s after boot: the first messages are gone from the ring buffer",
            first.line,
        )
