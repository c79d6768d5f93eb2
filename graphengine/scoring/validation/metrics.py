"""How well a ranking foresaw an outcome: rank correlation, gain and precision at the top.

Every metric takes whole-number weights: how often each person is in a resample. So a bootstrap
needs no sorting: the order of people is found once (``Ranked``), and many resamples, the rows of a
matrix, are weighed in one pass (``Weighed``). Ties take their expected value over all orders of
the tied (McSherry & Najork 2008).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]
    Matrix = NDArray[np.float64]

__all__ = [
    "Ranked",
    "Weighed",
    "ndcg",
    "ndcgs",
    "partial_r2",
    "precision",
    "precisions",
    "ranked",
    "spearman",
    "spearmans",
]


@dataclass(frozen=True, slots=True)
class Ranked:
    """Values (n) and, for each, its group of equals, counted from the smallest value."""

    values: NDArray[np.float64]
    group: NDArray[np.int64]
    groups: int


class Weighed:
    """One side of a comparison under many resamples: ``weights`` is resamples × people.

    Sizes and ranks have a column a group of equals. Only the first groups can be among the first
    k, so whatever is asked of those looks at no others.
    """

    def __init__(self, side: Ranked, weights: Matrix) -> None:
        self.side, self.weights = side, weights
        self.order = np.argsort(side.group, kind="stable")  # from the smallest value
        sizes = np.bincount(side.group, minlength=side.groups)
        self.starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        self.sizes = self._sums(np.take(weights, self.order, axis=1), 0)
        self.upto = np.cumsum(self.sizes, axis=1)
        self.people = self.upto[:, -1]
        self._best: dict[int, Vector] = {}

    def _sums(self, amounts: Matrix, first: int) -> Matrix:
        """The sums over each group from the ``first`` on of ``amounts``, which come in order."""
        if self.side.groups == len(self.order):
            return amounts
        return np.add.reduceat(amounts, self.starts[first:] - self.starts[first], axis=1)

    @cached_property
    def ranks(self) -> Matrix:
        """The mean rank of each group, less the mean of all ranks."""
        return np.asarray(self.upto - 0.5 * self.sizes - 0.5 * self.people[:, None])

    @cached_property
    def ranks_of_people(self) -> Matrix:
        """The rank of each person's group."""
        return np.take(self.ranks, self.side.group, axis=1)

    @cached_property
    def weighed_ranks(self) -> Matrix:
        """The rank of each person's group, times the person's weight."""
        return self.weights * self.ranks_of_people

    @cached_property
    def spread(self) -> Vector:
        """Σ of squared ranks in each resample."""
        return np.asarray(np.einsum("dg,dg->d", self.sizes * self.ranks, self.ranks))

    def head(self, k: int) -> int:
        """The first of the groups that hold the first ``k`` of every resample, and some more."""
        several = 2 * k
        while several < self.side.groups:
            first = self.side.groups - several
            if (self.people - self.upto[:, first - 1] >= k).all():
                return first
            several *= 2
        return 0

    def discounted(self, gain: Vector, k: int) -> Vector:
        """Σ over groups, from the top, of their mean ``gain`` times the discounts of their places."""
        first = self.head(k)
        members = self.order[self.starts[first] :]
        told = np.take(self.weights, members, axis=1) * gain[members]
        size, held = (
            np.ascontiguousarray(each.T[::-1])  # so that groups are added one by one, from the top
            for each in (self.sizes[:, first:], self._sums(told, first))
        )
        discount = np.concatenate([[0.0], np.cumsum(1.0 / np.log2(np.arange(2, k + 2)))])
        places = np.minimum(np.cumsum(size, axis=0), k).astype(np.int64)
        upto = np.vstack([np.zeros((1, size.shape[1])), discount[places]])
        mean = np.divide(held, size, out=np.zeros_like(held), where=size > 0.0)
        return np.asarray((mean * np.diff(upto, axis=0)).sum(axis=0))

    def best(self, k: int) -> Vector:
        """The discounted gain of the first ``k`` in this side's own order."""
        if k not in self._best:
            self._best[k] = self.discounted(self.side.values, k)
        return self._best[k]

    def among_first(self, k: int) -> tuple[NDArray[np.int64], Matrix]:
        """People, sorted, and the probability of each to be among the first ``k``.

        Equals are shuffled. Whoever is not named has the probability 0; people × resamples.
        """
        first = self.head(k)
        left = np.minimum(k, self.people)[:, None] - (self.people[:, None] - self.upto[:, first:])
        share = np.clip(left / np.maximum(self.sizes[:, first:], 1.0), 0.0, 1.0)
        people = np.sort(self.order[self.starts[first] :])
        return people, share.T[self.side.group[people] - first]


