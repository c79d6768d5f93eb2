"""Credit under the four rules: the definitions' toy, and the slow oracle."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.cascades import gamma

from graphengine.influence.cascades import direct_credit, share_credit, total_credit

FROM, SEEN = np.array([0, 0, 1, 3, 5]), np.array([0, 0, 1, 1, 2])  # B ← A; C ← A, B; D ← B, C
AT = np.array([0, 10, 30, 60])


@pytest.mark.parametrize(
    ("rule", "direct", "total"),
    [
        ("first", [2, 1, 0, 0], [4, 2, 1, 1]),
        ("last", [1, 1, 1, 0], [4, 3, 2, 1]),
        ("split", [1.5, 1, 0.5, 0], [4, 2.25, 1.5, 1]),
        ("decay", [1.377541, 0.891401, 0.731059, 0], [4, 2.346455, 1.731059, 1]),
    ],
)
def test_toy(rule: str, direct: list[float], total: list[float]) -> None:
    shares = share_credit(FROM, SEEN, AT, rule=rule, decay_seconds=20.0)
    assert direct_credit(shares) == pytest.approx(direct, abs=5e-7)
    assert total_credit(shares) == pytest.approx(total, abs=5e-7)


@pytest.mark.parametrize("rule", ["first", "last", "split", "decay"])
def test_random_cascades_against_matrices(rule: str) -> None:
    random = np.random.default_rng(5)
    for _ in range(20):
        n = int(random.integers(1, 30))
        at = np.sort(random.integers(0, 40, n))  # with ties
        seen = [sorted(u for u in range(v) if random.random() < 0.3) for v in range(n)]
        indptr = np.concatenate([[0], np.cumsum([len(s) for s in seen])])
        shares = share_credit(
            indptr,
            np.array([u for s in seen for u in s], dtype=np.int64),
            at,
            rule=rule,
            decay_seconds=7.0,
        )
        G = gamma(seen, at.tolist(), rule=rule, decay_seconds=7.0)
        unit = random.random(n)
        assert direct_credit(shares, unit) == pytest.approx(G @ unit)
        assert total_credit(shares, unit) == pytest.approx(np.linalg.solve(np.eye(n) - G, unit))


def test_ages_beyond_what_an_exponential_holds() -> None:
    """e^(−10¹²) is 0, and still somebody gets the unit: the one nearest in time."""
    shares = share_credit(
        np.array([0, 0, 0, 2]), np.array([0, 1]), np.array([0, 5, 10**12]), rule="decay",
        decay_seconds=1e-3,
    )  # fmt: skip
    assert shares.share.tolist() == [0.0, 1.0]


def test_any_given_weights() -> None:
    """In proportion, whatever their size; the rule "split" where they are all alike."""
    weight = np.array([7.0, 1.0, 3.0, 0.0, 5e-324])
    shares = share_credit(FROM, SEEN, AT, rule="weights", weight=weight)
    assert shares.share.tolist() == [1.0, 0.25, 0.75, 0.0, 1.0]
    assert total_credit(shares) == pytest.approx([4, 1 + 0.75 * 2, 2, 1])
    huge = share_credit(FROM, SEEN, AT, rule="weights", weight=np.full(5, 1.7e308))
    assert huge.share.tolist() == share_credit(FROM, SEEN, AT, rule="split").share.tolist()


def test_weights_that_are_refused() -> None:
    for weight, why in (
        ([1, 1, -1, 1, 1], r"weight -1.0 at place 2 \(1 such\)"),
        ([1, 1, np.nan, np.inf, 1], r"weight nan at place 2 \(2 such\)"),
        ([1, 0, 0, 1, 1], "at least one must be positive"),
        ([1, 1], "2 weights came"),
    ):
        with pytest.raises(ValueError, match=why):
            share_credit(FROM, SEEN, AT, rule="weights", weight=np.array(weight, float))
    with pytest.raises(ValueError, match="a weight a link"):
        share_credit(FROM, SEEN, AT, rule="weights")


def test_nobody_and_one() -> None:
    nobody = np.empty(0, np.int64)
    for rule in ("first", "last", "split", "decay"):
        shares = share_credit(np.array([0, 0]), nobody, np.array([3]), rule=rule)
        assert direct_credit(shares).tolist() == [0.0]
        assert total_credit(shares).tolist() == [1.0]
        empty = share_credit(np.array([0]), nobody, nobody, rule=rule)
        assert direct_credit(empty).dtype == np.float64
        assert total_credit(empty).size == 0


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="larger number"):
        share_credit(np.array([0, 1, 1]), np.array([1]), np.array([0, 0]), rule="last")
    with pytest.raises(ValueError, match="first, last, split or decay"):
        share_credit(FROM, SEEN, AT, rule="best")
    with pytest.raises(ValueError, match="first, last, split or decay"):
        share_credit(FROM, SEEN, AT, rule="decay", decay_seconds=0.0)


def test_a_chain_of_a_hundred_thousand() -> None:
    n = 100_000
    shares = share_credit(
        np.concatenate([[0], np.arange(n)]), np.arange(n - 1), np.arange(n), rule="last"
    )
    assert total_credit(shares).tolist() == list(range(n, 0, -1))
