"""Laws of seed sets, on any small graph: coverage is monotone and submodular, names mean nothing."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.seeds import best_coverage, covered, first_credit, subsets_of

from graphengine.influence.diffusion.graph import DiffusionGraph, diffusion_graph
from graphengine.influence.diffusion.questions import SeedQuestion, rules_for
from graphengine.influence.diffusion.sampling import SetSampler
from graphengine.influence.diffusion.seeds import choose_seeds, marked
from graphengine.influence.diffusion.selection import ChoosingSets

N = 7
EDGE = st.tuples(st.integers(0, N - 1), st.integers(0, N - 1), st.sampled_from([0, 0.1, 0.5, 1.0]))
EDGES = st.lists(EDGE, min_size=1, max_size=16).filter(lambda e: any(u != v for u, v, _ in e))
PROPERTY = settings(max_examples=40)
QUICK = {"max_sets": 4_096}


def graph_of(edges: list[tuple[int, int, float]]) -> DiffusionGraph:
    u, v, p = zip(*edges, strict=True)
    return diffusion_graph(u, v, p, n=N, parallel="independent")


def drawn(graph: DiffusionGraph, sets: int) -> tuple[list[set[int]], ChoosingSets]:
    chunks = SetSampler(graph, random_state=3).draw(sets)
    half = ChoosingSets(graph.n)
    half.add(chunks)
    lists = [
        set(c.people[a:z].tolist())
        for c in chunks
        for a, z in zip(c.first[:-1], c.first[1:], strict=True)
    ]
    return lists, half


@PROPERTY
@given(EDGES, st.integers(1, N))
def test_gains_never_rise_and_never_fall_below_nothing(edges: list, k: int) -> None:
    found = choose_seeds(graph_of(edges), SeedQuestion(k=k, **QUICK), random_state=1)
    assert found.seeds.size == k == np.unique(found.seeds).size
    assert (found.gain >= 0).all()
    noise = 5 * N / math.sqrt(found.sets)
    assert (np.diff(found.gain) <= noise).all()  # submodular: later seeds add less, up to chance
    assert found.low <= found.spread <= found.high <= N
    assert k <= found.low
    assert 0 < found.share <= 1


@PROPERTY
@given(EDGES, st.integers(1, 3), st.sets(st.integers(0, N - 1), max_size=3))
def test_greedy_against_every_choice(edges: list, k: int, exclude: set) -> None:
    sets, half = drawn(graph_of(edges), 60)
    rules = rules_for(SeedQuestion(k=k, exclude=sorted(exclude)), N, edges=1)
    found = half.select(rules)
    allowed = [v for v in range(N) if v not in exclude]
    best = best_coverage(sets, subsets_of(allowed, k))
    assert (1 - 1 / math.e) * best <= found.covered <= best <= found.most
    assert set(found.people.tolist()) <= set(allowed)
    credit = first_credit(sets, found.people.tolist())
    assert sum(credit) == found.covered == covered(sets, set(found.people.tolist()))
    assert credit == sorted(credit, reverse=True)


@PROPERTY
@given(EDGES, st.integers(1, N - 1))
def test_more_seeds_never_reach_less(edges: list, k: int) -> None:
    _, half = drawn(graph_of(edges), 60)
    fewer, more = (half.select(rules_for(SeedQuestion(k=j), N, edges=1)) for j in (k, k + 1))
    assert more.people[:k].tolist() == fewer.people.tolist()
    assert fewer.covered <= more.covered
    assert fewer.most <= more.most


@PROPERTY
@given(EDGES, st.integers(1, 3), st.permutations(range(N)))
def test_names_mean_nothing(edges: list, k: int, names: list) -> None:
    """Another numbering of people finds seeds as good, up to chance."""
    graph = graph_of(edges)
    renamed = graph_of([(names[u], names[v], p) for u, v, p in edges])
    one, two = (
        choose_seeds(g, SeedQuestion(k=k, **QUICK), random_state=1) for g in (graph, renamed)
    )
    back = np.argsort(names)
    again = back[two.seeds]
    sampler, sets = SetSampler(graph, random_state=9), 4_000
    spread = [N * sampler.hits(sets, marked(s, N)) / sets for s in (one.seeds, again)]
    assert abs(spread[0] - spread[1]) < 5 * N / math.sqrt(sets)


@PROPERTY
@given(EDGES, st.randoms(use_true_random=False))
def test_the_order_of_edges_changes_nothing(edges: list, random: object) -> None:
    shuffled = list(edges)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, two = (
        choose_seeds(graph_of(e), SeedQuestion(k=2, **QUICK), random_state=1)
        for e in (edges, shuffled)
    )
    assert one.seeds.tolist() == two.seeds.tolist()
    assert (one.spread, one.share) == (two.spread, two.share)


@PROPERTY
@given(EDGES, st.lists(st.floats(0.5, 3), min_size=N, max_size=N), st.floats(3, 9))
def test_budgets_are_kept(edges: list, cost: list, budget: float) -> None:
    question = SeedQuestion(budget=budget, cost=cost, **QUICK)
    found = choose_seeds(graph_of(edges), question, random_state=1)
    assert found.cost == sum(cost[v] for v in found.seeds) or math.isclose(
        found.cost or 0, sum(cost[v] for v in found.seeds)
    )
    assert found.cost <= budget * (1 + 1e-12)
    assert 0 < found.share <= 1
