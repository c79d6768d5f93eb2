"""PageRank and trails by dense linear algebra, on matrices small enough to see."""

from __future__ import annotations

import numpy as np

__all__ = [
    "contributions_dense",
    "first_visits_dense",
    "normalised_dense",
    "pagerank_dense",
    "trails_dense",
]


def normalised_dense(W: np.ndarray, *, alpha: float = 1.0, kappa: float = 0.0) -> np.ndarray:
    """Every entry by itself: w^alpha / (kappa + the row's sum of w^alpha), no diagonal."""
    n = len(W)
    P = np.zeros((n, n))
    for u in range(n):
        powers = [W[u, v] ** alpha if v != u and W[u, v] > 0 else 0.0 for v in range(n)]
        for v in range(n):
            if powers[v] > 0:
                P[u, v] = powers[v] / (kappa + sum(powers))
    return P


def pagerank_dense(
    P: np.ndarray,
    *,
    damping: float = 0.85,
    restart: np.ndarray | None = None,
    dangling: np.ndarray | None = None,
) -> np.ndarray:
    """Solve p = d·P̄ᵀp + (1 − d)·v with every row of P̄ filled up to 1."""
    n = len(P)
    v = np.full(n, 1 / n) if restart is None else restart / restart.sum()
    delta = v if dangling is None else dangling / dangling.sum()
    return np.linalg.solve(np.eye(n) - damping * _filled(P, v, delta).T, (1 - damping) * v)


def contributions_dense(P: np.ndarray, target: int, *, damping: float = 0.85) -> np.ndarray:
    """Restart from one person at a time, dangling mass spread evenly, and read the target."""
    n = len(P)
    even = np.full(n, 1 / n)
    parts = []
    for y in range(n):
        v = np.zeros(n)
        v[y] = 1 / n
        filled = _filled(P, even, even)
        parts.append(np.linalg.solve(np.eye(n) - damping * filled.T, (1 - damping) * v)[target])
    return np.array(parts)


def trails_dense(
    P: np.ndarray, *, damping: float = 0.85, start: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """x = Gᵀv and the diagonal of G = (I − dP)⁻¹."""
    G = np.linalg.inv(np.eye(len(P)) - damping * P)
    return G.T @ (np.ones(len(P)) if start is None else start), np.diag(G)


def first_visits_dense(
    P: np.ndarray, *, damping: float = 0.85, start: np.ndarray | None = None
) -> np.ndarray:
    """Make each person absorb, one after the other, and add up who ends there."""
    n = len(P)
    v = np.ones(n) if start is None else start
    reached = []
    for t in range(n):
        others = np.arange(n) != t
        inside = np.eye(n - 1) - damping * P[np.ix_(others, others)]
        chance = np.linalg.solve(inside, damping * P[others, t])
        reached.append(v[t] + v[others] @ chance)
    return np.array(reached)


def _filled(P: np.ndarray, v: np.ndarray, delta: np.ndarray) -> np.ndarray:
    filled = P.copy()
    for u in range(len(P)):
        if (P[u] == 0).all():
            filled[u] = delta
        else:
            filled[u] += (1 - P[u].sum()) * v
    return filled
