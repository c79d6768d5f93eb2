"""Credit where only the root is known: the definitions' example, long gaps, ties, many events."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.cascades import latent_gamma

from graphengine.influence.cascades import adoptions, casin, latent_credit, latent_parents

AT = [0, 321, 339, 383, 699, 824, 835, 1049]
FOLLOWERS = [4674, 1327, 976, 477, 1209, 119, 1408, 896]
PHI = [8, 2.34947292, 1.71045226, 1.26046561, 1.43288776, 1.02824356, 1.14325834, 1]


def test_the_example() -> None:
    log = adoptions([0] * 8, range(8), AT)
    assert casin(log, FOLLOWERS) == pytest.approx(PHI, abs=5e-9)


def test_cascades_beside_each_other_do_not_touch() -> None:
    log = adoptions([2, 0] * 8, range(16), np.repeat(AT, 2))
    phi = casin(log, np.tile(FOLLOWERS, 2))
    assert phi == pytest.approx(np.tile(PHI, 2), abs=5e-9)
    assert latent_parents(log, np.tile(FOLLOWERS, 2), rate=0.01)[[0, 8]].tolist() == [-1, -1]


def test_nobody_with_followers_is_read_as_one() -> None:
    log = adoptions([0] * 3, range(3), [0, 5, 9])
    assert casin(log, [0, 0, 7]).tolist() == casin(log, [1, 1, 7]).tolist()


def test_gaps_of_a_hundred_years_and_equal_seconds() -> None:
    """The textbook's sums vanish after 10⁷ seconds; whoever was last still gets the unit."""
    century = 3_155_760_000
    log = adoptions([0] * 4, range(4), [0, century, century, 2 * century])
    direct, total = latent_credit(log, [1, 3, 1, 1], rate=1e-3)
    assert direct == pytest.approx([1, 1 + 3 / 4, 1 / 4, 0])
    assert total == pytest.approx([4, 1 + 1.25 + 3 / 4, 1 + 1 / 4, 1])


def test_equal_weights_are_the_rules_split_and_decay() -> None:
    log = adoptions([0] * 5, range(5), [0, 10, 10, 40, 90])
    for rate in (0.0, 1 / 20):
        G = latent_gamma(log.at.astype(float), np.ones(5), rate)
        unit = np.array([1.0, 2, 0, 4, 5])
        direct, total = latent_credit(log, rate=rate, unit=unit)
        assert direct == pytest.approx(G @ unit)
        assert total == pytest.approx(np.linalg.solve(np.eye(5) - G, unit))


def test_the_likeliest_parent_has_the_largest_share() -> None:
    random = np.random.default_rng(2)
    at, weight = np.sort(random.integers(0, 300, 60)), random.integers(1, 1000, 60).astype(float)
    parent = latent_parents(adoptions([0] * 60, range(60), at), weight, rate=0.02)
    G = latent_gamma(at.astype(float), weight, 0.02)
    assert parent[0] == -1
    assert G[parent[1:], range(1, 60)] == pytest.approx(G[:, 1:].max(axis=0))


def test_a_hundred_thousand_events_without_a_table() -> None:
    n = 100_000
    log = adoptions(np.zeros(n, int), range(n), np.arange(n) * 7)
    phi = casin(log, np.arange(n) % 900)
    assert phi[0] == pytest.approx(n)
    assert phi.min() >= 1.0


def test_nobody() -> None:
    assert casin(adoptions([], [], []), []).tolist() == []
    assert latent_parents(adoptions([], [], []), rate=1.0).tolist() == []


@pytest.mark.parametrize("weight", [-1.0, 0.0, np.nan, np.inf])
def test_weights_that_are_refused(weight: float) -> None:
    log = adoptions([0, 0], [0, 1], [0, 1])
    with pytest.raises(ValueError, match=r"at place 1 \(1 such\); weights must be positive"):
        latent_credit(log, [1.0, weight], rate=1.0)


def test_what_is_refused() -> None:
    log = adoptions([0, 0], [0, 1], [0, 1])
    with pytest.raises(ValueError, match="rate is -1"):
        latent_credit(log, rate=-1.0)
    with pytest.raises(ValueError, match="rate is nan"):
        latent_parents(log, rate=np.nan)
    with pytest.raises(ValueError, match=r"weight has shape \(1,\)"):
        latent_credit(log, [1.0], rate=1.0)
    with pytest.raises(ValueError, match=r"unit has shape \(3,\)"):
        latent_credit(log, rate=1.0, unit=np.ones(3))
    with pytest.raises(ValueError, match="add up to more than a number"):
        latent_credit(log, [1e308, 1e308], rate=1.0)
