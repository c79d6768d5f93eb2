"""Simulated spread against closed forms and every world of small graphs."""

from __future__ import annotations

import numpy as np
import pytest

from graphengine.influence.diffusion import simulation, tables
from graphengine.influence.diffusion.graph import Model, diffusion_graph, uniform
from graphengine.influence.diffusion.simulation import Estimate, simulate_spread
from graphengine.influence.diffusion.tables import forward_rows
from graphengine.influence.kernels import COMPILED, coins, forward_runs
from tests.oracles.diffusion import (
    ALICE,
    diamond_spread,
    exact_spread,
    path_spread,
    star_spread,
)

MODELS: list[Model] = ["independent_cascade", "linear_threshold"]


def _close(found: Estimate, true: float) -> bool:
    """Within 2.3 times the half-width of the interval at 95 %: 4.5 standard errors."""
    return abs(found.mean - true) <= 2.3 * max(found.high - found.mean, 1e-9)


def test_closed_forms() -> None:
    runs, p = 20_000, 0.3
    path = uniform(range(5), range(1, 6), p)
    assert _close(simulate_spread(path, [0], runs=runs, random_state=1), path_spread(6, p))
    star = uniform([0] * 7, range(1, 8), p)
    assert _close(simulate_spread(star, [0], runs=runs, random_state=2), star_spread(7, p))
    diamond = uniform([0, 0, 1, 2], [1, 2, 3, 3], p)
    assert _close(simulate_spread(diamond, [0], runs=runs, random_state=3), diamond_spread(p))
    assert exact_spread(4, [(0, 1, p), (0, 2, p), (1, 3, p), (2, 3, p)], [0], model=MODELS[0]) == (
        pytest.approx(diamond_spread(p))
    )


def test_the_best_three_of_the_definitions() -> None:
    u, v, p = zip(*ALICE, strict=True)
    found = simulate_spread(diffusion_graph(u, v, p), [1, 3, 8], runs=40_000, random_state=4)
    assert _close(found, 3.8871)
    assert 0.005 < found.high - found.mean < 0.02


@pytest.mark.parametrize("model", MODELS)
def test_every_world_of_small_graphs(model: Model) -> None:
    rng, squares = np.random.default_rng(11), []
    for trial in range(60):
        n = int(rng.integers(3, 9))
        pairs = [(u, v) for u in range(n) for v in range(n) if u != v]
        edges = [
            (*pairs[i], float(rng.choice([0.1, 0.3, 0.6, 1.0])))
            for i in rng.permutation(len(pairs))[:8]
        ]
        if model == "linear_threshold":
            into = np.bincount([v for _, v, _ in edges], minlength=n)
            edges = [(u, v, p / into[v]) for u, v, p in edges]
        seeds = rng.permutation(n)[: 1 + trial % 2].tolist()
        u, v, p = zip(*edges, strict=True)
        found = simulate_spread(
            diffusion_graph(u, v, p, n=n), seeds, model=model, runs=1_000, random_state=trial
        )
        true = exact_spread(n, edges, seeds, model=model)
        assert _close(found, true) or found.mean == pytest.approx(true)
        error = (found.high - found.mean) / 1.96
        squares.append(((found.mean - true) / error) ** 2 if error > 1e-3 else 1.0)
    assert abs(np.sum(squares) - 60) < 4 * np.sqrt(120)


def test_rows_that_take_several_draws_and_edges_that_never_live() -> None:
    rng = np.random.default_rng(5)
    p = np.where(rng.random(400) < 0.2, 0.0, rng.random(400))  # 0 -> 1..400, about 200 live
    star = diffusion_graph(np.zeros(400, int), np.arange(1, 401), p)
    found = simulate_spread(star, [0], runs=20_000, random_state=6)
    assert _close(found, 1 + p.sum())
    error, true = (found.high - found.mean) / 1.96, np.sqrt((p * (1 - p)).sum() / 20_000)
    assert error == pytest.approx(true, rel=0.03)
    low = diffusion_graph(np.zeros(400, int), np.arange(1, 401), p / 2.01)  # no edge is likely
    assert forward_rows(low)[0][0][0, 2] >= 5  # draws
    assert _close(simulate_spread(low, [0], runs=20_000, random_state=7), 1 + p.sum() / 2.01)
    assert simulate_spread(uniform([0], [1], 0.0), [0], runs=9, random_state=1).high == 1


@pytest.mark.skipif(not COMPILED, reason="both are the same loop")
def test_the_loops_give_the_same_without_the_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = np.random.default_rng(2).permutation(400)[:120]
    p = np.random.default_rng(3).choice([0.0, 0.05, 0.3, 0.7, 1.0], 120)
    graph = diffusion_graph(pair // 20, pair % 20, p, n=20)

    def answer() -> Estimate:
        return simulate_spread(graph, [3, 4], runs=40, random_state=4)

    fast, rows = answer(), forward_rows(graph)[0]
    names = [name for name in vars(forward_runs) if not name.startswith("_")]
    loops = {name: getattr(getattr(forward_runs, name), "py_func", None) for name in names}
    for name, loop in loops.items():
        if loop is not None:
            monkeypatch.setattr(forward_runs, name, loop)
            for user in (simulation, tables):
                if hasattr(user, name):
                    monkeypatch.setattr(user, name, loop)
    monkeypatch.setattr(forward_runs, "word", getattr(coins.word, "py_func", coins.word))
    with np.errstate(over="ignore"):
        assert answer() == fast
        for slow, quick in zip(forward_rows(graph)[0], rows, strict=True):
            np.testing.assert_array_equal(slow, quick)


def test_threads_change_nothing_and_states_do() -> None:
    u, v, p = zip(*ALICE, strict=True)
    graph = diffusion_graph(u, v, p)
    for model in MODELS:
        one, two, other = (
            simulate_spread(graph, [1], model=model, runs=999, random_state=s, threads=t)
            for s, t in ((1, 1), (1, 3), (2, 1))
        )
        assert one == two != other


def test_bad_input_is_named() -> None:
    graph = uniform([0, 1], [1, 2], 0.9)
    for seeds, text in (([3], "names 3"), ([], "one or more"), ([0, 0], "twice"), ([0.5], "whole")):
        with pytest.raises(ValueError, match=text):
            simulate_spread(graph, seeds, random_state=1)
    with pytest.raises(ValueError, match="runs must be 2 or more"):
        simulate_spread(graph, [0], runs=1, random_state=1)
    with pytest.raises(ValueError, match="model must be"):
        simulate_spread(graph, [0], model="voter", random_state=1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"sum to 1\.8"):
        simulate_spread(uniform([0, 1], [2, 2], 0.9), [0], model="linear_threshold", random_state=1)
