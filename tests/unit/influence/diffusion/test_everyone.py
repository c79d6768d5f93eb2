"""Everybody's spread: exact worlds, the congress reference, and intervals that cover."""

from __future__ import annotations

import ast
import gzip

import numpy as np
import pytest

from graphengine.influence.diffusion.everyone import TAIL_METHOD, spread_of_everyone
from graphengine.influence.diffusion.graph import Model, diffusion_graph, uniform
from tests.oracles.diffusion import ALICE, exact_spread
from tests.support.data import dataset


@pytest.mark.parametrize("model", ["independent_cascade", "linear_threshold"])
def test_intervals_cover_the_exact_spread(model: Model) -> None:
    u, v, p = zip(*ALICE, strict=True)
    graph = diffusion_graph(u, v, p)
    true = np.array([exact_spread(10, ALICE, [x], model=model) for x in range(10)])
    inside = np.zeros(10, int)
    for state in range(60):
        found = spread_of_everyone(
            graph, model=model, random_state=state, goal=(1e-6, 0.5), max_sets=2_000
        )
        inside += (found.low - 1e-12 <= true) & (true <= found.high + 1e-12)
        assert (found.sets, found.tail_method) == (2_000, TAIL_METHOD)
        assert found.reached > 1e-6
    assert inside.min() >= 51  # of 60 at 95 % at least; fewer has a chance below 1 in 3,000
    assert np.all(inside[[2, 4, 5, 6, 9]] == 60)  # one step or none: exact
    np.testing.assert_allclose(found.spread[[2, 4]], [1.0, 1.1])


def test_the_goal_is_reached_by_the_top() -> None:
    hub = uniform([0] * 50 + list(range(1, 51)), list(range(1, 51)) + list(range(51, 101)), 0.5)
    found = spread_of_everyone(hub, random_state=1, goal=(0.02, 0.01))
    assert found.reached <= 0.02
    half = (found.high[0] - found.low[0]) / 2
    assert half / found.spread[0] <= 0.02
    assert abs(found.spread[0] - 38.5) <= 2.5 * half  # 1 + 50·.5 + 50·.25


@pytest.mark.parametrize("error", [0.012, 0.008, 0.005])
def test_hardly_more_sets_are_drawn_than_the_goal_needs(error: float) -> None:
    hub = uniform([0] * 50 + list(range(1, 51)), list(range(1, 51)) + list(range(51, 101)), 0.1)
    found = spread_of_everyone(hub, random_state=1, goal=(error, 0.01))
    assert found.sets > 16_384
    assert 0.95 * error <= found.reached <= error


def test_the_congress_reference() -> None:
    folder = dataset("congress")
    with gzip.open(folder / "congress.edgelist.gz", "rt", encoding="utf-8") as lines:
        rows = [line.rstrip().split(" ", 2) for line in lines]
    u, v = (np.array([row[i] for row in rows], np.int64) for i in (0, 1))
    p = [ast.literal_eval(row[2])["weight"] for row in rows]
    with gzip.open(folder / "reference_spread.tsv.gz", "rt", encoding="utf-8") as lines:
        reference = np.loadtxt(lines, skiprows=1)
    graph = diffusion_graph(u, v, p)
    found = spread_of_everyone(graph, random_state=1, goal=(0.002, 0.01), max_sets=1 << 20)
    assert graph.n == reference.shape[0] == 475
    extra = found.spread[reference[:, 0].astype(int)] - 1.0
    assert np.abs(extra - reference[:, 1]).max() < 0.02
    assert set(np.argsort(-extra)[:5]) == {399, 367, 393, 322, 470}


def test_bad_input_is_named() -> None:
    graph = uniform([0], [1], 0.5)
    for goal in ((0.0, 0.1), (0.1, 0.0), (0.1, 1.5)):
        with pytest.raises(ValueError, match="goal needs"):
            spread_of_everyone(graph, random_state=1, goal=goal)
    with pytest.raises(ValueError, match="max_sets"):
        spread_of_everyone(graph, random_state=1, max_sets=0)
    with pytest.raises(ValueError, match="no people"):
        spread_of_everyone(uniform([], [], 0.5), random_state=1)


def test_nobody_moves_anybody_without_edges() -> None:
    found = spread_of_everyone(uniform([], [], 0.5, n=4), random_state=1)
    np.testing.assert_array_equal(found.spread, np.ones(4))
    np.testing.assert_array_equal(found.low, np.ones(4))
