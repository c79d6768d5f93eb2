"""Spread the slow and obvious way: every live-edge world of a small graph, and closed forms."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = [
    "ALICE",
    "diamond_spread",
    "exact_reach",
    "exact_spread",
    "path_spread",
    "reached",
    "star_spread",
]

Edge = tuple[int, int, float]

_NAMES = (
    "Jack",
    "Alice",
    "Jimmy",
    "Ethan",
    "Lara",
    "Amir",
    "Willie",
    "Ceri",
    "Michael",
    "Mohammed",
)
_WHO = {
    "Jack": "Alice",
    "Alice": "Jimmy Ethan Lara Amir Willie",
    "Ceri": "Ethan",
    "Michael": "Mohammed Ethan",
    "Ethan": "Jimmy Jack Lara Mohammed",
    "Lara": "Amir",
}
ALICE: list[Edge] = [
    (_NAMES.index(u), _NAMES.index(v), 0.1) for u, moved in _WHO.items() for v in moved.split()
]


def exact_spread(n: int, edges: list[Edge], seeds: Iterable[int], *, model: str) -> float:
    """The expected number of people reached, by summing over all worlds of live edges."""
    return exact_reach(n, edges, [list(seeds)], model=model, weight=[1.0] * n)[0]


def exact_reach(
    n: int, edges: list[Edge], choices: Sequence[Sequence[int]], *, model: str,
    weight: Sequence[float],
) -> list[float]:  # fmt: skip
    """Of each choice of seeds, the expected weight of those reached."""
    worlds = _cascade_worlds(edges) if model == "independent_cascade" else _threshold(n, edges)
    total = [0.0] * len(choices)
    for chance, live in worlds:
        for i, start in enumerate(choices):
            total[i] += chance * sum(weight[v] for v in reached(live, start))
    return total


def _cascade_worlds(edges: list[Edge]) -> Iterator[tuple[float, list[Edge]]]:
    for coins in product((False, True), repeat=len(edges)):
        chance = 1.0
        for on, (_, _, p) in zip(coins, edges, strict=True):
            chance *= p if on else 1.0 - p
        if chance:
            yield chance, [edge for on, edge in zip(coins, edges, strict=True) if on]


def _threshold(n: int, edges: list[Edge]) -> Iterator[tuple[float, list[Edge]]]:
    """Every person has at most one live in-edge, each with its weight's chance."""
    choices: list[list[tuple[float, list[Edge]]]] = []
    for v in range(n):
        into = [edge for edge in edges if edge[1] == v]
        none = max(0.0, 1.0 - sum(p for _, _, p in into))
        choices.append([(none, []), *((edge[2], [edge]) for edge in into)])
    for world in product(*choices):
        chance = 1.0
        for p, _ in world:
            chance *= p
        if chance:
            yield chance, [edge for _, live in world for edge in live]


def reached(live: Iterable[Edge], start: Iterable[int]) -> set[int]:
    """Whoever is reached from ``start`` over the edges given."""
    edges, found = list(live), set(start)
    while True:
        more = {v for u, v, _ in edges if u in found} - found
        if not more:
            return found
        found |= more


def path_spread(n: int, p: float) -> float:
    """From the first of a path of n people."""
    return (1 - p**n) / (1 - p)


def star_spread(leaves: int, p: float) -> float:
    """From the hub."""
    return 1 + leaves * p


def diamond_spread(p: float) -> float:
    """From a of a -> b, c -> d."""
    return 1 + 2 * p + 1 - (1 - p * p) ** 2
