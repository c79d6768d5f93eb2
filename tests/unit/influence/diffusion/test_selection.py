"""Greedy coverage is what plain greedy finds, and its bound is above every choice there is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
from oracles.seeds import affordable, best_coverage, covered, plain_greedy, subsets_of

from graphengine.influence.diffusion import selection
from graphengine.influence.diffusion.questions import SeedQuestion, rules_for
from graphengine.influence.diffusion.selection import ChoosingSets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graphengine.influence.diffusion.selection import Selection


@dataclass
class Chunk:
    first: np.ndarray
    people: np.ndarray


def chunks_of(sets: Sequence[Sequence[int]], size: int = 7) -> list[Chunk]:
    return [
        Chunk(
            np.cumsum([0, *map(len, part)]).astype(np.int64),
            np.array([v for s in part for v in s], np.uint32),
        )
        for part in (sets[i : i + size] for i in range(0, len(sets), size))
    ]


def random_sets(n: int, count: int, seed: int) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    appeal = rng.exponential(size=n) ** 2 + 1e-3
    appeal /= appeal.sum()
    most = min(5, n)
    return [
        rng.choice(n, size=rng.integers(1, most + 1), replace=False, p=appeal).tolist()
        for _ in range(count)
    ]


def select(sets: list[list[int]], n: int, question: SeedQuestion, threads: int = 1) -> Selection:
    half = ChoosingSets(n, threads=threads)
    half.add(chunks_of(sets))
    return half.select(rules_for(question, n, edges=1))


@pytest.mark.parametrize("seed", range(60))
def test_greedy_is_plain_greedy_and_near_the_optimum(seed: int) -> None:
    n, k = 6 + seed % 6, 1 + seed % 4
    sets = random_sets(n, 40, seed)
    include, exclude = [seed % n][: seed % 2], [(seed + 3) % n][: (seed // 2) % 2]
    question = SeedQuestion(k=k, include=include, exclude=exclude)
    found = select(sets, n, question, threads=1 + seed % 2)
    assert found.people.tolist() == plain_greedy(sets, k, n, include=include, exclude=exclude)
    assert found.covered == covered(sets, set(found.people.tolist()))
    others = [v for v in range(n) if v not in include and v not in exclude]
    best = best_coverage(sets, subsets_of(others, k - len(include)), include=include)
    assert found.covered >= (1 - 1 / math.e) * best
    assert best <= found.most


@pytest.mark.parametrize("seed", range(12))
def test_few_candidates_change_nothing(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting from the three people in most sets, more are taken in as long as needed."""
    n, k = 40, 6
    sets = random_sets(n, 150, 100 + seed)
    whole, asked = select(sets, n, SeedQuestion(k=k)), []
    real = selection.loops.largest

    def few(count: np.ndarray, allowed: np.ndarray, wanted: int) -> tuple[np.ndarray, int]:
        asked.append(wanted)
        return real(count, allowed, wanted // 500)

    monkeypatch.setattr(selection.loops, "largest", few)
    found = select(sets, n, SeedQuestion(k=k))
    assert found.people.tolist() == whole.people.tolist() == plain_greedy(sets, k, n)
    assert found.covered == whole.covered
    assert found.most == whole.most
    assert len(asked) > 1  # it did start with too few


def test_the_bound_is_the_least_over_prefixes_of_coverage_and_the_largest_gains() -> None:
    n, k = 12, 3
    sets = random_sets(n, 60, 5)
    found, bounds = select(sets, n, SeedQuestion(k=k)), []
    for size in range(k + 1):
        prefix = set(found.people[:size].tolist())
        gains = sorted(covered(sets, {*prefix, v}) - covered(sets, prefix) for v in range(n))
        bounds.append(covered(sets, prefix) + sum(gains[-k:]))
    assert found.most == min(bounds)


@pytest.mark.parametrize("seed", range(60))
def test_budgets_buy_what_they_can(seed: int) -> None:
    n = 6 + seed % 4
    sets, rng = random_sets(n, 40, seed), np.random.default_rng(seed)
    cost = rng.uniform(0.5, 4, n).round(2)
    include = [0] if seed % 3 == 0 else []
    budget = float(cost[include].sum() + rng.uniform(1, 5))
    choices = [c for c in affordable(range(n), cost, budget) if set(include) <= set(c)]
    if not choices or not any(choices):
        return
    found = select(sets, n, SeedQuestion(budget=budget, cost=cost, include=include))
    best = best_coverage(sets, choices)
    assert cost[found.people].sum() <= budget
    assert found.people[: len(include)].tolist() == include
    assert len(set(found.people.tolist())) == found.people.size
    assert found.covered == covered(sets, set(found.people.tolist()))
    assert best <= found.most + 1e-6
    assert found.covered >= (1 - 1 / math.sqrt(math.e)) * best


@pytest.mark.parametrize("seed", range(20))
def test_a_budget_with_k_buys_at_most_k(seed: int) -> None:
    n, k = 8, 2
    sets, cost = random_sets(n, 40, seed), np.random.default_rng(seed).uniform(1, 3, n)
    found = select(sets, n, SeedQuestion(k=k, budget=5.0, cost=cost))
    choices = [c for c in affordable(range(n), cost, 5.0) if len(c) <= k]
    assert found.people.size <= k
    assert best_coverage(sets, choices) <= found.most + 1e-6


def test_unit_costs_are_a_number_of_people() -> None:
    sets = random_sets(15, 80, 3)
    by_number = select(sets, 15, SeedQuestion(k=4))
    by_cost = select(sets, 15, SeedQuestion(budget=4.0, cost=np.ones(15)))
    assert by_cost.people.tolist() == by_number.people.tolist()
    assert by_cost.most == pytest.approx(by_number.most, abs=1e-6)


def test_one_dear_person_can_be_worth_more_than_many_cheap_ones() -> None:
    sets = [[0]] * 2 + [[1]] * 90
    found = select(sets, 2, SeedQuestion(budget=100.0, cost=[1.0, 100.0]))
    assert (found.people.tolist(), found.covered) == ([1], 90)


def test_equals_go_by_number_and_nobody_left_to_gain_fills_up() -> None:
    found = select([[3, 2], [3, 2], [1]], 6, SeedQuestion(k=5))
    assert found.people.tolist() == [2, 1, 0, 3, 4]
    assert (found.covered, found.most) == (3, 3.0)


def test_sets_that_come_in_parts_are_the_same_sets() -> None:
    sets, half = random_sets(20, 90, 8), ChoosingSets(20, threads=2)
    half.add(chunks_of(sets[:35], 4))
    half.add(chunks_of(sets[35:], 50))
    rules = rules_for(SeedQuestion(k=3), 20, edges=1)
    assert half.select(rules).people.tolist() == plain_greedy(sets, 3, 20)
    assert (half.sets, half.members) == (90, sum(map(len, sets)))
