"""Cascades the slow way: matrices of everybody against everybody, walks up one post at a time."""

from __future__ import annotations

import math
from collections import defaultdict, deque

import numpy as np

__all__ = ["gamma", "mean_distance", "person_totals"]


def gamma(
    seen: list[list[int]], at: list[float], *, rule: str, decay_seconds: float = 1.0
) -> np.ndarray:
    """Γ[u, v]: which part of adopter v's unit goes to u."""
    n = len(at)
    G = np.zeros((n, n))
    for v in range(n):
        if not seen[v]:
            continue
        if rule == "first":
            G[min(seen[v], key=lambda u: (at[u], u)), v] = 1
        elif rule == "last":
            G[min(seen[v], key=lambda u: (-at[u], u)), v] = 1
        else:
            ages = [at[v] - at[u] if rule == "decay" else 0.0 for u in seen[v]]
            parts = [math.exp(-(age - min(ages)) / decay_seconds) for age in ages]
            for u, part in zip(seen[v], parts, strict=True):
                G[u, v] = part / sum(parts)
    return G


def mean_distance(parent: list[int]) -> float:
    """The mean number of steps between two different nodes of one tree."""
    n = len(parent)
    beside = defaultdict(list)
    for node, above in enumerate(parent):
        if above >= 0:
            beside[node].append(above)
            beside[above].append(node)
    total = 0
    for start in range(n):
        steps, queue = {start: 0}, deque([start])
        while queue:
            node = queue.popleft()
            for other in beside[node]:
                if other not in steps:
                    steps[other] = steps[node] + 1
                    queue.append(other)
        total += sum(steps.values())
    return total / (n * (n - 1)) if n > 1 else 0.0


def person_totals(
    parent: list[int], author: list[str | None], unit: list[float]
) -> dict[str, float]:
    """Walk up from every post; each other person met above it earns its unit once."""
    earned: dict[str, float] = {name: 0.0 for name in author if name is not None}
    for node in range(len(parent)):
        above, met = parent[node], set()
        while above >= 0:
            met.add(author[above])
            above = parent[above]
        for name in met - {author[node], None}:
            earned[name] += unit[node]
    return earned
