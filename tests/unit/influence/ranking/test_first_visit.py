"""First-visit reach: published values, dense solves on every shape, and its brackets."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from oracles.ranking import first_visits_dense
from support.toy_networks import WEB, farm, web_graph

from graphengine.errors import NotConvergedError
from graphengine.influence.ranking import (
    Reach,
    first_visit_reach,
    reach_reasons,
    row_normalised,
    saturated,
)

WEB_CASES = [
    (False, 0.0, [6.848, 4.1055003959, 4.1055003959, 4.3344051447, *[1.9817182889] * 4]),
    (True, 0.0, [6.9245, 3.4221914691, 5.3308310092, 3.4573459716, *[1.1939960327] * 4]),
    (False, 1.0, [3.9325, 1.8997321664, 1.8997321664, 1.9206712433, *[1.2798734831] * 4]),
]


def _holds(reach: Reach, exact: np.ndarray) -> None:
    slack = 1e-12 * np.maximum(exact, 1e-3)
    assert (reach.low <= exact + slack).all()
    assert (exact <= reach.high + slack).all()
    assert (reach.low <= reach.value).all()
    assert (reach.value <= reach.high).all()


@pytest.mark.parametrize(("weighted", "kappa", "expected"), WEB_CASES)
def test_web_graph(weighted: bool, kappa: float, expected: list[float]) -> None:
    P = saturated(web_graph(weighted=weighted), alpha=1.0, kappa=kappa)
    reach = first_visit_reach(P)
    assert reach.value == pytest.approx(expected, abs=1e-9)
    assert reach.exact.all()
    rough = first_visit_reach(P, exact=0)
    _holds(rough, first_visits_dense(P.toarray()))
    assert not rough.exact.any()
    assert ((rough.high - rough.low) <= 0.01 * rough.value).all()


@pytest.mark.parametrize(("kappa", "others", "links"), [(0.0, 0.85, 0.748), (1.0, 0.425, 0.3825)])
def test_reasons_of_home(kappa: float, others: float, links: float) -> None:
    P = saturated(web_graph(weighted=False), alpha=1.0, kappa=kappa)
    reasons = reach_reasons(P, WEB.index("Home"))
    expected = dict.fromkeys(WEB, others) | {"Home": 1.0, "Links": links}
    assert dict(zip(WEB, reasons.value.tolist(), strict=True)) == pytest.approx(expected, abs=1e-10)
    assert reasons.value.sum() == pytest.approx(first_visit_reach(P).value[0], abs=1e-8)


@pytest.mark.parametrize(
    ("bots", "reached"), [(0, 2.230920), (1, 3.080920), (10, 10.730920), (1000, 852.230920)]
)
@pytest.mark.parametrize("exact", [0, 100])
def test_farm_of_bots(bots: int, reached: float, exact: int) -> None:
    reach = first_visit_reach(row_normalised(farm(bots)), exact=exact)
    assert reach.value[1] == pytest.approx(reached, rel=1e-2 if exact == 0 else 1e-6)
    assert reach.low[1] - 1e-6 <= reached <= reach.high[1] + 1e-6


@pytest.mark.parametrize("bots", [0, 1, 10, 1000])
def test_farm_seen_from_one_trusted_person(bots: int) -> None:
    """Bought accounts give nothing where only trusted people's trails count."""
    reach = first_visit_reach(row_normalised(farm(bots)), start=[1, *[0] * (2 + bots)])
    assert reach.value[1] == pytest.approx(0.66536204, abs=5e-9)


def _ring(n: int) -> np.ndarray:
    return np.roll(np.eye(n), 1, axis=1)


def _hub(n: int = 70) -> np.ndarray:
    W = np.zeros((n, n))
    W[1:40, 0] = W[0, 1:] = 1.0
    return W


def _random(seed: int, n: int, density: float, active: float) -> np.ndarray:
    random = np.random.default_rng(seed)
    W = np.where(random.random((n, n)) < density, random.random((n, n)) + 0.1, 0.0)
    W[random.permutation(n)[: int(n * (1 - active))]] = 0.0
    np.fill_diagonal(W, 0.0)
    return W


