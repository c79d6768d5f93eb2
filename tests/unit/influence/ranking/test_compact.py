"""Ranking a compact structure: the answers of the matrix, no float an edge, the same bits."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from graphengine.graph.structure import Structure, laid_out
from graphengine.influence.kernels import compact as loops
from graphengine.influence.kernels import mixing
from graphengine.influence.ranking import (
    pagerank,
    pagerank_sweeps,
    personalised,
    row_normalised,
    saturated,
    spam_mass,
    stationary,
    trail_visits,
)

WEIGHTS = {
    "ones": lambda random, m: np.ones(m),
    "bytes": lambda random, m: random.integers(1, 200, m).astype(float),
    "words": lambda random, m: random.integers(1, 60_000, m).astype(float),
    "long": lambda random, m: random.integers(1, 10**7, m).astype(float),
    "fractions": lambda random, m: random.random(m) + 1e-3,
    "tiny and huge": lambda random, m: 10.0 ** random.uniform(-300, 290, m),
}


def _pair(kind: str, *, n: int = 240, seed: int = 7) -> tuple[sp.csr_array, Structure]:
    random = np.random.default_rng(seed)
    there = random.random((n, n)) < 0.05
    there[random.permutation(n)[: n * 3 // 5]] = False
    there[:, random.permutation(n)[: n // 4]] = False
    np.fill_diagonal(there, False)
    W = np.zeros((n, n))
    W[there] = WEIGHTS[kind](random, int(there.sum()))
    by_target = sp.csr_array(W.T)
    return sp.csr_array(W), laid_out(by_target.indptr, by_target.indices, by_target.data)


@pytest.mark.parametrize("kind", WEIGHTS)
def test_the_answers_of_the_matrix(kind: str) -> None:
    W, s = _pair(kind)
    v, delta = np.arange(1.0, 241), np.arange(240.0, 0.0, -1)
    for asked in ({}, {"restart": v}, {"restart": v, "dangling": delta}, {"start": delta}):
        one, other = (pagerank(g, tolerance=1e-12, **asked) for g in (W, s))
        assert np.abs(one.value - other.value).sum() <= one.error_bound + other.error_bound
        assert other.error_bound <= 1e-12
    for alpha, kappa in ((1.0, 0.0), (0.5, 1.0), (0.5, 0.0), (1.0, 3.0)):
        P, Q = (saturated(g, alpha=alpha, kappa=kappa) for g in (W, s))
        one, other = (trail_visits(p, start=v, tolerance=1e-12) for p in (P, Q))
        assert np.abs(one.value - other.value).sum() <= one.error_bound + other.error_bound
        one, other = (stationary(p, restart=v, dangling=delta, tolerance=1e-12) for p in (P, Q))
        assert np.abs(one.value - other.value).sum() <= one.error_bound + other.error_bound


def test_sweeps_sources_and_warm_starts() -> None:
    W, s = _pair("bytes")
    assert pagerank_sweeps(s, 3).value == pytest.approx(pagerank_sweeps(W, 3).value, abs=1e-15)
    rows = np.eye(240)[:3]
    for one, other in zip(personalised(W, rows), personalised(s, rows), strict=True):
        assert np.abs(one.value - other.value).sum() <= 2e-9
    one, other = (spam_mass(g, [0, 5, 7]) for g in (W, s))
    assert np.abs(one.value - other.value).max() <= one.error_bound + other.error_bound
    p = pagerank(s, tolerance=1e-12)
    assert pagerank(s, tolerance=1e-12, start=p.value).sweeps == 0
    Q = row_normalised(s)
    x = trail_visits(Q)
    assert trail_visits(Q, guess=x.value).sweeps == 0


def test_no_edge_is_copied_while_the_weights_are_small() -> None:
    for kind, alpha in (("ones", 0.5), ("bytes", 0.5), ("words", 0.5), ("long", 1.0)):
        _, s = _pair(kind)
        assert saturated(s, alpha=alpha, kappa=1.0).weights is s.weights


def test_the_same_bits_again() -> None:
    for kind in ("bytes", "fractions"):
        one, other = (pagerank(_pair(kind)[1], tolerance=1e-12) for _ in range(2))
        assert one.value.tobytes() == other.value.tobytes()


def test_nodes_in_another_order_get_the_same_values() -> None:
    W, s = _pair("bytes")
    moved = np.random.default_rng(1).permutation(240)
    by_target = sp.csr_array(W.toarray()[np.ix_(moved, moved)].T)
    other = laid_out(by_target.indptr, by_target.indices, by_target.data)
    p, q = (pagerank(g, tolerance=1e-13).value for g in (s, other))
    assert np.abs(p[moved] - q).sum() <= 1e-12


@pytest.mark.parametrize("nodes", [0, 1, 5])
def test_graphs_without_an_edge(nodes: int) -> None:
    s = laid_out(np.zeros(nodes + 1, np.int64), np.empty(0, np.uint32), np.empty(0))
    assert pagerank(s).value == pytest.approx(np.full(nodes, 1.0 / max(nodes, 1)))
    assert trail_visits(row_normalised(s)).value.tolist() == [1.0] * nodes


def test_a_structure_in_int64_is_solved_alike() -> None:
    """As graphs of more than 2^32 edges have it."""
    _, s = _pair("bytes")
    wide = Structure(s.indptr.astype(np.int64), s.indices, s.weights, s.order, s.core)
    assert pagerank(wide).value == pytest.approx(pagerank(s).value, abs=1e-15)


@pytest.mark.parametrize("kind", ["ones", "bytes", "fractions"])
def test_the_twins_without_numba(kind: str) -> None:
    _, s = _pair(kind)
    k, table = s.core, np.arange(256.0) ** 0.5 if kind == "bytes" else None
    z = np.random.default_rng(2).random(s.n)
    rows = (s.indptr[:-1], s.indptr[1:], s.indices, s.weights, table)
    assert loops.gather_at_once(*rows, z) == pytest.approx(loops.gather(*rows, z), rel=1e-14)
    split = loops.split_at(s.indptr, s.indices, k)
    assert (loops.split_at_once(s.indptr, s.indices, k) == split).all()
    every = (s.indptr, s.indices, s.weights, table, k)
    for one, other in zip(loops.given_at_once(*every), loops.given(*every), strict=True):
        assert one == pytest.approx(other, rel=1e-14)
    x, y, constant = np.ones(k), np.empty(k), np.arange(1.0, k + 1)
    edges, per = (s.indptr[:k], split, s.indices, s.weights, table), np.full(k, 0.01)
    inside = 0.01 * x
    leaves = np.linspace(0.1, 1.0, k)
    sums = loops.relax_at_once(
        edges, (constant, leaves), per, (0.85, 2.0), (x, inside, y, inside), 1
    )
    once = 2.0 * constant + 0.85 * loops.gather(*edges, np.full(s.n, 0.01))
    assert y == pytest.approx(once, rel=1e-14)
    assert inside == pytest.approx(0.01 * once, rel=1e-14)
    assert sums == pytest.approx((np.abs(once - 1).sum(), once.sum(), once @ leaves))


def test_the_twins_of_the_mixing() -> None:
    random = np.random.default_rng(3)
    vectors = [random.random(3_000) for _ in range(7)]
    for per in (None, random.random(3_000)):
        made = []
        for products, combine in (
            (mixing.products, mixing.combine),
            (mixing.products_at_once, mixing.combine_at_once),
        ):
            x, y, f, g, h, low, leaves = (a.copy() for a in vectors)
            now, z = np.empty(3_000), np.empty(3_000)
            sums = products(x, y, 1.5, now, (f, g, h))
            out = combine((y, f, g, h), (0.2, -0.1, 0.05), (low, leaves), per, x, z)
            made.append(np.concatenate([sums, [out], x, y, z, now]))
        assert made[0] == pytest.approx(made[1], rel=1e-12)


@pytest.mark.parametrize("known", [0, 1, 2, 3])
def test_the_shares_of_earlier_sweeps_are_least_squares(known: int) -> None:
    changes = np.random.default_rng(5).random((4, 50))
    now, past = changes[0], changes[1:]
    found = mixing.products(np.zeros(50), now.copy(), 1.0, np.empty(50), tuple(past))
    expected = np.linalg.lstsq((now - past[:known]).T, now)[0] if known else []
    assert mixing.shares(found, known) == pytest.approx([*expected, *[0.0] * (3 - known)])
    assert mixing.shares(np.zeros(9), known) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("kind", ["ones", "bytes", "words", "long", "fractions"])
def test_a_row_counts_its_whole_weights_or_its_endorsers(kind: str) -> None:
    W, s = _pair(kind)
    counted = loops.heard(s.indptr[:-1], s.indptr[1:], s.weights)
    by_id = np.empty(s.n)
    by_id[s.order] = counted
    expected = (W.toarray() > 0.0).sum(axis=0) if kind == "fractions" else W.toarray().sum(axis=0)
    assert by_id.tolist() == expected.tolist()


def test_a_solve_begins_near_where_people_listen_as_much_as_they_are_heard() -> None:
    random, n = np.random.default_rng(2), 600
    u, v = (n * random.random((2, 12_000)) ** 3).astype(int)  # who gives much receives much
    keep = u != v
    W = sp.coo_array((np.ones(keep.sum()), (u[keep], v[keep])), shape=(n, n)).tocsc()
    W.sum_duplicates()
    s = laid_out(W.indptr, W.indices, W.data)
    near, far = (pagerank(s, tolerance=1e-8, start=start) for start in (None, np.ones(n)))
    assert near.sweeps < far.sweeps
    assert np.abs(near.value - far.value).sum() <= near.error_bound + far.error_bound
