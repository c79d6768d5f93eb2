"""Every solver on every shape of graph that breaks solvers, against dense linear algebra."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from oracles.ranking import contributions_dense, normalised_dense, pagerank_dense, trails_dense

from graphengine.errors import NotConvergedError
from graphengine.influence.ranking import (
    contributions,
    pagerank,
    pagerank_sweeps,
    row_normalised,
    saturated,
    stationary,
    trail_visits,
)


def _mostly_dangling(n: int = 40, *, scale: float = 1.0) -> np.ndarray:
    random = np.random.default_rng(11)
    W = np.where(random.random((n, n)) < 0.15, random.random((n, n)), 0.0)
    W[random.permutation(n)[: n * 3 // 5]] = 0.0
    np.fill_diagonal(W, 0.0)
    return W * scale


def _hub(n: int = 200) -> np.ndarray:
    W = np.zeros((n, n))
    W[1:, 0] = 1.0
    W[0, 1] = 1e6
    return W


SHAPES = {
    "one node": np.zeros((1, 1)),
    "one node that loops": np.ones((1, 1)),
    "all dangling": np.zeros((5, 5)),
    "mostly dangling": _mostly_dangling(),
    "disconnected": np.kron(np.eye(3), np.array([[0.0, 1, 1], [1, 0, 0], [0, 0, 0]])),
    "self-loops": np.eye(4) * 7 + np.diag([1.0, 2, 3], 1),
    "giant hub": _hub(),
    "tiny weights": _mostly_dangling(scale=1e-300),
    "huge weights": _mostly_dangling(scale=1e305),
    "subnormal weights": _mostly_dangling(scale=1e-318),
    "tiny beside huge": np.array([[0, 1e-300, 1e300], [1e300, 0, 1e-300], [0, 0, 0]]),
}


@pytest.fixture(params=SHAPES, ids=lambda name: name)
def weights(request: pytest.FixtureRequest) -> np.ndarray:
    return SHAPES[request.param]


def _relative(W: np.ndarray) -> np.ndarray:
    """Rows relative to their largest weight, which the naive oracle needs."""
    off = W - np.diag(np.diag(W))
    return off / np.where(off.max(axis=1) > 0, off.max(axis=1), 1.0)[:, None]


def test_pagerank(weights: np.ndarray) -> None:
    solution = pagerank(sp.csr_array(weights), tolerance=1e-12)
    exact = pagerank_dense(normalised_dense(_relative(weights)))
    assert np.abs(solution.value - exact).sum() <= solution.error_bound + 1e-13
    assert solution.error_bound <= 1e-12
    assert solution.value.sum() == pytest.approx(1.0, abs=1e-12)


def test_pagerank_with_its_own_restart_and_dangling_distribution(weights: np.ndarray) -> None:
    n = len(weights)
    v, delta = np.arange(1.0, n + 1), np.arange(n, 0.0, -1)
    solution = pagerank(sp.csr_array(weights), restart=v, dangling=delta, tolerance=1e-12)
    exact = pagerank_dense(normalised_dense(_relative(weights)), restart=v, dangling=delta)
    assert np.abs(solution.value - exact).sum() <= solution.error_bound + 1e-13


def test_trails(weights: np.ndarray) -> None:
    solution = trail_visits(row_normalised(sp.csr_array(weights)), tolerance=1e-12)
    exact, _ = trails_dense(normalised_dense(_relative(weights)))
    assert np.abs(solution.value - exact).sum() <= solution.error_bound + 1e-12 * exact.sum()
    assert (solution.value >= 1.0).all()


def test_contributions(weights: np.ndarray) -> None:
    q = contributions(sp.csr_array(weights), 0, tolerance=1e-12)
    exact = contributions_dense(normalised_dense(_relative(weights)), 0)
    assert np.abs(q.value - exact).sum() <= q.error_bound + 1e-13


@pytest.mark.parametrize(("alpha", "kappa"), [(0.5, 1.0), (1.0, 1.0), (0.5, 0.0)])
def test_saturated(alpha: float, kappa: float) -> None:
    W = _mostly_dangling()
    P = saturated(sp.csr_array(W), alpha=alpha, kappa=kappa)
    dense = normalised_dense(W, alpha=alpha, kappa=kappa)
    assert P.toarray() == pytest.approx(dense, abs=1e-15)
    solution = stationary(P, tolerance=1e-12)
    assert np.abs(solution.value - pagerank_dense(dense)).sum() <= 1e-12
    x = trail_visits(P, tolerance=1e-12)
    assert np.abs(x.value - trails_dense(dense)[0]).sum() <= x.error_bound + 1e-12


def test_what_a_saturated_row_lacks_returns_to_the_restart() -> None:
    W, v, delta = _mostly_dangling(), np.arange(1.0, 41), np.arange(40, 0.0, -1)
    P = saturated(sp.csr_array(W), alpha=0.5, kappa=1.0)
    solution = stationary(P, restart=v, dangling=delta, tolerance=1e-12)
    exact = pagerank_dense(P.toarray(), restart=v, dangling=delta)
    assert np.abs(solution.value - exact).sum() <= 1e-12


def test_the_residual_is_that_of_the_vector_returned() -> None:
    P = row_normalised(sp.csr_array(_mostly_dangling()))
    x = trail_visits(P, tolerance=1e-6)
    once_more = 0.85 * (P.T @ x.value) + 1.0
    assert x.residual == pytest.approx(np.abs(once_more - x.value).sum(), rel=1e-6)
    assert x.error_bound == pytest.approx(x.residual / 0.15)
    assert 0.0 < x.error_bound <= 1e-6 * x.value.sum()


def test_weights_far_below_kappa_pass_on_nothing_and_far_above_all() -> None:
    W = sp.csr_array([[0, 5e-324, 0], [0, 0, 1e308], [0, 0, 0]])
    assert saturated(W, alpha=1.0, kappa=1.0).toarray()[[0, 1], [1, 2]].tolist() == [0.0, 1.0]
    assert saturated(W, alpha=1.0, kappa=1e300).toarray()[0, 1] == 0.0


def test_an_empty_graph_has_empty_answers() -> None:
    empty = sp.csr_array((0, 0), dtype=float)
    for solution in (pagerank(empty), trail_visits(empty), pagerank_sweeps(empty, 3)):
        assert solution.value.shape == (0,)
        assert solution.error_bound == 0.0
    with pytest.raises(ValueError, match="target"):
        contributions(empty, 0)


def test_parallel_edges_add_up() -> None:
    twice = sp.coo_array(([1.0, 2.0, 1.0], ([0, 0, 0], [1, 1, 2])), shape=(3, 3))
    assert row_normalised(twice).toarray()[0].tolist() == [0.0, 0.75, 0.25]
    too_much = sp.coo_array(([1e308, 1e308], ([0, 0], [1, 1])), shape=(2, 2))
    with pytest.raises(ValueError, match="scale them down"):
        row_normalised(too_much)


def test_trails_that_nobody_starts() -> None:
    solution = trail_visits(sp.csr_array(np.ones((2, 2)) / 2), start=[0, 0])
    assert solution.value.tolist() == [0.0, 0.0]
    assert solution.error_bound == 0.0


def test_a_warm_start_needs_fewer_sweeps_and_ends_at_the_same_place() -> None:
    W = sp.csr_array(_mostly_dangling(200))
    cold = pagerank(W, tolerance=1e-12)
    warm = pagerank(W, tolerance=1e-12, start=cold.value)
    assert warm.sweeps == 0
    assert warm.value == pytest.approx(cold.value, abs=1e-15)
    assert pagerank(W, tolerance=1e-6).sweeps < cold.sweeps


def test_exact_sweeps() -> None:
    W = sp.csr_array(np.array([[0, 1.0], [0, 0]]))
    none = pagerank_sweeps(W, 0, start=[3, 1])
    assert none.value.tolist() == [0.75, 0.25]
    assert pagerank_sweeps(W, 200).value == pytest.approx(pagerank(W).value, abs=1e-9)
    with pytest.raises(ValueError, match="negative"):
        pagerank_sweeps(W, -1)


def test_no_damping_leaves_the_restart() -> None:
    W = sp.csr_array(_mostly_dangling())
    assert pagerank(W, damping=0.0).value == pytest.approx(np.full(40, 1 / 40))
    assert trail_visits(row_normalised(W), damping=0.0).value.tolist() == [1.0] * 40


def test_an_impossible_tolerance_says_so() -> None:
    W = sp.csr_array(_hub())
    with pytest.raises(NotConvergedError, match=r"error bound is .* 64-bit .* larger one"):
        pagerank(W, tolerance=1e-300, restart=np.arange(1, 201))
    for tolerance in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="positive"):
            pagerank(W, tolerance=tolerance)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"damping": 1.0}, "damping"),
        ({"damping": -0.1}, "damping"),
        ({"restart": [1.0]}, "restart needs 2 entries"),
        ({"restart": [0.0, 0.0]}, "not all 0"),
        ({"restart": [-1.0, 2.0]}, "finite entries"),
        ({"dangling": [np.inf, 1.0]}, "dangling needs finite"),
        ({"start": [np.nan, 1.0]}, "start needs finite"),
    ],
)
def test_parameters_out_of_range(arguments: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        pagerank(sp.csr_array(np.eye(2)), **arguments)


def test_weights_out_of_range() -> None:
    for bad in ([[0, -1.0], [0, 0]], [[0, np.nan], [0, 0]], [[0, np.inf], [0, 0]]):
        with pytest.raises(ValueError, match="finite number >= 0"):
            pagerank(sp.csr_array(bad))
    with pytest.raises(ValueError, match="square"):
        pagerank(sp.csr_array(np.ones((2, 3))))
    for alpha, kappa in ((0.0, 1.0), (1.1, 1.0), (0.5, -1.0), (0.5, np.inf)):
        with pytest.raises(ValueError, match="alpha"):
            saturated(sp.csr_array(np.eye(2)), alpha=alpha, kappa=kappa)


def test_raw_weights_are_no_transition() -> None:
    with pytest.raises(ValueError, match="row_normalised or saturated"):
        stationary(sp.csr_array([[0, 3.0], [0, 0]]))
    with pytest.raises(ValueError, match="damping"):
        trail_visits(sp.csr_array(np.eye(2)), damping=1.0)
    with pytest.raises(ValueError, match="start needs 2"):
        trail_visits(sp.csr_array(np.eye(2)), start=[1.0])
    with pytest.raises(ValueError, match="row_normalised or saturated"):
        trail_visits(sp.csr_array([[0, 3.0], [0, 0]]))
