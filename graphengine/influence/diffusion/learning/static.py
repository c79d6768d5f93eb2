"""Estimators by counting: Bernoulli, Jaccard, and either with partial credit.

Goyal, Bonchi & Lakshmanan 2010, for an exposure u → v: Bernoulli A_u2v/A_u, Jaccard A_u2v/A_u|v;
with partial credit each reaction counts 1/|S| where v had seen |S| people act before. Acts of u
that v did not answer stand in the denominator: they are failures. *Uniform* gives every exposure
the Bernoulli rate of all together, a yardstick that knows no pairs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from scipy.special import betaincinv

from graphengine.influence.diffusion.learning.learned import Learned

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.influence.cascades.adoptions import Exposures
    from graphengine.influence.diffusion.learning.counts import Counts
    from graphengine.influence.diffusion.learning.prior import Prior

__all__ = ["Rate", "learn_rate", "rate_counts"]

Rate = Literal["uniform", "bernoulli", "bernoulli_credit", "jaccard", "jaccard_credit"]
Z = 1.959963984540054


def rate_counts(counts: Counts, rate: Rate) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Successes and trials of each exposure, as ``rate`` counts them.

    Raises:
        ValueError: There is no such rate.
    """
    if rate not in get_args(Rate):
        raise ValueError(f"the rate must be one of {', '.join(get_args(Rate))}, got {rate}")
    successes = counts.credit if rate.endswith("credit") else counts.reactions
    trials = counts.either if rate.startswith("jaccard") else counts.acts
    return successes.astype(np.float64), trials.astype(np.float64)


def learn_rate(
    counts: Counts,
    exposures: Exposures,
    *,
    rate: Rate = "bernoulli",
    prior: Prior | None = None,
    intervals: bool = True,
) -> Learned:
    """Successes by trials, with √(p(1 − p)/trials) and Wilson's interval (1927), 95 %.

    A success shared out varies less than a whole one, so its error is an upper bound. With a
    ``prior`` (of the same rate) all three are those of the Beta posterior. Without ``intervals``
    low and high are NaN: quantiles of a Beta cost more than all the rest.

    Raises:
        ValueError: There is no such rate.

    >>> from graphengine.influence.cascades.adoptions import adoptions, exposures
    >>> from graphengine.influence.diffusion.learning.counts import count
    >>> actions = adoptions([0, 0, 1], [0, 1, 0], [5, 8, 2])
    >>> seen = exposures([1], [0], n=2)
    >>> found = learn_rate(count(actions, seen), seen)
    >>> found.probability, found.low.round(4)
    (array([0.5]), array([0.0945]))
    """
    successes, trials = rate_counts(counts, rate)
    s, t = successes, trials
    if rate == "uniform":
        s, t = (np.full(exposures.m, x.sum()) for x in (successes, trials))
    p, error = _plain(s, t) if prior is None else _posterior(s, t, prior)
    low, high = np.full((2, exposures.m), np.nan)
    if intervals:
        low, high = _wilson(s, t) if prior is None else _quantiles(s, t, prior, p=p)
    return Learned(
        estimator=rate,
        probability=p,
        successes=successes,
        trials=trials,
        standard_error=error,
        low=low,
        high=high,
        n=exposures.n,
        source=exposures.sources,
        target=exposures.targets,
    )


Two = tuple["NDArray[np.float64]", "NDArray[np.float64]"]


def _plain(s: NDArray[np.float64], t: NDArray[np.float64]) -> Two:
    """Rate and standard error."""
    some = t > 0
    p = s / np.where(some, t, 1.0)
    error = np.sqrt(p * (1.0 - p) / np.where(some, t, 1.0))
    error = np.where(some & (p > 0.0) & (p < 1.0), error, np.inf)
    return np.where(some, p, np.nan), error


def _wilson(s: NDArray[np.float64], t: NDArray[np.float64]) -> Two:
    some = t > 0
    t = np.where(some, t, 1.0)
    p = s / t
    middle = (p + Z * Z / (2.0 * t)) / (1.0 + Z * Z / t)
    half = Z / (1.0 + Z * Z / t) * np.sqrt(p * (1.0 - p) / t + Z * Z / (4.0 * t * t))
    low = np.minimum(np.maximum(middle - half, 0.0), p)
    high = np.maximum(np.minimum(middle + half, 1.0), p)
    return np.where(some, low, 0.0), np.where(some, high, 1.0)


def _posterior(s: NDArray[np.float64], t: NDArray[np.float64], prior: Prior) -> Two:
    a, b = s + prior.successes, t - s + prior.failures
    size = a + b
    p = a / size
    return p, np.sqrt(p * (1.0 - p) / (size + 1.0))


def _quantiles(
    s: NDArray[np.float64], t: NDArray[np.float64], prior: Prior, *, p: NDArray[np.float64]
) -> Two:
    a, b = s + prior.successes, t - s + prior.failures
    sure = (a <= 0.0) | (b <= 0.0)  # a prior at 0 or 1, nothing against it
    a, b = np.where(sure, 1.0, a), np.where(sure, 1.0, b)
    low, high = (np.where(sure, p, betaincinv(a, b, q)) for q in (0.025, 0.975))
    return low, high
