"""Cascades the slow way: matrices of everybody against everybody, walks up one post at a time."""

from __future__ import annotations

import math
from collections import Counter, defaultdict, deque
from statistics import median

import numpy as np

__all__ = [
    "distributed",
    "gamma",
    "grown",
    "latent_gamma",
    "mean_distance",
    "passed_on",
    "person_totals",
    "summary",
    "weighted_gamma",
    "whom_they_saw",
]


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


def whom_they_saw(
    log: list[tuple[int, int, int]], seen: dict[tuple[int, int], float]
) -> list[list[int]]:
    """Of each (cascade, person, at): the places of the first adoptions of those it saw before."""
    first: dict[tuple[int, int], int] = {}
    for place in sorted(range(len(log)), key=lambda i: (log[i][2], i)):
        first.setdefault(log[place][:2], place)
    lists = []
    for cascade, person, at in log:
        earlier = [
            place
            for (where, other), place in first.items()
            if where == cascade
            and other != person
            and log[place][2] < at
            and seen.get((person, other), math.inf) < at
        ]
        lists.append(sorted(earlier, key=lambda i: (log[i][2], i)))
    return lists


def weighted_gamma(
    seen: list[list[int]], at: list[float], weight: list[float], decay_seconds: float
) -> np.ndarray:
    """Γ[u, v] where v's unit goes to those it saw in proportion to weight·e^(−age/τ)."""
    G = np.zeros((len(at), len(at)))
    for v, earlier in enumerate(seen):
        for u in earlier:
            G[u, v] = weight[u] * math.exp(-(at[v] - at[u]) / decay_seconds)
        if earlier:
            G[:, v] /= G[:, v].sum()
    return G


def latent_gamma(at: np.ndarray, weight: np.ndarray, rate: float) -> np.ndarray:
    """Γ[i, j] of Rizoiu et al. 2018, as a table of all pairs of one cascade."""
    age = at[None, :] - at[:, None]
    G = np.triu(weight[:, None] * np.exp(-rate * np.maximum(age, 0)), 1)
    whole = G.sum(axis=0)
    return np.divide(G, whole, out=np.zeros_like(G), where=whole > 0)


def distributed(
    log: list[tuple[int, int, int]],
    seen: dict[tuple[int, int], float],
    tau: dict[tuple[int, int], float] | None = None,
    infl: dict[int, float] | None = None,
) -> dict[int, float]:
    """Σ over u ≠ v and actions of Γ_vu/A_u (Goyal et al. 2011), by the recursion for every pair."""
    first: dict[tuple[int, int], int] = {}
    for place in sorted(range(len(log)), key=lambda i: (log[i][2], i)):
        first.setdefault(log[place][:2], place)
    actions = Counter(person for _, person in first)
    lists = whom_they_saw(log, seen)
    credit = dict.fromkeys(actions, 0.0)
    for cascade in {c for c, _, _ in log}:
        events = [place for (c, _), place in first.items() if c == cascade]
        G: dict[tuple[int, int], float] = {}
        for u in sorted(events, key=lambda i: (log[i][2], i)):
            G[u, u] = 1.0
            for v in events:
                for w in lists[u]:
                    pair = (log[u][1], log[w][1])
                    part = (infl[log[u][1]] if infl else 1.0) / len(lists[u])
                    if tau is not None:
                        gap = log[u][2] - log[w][2]
                        part *= math.exp(-gap / tau[pair]) if tau[pair] > 0 else 0.0
                    if v != u:
                        G[v, u] = G.get((v, u), 0.0) + G.get((v, w), 0.0) * part
        for (v, u), share in G.items():
            if v != u:
                credit[log[v][1]] += share / actions[log[u][1]]
    return credit


def _above(parent: list[int], node: int) -> list[int]:
    nodes = []
    while parent[node] >= 0:
        node = parent[node]
        nodes.append(node)
    return nodes


def passed_on(parent: list[int], author: list[str | None]) -> dict[str, int]:
    """Different other people below anyone's posts: walk up from every post."""
    met: dict[str, set[str]] = {name: set() for name in author if name is not None}
    for node, name in enumerate(author):
        if name is not None:
            for above in {author[a] for a in _above(parent, node)} - {name, None}:
                met[above].add(name)
    return {name: len(others) for name, others in met.items()}


def summary(parent: list[int], author: list[str | None]) -> dict[str, tuple[int, float | None]]:
    """Cascades started and their median size, a person."""
    trees: dict[int, list[int]] = defaultdict(list)
    for node in range(len(parent)):
        trees[[node, *_above(parent, node)][-1]].append(node)
    sizes: dict[str, list[int]] = {name: [] for name in author if name is not None}
    for root, nodes in trees.items():
        if author[root] is not None and any(author[n] != author[root] for n in nodes):
            sizes[author[root]].append(len(nodes))
    return {name: (len(s), median(s) if s else None) for name, s in sizes.items()}


def grown(parent: list[int], at: list[int], ages: list[int]) -> list[tuple[int, int, int]]:
    """Size, depth and widest level, of each tree in turn and of each age."""
    rows = []
    for root in (n for n, above in enumerate(parent) if above < 0):
        depth = {
            n: len(_above(parent, n))
            for n in range(len(parent))
            if [n, *_above(parent, n)][-1] == root
        }
        for age in ages:
            there = [d for n, d in depth.items() if at[n] - at[root] <= age]
            rows.append((len(there), max(there), max(Counter(there).values())))
    return rows
