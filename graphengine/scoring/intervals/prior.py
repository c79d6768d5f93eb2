"""What is likely before a pair's own events are looked at: people's rates, and how much pairs vary.

The rate of a pair is r·x_i·y_j·θ: x_i the endorsed person's own rate, y_j the endorser's, each with
mean 1 and a Gamma spread of its own, θ the pair's. Shapes come from factorial moments between
different cascades, E[Σ_{c≠c'} n_c·n_c'] = m²·(1 + 1/shape): what moves together inside one cascade
says nothing about how much rates differ. Not above 1: the variance of the counts is not above what
chance and cascades make of it, so they are pooled (shape ∞).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

from graphengine.scoring.intervals.sums import sums_by

if TYPE_CHECKING:
    from graphengine.scoring.intervals.pairs import Pairs

__all__ = ["Prior", "fitted_prior"]

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
_ROUNDS = 12
_LEAST, _MOST = 0.05, 100.0  # shapes below say no more than this one, above no more than pooling


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """What is fitted before the draws.

    rate: events a day and exposure on average. endorsed (x) and endorser (y): fitted rates of
    n people, relative to it. expected: each endorsed person's events at x = 1. trust: what an event
    of each active pair says of its person's rate, 1/(1 + m/a): where pairs differ, many events of
    one pair say little; expected is weighed alike. people, pairs: the shapes k and a; infinite
    means pooled.
    """

    rate: float
    endorsed: Floats
    endorser: Floats
    expected: Floats
    trust: Floats
    people: float
    pairs: float

    def base(self, endorsers: Longs) -> Floats:
        """The rate of an average endorsed person to each of ``endorsers``, per day."""
        return np.asarray(self.rate * self.endorser[endorsers], dtype=np.float64)


def fitted_prior(pairs: Pairs) -> Prior:
    """Rates and shapes of everybody, from all exposures, the quiet ones included.

    Empirical Bayes (Robbins 1956; Clayton & Kaldor 1987), the two sides in turn. Without a single
    event inside an exposure there is nothing to fit: every rate is 0.
    """
    told = pairs.events
    i = np.concatenate([pairs.endorsed, pairs.quiet.endorsed])
    j = np.concatenate([pairs.endorser, pairs.quiet.endorser])
    days = np.concatenate([pairs.days, pairs.quiet.days])
    count = pairs.per_pair(told.inside)
    n, total = pairs.n, float(count.sum())
    ones = np.ones(n)
    if total == 0.0 or days.sum() == 0.0:
        return Prior(0.0, ones, ones, np.zeros(n), np.ones(pairs.m), np.inf, np.inf)
    left = _Side(pairs.endorsed, pairs, count)
    right = _Side(pairs.endorser, pairs, count)
    x, y, k, rate = left.even, right.even, np.inf, total / float(days.sum())
    seen = sp.csr_array((days, (i, j)), shape=(n, n))  # read in one go, without gathering
    sees, met, sent = seen.T, seen @ y, seen.T @ x
    for _ in range(_ROUNDS):
        before = (x, y, rate)
        k, x = left.fitted(rate * met)
        sent = sent if x is before[0] else sees @ x
        y = right.fitted(rate * sent)[1]
        met = met if y is before[1] else seen @ y
        rate *= total / (rate * float(x @ met))
        if x is before[0] and y is before[1] and rate == before[2]:
            break  # both pooled: nothing will ever change
    mean = rate * days * x[i] * y[j]
    # given a person's sum, even the most even pairs agree by chance alone: less by (n − 1)/n
    by_chance = np.divide(left.products, left.count**2, out=ones * 0.0, where=left.count > 0.0)
    products = np.zeros(len(i))
    products[: pairs.m] = _products(np.arange(pairs.m), pairs, count)
    a = _shape(products, mean, mean**2 * by_chance[i])
    trust = np.ones(len(i)) if a == np.inf else a / (a + mean)
    expected = rate * sums_by(i, n, trust * days * y[j])
    if k < np.inf:
        own = sums_by(pairs.endorsed, n, trust[: pairs.m] * count)
        x = (own + k) / (expected + k)
    return Prior(rate, x, y, expected, trust[: pairs.m], k, a)


class _Side:
    """Counts and products of counts of different cascades, of people on one side of the pairs.

    even: what is fitted where they are pooled, the same array each time.
    """

    def __init__(self, person: Longs, pairs: Pairs, count: Floats) -> None:
        self.even = np.ones(pairs.n)
        self.count = sums_by(person, pairs.n, count)
        products = _products(person, pairs, count)
        alone = float((self.count**2).sum() - products.sum())
        self.together = max(alone / max(float(count.sum()), 1.0), 1.0)
        self.products = np.zeros(pairs.n)
        self.products[: len(products)] = products

    def fitted(self, expected: Floats) -> tuple[float, Floats]:
        shape = _shape(self.products, expected, expected**2)
        if shape == np.inf:
            return shape, self.even
        likeliest = _likeliest(self.count / self.together, expected / self.together)
        # counts that come in cascades follow no such likelihood: the more they do, the less of it
        shape *= (likeliest / shape) ** (1.0 / self.together)
        return shape, (self.count + shape) / (expected + shape)


def _likeliest(count: Floats, mean: Floats) -> float:
    """The shape under which the counts are likeliest (negative binomial), to a few per cent."""
    some = count > 0.0
    n, m = count[some], mean[some]
    least = mean[~some & (mean > 0.0)]

    def loss(log_shape: float) -> float:
        k = np.exp(log_shape)
        chance = gammaln(n + k) - gammaln(k) + n * np.log(m / (k + m)) - k * np.log1p(m / k)
        return float(k * np.log1p(least / k).sum() - chance.sum())

    found = minimize_scalar(
        loss, bounds=(np.log(_LEAST), np.log(_MOST)), method="bounded", options={"xatol": 0.05}
    )
    return float(np.exp(found.x))


def _products(group: Longs, pairs: Pairs, count: Floats) -> Floats:
    """Σ_{c≠c'} n_c·n_c' of each group of pairs: n² − Σ_c n_c² over its cascades."""
    told = pairs.events
    size = int(group.max(initial=-1)) + 1
    squares = sums_by(group, size, count) ** 2
    inside = told.inside
    mine, cascade = group[told.pair[inside]], told.cascade[inside]
    squares -= sums_by(mine[cascade < 0], size)
    together = mine[cascade >= 0] * max(pairs.cascades, 1) + cascade[cascade >= 0]
    key, events = np.unique(together, return_counts=True)
    squares -= sums_by(key // max(pairs.cascades, 1), size, events**2)
    return np.asarray(squares, dtype=np.float64)


def _shape(products: Floats, mean: Floats, squares: Floats) -> float:
    """The Gamma shape that makes the products; rows weigh by the inverse of their variance."""
    weight = np.divide(1.0, mean * (1.0 + mean), out=np.zeros_like(mean), where=mean > 0.0)
    even = float((weight * squares).sum())
    excess = float((weight * products).sum()) / even - 1.0 if even > 0.0 else 0.0
    return max(1.0 / excess, _LEAST) if excess > 1.0 / _MOST else np.inf
