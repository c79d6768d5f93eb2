"""Strongly connected parts: found as SciPy finds them, in order, and solved to the certificate."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from graphengine.graph.structure import Structure, laid_out
from graphengine.influence.kernels.components import SMALL, components
from graphengine.influence.ranking import (
    article_rank,
    hits,
    row_normalised,
    saturated,
    trail_visits,
)


def _graph(degree: float, n: int = 300, seed: int = 4) -> sp.csr_array:
    """Parts of every size, and three fifths of the people outside the core."""
    random = np.random.default_rng(seed)
    W = np.where(random.random((n, n)) < degree / n, random.integers(1, 9, (n, n)), 0)
    W[random.permutation(n)[: n * 3 // 10]] = 0
    W[:, random.permutation(n)[: n * 3 // 10]] = 0
    np.fill_diagonal(W, 0)
    return sp.csr_array(W.astype(float))


def _structure(W: sp.csr_array) -> Structure:
    T = W.tocsc()
    return laid_out(T.indptr, T.indices, T.data)


@pytest.mark.parametrize("degree", [1.0, 2.0, 3.0, 6.0])
def test_parts_are_those_of_scipy_and_endorsers_come_first(degree: float) -> None:
    T = _graph(degree).T.tocsr()
    order, starts = components(
        T.indptr[:-1].astype(np.uint32), T.indptr[1:].astype(np.uint32), T.indices.astype(np.uint32)
    )
    assert sorted(order) == list(range(300))
    part = np.empty(300, dtype=int)
    part[order] = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    count, label = connected_components(T, directed=True, connection="strong")
    assert count == len(starts) - 1 == len({*zip(part, label, strict=True)})
    target, endorser = T.nonzero()
    assert (part[endorser] <= part[target]).all()


@pytest.mark.parametrize("degree", [1.0, 1.6, 2.0, 3.0])
def test_visits_are_those_of_the_dense_solve(degree: float) -> None:
    largest = []
    for seed in range(8):
        W = _graph(degree, seed=seed)
        largest.append(np.bincount(connected_components(W, connection="strong")[1]).max())
        b = np.random.default_rng(seed).random(300)
        for P in (row_normalised(W), saturated(W, alpha=0.5, kappa=1.0)):
            exact = np.linalg.solve(np.eye(300) - 0.85 * P.toarray().T, b)
            found = trail_visits(P, start=b, tolerance=1e-12)
            assert np.abs(found.value - exact).sum() <= 2e-12 * exact.sum()
        found = trail_visits(row_normalised(_structure(W)), start=b, tolerance=1e-12)
        exact = np.linalg.solve(np.eye(300) - 0.85 * row_normalised(W).toarray().T, b)
        assert np.abs(found.value - exact).sum() <= 2e-12 * exact.sum()
    assert degree < 3.0 or max(largest) > SMALL


def test_article_rank_and_hits_of_a_structure_are_those_of_the_matrix() -> None:
    for W in (_graph(6.0), _graph(6.0) * 0.37):
        s = _structure(W)
        one, other = article_rank(W, tolerance=1e-12), article_rank(s, tolerance=1e-12)
        assert np.abs(one.value - other.value).sum() <= 2e-12 * one.value.sum()
        left, _, right = np.linalg.svd(W.toarray())
        found = hits(s)
        assert found.authorities == pytest.approx(np.abs(right[0]), abs=1e-9)
        assert found.hubs == pytest.approx(np.abs(left[:, 0]), abs=1e-9)
