"""Reverse-reachable sets against every world of small graphs, and edge by edge on wide ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphengine.influence.diffusion.graph import DiffusionGraph, Model, diffusion_graph, uniform
from graphengine.influence.diffusion.sampling import SetSampler
from graphengine.influence.diffusion.tables import cascade_tables, threshold_tables
from graphengine.influence.kernels import coins, reverse_sets, threshold_sets
from graphengine.influence.kernels.compiled import COMPILED
from tests.oracles.diffusion import ALICE, exact_spread

MODELS: list[Model] = ["independent_cascade", "linear_threshold"]
MODULES: dict[str, Any] = {"reverse_sets": reverse_sets, "threshold_sets": threshold_sets}


def _graph(n: int, edges: list[tuple[int, int, float]]) -> DiffusionGraph:
    u, v, p = zip(*edges, strict=True)
    return diffusion_graph(u, v, p, n=n)


def _counts(sampler: SetSampler, sets: int) -> np.ndarray:
    people = np.concatenate([chunk.people for chunk in sampler.draw(sets)])
    return np.bincount(people, minlength=sampler.n)


def _small(rng: np.random.Generator, model: Model) -> tuple[int, list[tuple[int, int, float]]]:
    """Up to 8 people and 8 edges, probabilities 0 and 1 among them."""
    n = int(rng.integers(2, 9))
    pairs = [(u, v) for u in range(n) for v in range(n) if u != v]
    chosen = rng.permutation(len(pairs))[: rng.integers(1, 9)]
    p = rng.choice([0.0, 0.1, 0.3, 0.5, 0.8, 1.0], chosen.size)
    edges = [(*pairs[i], float(q)) for i, q in zip(chosen, p, strict=True)]
    if model == "linear_threshold":
        degree = np.bincount([v for _, v, _ in edges], minlength=n)
        edges = [(u, v, q / degree[v]) for u, v, q in edges]
    return n, edges


@pytest.mark.parametrize("model", MODELS)
def test_every_world_of_hundreds_of_small_graphs(model: Model) -> None:
    rng, sets, squares, terms = np.random.default_rng(7), 4_000, 0.0, 0
    for trial in range(120):
        n, edges = _small(rng, model)
        sampler = SetSampler(_graph(n, edges), model=model, random_state=trial)
        share = _counts(sampler, sets) / sets
        true = np.array([exact_spread(n, edges, [v], model=model) for v in range(n)]) / n
        noisy = true < 1 - 1e-12
        assert np.all(share[~noisy] == 1.0)
        z = (share - true)[noisy] / np.sqrt(true * (1 - true) / sets)[noisy]
        assert np.abs(z).max(initial=0.0) < 5.5  # one in 20 million
        squares, terms = squares + float(z[:1] @ z[:1]), terms + z[:1].size
    assert abs(squares - terms) < 4 * np.sqrt(2 * terms)  # chi-square: not too good either


@pytest.mark.parametrize("model", MODELS)
def test_the_values_of_the_definitions(model: Model) -> None:
    sampler, sets = SetSampler(_graph(10, ALICE), model=model, random_state=1), 200_000
    best = np.isin(np.arange(10), [1, 3, 8])
    true = exact_spread(10, ALICE, [1, 3, 8], model=model)
    if model == "independent_cascade":
        assert round(true, 4) == 3.8871
        known = [1.153781, 1.547810, 1, 1.423871, 1.1, 1, 1, 1.142387, 1.241387, 1]
        np.testing.assert_allclose(10 * _counts(sampler, sets) / sets, known, atol=0.035)
    assert abs(10 * sampler.hits(sets, best) / sets - true) < 0.045  # four standard errors


@pytest.mark.parametrize("kind", ["alike", "sure", "mixed", "steep", "tiny"])
def test_each_edge_into_a_wide_target_lives_as_often_as_it_should(kind: str) -> None:
    rng, leaves, sets = np.random.default_rng(3), 300, 40_000
    p = {
        "alike": np.full(leaves, 0.1),
        "sure": np.ones(leaves),
        "mixed": rng.random(leaves).round(2),
        "steep": rng.random(leaves) ** 12,
        "tiny": np.full(leaves, 1e-3),
    }[kind]
    graph = diffusion_graph(np.arange(1, leaves + 1), np.zeros(leaves, int), p, n=leaves + 1)
    root = np.zeros(leaves + 1)
    root[0] = 5.0
    sampler = SetSampler(graph, random_state=1, roots=root)
    count = _counts(sampler, sets)
    assert (count[0], sampler.weight) == (sets, 5.0)
    error = np.sqrt(p * (1 - p) / sets)
    assert np.all(np.abs(count[1:] / sets - p) <= 4.8 * error + 2e-5)
    none = sampler.hits(sets, np.r_[False, np.ones(leaves, bool)]) / sets
    wanted = 1 - np.prod(1 - p)
    assert abs(none - wanted) <= 4.8 * np.sqrt(wanted * (1 - wanted) / sets) + 1e-12


def test_more_distinct_chances_than_rows_go_on_a_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphengine.influence.diffusion.tables.MOST_ROWS", 8)
    rng = np.random.default_rng(5)
    p = rng.random(60)
    graph = diffusion_graph(np.arange(60), np.repeat([60, 61, 62], 20), p)
    sets = 60_000
    share = _counts(SetSampler(graph, random_state=2), sets)[:60] / sets * 63 - 1
    assert np.all(np.abs(share - p) < 5 * np.sqrt(63 * 2 / sets))


@pytest.mark.parametrize("model", MODELS)
def test_threads_change_nothing_and_the_stream_goes_on(model: Model) -> None:
    graph = _graph(10, ALICE)
    one, two = (SetSampler(graph, model=model, random_state=9, threads=t) for t in (1, 2))
    for sets in (5_000, 3):
        for a, b in zip(one.draw(sets), two.draw(sets), strict=True):
            np.testing.assert_array_equal(a.first, b.first)
            np.testing.assert_array_equal(a.people, b.people)
    chosen = np.arange(10) == 1
    assert one.hits(9_000, chosen) == two.hits(9_000, chosen) != one.hits(9_000, chosen)
    assert sum(chunk.first.size - 1 for chunk in one.draw(5_001)) == 5_001
    assert one.draw(0) == []


@pytest.mark.skipif(not COMPILED, reason="both are the same loop")
@pytest.mark.parametrize("loop", ["reverse_sets", "threshold_sets"])
@pytest.mark.parametrize("looking", [False, True])
def test_the_loops_give_the_same_without_the_compiler(
    loop: str,
    looking: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(2)
    pair = rng.permutation(400)[:120]
    u, v = pair // 20, pair % 20
    p = np.where(rng.random(120) < 0.5, 0.05, rng.random(120) / 20)
    graph = diffusion_graph(u, v, p, n=20)
    tables = cascade_tables(graph) if loop == "reverse_sets" else threshold_tables(graph)
    nobody = np.empty(0, np.uint32)
    roots = np.uint64(20), np.empty(0), nobody
    chosen = np.arange(20) < 2 if looking else np.empty(0, bool)

    def answer() -> Any:
        desk = np.zeros(1, np.uint32), np.empty(256, np.uint32)
        found = getattr(MODULES[loop], loop)(tables, roots, desk, chosen, 50, np.uint64(4))
        assert not desk[0].any()  # left clean for the next chunk
        return found

    fast = answer()
    for module in (coins, *MODULES.values()):
        for name, step in list(vars(module).items()):
            monkeypatch.setattr(module, name, getattr(step, "py_func", step))
    with np.errstate(over="ignore"):
        for a, b in zip(fast, answer(), strict=True):
            np.testing.assert_array_equal(a, b)


def test_bad_input_is_named() -> None:
    graph = uniform([0, 1], [2, 2], 0.9)
    with pytest.raises(ValueError, match=r"into 2 sum to 1\.8"):
        SetSampler(graph, model="linear_threshold", random_state=1)
    with pytest.raises(ValueError, match="has no people"):
        SetSampler(uniform([], [], 0.5), random_state=1)
    with pytest.raises(ValueError, match="model must be"):
        SetSampler(graph, model="voter", random_state=1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="threads"):
        SetSampler(graph, random_state=1, threads=0)
    with pytest.raises(ValueError, match="random_state"):
        SetSampler(graph, random_state=-1)
    for roots, text in (([1.0], "for each of 3"), ([1, -1, 0], "got -1.0 for person 1")):
        with pytest.raises(ValueError, match=text):
            SetSampler(graph, random_state=1, roots=roots)
    with pytest.raises(ValueError, match="all 0"):
        SetSampler(graph, random_state=1, roots=np.zeros(3))
    sampler = SetSampler(graph, random_state=1)
    with pytest.raises(ValueError, match="True or False for each of 3"):
        sampler.hits(5, np.ones(3))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="0 or more"):
        sampler.draw(-1)


def test_a_graph_without_edges_has_sets_of_one() -> None:
    for model in MODELS:
        sampler = SetSampler(uniform([], [], 0.5, n=3), model=model, random_state=1)
        assert _counts(sampler, 300).sum() == 300
