"""Learning the slow way: one cascade, one pair, one person at a time, straight from the words."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from scipy.optimize import brentq, minimize

__all__ = ["Log", "em_rounds", "information", "log_likelihood", "most_likely", "peak", "profile"]


@dataclass
class Log:
    """Cascades as dictionaries person → time, and exposures (u, v) → since (−1: always)."""

    cascades: list[dict[int, int]]
    since: dict[tuple[int, int], int] = field(default_factory=dict)

    def acts(self, u: int, v: int) -> int:
        return sum(u in c and c[u] >= self.since[u, v] for c in self.cascades)

    def either(self, u: int, v: int) -> int:
        s = self.since[u, v]
        return sum(any(w in c and c[w] >= s for w in (u, v)) for c in self.cascades)

    def earlier(self, c: dict[int, int], v: int) -> list[int]:
        """Whom v saw act before acting, or at all if v never acts; by time, then number."""
        end = c.get(v, float("inf"))
        seen = [u for u, w in self.since if w == v and u in c and self.since[u, v] <= c[u] < end]
        return sorted(seen, key=lambda u: (c[u], u))

    def reactions(self, u: int, v: int) -> int:
        return sum(v in c and u in self.earlier(c, v) for c in self.cascades)

    def credit(self, u: int, v: int) -> float:
        sets = [self.earlier(c, v) for c in self.cascades if v in c]
        return sum(1 / len(s) for s in sets if u in s)

    def delay(self, u: int, v: int) -> int:
        return sum(c[v] - c[u] for c in self.cascades if v in c and u in self.earlier(c, v))

    def tries(self, u: int, v: int) -> int:
        return sum(u in self.earlier(c, v) for c in self.cascades)

    def trials(self) -> list[tuple[int, int, tuple[int, ...], bool]]:
        """(cascade, person, those seen before, reacted) wherever anybody was seen."""
        people = sorted({v for _, v in self.since})
        return [
            (i, v, tuple(seen), v in c)
            for i, c in enumerate(self.cascades)
            for v in people
            if (seen := self.earlier(c, v))
        ]


Trial = tuple[int, int, tuple[int, ...], bool]


def _by_edge(trials: list[Trial]) -> dict[tuple[int, int], list[Trial]]:
    found = defaultdict(list)
    for trial in trials:
        for u in trial[2]:
            found[u, trial[1]].append(trial)
    return found


def _joint(p: dict[tuple[int, int], float], seen: tuple[int, ...], v: int) -> float:
    return 1.0 - float(np.prod([1.0 - p[u, v] for u in seen]))


def em_rounds(
    trials: list[Trial], p: dict[tuple[int, int], float], rounds: int
) -> dict[tuple[int, int], float]:
    """Saito, Nakano & Kimura 2008, word by word."""
    of = _by_edge(trials)
    for _ in range(rounds):
        p = {
            (u, v): sum(p[u, v] / _joint(p, seen, v) for _, _, seen, reacted in mine if reacted)
            / len(mine)
            for (u, v), mine in of.items()
        }
    return p


def log_likelihood(trials: list[Trial], p: dict[tuple[int, int], float]) -> float:
    total = 0.0
    for _, v, seen, reacted in trials:
        joint = _joint(p, seen, v)
        total += np.log(max(joint if reacted else 1.0 - joint, 1e-300))
    return total


def most_likely(
    trials: list[Trial], fixed: dict[tuple[int, int], float] | None = None
) -> tuple[float, dict[tuple[int, int], float]]:
    """The largest log-likelihood by a general optimiser, some probabilities held."""
    fixed = fixed or {}
    edges = [e for e in _by_edge(trials) if e not in fixed]

    def loss(x: np.ndarray) -> float:
        return -log_likelihood(trials, {**fixed, **dict(zip(edges, x, strict=True))})

    if not edges:
        return -loss(np.empty(0)), dict(fixed)
    bounds = [(1e-12, 1 - 1e-12)] * len(edges)
    found = minimize(
        loss, np.full(len(edges), 0.3), bounds=bounds, method="L-BFGS-B",
        options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 5000},
    )  # fmt: skip
    return -float(found.fun), {**fixed, **dict(zip(edges, found.x, strict=True))}


def profile(trials: list[Trial], edge: tuple[int, int]) -> tuple[float, float]:
    """Where the profile log-likelihood has fallen by 1.92 on either side."""
    mine = [t for t in trials if t[1] == edge[1]]
    top, best = most_likely(mine)

    def rise(x: float) -> float:
        return most_likely(mine, {edge: x})[0] - top + 0.5 * 1.959963984540054**2

    x = min(max(best[edge], 1e-9), 1 - 1e-9)
    low = 0.0 if rise(1e-9) >= 0 else brentq(rise, 1e-9, x, xtol=1e-7)
    high = 1.0 if rise(1 - 1e-9) >= 0 else brentq(rise, x, 1 - 1e-9, xtol=1e-7)
    return low, high


def information(
    trials: list[Trial], p: dict[tuple[int, int], float], edges: list[tuple[int, int]]
) -> np.ndarray:
    """Minus second differences of the log-likelihood."""
    h = 1e-4
    size = len(edges)
    matrix = np.zeros((size, size))
    for i in range(size):
        for k in range(size):
            total = 0.0
            for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                moved = dict(p)
                moved[edges[i]] += a * h
                moved[edges[k]] += b * h
                total += a * b * log_likelihood(trials, moved)
            matrix[i, k] = -total / (4 * h * h)
    return matrix


def peak(times: list[int], p: list[float], delay: list[float]) -> float:
    """The largest joint influence over a grid of moments from the first act to long after."""
    moments = sorted({t for a, b in pairwise([*times, times[-1] + 50]) for t in range(a, b + 1)})
    best = 0.0
    for now in moments:
        parts = [
            q * np.exp(-(now - t) / d) for t, q, d in zip(times, p, delay, strict=True) if t <= now
        ]
        best = max(best, 1.0 - float(np.prod([1.0 - x for x in parts])))
    return best
