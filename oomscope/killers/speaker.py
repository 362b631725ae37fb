"""Who wrote a line: a program's words count only from that program."""

from oomscope.patterns import lazy
from oomscope.read.record import Record, Trust

# A program's name before its words, where the transport has not taken it off: lines written to /dev/kmsg.
_IDENT = lazy(r"(?P<ident>[\w.\-@()]{1,64})(?:\[(?P<pid>\d{1,10})\])?: (?=\S)")
_STAMP = lazy(r"[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d: ")  # of a program that writes its own
_PROGRAMS = ("systemd", "systemd-oomd", "earlyoom", "nohang", "oomd", "kubelet", "containerd", "lmkd")

_KUBELETS = ("kubelet", "hyperkube", "kubelite", "k3s", "k3s-agent", "rke2", "k0s", "snap")
_OWN: dict[str, tuple[str, ...]] = {
    "systemd-oomd": ("systemd-oomd", "systemd"),
    "earlyoom": ("earlyoom",),
    "nohang": ("nohang", "nohang-desktop"),
    "oomd": ("oomd",),
    "talos": ("talos",),
    "lowmemorykiller": ("lowmemorykiller", "lmkd"),
    "lmkd": ("lowmemorykiller", "lmkd"),
    "kubelet": _KUBELETS,
}
"""The identifiers that a killer logs under."""
_OF_THE_RING = ("oomd", "talos", "lmkd")
"""These write to /dev/kmsg: their lines in a ring buffer have no identifier."""


def words_of(text: str) -> str:
    """Return what a program says, without its name and its own clock in front."""
    return _parts(text)[1]


def _parts(text: str) -> tuple[str | None, str]:
    first = text.split("\n", 1)[0]
    if stamp := _STAMP.match(first):
        first = first[stamp.end() :]
    ident = _IDENT.match(first)
    if ident is not None and (ident["pid"] is not None or ident["ident"] in _PROGRAMS):
        return ident["ident"], first[ident.end() :]
    return None, first


def trust_in_words(killer: str, record: Record) -> Trust:
    """Return `tag` for a line that the killer's own log holds, `text` for the same words from anybody else; for the
    kernel's own lowmemorykiller the trust of its record.

    A name that stands in the text itself says who wrote the line only in a ring buffer: no program but root's writes there.
    """
    if record.contained:
        return "text"
    if record.ident is not None and record.ident != "kernel":
        own = _OWN.get(killer, ())
        return "tag" if record.ident in own or record.ident.split(".", 1)[0] in own else "text"
    if record.ident is None and (record.monotonic_seconds is None or record.borrowed):
        return "tag" if killer == "talos" and record.host is not None else "text"
    if killer == "lowmemorykiller" and record.trust == "text":
        return "text"  # a part of the kernel: a program that wrote this to /dev/kmsg is another
    if killer == "lowmemorykiller":
        return record.trust  # a driver of the kernel, whose records are attested as the kernel's own are
    named = _parts(record.text)[0]
    if named is None:
        return "tag" if killer in _OF_THE_RING else "text"
    return "tag" if named in _OWN.get(killer, ()) else "text"
