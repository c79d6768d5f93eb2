"""What holds for every graph: relabelling, scale, mass, fading, strangers, and the certificate."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracles.ranking import contributions_dense, normalised_dense, pagerank_dense, trails_dense

from graphengine.influence.ranking import (
    contributions,
    pagerank,
    row_normalised,
    saturated,
    stationary,
    trail_visits,
)


@st.composite
def graphs(draw: st.DrawFn) -> np.ndarray:
    """Weights of 2 to 12 people, at least half of whom endorse nobody."""
    n = draw(st.integers(2, 12))
    active = draw(st.integers(0, n // 2))
    weight = st.sampled_from([0.0, 0.0, 0.0, 1.0, 2.0, 0.3, 1e-6, 1e6])
    rows = draw(
        st.lists(st.lists(weight, min_size=n, max_size=n), min_size=active, max_size=active)
    )
    W = np.zeros((n, n))
    if rows:
        W[np.array(draw(st.permutations(range(n))))[:active]] = rows
    np.fill_diagonal(W, 0.0)
    return W


PROPERTY = settings(max_examples=80)


@PROPERTY
@given(graphs(), st.sampled_from([0.5, 0.85, 0.97]))
def test_dense_solves_agree_within_the_certificate(W: np.ndarray, damping: float) -> None:
    assert (W.sum(axis=1) == 0).mean() >= 0.5
    solution = pagerank(sp.csr_array(W), damping=damping, tolerance=1e-11)
    exact = pagerank_dense(normalised_dense(W), damping=damping)
    assert np.abs(solution.value - exact).sum() <= solution.error_bound + 1e-13 <= 1.1e-11
    x = trail_visits(saturated(sp.csr_array(W), alpha=0.5, kappa=1.0), damping=damping)
    dense, returns = trails_dense(normalised_dense(W, alpha=0.5, kappa=1.0), damping=damping)
    assert np.abs(x.value - dense).sum() <= x.error_bound + 1e-12 * dense.sum()
    assert (x.value <= len(W) * returns * (1 + 1e-8)).all()  # x = h·G_tt, and h ≤ everybody


@PROPERTY
@given(graphs(), st.randoms(use_true_random=False))
def test_relabelling_permutes(W: np.ndarray, random: object) -> None:
    order = np.array(random.sample(range(len(W)), len(W)))
    renamed = W[np.ix_(order, order)]
    p, q = (pagerank(sp.csr_array(A), tolerance=1e-13).value for A in (W, renamed))
    assert np.abs(p[order] - q).max() <= 1e-12
    x, y = (
        trail_visits(saturated(sp.csr_array(A), alpha=0.5, kappa=1.0), tolerance=1e-14).value
        for A in (W, renamed)
    )
    assert np.abs(x[order] - y).max() <= 1e-12


@PROPERTY
@given(graphs(), st.sampled_from([2.0, 1e-9, 3e7, 2.0**-900]))
def test_scaling_all_weights_changes_nothing_without_kappa(W: np.ndarray, scale: float) -> None:
    p, q = (pagerank(sp.csr_array(A), tolerance=1e-13).value for A in (W, W * scale))
    assert np.abs(p - q).max() <= 1e-12
    P, Q = (saturated(sp.csr_array(A), alpha=0.5, kappa=0.0) for A in (W, W * scale))
    assert np.abs((P - Q).toarray()).max(initial=0.0) <= 1e-14


@PROPERTY
@given(graphs(), graphs())
def test_mass_is_one(W: np.ndarray, V: np.ndarray) -> None:
    n = len(W)
    restart = np.resize(V.sum(axis=0), n)
    assume(restart.sum() > 0)
    saturating = stationary(
        saturated(sp.csr_array(W), alpha=0.5, kappa=1.0), restart=restart, dangling=np.ones(n)
    )
    plain = pagerank(sp.csr_array(W), restart=restart)
    for solution in (saturating, plain):
        assert abs(solution.value.sum() - 1.0) <= 1e-12
        assert (solution.value >= 0.0).all()


@PROPERTY
@given(graphs(), st.integers(0, 11))
def test_contributions_sum_to_the_share(W: np.ndarray, target: int) -> None:
    target %= len(W)
    q = contributions(sp.csr_array(W), target, tolerance=1e-12)
    p = pagerank(sp.csr_array(W), tolerance=1e-12).value[target]
    assert abs(q.value.sum() - p) <= 3e-12
    assert np.abs(q.value - contributions_dense(normalised_dense(W), target)).sum() <= 1e-11


@PROPERTY
@given(graphs(), st.integers(0, 11))
def test_fading_raises_nobodys_visits(W: np.ndarray, who: int) -> None:
    """Halving all of somebody's weights lowers everyone the trail can reach, and raises nobody."""
    who %= len(W)
    faded = W.copy()
    faded[who] /= 2
    before, after = (
        trail_visits(saturated(sp.csr_array(A), alpha=0.5, kappa=1.0), tolerance=1e-14).value
        for A in (W, faded)
    )
    assert (after <= before + 1e-12).all()
    endorsed = W[who] > 1e-3
    assert (after[endorsed] < before[endorsed]).all()


@PROPERTY
@given(graphs(), graphs())
def test_strangers_change_nobodys_visits(W: np.ndarray, V: np.ndarray) -> None:
    both = np.zeros((len(W) + len(V),) * 2)
    both[: len(W), : len(W)], both[len(W) :, len(W) :] = W, V
    alone, joined = (
        trail_visits(row_normalised(sp.csr_array(A)), tolerance=1e-14).value for A in (W, both)
    )
    assert np.abs(alone - joined[: len(W)]).max() <= 1e-12
