"""Series with and without a leak, all of them chosen for ending at the limit. Shares of the limit, a sample a minute."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Maker = Callable[[np.random.Generator, int], NDArray[np.float64]]


def random_walk(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Conditioned on hitting the limit: walks that do not are thrown away."""
    while True:
        y = 0.3 + np.cumsum(rng.normal(0, 0.6 / np.sqrt(2 * n), 2 * n))
        hit = np.flatnonzero(y >= 0.97)
        if len(hit) and hit[0] >= 12 and y[: hit[0] + 1].min() > 0.02:
            return y[: hit[0] + 1]


def autoregressive(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """AR(1), phi 0.95, up to the first time that it reaches the limit."""
    while True:
        e, y = rng.normal(0, 0.15 * np.sqrt(1 - 0.95**2), 4 * n), np.zeros(4 * n)
        for i in range(1, 4 * n):
            y[i] = 0.95 * y[i - 1] + e[i]
        hit = np.flatnonzero(y + 0.55 >= 0.9)
        hit = hit[hit >= max(n // 2, 12)]
        if len(hit):
            return (y + 0.55)[max(0, hit[0] - n) : hit[0] + 1]


def warm_up(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """A cache that fills, cut off by the limit."""
    x, tau = np.linspace(0, 1, n), rng.uniform(0.1, 0.5)
    return 0.05 + 0.95 * (1 - np.exp(-x / tau)) / (1 - np.exp(-1 / tau)) + rng.normal(0, 0.02, n)


def step(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    at = rng.integers(n // 4, 3 * n // 4)
    y = np.where(np.arange(n) < at, 0.3, 0.85) + rng.normal(0, 0.03, n)
    y[-1] = 0.97
    return y


def flat(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    y = 0.8 + rng.normal(0, 0.03, n)
    y[-1] = 0.97
    return y


def daily(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Two days and a third of a daily load."""
    y = 0.55 + 0.3 * np.sin(np.linspace(0, 2 * np.pi * 2.3, n)) + rng.normal(0, 0.03, n)
    y[-1] = 0.97
    return y


def morning(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """One rise of a daily load, cut off by the limit: not to be told from a leak within one life."""
    phase = np.linspace(-np.pi / 2, rng.uniform(0.1, 0.45) * np.pi, n)
    return 0.5 + 0.45 * np.sin(phase) + rng.normal(0, 0.03, n)


def leak(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return 0.1 + 0.87 * np.linspace(0, 1, n) + rng.normal(0, 0.03, n)


def leak_with_collector(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    x, teeth = np.arange(n), max(n // 10, 3)
    return 0.1 + 0.75 * x / n + 0.12 * ((x % teeth) / teeth) + rng.normal(0, 0.01, n)


def leak_under_load(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    x = np.linspace(0, 1, n)
    return 0.1 + 0.75 * x + 0.06 * np.sin(x * 6 * np.pi) + rng.normal(0, 0.02, n)


def leak_with_deep_teeth(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """A collector that gives back a third of the limit, eight times and more; what it keeps grows."""
    x, tooth = np.arange(n), n / 10
    return 0.1 + 0.52 * x / n + 0.35 * ((x % tooth) / tooth) + rng.normal(0, 0.01, n)


def busy_week(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """A load that comes and goes every day, chosen for the day on which it met the limit."""
    y = 0.45 + 0.25 * np.sin(np.linspace(0, 2 * np.pi * 9, n) - 1.5) + rng.normal(0, 0.03, n)
    y[-1] = 0.97
    return y


def jobs(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Jobs of any size at any time."""
    y = np.full(n, 0.3)
    for start in rng.integers(0, n, max(n // 15, 3)):
        y[start : start + rng.integers(3, 12)] += rng.uniform(0.1, 0.4)
    y[-1] = 0.97
    return np.clip(y, 0, 0.97)


LEAK_FREE: tuple[Maker, ...] = (random_walk, autoregressive, warm_up, step, flat, daily)
LEAKING: tuple[Maker, ...] = (leak, leak_with_collector, leak_under_load)
