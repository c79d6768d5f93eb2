"""Real graphs: agreement with SciPy's direct solve, and how few sweeps it takes."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
import scipy.sparse as sp
import scipy.sparse.linalg as sla
from support.data import dataset

from graphengine.influence.ranking import first_visit_reach, pagerank, saturated, trail_visits


@pytest.fixture(scope="module")
def wiki() -> sp.csr_array:
    with gzip.open(dataset("wiki-vote") / "wiki-Vote.txt.gz", "rt") as file:
        pairs = [line.split()[:2] for line in file if not line.startswith("#")]
    edges = np.array(pairs, dtype=np.int64)
    people, place = np.unique(edges, return_inverse=True)
    row, column = place.reshape(-1, 2).T
    return sp.csr_array((np.ones(len(row)), (row, column)), shape=(len(people),) * 2)


def test_direct_solve(wiki: sp.csr_array) -> None:
    n = wiki.shape[0]
    P = saturated(wiki, alpha=1.0, kappa=0.0)
    exact = sla.spsolve((sp.eye_array(n) - 0.85 * P.T).tocsc(), np.ones(n))
    x = trail_visits(P, tolerance=1e-12)
    assert np.abs(x.value - exact).sum() <= x.error_bound + 1e-12 * exact.sum()
    p = pagerank(wiki, tolerance=1e-12)
    assert np.abs(p.value - exact / exact.sum()).sum() <= p.error_bound + 1e-12


def test_few_sweeps(wiki: sp.csr_array) -> None:
    assert pagerank(wiki, tolerance=1e-8).sweeps <= 16


def test_reach_of_everyone(wiki: sp.csr_array) -> None:
    P = saturated(wiki, alpha=0.5, kappa=1.0)
    reach = first_visit_reach(P)
    width = reach.high - reach.low
    assert (width <= 0.01 * reach.value).all()
    assert (width[reach.exact] <= 4e-9 * reach.value[reach.exact]).all()
    fine = first_visit_reach(P, exact=0, precision=1e-6)
    slack = 2e-9 * fine.value
    assert (np.maximum(reach.low, fine.low) <= np.minimum(reach.high, fine.high) + slack).all()
