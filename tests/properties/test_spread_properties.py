"""Laws of spread that hold whatever the graph."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graphengine.influence.diffusion.graph import DiffusionGraph, diffusion_graph
from graphengine.influence.diffusion.sampling import SetSampler
from graphengine.influence.diffusion.simulation import simulate_spread
from tests.oracles.diffusion import reached

N = 12
PAIRS = [(u, v) for u in range(N) for v in range(N) if u != v]
EDGES = st.lists(
    st.tuples(st.sampled_from(PAIRS), st.sampled_from([0.0, 0.05, 0.25, 0.5, 0.9, 1.0])),
    unique_by=lambda e: e[0],
    max_size=40,
)
SURE = st.lists(
    st.tuples(st.sampled_from(PAIRS), st.sampled_from([0.0, 1.0])),
    unique_by=lambda e: e[0],
    min_size=1,
    max_size=40,
)
Edges = list[tuple[tuple[int, int], float]]


def _graph(edges: Edges) -> DiffusionGraph:
    u, v = ([pair[i] for pair, _ in edges] for i in (0, 1))
    return diffusion_graph(u, v, [p for _, p in edges], n=N)


def _people(graph: DiffusionGraph, state: int = 3) -> np.ndarray:
    return SetSampler(graph, random_state=state).draw(200)[0].people


@given(EDGES, st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_the_order_of_edges_changes_nothing(edges: Edges, random) -> None:  # type: ignore[no-untyped-def]
    again = edges.copy()
    random.shuffle(again)
    np.testing.assert_array_equal(_people(_graph(edges)), _people(_graph(again)))


@given(EDGES)
@settings(max_examples=60)
def test_edges_of_probability_0_change_nothing(edges: Edges) -> None:
    live = [e for e in edges if e[1] > 0.0]
    np.testing.assert_array_equal(_people(_graph(edges)), _people(_graph(live)))


@given(SURE, st.permutations(range(N)), st.integers(0, N - 1))
@settings(max_examples=60)
def test_sure_edges_are_reachability_under_any_numbers(
    edges: Edges, new: list[int], seed: int
) -> None:
    true = len(reached([(u, v, p) for (u, v), p in edges if p], [seed]))
    renamed = [((new[u], new[v]), p) for (u, v), p in edges]
    for graph, who in ((_graph(edges), seed), (_graph(renamed), new[seed])):
        found = simulate_spread(graph, [who], runs=3, random_state=1)
        assert (found.mean, found.low, found.high) == (true, true, true)


@given(EDGES, st.sets(st.integers(0, N - 1)), st.integers(0, N - 1))
@settings(max_examples=60)
def test_more_people_never_hit_less_and_gain_less(edges: Edges, few: set[int], one: int) -> None:
    chunk = SetSampler(_graph(edges), random_state=1).draw(200)[0]
    sets = [set(chunk.people[a:b].tolist()) for a, b in pairwise(chunk.first)]

    def hits(chosen: set[int]) -> int:
        return sum(bool(s & chosen) for s in sets)

    assert all(len(s) == b - a for s, (a, b) in zip(sets, pairwise(chunk.first), strict=True))
    gain = hits(few | {one}) - hits(few)
    assert 0 <= gain <= hits({one}) - hits(set())
