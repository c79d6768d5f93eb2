"""Seed sets the slow way: every set is tried, every gain is counted anew."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

__all__ = ["affordable", "best_coverage", "covered", "first_credit", "plain_greedy", "subsets_of"]


def covered(sets: Sequence[Collection[int]], chosen: Collection[int]) -> int:
    """How many sets hold somebody chosen."""
    return sum(1 for s in sets if any(v in chosen for v in s))


def subsets_of(people: Sequence[int], k: int) -> list[tuple[int, ...]]:
    """All choices of exactly k."""
    return list(combinations(people, k))


def affordable(
    people: Sequence[int], cost: Sequence[float], budget: float
) -> list[tuple[int, ...]]:
    """All choices that the budget can pay, the empty one too."""
    return [
        chosen
        for k in range(len(people) + 1)
        for chosen in combinations(people, k)
        if sum(cost[v] for v in chosen) <= budget
    ]


def best_coverage(
    sets: Sequence[Collection[int]],
    choices: Sequence[tuple[int, ...]],
    *,
    include: Sequence[int] = (),
) -> int:
    """The most sets that one of the choices covers, with those who must be in it."""
    return max(covered(sets, {*include, *chosen}) for chosen in choices)


def plain_greedy(
    sets: Sequence[Collection[int]],
    k: int,
    n: int,
    *,
    include: Sequence[int] = (),
    exclude: Collection[int] = (),
) -> list[int]:
    """Of all allowed people the one who covers most more; of equals the smaller number."""
    chosen = list(include)
    while len(chosen) < k:
        left = [v for v in range(n) if v not in chosen and v not in exclude]
        chosen.append(max(left, key=lambda v: (covered(sets, {*chosen, v}), -v)))
    return chosen


def first_credit(sets: Sequence[Collection[int]], order: Sequence[int]) -> list[int]:
    """How many sets each of ``order`` is the first of them in."""
    return [
        sum(1 for s in sets if v in s and not any(w in s for w in order[:i]))
        for i, v in enumerate(order)
    ]
