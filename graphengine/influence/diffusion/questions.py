"""What is asked of a seed set: how many or for how much, who must and who must not be in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["Rules", "SeedQuestion", "rules_for"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SeedQuestion:
    """Whom to ask, so that most people are reached.

    ``k`` is the number of seeds, ``include`` among them; ``budget`` with a ``cost`` for each
    person buys as many as it can (with ``k`` too, at most k). ``share`` of the optimum is aimed
    at, and what is certified holds with probability 1 − ``delta`` (1/n where none is given).
    ``roots`` says how much it counts to reach each person (1 each where none is given).
    ``max_sets`` bounds the reverse-reachable sets that choose (as many check, or up to four times as many),
    ``max_members`` their people in memory (4 bytes each), ``max_seconds`` the time.

    >>> SeedQuestion(k=50, share=0.75).include
    ()
    """

    k: int | None = None
    share: float = 0.90
    delta: float | None = None
    budget: float | None = None
    cost: ArrayLike | None = None
    include: Sequence[int] = ()
    exclude: Sequence[int] = ()
    roots: ArrayLike | None = None
    max_sets: int = 1 << 22
    max_members: int = 1 << 28
    max_seconds: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """A question that was checked against n people; ``cost`` is empty where k alone counts.

    ``include`` keeps the order given; ``allowed`` marks who may still be chosen.
    """

    k: int
    delta: float
    budget: float
    cost: NDArray[np.float64]
    include: NDArray[np.int64]
    allowed: NDArray[np.bool_]

    @property
    def free(self) -> float:
        """What the budget leaves once those who must be in it are paid."""
        return self.budget - float(self.cost[self.include].sum()) if self.cost.size else 0.0


def rules_for(question: SeedQuestion, n: int, *, edges: int) -> Rules:
    """The question, checked against a graph of n people and so many ``edges``.

    Raises:
        ValueError: The graph is empty, or the question cannot be met; the text says why.

    >>> rules_for(SeedQuestion(k=2, exclude=[0]), 3, edges=1).allowed
    array([False,  True,  True])
    """
    if n == 0 or edges == 0:
        raise ValueError(
            f"the influence graph has {n} people and {edges} edges, so nobody moves anybody and "
            "any seeds are as good as any others; give edges (self edges do not count)"
        )
    _check_numbers(question)
    include = _people(question.include, n, "include")
    allowed = np.ones(n, np.bool_)
    allowed[_people(question.exclude, n, "exclude")] = False
    both = include[~allowed[include]]
    if both.size:
        raise ValueError(f"{_listed(both)} in both include and exclude; take them out of one")
    allowed[include] = False
    cost, budget = _prices(question, n)
    delta = 1.0 / n if question.delta is None else float(question.delta)
    k = _number(question, allowed, include.size)
    rules = Rules(k, delta, budget, cost, include, allowed)
    return rules if question.budget is None else _within_budget(rules)


def _check_numbers(question: SeedQuestion) -> None:
    for name in ("share", "delta"):
        value = getattr(question, name)
        if value is not None and not 0.0 < value < 1.0:
            raise ValueError(f"{name} must lie between 0 and 1, both excluded, got {value}")
    for name in ("max_sets", "max_members", "max_seconds"):
        value = getattr(question, name)
        if value is not None and not value > 0:
            raise ValueError(f"{name} must be above 0, got {value}")


def _people(given: Iterable[int], n: int, name: str) -> NDArray[np.int64]:
    """The numbers given, in their order."""
    listed = list(given)
    people = np.asarray(listed if listed else np.empty(0, np.int64))
    if people.dtype.kind not in "iu" or people.ndim != 1:
        raise ValueError(f"{name} needs whole numbers of people, got {listed[:10]}")
    unknown = people[(people < 0) | (people >= n)]
    if unknown.size:
        raise ValueError(f"{name} names {_listed(unknown)}, but people go from 0 to {n - 1}")
    if np.unique(people).size < people.size:
        raise ValueError(f"{name} names somebody twice: {listed[:10]}")
    return people.astype(np.int64)


def _listed(people: NDArray[np.int64]) -> str:
    more = f" and {people.size - 10} more" if people.size > 10 else ""
    return ", ".join(str(p) for p in people[:10].tolist()) + more


def _prices(question: SeedQuestion, n: int) -> tuple[NDArray[np.float64], float]:
    if question.budget is None:
        if question.cost is not None:
            raise ValueError("cost was given without a budget; give both, or k alone")
        return np.empty(0), 0.0
    if question.cost is None:
        raise ValueError(f"a budget of {question.budget} needs the cost of each of {n} people")
    cost, budget = np.array(question.cost, np.float64), float(question.budget)
    if cost.shape != (n,):
        raise ValueError(f"cost needs one number for each of {n} people, got shape {cost.shape}")
    bad = np.flatnonzero(~(np.isfinite(cost) & (cost > 0)))
    if bad.size:
        raise ValueError(
            f"every cost must be a finite number above 0, got {cost[bad[0]]} for person {bad[0]} "
            f"({bad.size} such); exclude people who cannot be asked"
        )
    if not (np.isfinite(budget) and budget > 0):
        raise ValueError(f"the budget must be a finite number above 0, got {question.budget}")
    return cost, budget


def _number(question: SeedQuestion, allowed: NDArray[np.bool_], included: int) -> int:
    most = int(np.count_nonzero(allowed)) + included
    if question.k is None:
        if question.budget is None:
            raise ValueError("the question needs k (how many seeds), or a budget with costs")
        return most
    k = question.k
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise ValueError(f"k must be a whole number of 1 or more, got {k!r}")
    if k > most:
        raise ValueError(f"k is {k}, but only {most} people may be chosen; lower k")
    if k < included:
        raise ValueError(f"k is {k}, but include names {included} people; raise k")
    return int(k)


def _within_budget(rules: Rules) -> Rules:
    """Nobody whom the budget can never pay is worth a look."""
    if rules.free < 0:
        paid = rules.budget - rules.free
        raise ValueError(f"include costs {paid:g}, more than the budget of {rules.budget:g}")
    payable = rules.allowed & (rules.cost <= rules.free)
    if not payable.any() and not rules.include.size:
        asked = rules.cost[rules.allowed]
        least = f"the cheapest costs {asked.min():g}" if asked.size else "everybody is excluded"
        raise ValueError(
            f"a budget of {rules.budget:g} buys nobody: {least}; raise it to that or more"
        )
    return Rules(rules.k, rules.delta, rules.budget, rules.cost, rules.include, payable)