def ranked(values: NDArray[np.float64]) -> Ranked:
    """Find the groups of equal ``values`` (n, finite).

    >>> ranked(np.array([3.0, 1.0, 3.0])).group.tolist()
    [1, 0, 1]
    """
    if not np.isfinite(values).all():
        raise ValueError("a value to be ranked is not a finite number")
    found, group = np.unique(values, return_inverse=True)
    return Ranked(values, group.astype(np.int64), len(found))


def spearman(a: Ranked, b: Ranked, weight: NDArray[np.float64] | None = None) -> float:
    """Rank correlation with mean ranks for ties (Spearman 1904); nan where one side is constant.

    >>> spearman(ranked(np.array([1.0, 2.0, 2.0])), ranked(np.array([1.0, 3.0, 3.0])))
    1.0
    """
    w = _column(a, weight)
    return float(spearmans(Weighed(a, w), Weighed(b, w))[0])


def spearmans(a: Weighed, b: Weighed) -> NDArray[np.float64]:
    """``spearman`` of every resample; both sides are weighed alike.

    >>> side = Weighed(ranked(np.array([1.0, 2.0, 2.0])), np.ones((2, 3)))
    >>> spearmans(side, side).tolist()
    [1.0, 1.0]
    """
    together = np.einsum("dn,dn->d", a.ranks_of_people, b.weighed_ranks)
    return _ratio(together, np.sqrt(a.spread * b.spread))


def ndcg(
    score: Ranked, gain: Ranked, *, k: int, weight: NDArray[np.float64] | None = None
) -> float:
    """Discounted gain of the first ``k`` over the best possible (Järvelin & Kekäläinen 2002).

    Gain is linear in the outcome, the discount 1/log2(1 + place). nan where nobody has a gain.

    >>> round(ndcg(ranked(np.array([2.0, 1.0])), ranked(np.array([0.0, 1.0])), k=2), 4)
    0.6309
    """
    w = _column(gain, weight)
    return float(ndcgs(Weighed(score, w), Weighed(gain, w), k=k)[0])


def ndcgs(score: Weighed, gain: Weighed, *, k: int) -> NDArray[np.float64]:
    """``ndcg`` of every resample; both sides are weighed alike."""
    return _ratio(score.discounted(gain.side.values, k), gain.best(k))


def precision(
    score: Ranked, gain: Ranked, *, k: int, weight: NDArray[np.float64] | None = None
) -> float:
    """The share of the first ``k`` by score who are of the first ``k`` by outcome, in expectation.

    >>> precision(ranked(np.array([3.0, 2.0, 1.0])), ranked(np.array([5.0, 0.0, 5.0])), k=2)
    0.5
    """
    w = _column(gain, weight)
    return float(precisions(Weighed(score, w), Weighed(gain, w), k=k)[0])


def precisions(score: Weighed, gain: Weighed, *, k: int) -> NDArray[np.float64]:
    """``precision`` of every resample; both sides are weighed alike."""
    most = np.minimum(float(k), gain.people)
    (people, by_score), (others, by_gain) = score.among_first(k), gain.among_first(k)
    both, mine, theirs = np.intersect1d(people, others, assume_unique=True, return_indices=True)
    weights = gain.weights[:, both].T
    return _ratio(np.einsum("nd,nd,nd->d", weights, by_score[mine], by_gain[theirs]), most)


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


def _column(side: Ranked, weight: Vector | None) -> Matrix:
    """The weights of one resample, or of everybody, as a matrix."""
    w = np.ones(len(side.values)) if weight is None else weight
    return np.asarray(w, dtype=np.float64)[None, :]


def _ratio(above: Vector, below: Vector) -> Vector:
    """The quotient; nan where there is nothing to divide by."""
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0.0)


def _correlation(x: Vector, y: Vector, w: Vector) -> float:
    total = w.sum()
    x, y = x - (w @ x) / total, y - (w @ y) / total
    spread = (w @ (x * x)) * (w @ (y * y))
    return float((w @ (x * y)) / np.sqrt(spread)) if spread > 0.0 else float("nan")
