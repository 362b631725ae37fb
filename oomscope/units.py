"""Sizes, times and shares as people read them. Everything inside the program is bytes, seconds and 0..1."""

_ROUNDS_UP = 1023.95  # one decimal makes 1024.0 of it: that is one of the next unit
KIB, MIB, GIB, TIB = 1 << 10, 1 << 20, 1 << 30, 1 << 40


def size(n: int | float) -> str:
    """Return bytes as `512 B`, `4.0 KiB`, `150.0 MiB`, `62.3 GiB`; the sign is kept."""
    value = float(n)
    if abs(value) < KIB:
        return f"{int(value)} B"
    for unit, name in ((KIB, "KiB"), (MIB, "MiB"), (GIB, "GiB")):
        if abs(value / unit) < _ROUNDS_UP:
            return f"{value / unit:.1f} {name}"
    return f"{value / TIB:.1f} TiB"


def quantity(n: int) -> str:
    """Bytes as a Kubernetes quantity that is never smaller than `n`: `150Mi`, `2Gi`; whole mebibytes at least."""
    mebibytes = -(-n // MIB)
    if mebibytes % 1024 == 0:
        return f"{mebibytes // 1024}Gi"
    return f"{mebibytes}Mi"


def share(x: float) -> str:
    """Return a share of 1 as a percentage: whole above 10 %, one decimal below, `<0.1 %` instead of a false zero."""
    percent = x * 100
    if 0 < percent < 0.1:
        return "<0.1 %"
    return f"{percent:.0f} %" if percent >= 10 or percent == 0 else f"{percent:.1f} %"


def duration(seconds: float) -> str:
    """Seconds as `under 0.1 s`, `0.4 s`, `42 s`, `12 min`, `3 h 05 min`, `2 d 4 h`."""
    if 0 <= seconds < 0.05:
        return "under 0.1 s"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02d} min"
    days, hours = divmod(round(seconds / 3600), 24)
    return f"{days} d {hours} h"


_BINARY = {"Ki": KIB, "Mi": MIB, "Gi": GIB, "Ti": TIB, "Pi": 1 << 50, "Ei": 1 << 60}
_DECIMAL = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18, "m": 0.001}


def parse_quantity(text: str) -> int | None:
    """Return a Kubernetes quantity (`150Mi`, `1.5Gi`, `64000000`, `1e9`, `100M`) in bytes, or None if it is none."""
    text = text.strip()
    factor: float = 1
    for suffix, value in (*_BINARY.items(), *((s, v) for s, v in _DECIMAL.items() if s)):
        if text.endswith(suffix):
            text, factor = text[: -len(suffix)], value
            break
    try:
        number = float(text)
    except ValueError:
        return None
    if not 0 <= number * factor < 2**63:
        return None
    return int(text) * int(factor) if text.isdigit() and factor >= 1 else int(number * factor)
