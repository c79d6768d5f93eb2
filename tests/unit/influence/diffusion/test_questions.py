"""A question that cannot be met says what came, what was needed and what to change."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphengine.influence.diffusion.questions import SeedQuestion, rules_for

N = 5
COST = [1.0, 2.0, 3.0, 4.0, 5.0]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ({}, "needs k"),
        ({"k": 0}, "k must be a whole number of 1 or more, got 0"),
        ({"k": -3}, "got -3"),
        ({"k": 2.0}, "got 2.0"),
        ({"k": True}, "got True"),
        ({"k": 6}, "k is 6, but only 5 people may be chosen; lower k"),
        ({"k": 4, "exclude": [0, 1]}, "only 3 people"),
        ({"k": 1, "include": [0, 1]}, "include names 2 people; raise k"),
        ({"k": 2, "include": [5]}, "include names 5, but people go from 0 to 4"),
        ({"k": 2, "include": [-1]}, "include names -1"),
        ({"k": 2, "exclude": [7, 9]}, "exclude names 7, 9"),
        ({"k": 2, "exclude": list(range(5, 30))}, "and 15 more"),
        ({"k": 2, "include": [1.5]}, "whole numbers"),
        ({"k": 2, "include": ["a"]}, "whole numbers"),
        ({"k": 3, "include": [1, 1]}, "twice"),
        ({"k": 2, "include": [1, 2], "exclude": [2]}, "2 in both include and exclude"),
        ({"k": 1, "share": 0.0}, "share must lie between 0 and 1"),
        ({"k": 1, "share": 1.0}, "got 1.0"),
        ({"k": 1, "share": float("nan")}, "got nan"),
        ({"k": 1, "delta": 0.0}, "delta must lie"),
        ({"k": 1, "delta": 1.5}, "delta must lie"),
        ({"k": 1, "max_sets": 0}, "max_sets must be above 0"),
        ({"k": 1, "max_seconds": -1.0}, "max_seconds must be above 0"),
        ({"k": 1, "max_members": 0}, "max_members must be above 0"),
        ({"k": 1, "cost": COST}, "without a budget"),
        ({"budget": 3.0}, "needs the cost of each of 5"),
        ({"budget": 3.0, "cost": [1.0, 2.0]}, r"each of 5 people, got shape \(2,\)"),
        ({"budget": 3.0, "cost": [1, 2, 0, 4, 0]}, r"got 0.0 for person 2 \(2 such\)"),
        ({"budget": 3.0, "cost": [1, -2, 3, 4, 5]}, "got -2.0 for person 1"),
        ({"budget": 3.0, "cost": [1, 2, 3, float("nan"), 5]}, "got nan for person 3"),
        ({"budget": 3.0, "cost": [1, 2, 3, float("inf"), 5]}, "got inf for person 3"),
        ({"budget": float("nan"), "cost": COST}, "budget must be a finite number"),
        ({"budget": -1.0, "cost": COST}, "budget must be a finite number"),
        ({"budget": 0.5, "cost": COST}, "buys nobody: the cheapest costs 1"),
        ({"budget": 1.5, "cost": COST, "exclude": [0]}, "the cheapest costs 2"),
        ({"budget": 1.5, "cost": COST, "exclude": range(5)}, "everybody is excluded"),
        ({"budget": 4.0, "cost": COST, "include": [4]}, "include costs 5, more than the budget"),
    ],
)
def test_what_cannot_be_met(question: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        rules_for(SeedQuestion(**question), N, edges=3)


@pytest.mark.parametrize(("n", "edges"), [(0, 0), (5, 0)])
def test_a_graph_in_which_nobody_moves_anybody(n: int, edges: int) -> None:
    with pytest.raises(ValueError, match=f"{n} people and {edges} edges"):
        rules_for(SeedQuestion(k=1), n, edges=edges)


def test_what_is_read() -> None:
    rules = rules_for(SeedQuestion(k=3, include=np.array([4, 1]), exclude=(0,)), N, edges=1)
    assert (rules.k, rules.delta, rules.budget) == (3, 0.2, 0.0)
    assert rules.include.tolist() == [4, 1]
    assert rules.allowed.tolist() == [False, False, True, True, False]


def test_who_is_too_dear_is_not_looked_at() -> None:
    rules = rules_for(SeedQuestion(budget=5.0, cost=COST, include=[1]), N, edges=1)
    assert rules.k == N
    assert rules.free == 3.0
    assert rules.allowed.tolist() == [True, False, True, False, False]
