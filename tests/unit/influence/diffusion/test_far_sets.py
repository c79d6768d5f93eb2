"""Sets followed as probabilities, against every world of small graphs and closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphengine.influence.diffusion.far_sets import FarSampler, look_closely, look_roughly
from graphengine.influence.diffusion.graph import DiffusionGraph, diffusion_graph, uniform
from graphengine.influence.kernels import closures, coins, far_sets, reverse_sets
from graphengine.influence.kernels.compiled import COMPILED
from tests.oracles.diffusion import diamond_spread, exact_spread, path_spread, star_spread

Edge = tuple[int, int, float]


def _graph(n: int, edges: list[Edge]) -> DiffusionGraph:
    u, v, p = zip(*edges, strict=True)
    return diffusion_graph(u, v, p, n=n)


def _everybody(n: int) -> np.ndarray:
    return np.arange(n, dtype=np.uint32)


def _small(random: np.random.Generator) -> tuple[int, list[Edge]]:
    """Up to 7 people and 11 edges, probabilities 0 and 1 among them."""
    n = int(random.integers(2, 8))
    pairs = [(u, v) for u in range(n) for v in range(n) if u != v]
    chosen = random.permutation(len(pairs))[: random.integers(1, 12)]
    p = random.choice([0.0, 0.2, 0.5, 0.8, 1.0], chosen.size)
    return n, [(*pairs[i], float(q)) for i, q in zip(chosen, p, strict=True)]


def test_every_world_of_small_graphs() -> None:
    random, sets, squares, terms = np.random.default_rng(3), 4_000, 0.0, 0
    for trial in range(60):
        n, edges = _small(random)
        graph = _graph(n, edges)
        true = [exact_spread(n, edges, [x], model="independent_cascade") for x in range(n)]
        for look in (look_roughly(graph), look_closely(graph, _everybody(n))):
            sampler = FarSampler(graph, random_state=trial, threads=1)
            total, square = sampler.draw(sets, look).T / sets
            error = look.known + sampler.weight * total - true
            noise = sampler.weight * np.sqrt(np.maximum(square - total**2, 0.0) / sets)
            many = total * sets > 25.0
            assert np.abs(error[square == 0.0]).max(initial=0.0) < 12.0 * n / sets
            assert np.abs(error[many] / noise[many].clip(1e-9)).max(initial=0.0) < 5.5
            share = sampler.count / sets
            plain = look_roughly(graph).known + sampler.weight * share - true
            assert np.all(np.abs(plain) < 6.0 * n * np.sqrt((share + 6.0 / sets) / sets))
            z = (error / noise.clip(1e-9))[many & (noise > 1e-6)]
            squares, terms = squares + float(z[:1] @ z[:1]), terms + z[:1].size
    assert terms > 40
    assert abs(squares - terms) < 4 * np.sqrt(2 * terms)  # chi-square: the noise is as stated


def test_two_steps_are_known_exactly() -> None:
    diamond = uniform([0, 0, 1, 2], [1, 2, 3, 3], 0.3)
    assert look_closely(diamond, _everybody(4)).known[0] == pytest.approx(diamond_spread(0.3))
    star = uniform([0] * 9, range(1, 10), 0.4)
    assert look_closely(star, _everybody(10)).known[0] == pytest.approx(star_spread(9, 0.4))
    path = uniform(range(5), range(1, 6), 0.7)
    known = look_closely(path, _everybody(6)).known
    np.testing.assert_allclose(known, [path_spread(k, 0.7) for k in (3, 3, 3, 3, 2, 1)])


def test_whom_somebody_is_sure_to_reach_is_known_however_far() -> None:
    edges = [(0, 1, 1.0), (1, 2, 1.0), (2, 3, 1.0), (3, 0, 1.0), (3, 4, 0.5), (1, 4, 0.5)]
    graph = _graph(6, [*edges, (4, 5, 0.5)])
    look = look_closely(graph, np.array([2, 4], np.uint32))
    np.testing.assert_allclose(look.known, [4 + 0.75 + 0.375, 1.5])


def test_part_of_a_closure_will_do() -> None:
    edges = [(v, v + 1, 1.0) for v in range(6)] + [(6, 7, 0.5), (7, 0, 0.5), (2, 8, 0.5)]
    graph = _graph(9, edges)
    rows = far_rows(graph)
    for most in (0, 2, 5, 50):
        start, member, _ = closures.sure_sets(rows, np.array([0, 3], np.uint32), most)
        parts = np.split(member, start[1:-1].astype(np.int64))
        assert [part[0] for part in parts] == [0, 3]
        assert member.size == 2 + min(most, 6 + 3)
        for part, whole in zip(parts, (range(7), range(3, 7)), strict=True):
            assert set(part.tolist()) <= set(whole)


def far_rows(graph: DiffusionGraph) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The edges by source."""
    order = np.argsort(graph.indices, kind="stable")
    first = np.searchsorted(graph.indices[order], np.arange(graph.n + 1)).astype(np.uint64)
    return first, graph.targets()[order], graph.probability[order]


def test_chances_vary_less_than_counts() -> None:
    random = np.random.default_rng(1)
    graph = uniform(random.integers(0, 300, 1_500), random.integers(0, 300, 1_500), 0.15)
    sampler = FarSampler(graph, random_state=1, threads=1)
    total, square = sampler.draw(60_000, look_closely(graph, _everybody(300))).T
    assert square.sum() < 0.3 * sampler.count.sum()  # a count varies as much as it is
    assert total.sum() < sampler.count.sum()  # as one step more is known


@pytest.mark.skipif(not COMPILED, reason="numba is not installed")
def test_compiled_and_plain_loops_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(2)
    pairs = np.unique(random.integers(0, 30, (120, 2)), axis=0)
    p = random.choice([0.1, 0.4, 1.0], len(pairs))
    graph = diffusion_graph(pairs[:, 0], pairs[:, 1], p, n=30)

    def answer() -> list[np.ndarray]:
        sampler = FarSampler(graph, random_state=5, threads=1)
        look = look_closely(graph, _everybody(30))
        return [look.known, sampler.draw(200, look), sampler.count]

    fast = answer()
    modules: tuple[Any, ...] = (coins, reverse_sets, closures, far_sets)
    for module in modules:
        for name, step in list(vars(module).items()):
            monkeypatch.setattr(module, name, getattr(step, "py_func", step))
    loops = {"far_sets": far_sets.far_sets, "sure_sets": closures.sure_sets}
    for name, loop in {**loops, "first_steps": closures.first_steps}.items():
        monkeypatch.setattr(f"graphengine.influence.diffusion.far_sets.{name}", loop)
    with np.errstate(over="ignore"):
        for one, other in zip(fast, answer(), strict=True):
            np.testing.assert_array_equal(one, other)


def test_long_rows_come_in_groups() -> None:
    edges = [(u, 400, 0.02 + 0.9 * (u % 7 == 0)) for u in range(400)]
    graph = _graph(402, [*edges, (400, 401, 0.5), (401, 3, 0.5)])
    sampler = FarSampler(graph, random_state=1, threads=1)
    sampler.draw(40_000, look_roughly(graph))
    share = sampler.count[:400] / 40_000  # the roots are 401, 3 and 400
    true = np.array([p * 0.5 + p * 0.25 for _, _, p in edges]) / 3.0
    likely = np.arange(400) != 3
    z = (share - true) / np.sqrt(true / 40_000)
    assert sampler.weight == 3.0
    assert np.abs(z[likely]).max() < 5.0
