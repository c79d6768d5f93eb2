"""Everybody's spread: exact worlds, the congress reference, and intervals that cover."""

from __future__ import annotations

import ast
import gzip

import numpy as np
import pytest

from graphengine.influence.diffusion import followed
from graphengine.influence.diffusion.everyone import TAIL_METHOD, spread_of_everyone
from graphengine.influence.diffusion.graph import (
    DiffusionGraph,
    Model,
    diffusion_graph,
    uniform,
    weighted_cascade,
)
from graphengine.influence.diffusion.sampling import SetSampler
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


def _three_steps(p: float) -> DiffusionGraph:
    """A hub that moves 50 people, each of whom moves one, who moves one more."""
    near, far, last = (list(range(at, at + 50)) for at in (1, 51, 101))
    return uniform([0] * 50 + near + far, near + far + last, p)


def test_the_goal_is_reached_by_the_top() -> None:
    found = spread_of_everyone(_three_steps(0.5), random_state=1, goal=(0.01, 0.005))
    assert 0.0 < found.reached <= 0.01
    half = (found.high[0] - found.low[0]) / 2
    assert half / found.spread[0] <= 0.01
    assert abs(found.spread[0] - 44.75) <= 2.5 * half  # 1 + 50·.5 + 50·.25 + 50·.125


@pytest.mark.parametrize("error", [0.0015, 0.001, 0.0005])
def test_hardly_more_sets_are_drawn_than_the_goal_needs(error: float) -> None:
    found = spread_of_everyone(_three_steps(0.1), random_state=1, goal=(error, 0.005))
    assert found.sets > 16_384
    assert 0.9 * error <= found.reached <= error  # one set in five too many, at most


@pytest.fixture
def followed_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where counting alone would do with few sets."""
    monkeypatch.setattr(followed, "COUNTED", 0)


def _tree(n: int, random: np.random.Generator) -> tuple[DiffusionGraph, np.ndarray]:
    """Everybody but the first is moved by one person before them; and the true spreads."""
    above = (random.random(n - 1) ** 2 * np.arange(1, n)).astype(np.int64)
    p = random.choice([0.3, 0.6, 0.9, 1.0], n - 1)
    true = np.ones(n)
    for v in range(n - 1, 0, -1):
        true[above[v - 1]] += p[v - 1] * true[v]
    return diffusion_graph(above, np.arange(1, n), p, n=n), true


@pytest.mark.parametrize(
    ("n", "least", "aimed"), [(300, 0, 0), (900, 0, 0), (900, 0, 1 << 40), (900, 1 << 40, 0)]
)
def test_intervals_cover_where_the_stop_rule_ends(
    n: int, least: int, aimed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followed, "COUNTED", least)  # at once, or never
    monkeypatch.setattr(followed, "AIMED_FROM", aimed)
    goal = {300: (0.015, 0.02), 900: (0.03, 0.01)}[n]
    graph, true = _tree(n, np.random.default_rng(4))
    people = round(goal[1] * n)
    best, held, rounds = np.zeros(people), np.zeros(n), set()
    for state in range(200):
        found = spread_of_everyone(graph, random_state=state, goal=goal)
        inside = (found.low <= true * (1 + 1e-12)) & (true <= found.high * (1 + 1e-12))
        best += inside[np.argsort(-found.spread)[:people]]
        held += inside
        rounds.add(found.sets)
        assert found.reached <= goal[0]
    assert best.mean() >= 0.93 * 200  # of those said to be at the top, wherever it was stopped
    assert held.mean() >= 0.95 * 200
    assert held.min() >= 0.89 * 200  # 95 % at least; fewer has a chance of 1 in 5,000 each
    assert len(rounds) > 1  # the rule did decide


@pytest.mark.usefixtures("followed_soon")
def test_counts_and_chances_agree_on_a_web() -> None:
    random = np.random.default_rng(5)
    source = np.minimum((700 * random.random(1_500) ** 2.5).astype(np.int64), 699)
    graph = weighted_cascade(source, random.integers(0, 700, 1_500), n=700)
    sampler = SetSampler(graph, random_state=9)
    share = np.zeros(700)
    for chunk in sampler.draw(1 << 20):
        share += np.bincount(chunk.people, minlength=700) / (1 << 20)
    top = np.argsort(-share)[:7]
    held = np.zeros(7)
    for state in range(60):
        found = spread_of_everyone(graph, random_state=state, goal=(0.03, 0.01))
        held += (found.low[top] <= 700 * share[top]) & (700 * share[top] <= found.high[top])
    assert held.mean() >= 0.93 * 60


@pytest.mark.usefixtures("followed_soon")
def test_threads_and_the_order_of_edges_change_nothing() -> None:
    random = np.random.default_rng(6)
    pairs = np.unique(random.integers(0, 800, (1_600, 2)), axis=0)
    p = random.choice([0.1, 0.3, 1.0], len(pairs))
    answers, goal = [], (0.0005, 0.01)
    for threads in (1, 3):
        order = random.permutation(len(pairs))
        graph = diffusion_graph(pairs[order, 0], pairs[order, 1], p[order], n=800)
        found = spread_of_everyone(
            graph, random_state=2, threads=threads, max_sets=100_001, goal=goal
        )
        answers.append((found.spread, found.low, found.high, found.sets))
    for one, other in zip(*answers, strict=True):
        np.testing.assert_array_equal(one, other)
    assert answers[0][3] == 100_001


@pytest.mark.parametrize("most", [1, 2, 3, 5_000])
@pytest.mark.usefixtures("followed_soon")
def test_few_sets_are_an_answer_too(most: int) -> None:
    graph, true = _tree(900, np.random.default_rng(4))
    found = spread_of_everyone(graph, random_state=1, max_sets=most)
    assert found.sets == most
    assert found.reached > 0.05
    assert np.mean((found.low <= true + 1e-9) & (true <= found.high + 1e-9)) > 0.9


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
    with pytest.raises(ValueError, match="model must be"):
        spread_of_everyone(graph, random_state=1, model="voter")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="random_state must be"):
        spread_of_everyone(graph, random_state=-1)


def test_nobody_moves_anybody_without_edges() -> None:
    found = spread_of_everyone(uniform([], [], 0.5, n=4), random_state=1)
    np.testing.assert_array_equal(found.spread, np.ones(4))
    np.testing.assert_array_equal(found.low, np.ones(4))
