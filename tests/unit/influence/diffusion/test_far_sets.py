"""Sets followed as probabilities, against every world of small graphs and closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphengine.influence.diffusion.far_sets import (
    FarSampler,
    by_source,
    look_closely,
    look_roughly,
    narrowed,
)
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
    random, sets, squares, terms, drawn = np.random.default_rng(3), 4_000, 0.0, 0, 0
    for trial in range(60):
        n, edges = _small(random)
        graph = _graph(n, edges)
        true = [exact_spread(n, edges, [x], model="independent_cascade") for x in range(n)]
        for aimed, look in enumerate((look_roughly(graph), look_closely(graph, _everybody(n)))):
            sampler = FarSampler(graph, random_state=trial, threads=1)
            toward = sampler.toward(by_source(graph), _everybody(n)[:1], np.ones(1))
            total, square = sampler.draw(sets, look, toward if aimed else None).T / sets
            error = look.known + sampler.weight * total - true
            noise = sampler.weight * np.sqrt(np.maximum(square - total**2, 0.0) / sets)
            many = total * sets > 25.0
            assert np.abs(error[square == 0.0]).max(initial=0.0) < 12.0 * n / sets
            assert np.abs(error[many] / noise[many].clip(1e-9)).max(initial=0.0) < 5.5
            share = sampler.count / sampler.counted
            plain = look_roughly(graph).known + sampler.weight * share - true
            assert np.all(np.abs(plain) < 6.0 * n * np.sqrt((share + 12.0 / sets) / sets))
            drawn += sampler.counted < sampler.sets
            z = (error / noise.clip(1e-9))[many & (noise > 1e-6)]
            squares, terms = squares + float(z[:1] @ z[:1]), terms + z[:1].size
    assert terms > 40
    assert drawn > 10  # of the sets of so many graphs half were aimed
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
    rows = by_source(graph)
    for most in (0, 2, 5, 50):
        start, member, _ = closures.sure_sets(rows, np.array([0, 3], np.uint32), most)
        parts = np.split(member, start[1:-1].astype(np.int64))
        assert [part[0] for part in parts] == [0, 3]
        assert member.size == 2 + min(most, 6 + 3)
        for part, whole in zip(parts, (range(7), range(3, 7)), strict=True):
            assert set(part.tolist()) <= set(whole)


def test_chances_vary_less_than_counts() -> None:
    random = np.random.default_rng(1)
    graph = uniform(random.integers(0, 300, 1_500), random.integers(0, 300, 1_500), 0.15)
    sampler = FarSampler(graph, random_state=1, threads=1)
    total, square = sampler.draw(60_000, look_closely(graph, _everybody(300))).T
    assert square.sum() < 0.3 * sampler.count.sum()  # a count varies as much as it is
    assert total.sum() < sampler.count.sum()  # as one step more is known


def test_aimed_sets_vary_less_for_those_they_are_aimed_at() -> None:
    random = np.random.default_rng(4)
    graph = uniform(*random.integers(0, 900, (2, 1_800)), 0.4, n=900)
    rows, who = by_source(graph), np.array([1, 5], np.uint32)
    sampler = FarSampler(graph, random_state=1, threads=1)
    look, sets = look_closely(graph, who), 40_000
    even = sampler.draw(sets, look)
    aimed = sampler.draw(sets, look, sampler.toward(rows, who, np.ones(2)))
    assert sampler.counted == sets * 3 // 2
    assert np.all(aimed[:, 1] < 0.7 * even[:, 1])
    noise = np.sqrt(aimed[:, 1] + even[:, 1])
    assert np.all(np.abs(aimed[:, 0] - even[:, 0]) < 4.5 * noise)


def test_walks_are_powers_of_the_matrix() -> None:
    random = np.random.default_rng(7)
    n, edges = 6, [(u, v, float(random.random())) for u in range(6) for v in range(6) if u != v]
    one, walks = np.zeros((n, n)), np.zeros(n)
    for u, v, p in edges:
        one[u, v] = p
    begun = np.array([0.0, 2.0, 0.0, 0.5, 0.0, 0.0])
    for steps in (3, 4, 5):
        walks += begun @ np.linalg.matrix_power(one, steps)
    rows, who = by_source(_graph(n, edges)), np.array([1, 3], np.uint32)
    np.testing.assert_allclose(closures.far_walks(rows, who, begun[[1, 3]], 5), walks)
    assert not closures.far_walks(rows, who, np.ones(2), 2).any()


def test_walks_of_next_to_no_chance_lead_nowhere() -> None:
    """All lead to one person: whoever were noted at each arrival would not have room."""
    crowd = range(1, 40)
    edges = [(0, v, 1e-200) for v in crowd] + [(v, 40, 1e-200) for v in crowd] + [(40, 41, 1e-200)]
    rows, who = by_source(_graph(42, edges)), np.zeros(1, np.uint32)
    assert not closures.far_walks(rows, who, np.ones(1), 5).any()


def test_roots_are_drawn_in_equal_parts_of_their_mass() -> None:
    mass = np.array([0.0, 0.25, 0.001, 0.0, 0.499, 0.25, 0.0])
    upto = np.cumsum(mass)
    upto[-1] = 1.0
    times = np.zeros(7)
    for chunk in range(50):
        _, places = far_sets.strata(upto, 64, coins.stream(1, chunk))
        found = np.bincount(places[:64], minlength=7)
        assert np.all(np.abs(found - 64 * mass) < 2.0)
        assert np.all(np.diff(places.astype(int)) >= 0)
        times += found
    assert not times[mass == 0.0].any()
    np.testing.assert_allclose(times / (50 * 64), mass, atol=0.002)


def test_a_narrowed_look_is_a_look_at_fewer() -> None:
    random = np.random.default_rng(8)
    for _ in range(20):
        n, edges = _small(random)
        graph, some = _graph(n, edges), np.flatnonzero(random.random(n) < 0.5).astype(np.uint32)
        one, other = narrowed(look_closely(graph, _everybody(n)), some), look_closely(graph, some)
        np.testing.assert_array_equal(one.known, other.known)
        for x, y in zip((one.who, *one.close), (other.who, *other.close), strict=True):
            np.testing.assert_array_equal(x, y)


@pytest.mark.skipif(not COMPILED, reason="numba is not installed")
def test_compiled_and_plain_loops_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(2)
    pairs = np.unique(random.integers(0, 30, (120, 2)), axis=0)
    p = random.choice([0.1, 0.4, 1.0], len(pairs))
    graph = diffusion_graph(pairs[:, 0], pairs[:, 1], p, n=30)

    def answer() -> list[np.ndarray]:
        sampler = FarSampler(graph, random_state=5, threads=1)
        look = look_closely(graph, _everybody(30))
        toward = sampler.toward(by_source(graph), _everybody(30)[:9], np.ones(9))
        return [look.known, toward, sampler.draw(200, look, toward), sampler.count]

    fast = answer()
    modules: tuple[Any, ...] = (coins, reverse_sets, closures, far_sets)
    for module in modules:
        for name, step in list(vars(module).items()):
            monkeypatch.setattr(module, name, getattr(step, "py_func", step))
    loops = {"far_sets": far_sets.far_sets, "sure_sets": closures.sure_sets}
    loops.update(first_steps=closures.first_steps, far_walks=closures.far_walks)
    for name, loop in loops.items():
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