SHAPES = {
    "one node": np.zeros((1, 1)),
    "all dangling": np.zeros((5, 5)),
    "chain": np.diag(np.ones(9), 1),
    "pair": np.array([[0, 1.0], [1, 0]]),
    "ring": _ring(30),
    "disconnected": np.kron(np.eye(3), np.array([[0.0, 1, 1], [1, 0, 0], [0, 0, 0]])),
    "circles in a row": np.kron(np.eye(2), _ring(3)) + np.eye(6, k=3) * np.array([1, 0, 0, 0, 0, 0])[:, None],
    "giant hub": _hub(),
    "complete": 1.0 - np.eye(40),
    "mostly dangling": _random(1, 60, 0.2, 0.45),
    "sparse core": _random(2, 90, 0.04, 0.5),
    "dense core": _random(3, 60, 0.5, 1.0),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize(("alpha", "kappa"), [(1.0, 0.0), (0.5, 1.0)])
@pytest.mark.parametrize("exact", [0, 3, 1000])
def test_shapes(name: str, alpha: float, kappa: float, exact: int) -> None:
    P = saturated(sp.csr_array(SHAPES[name]), alpha=alpha, kappa=kappa)
    expected = first_visits_dense(P.toarray())
    reach = first_visit_reach(P, exact=exact, tolerance=1e-11)
    _holds(reach, expected)
    width = reach.high - reach.low
    assert (width <= 0.01 * reach.value).all()
    assert (width[reach.exact] <= 5e-11 * reach.value[reach.exact]).all()
    assert reach.exact.sum() >= min(exact, len(expected))
    assert np.abs(reach.value - expected).sum() <= reach.error_bound + 1e-11 * expected.sum()


@pytest.mark.parametrize("precision", [0.3, 0.05, 1e-3, 1e-6])
def test_brackets_are_as_narrow_as_asked(precision: float) -> None:
    P = row_normalised(sp.csr_array(_random(4, 90, 0.06, 0.5)))
    reach = first_visit_reach(P, exact=0, precision=precision)
    _holds(reach, first_visits_dense(P.toarray()))
    assert ((reach.high - reach.low) <= precision * reach.value).all()


def test_a_loop_comes_back_too() -> None:
    P = sp.csr_array(np.array([[0.5, 0.5], [0.0, 0.2]]))
    expected = first_visits_dense(P.toarray())
    for exact in (0, 2):
        _holds(first_visit_reach(P, exact=exact), expected)
    assert first_visit_reach(P).value == pytest.approx(expected, rel=1e-8)


def test_the_same_bytes_twice() -> None:
    P = row_normalised(sp.csr_array(_random(5, 600, 0.02, 0.5)))
    a, b = first_visit_reach(P, exact=5), first_visit_reach(P, exact=5)
    for x, y in ((a.value, b.value), (a.low, b.low), (a.high, b.high)):
        assert x.tobytes() == y.tobytes()
    assert a.steps == b.steps > 0


def test_an_empty_graph() -> None:
    reach = first_visit_reach(sp.csr_array((0, 0), dtype=float))
    assert reach.value.shape == (0,)
    assert reach.error_bound == 0.0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"precision": 0.0}, "precision"),
        ({"precision": 1.0}, "precision"),
        ({"exact": -1}, "exact"),
        ({"damping": 1.0}, "damping"),
        ({"start": [1.0]}, "start needs 2"),
        ({"start": [1.0, -1.0]}, "start needs 2 finite"),
        ({"tolerance": 0.0}, "positive"),
    ],
)
def test_parameters_out_of_range(arguments: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        first_visit_reach(sp.csr_array(np.array([[0, 1.0], [1, 0]])), **arguments)


def test_weights_are_no_transition() -> None:
    with pytest.raises(ValueError, match="row_normalised or saturated"):
        first_visit_reach(sp.csr_array(np.array([[0, 3.0], [1, 0]])))
    with pytest.raises(ValueError, match="target"):
        reach_reasons(sp.csr_array(np.array([[0, 1.0], [1, 0]])), 2)


def test_an_impossible_tolerance_says_so() -> None:
    with pytest.raises(NotConvergedError, match="64-bit numbers"):
        first_visit_reach(row_normalised(sp.csr_array(_hub())), tolerance=1e-17)
