"""Median, mean and spread. The standard library's statistics module has them, but takes 10 ms of CPU to import, half of
what a bare interpreter takes, for the decimals and fractions that it can do as well."""

import math
from collections.abc import Sequence


def median(values: Sequence[float]) -> float:
    """Return the median of at least one value."""
    ordered, middle = sorted(values), len(values) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def mean(values: Sequence[float]) -> float:
    """Return the mean of at least one value."""
    return math.fsum(values) / len(values)


def variation(values: Sequence[float]) -> float | None:
    """Return sample standard deviation over mean, of at least two values; None for a mean not above zero."""
    middle = mean(values)
    if middle <= 0:
        return None
    return math.sqrt(math.fsum((v - middle) ** 2 for v in values) / (len(values) - 1)) / middle
