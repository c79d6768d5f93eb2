"""How well a ranking foresaw an outcome: rank correlation, gain and precision at the top.

Every metric takes whole-number weights: how often each person is in a resample. So a bootstrap
needs no sorting: the order of people is found once (``Ranked``), and several resamples are weighed
in one pass over it (``Outcomes``). Ties take their expected value over all orders of the tied
(McSherry & Najork 2008).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.kernels.resamples import (
    LANES,
    discounted,
    rank_products,
    shared_first,
    weighed_ranks,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]
    Matrix = NDArray[np.float64]

__all__ = ["Outcomes", "Ranked", "ndcg", "partial_r2", "precision", "ranked", "spearman"]


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Values (n), people from the largest value on, and where each group of equals begins in these.

    Equals stand as they came; ``starts`` ends with n.
    """

    values: NDArray[np.float64]
    people: NDArray[np.uint32]
    starts: NDArray[np.uint64]

    @property
    def order(self) -> tuple[NDArray[np.uint32], NDArray[np.uint64]]:
        """People and groups, as the loops take them."""
        return self.people, self.starts


class Outcomes:
    """What came of people in up to LANES resamples, to be compared with several rankings.

    gain: the outcome; fresh: the one of new reactors; weights: people × LANES, 0 where there are
    fewer resamples.
    """

    def __init__(self, gain: Ranked, fresh: Ranked, weights: Matrix, *, k: int) -> None:
        self._gain, self._weights = gain, weights
        self._people = weights.sum(axis=0)
        self._ranks = np.empty_like(weights), np.empty_like(weights)
        self._spreads = [
            weighed_ranks(side.order, weights, self._people, out)
            for side, out in zip((gain, fresh), self._ranks, strict=True)
        ]
        self._most = np.minimum(float(k), self._people)
        self._discount = np.concatenate([[0.0], np.cumsum(1.0 / np.log2(np.arange(2, k + 2)))])
        self._best = self._discounted(gain)

    def spearmans(self, score: Ranked) -> tuple[Vector, Vector]:
        """Rank correlation with gain and with fresh; nan where one side is constant."""
        one, two, spread = rank_products(score.order, self._weights, self._people, self._ranks)
        first, second = (np.sqrt(spread * other) for other in self._spreads)
        return _ratio(one, first), _ratio(two, second)

    def ndcgs(self, score: Ranked) -> Vector:
        """Discounted gain of the first k over the best possible; nan where nobody has a gain."""
        return _ratio(self._discounted(score), self._best)

    def precisions(self, score: Ranked) -> Vector:
        """The share of the first k who are of the first k by outcome, in expectation."""
        both = shared_first(score.order, self._gain.order, self._weights, self._most)
        return _ratio(both, self._most)

    def _discounted(self, side: Ranked) -> Vector:
        gain = self._gain.values
        return discounted(side.order, self._weights, self._most, gain, self._discount)


def ranked(values: NDArray[np.float64]) -> Ranked:
    """Find the order of ``values`` (n, finite), and the groups of equals.

    >>> found = ranked(np.array([3.0, 1.0, 3.0]))
    >>> found.people.tolist(), found.starts.tolist()
    ([0, 2, 1], [0, 2, 3])
    """
    if not np.isfinite(values).all():
        raise ValueError("a value to be ranked is not a finite number")
    people = np.argsort(-values, kind="stable")
    change = np.flatnonzero(np.diff(values[people])) + 1
    starts = np.concatenate([[0], change, [len(values)]]) if len(values) else np.zeros(1)
    return Ranked(
        np.asarray(values, dtype=np.float64), people.astype(np.uint32), starts.astype(np.uint64)
    )


def spearman(a: Ranked, b: Ranked, weight: NDArray[np.float64] | None = None) -> float:
    """Rank correlation with mean ranks for ties (Spearman 1904); nan where one side is constant.

    >>> spearman(ranked(np.array([1.0, 2.0, 2.0])), ranked(np.array([1.0, 3.0, 3.0])))
    1.0
    """
    return float(_alone(b, weight, k=1).spearmans(a)[0][0])


def ndcg(
    score: Ranked, gain: Ranked, *, k: int, weight: NDArray[np.float64] | None = None
) -> float:
    """Discounted gain of the first ``k`` over the best possible (Järvelin & Kekäläinen 2002).

    Gain is linear in the outcome, the discount 1/log2(1 + place). nan where nobody has a gain.

    >>> round(ndcg(ranked(np.array([2.0, 1.0])), ranked(np.array([0.0, 1.0])), k=2), 4)
    0.6309
    """
    return float(_alone(gain, weight, k=k).ndcgs(score)[0])


def precision(
    score: Ranked, gain: Ranked, *, k: int, weight: NDArray[np.float64] | None = None
) -> float:
    """The share of the first ``k`` by score who are of the first ``k`` by outcome, in expectation.

    >>> precision(ranked(np.array([3.0, 2.0, 1.0])), ranked(np.array([5.0, 0.0, 5.0])), k=2)
    0.5
    """
    return float(_alone(gain, weight, k=k).precisions(score)[0])


def partial_r2(
    outcome: Vector, score: Vector, given: Vector, *, weight: Vector | None = None
) -> float:
    """What ``score`` explains of the variance of ``outcome`` that ``given`` leaves (n each).

    The squared partial correlation of a linear model; nan where nothing is left to explain.

    >>> given = np.array([0.0, 1.0, 0.0, 1.0])
    >>> round(partial_r2(np.array([0.0, 1.0, 1.0, 2.0]), np.array([0.0, 0.0, 1.0, 1.0]), given), 9)
    1.0
    """
    w = np.ones(len(outcome)) if weight is None else weight
    ys, yg, sg = (
        _correlation(a, b, w) for a, b in ((outcome, score), (outcome, given), (score, given))
    )
    yg, sg = (0.0 if np.isnan(r) else r for r in (yg, sg))  # a constant explains nothing
    left = (1.0 - yg**2) * (1.0 - sg**2)
    return (ys - yg * sg) ** 2 / left if left > 1e-12 else float("nan")


def _alone(gain: Ranked, weight: Vector | None, *, k: int) -> Outcomes:
    """One resample, or everybody, as the first of the lanes."""
    weights = np.zeros((len(gain.values), LANES))
    weights[:, 0] = 1.0 if weight is None else weight
    return Outcomes(gain, gain, weights, k=k)


def _ratio(above: Vector, below: Vector) -> Vector:
    """The quotient; nan where there is nothing to divide by."""
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0.0)


def _correlation(x: Vector, y: Vector, w: Vector) -> float:
    total = w.sum()
    x, y = x - (w @ x) / total, y - (w @ y) / total
    spread = (w @ (x * x)) * (w @ (y * y))
    return float((w @ (x * y)) / np.sqrt(spread)) if spread > 0.0 else float("nan")
