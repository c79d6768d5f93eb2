"""Published and hand-checked values of the PageRank family."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from oracles.ranking import trails_dense
from support.toy_networks import LANGVILLE_MEYER, WEB, farm, spam_toy, web_graph

from graphengine.influence.ranking import (
    contributions,
    pagerank,
    row_normalised,
    saturated,
    trail_visits,
    twitterrank,
)


def _by_name(values: np.ndarray) -> dict[str, float]:
    return dict(zip(WEB, values.tolist(), strict=True))


@pytest.mark.parametrize(
    ("weighted", "expected"),
    [
        (False, {"Home": 3.3524804178, "About": 1.0998694517, "Product": 1.0998694517,
                 "Links": 1.0998694517, **dict.fromkeys("ABCD", 0.3369778068)}),
        (True, {"Home": 3.6854010325, "About": 0.7765181755, "Links": 0.7765181755,
                "Product": 2.0295545266, **dict.fromkeys("ABCD", 0.1830020225)}),
    ],
)  # fmt: skip
def test_web_graph(weighted: bool, expected: dict[str, float]) -> None:
    solution = pagerank(web_graph(weighted=weighted), tolerance=1e-12)
    assert _by_name(8 * solution.value) == pytest.approx(expected, abs=1e-10)


def test_web_graph_restarting_at_one_page() -> None:
    """In the scale (1 − d)·1 + d·Pᵀr a restart at A alone gives the shares times 1."""
    solution = pagerank(
        web_graph(weighted=False), restart=[0, 0, 0, 0, 1, 0, 0, 0], tolerance=1e-12
    )
    expected = {"Home": 0.4161227154, "About": 0.117901436, "Product": 0.117901436,
                "Links": 0.117901436, "A": 0.1700432441, **dict.fromkeys("BCD", 0.0200432441)}  # fmt: skip
    assert _by_name(solution.value) == pytest.approx(expected, abs=1e-10)


def test_langville_meyer() -> None:
    solution = pagerank(LANGVILLE_MEYER, damping=0.9, tolerance=1e-12)
    expected = [0.03721197, 0.05395735, 0.04150565, 0.37508082, 0.20599833, 0.28624589]
    assert solution.value == pytest.approx(expected, abs=5e-9)


def test_contributions_to_home() -> None:
    q = contributions(web_graph(weighted=False), WEB.index("Home"), tolerance=1e-12)
    expected = {"Home": 0.489556, "About": 0.416123, "Product": 0.416123, "Links": 0.366188,
                **dict.fromkeys("ABCD", 0.416123)}  # fmt: skip
    assert _by_name(8 * q.value) == pytest.approx(expected, abs=5e-7)
    assert 8 * q.value.sum() == pytest.approx(3.3524804178, abs=1e-9)


def test_twitterrank() -> None:
    follows = sp.csr_array(np.array([[0, 1, 1], [0, 0, 1], [1, 0, 0]]))
    posts = [[6, 4], [5, 15], [24, 6]]
    expected = ([0.15220881, 0.05506672, 0.18602136], [0.10809110, 0.11388813, 0.12366338])
    for topic in (0, 1):
        solution = twitterrank(follows, posts, topic, tolerance=1e-12)
        assert solution.value == pytest.approx(expected[topic], abs=5e-9)


def test_twitterrank_refuses_shapes_that_do_not_fit() -> None:
    follows = sp.csr_array(np.eye(2))
    with pytest.raises(ValueError, match="2 rows of posts"):
        twitterrank(follows, [[1, 2]], 0)
    with pytest.raises(ValueError, match="not all 0"):
        twitterrank(follows, [[1, 0], [1, 0]], 1)


def test_trustrank_and_spam_mass() -> None:
    W, core = spam_toy(), [1, 1, 0, 0, 0, 0]
    p = pagerank(W, tolerance=1e-12).value
    assert p == pytest.approx([0.43851351, 0.21136824, 0.27511824, *[0.025] * 3], abs=5e-9)
    trusted = pagerank(W, restart=core, tolerance=1e-12).value * 2 / 6  # mass 1/n per core node
    assert trusted == pytest.approx([0.16666667, 0.09583333, 0.07083333, 0, 0, 0], abs=5e-9)
    assert (1 - trusted / p)[3:] == pytest.approx([1, 1, 1])


@pytest.mark.parametrize(
    ("bots", "visits", "reach"),
    [(0, 2.230920, 2.230920), (1, 11.102414, 3.080920), (10, 38.669981, 10.730920),
     (1000, 3071.102414, 852.230920)],
)  # fmt: skip
def test_farm_of_bots(bots: int, visits: float, reach: float) -> None:
    """Visits grow with bought circles; dividing by the returns G_tt gives the first-visit reach."""
    P = row_normalised(farm(bots))
    x = trail_visits(P, tolerance=1e-12).value
    assert x[1] == pytest.approx(visits, abs=1e-6)
    _, returns = trails_dense(P.toarray())
    assert x[1] / returns[1] == pytest.approx(reach, abs=1e-6)


@pytest.mark.parametrize(("bots", "visits"), [(0, 0.66536204), (1, 2.39770103), (10, 2.39770103)])
def test_farm_seen_from_one_trusted_person(bots: int, visits: float) -> None:
    x = trail_visits(row_normalised(farm(bots)), start=[1, *[0] * (2 + bots)], tolerance=1e-12)
    assert x.value[1] == pytest.approx(visits, abs=5e-9)


@pytest.mark.parametrize(
    ("weighted", "kappa", "expected"),
    [
        (False, 0.0, [6.848, 4.1055003959, 4.1055003959, 4.3344051447, *[1.9817182889] * 4]),
        (True, 0.0, [6.9245, 3.4221914691, 5.3308310092, 3.4573459716, *[1.1939960327] * 4]),
        (False, 1.0, [3.9325, 1.8997321664, 1.8997321664, 1.9206712433, *[1.2798734831] * 4]),
    ],
)
def test_web_graph_visits_are_reach_times_returns(
    weighted: bool, kappa: float, expected: list[float]
) -> None:
    P = saturated(web_graph(weighted=weighted), alpha=1.0, kappa=kappa)
    _, returns = trails_dense(P.toarray())
    x = trail_visits(P, tolerance=1e-12).value
    assert x / returns == pytest.approx(expected, abs=1e-9)
