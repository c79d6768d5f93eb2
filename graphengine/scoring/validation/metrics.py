"""How well a ranking foresaw an outcome: rank correlation, gain and precision at the top.

Every metric takes whole-number weights: how often each person is in a resample. So a bootstrap
needs no sorting: the order of people is found once (``Ranked``), a resample is one linear pass.
Ties take their expected value over all orders of the tied (McSherry & Najork 2008).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

__all__ = ["Ranked", "ndcg", "partial_r2", "precision", "ranked", "spearman"]


@dataclass(frozen=True, slots=True)
class Ranked:
    """Values (n) and, for each, its group of equals, counted from the smallest value."""

    values: NDArray[np.float64]
    group: NDArray[np.int64]
    groups: int


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
    w = np.ones(len(a.values)) if weight is None else weight
    x, y = _midranks(a, w), _midranks(b, w)
    return _correlation(x, y, w)


def ndcg(
    score: Ranked, gain: Ranked, *, k: int, weight: NDArray[np.float64] | None = None
) -> float:
    """Discounted gain of the first ``k`` over the best possible (Järvelin & Kekäläinen 2002).

    Gain is linear in the outcome, the discount 1/log2(1 + place). nan where nobody has a gain.

    >>> round(ndcg(ranked(np.array([2.0, 1.0])), ranked(np.array([0.0, 1.0])), k=2), 4)
    0.6309
    """
    w = np.ones(len(gain.values)) if weight is None else weight
    best = _discounted(gain, gain.values, w, k)
    return _discounted(score, gain.values, w, k) / best if best > 0.0 else float("nan")


def precision(
    score: Ranked, gain: Ranked, *, k: int, weight: NDArray[np.float64] | None = None
) -> float:
    """The share of the first ``k`` by score who are of the first ``k`` by outcome, in expectation.

    >>> precision(ranked(np.array([3.0, 2.0, 1.0])), ranked(np.array([5.0, 0.0, 5.0])), k=2)
    0.5
    """
    w = np.ones(len(gain.values)) if weight is None else weight
    most = min(float(k), float(w.sum()))
    together = w * _among_first(score, w, most) * _among_first(gain, w, most)
    return float(together.sum()) / most


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


def _midranks(side: Ranked, w: Vector) -> Vector:
    size = np.bincount(side.group, weights=w, minlength=side.groups)
    return np.asarray((np.cumsum(size) - 0.5 * size)[side.group])


def _correlation(x: Vector, y: Vector, w: Vector) -> float:
    total = w.sum()
    x, y = x - (w @ x) / total, y - (w @ y) / total
    spread = (w @ (x * x)) * (w @ (y * y))
    return float((w @ (x * y)) / np.sqrt(spread)) if spread > 0.0 else float("nan")


def _discounted(order: Ranked, gain: Vector, w: Vector, k: int) -> float:
    """Σ over groups, from the top, of their mean gain times the discounts of their places."""
    size = np.bincount(order.group, weights=w, minlength=order.groups)[::-1]
    held = np.bincount(order.group, weights=w * gain, minlength=order.groups)[::-1]
    discount = np.concatenate([[0.0], np.cumsum(1.0 / np.log2(np.arange(2, k + 2)))])
    places = np.minimum(np.concatenate([[0], np.cumsum(size)]), k).astype(np.int64)
    here = np.flatnonzero(size > 0.0)
    return float((held[here] / size[here]) @ np.diff(discount[places])[here])


def _among_first(order: Ranked, w: Vector, k: float) -> Vector:
    """The probability of each person to be among the first ``k`` when equals are shuffled."""
    size = np.bincount(order.group, weights=w, minlength=order.groups)
    above = size.sum() - np.cumsum(size)
    share = np.clip((k - above) / np.maximum(size, 1.0), 0.0, 1.0)
    return np.asarray(share[order.group])
