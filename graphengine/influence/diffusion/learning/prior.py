"""Shrinkage of rare pairs: a Beta prior around the source's or the target's own rate.

Empirical Bayes in two levels. Everybody's rate μ comes from all trials. The rate of each person
(as source, or as target) lies around μ with a precision that is fitted by beta-binomial
likelihood over people; the pairs of a person lie around that person's rate with a precision
fitted the same way over pairs. A prior of precision κ around m is worth κ·m successes and
κ·(1 − m) failures more; the fit comes before any estimate and is not revised by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import betaln

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Prior", "Towards", "fit_precision", "fit_prior"]

Towards = Literal["source", "target"]
LEAST, MOST = 1e-2, 1e6  # the precisions that are tried


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """Of each exposure, what the prior is worth: successes and failures, and its precision κ."""

    successes: NDArray[np.float64]
    failures: NDArray[np.float64]
    precision: float


def fit_precision(
    successes: NDArray[np.float64], trials: NDArray[np.float64], mean: NDArray[np.float64]
) -> float:
    """The κ for which Beta(κ·mean, κ·(1 − mean)) best explains the counts (beta-binomial).

    Counts may be parts of 1. Where rates do not differ, κ is as large as is tried, 10⁶.

    >>> rates = fit_precision(np.array([0.0, 10.0]), np.array([10.0, 10.0]), np.full(2, 0.5))
    >>> same = fit_precision(np.array([5.0, 5.0]), np.array([10.0, 10.0]), np.full(2, 0.5))
    >>> rates < 1.0, same > 1e5
    (True, True)
    """
    from scipy.optimize import minimize_scalar  # noqa: PLC0415 - takes as long as all the rest

    some = (trials > 0) & (mean > 0.0) & (mean < 1.0)
    if not some.any():
        return MOST
    alike = np.column_stack([successes, trials - successes, mean])[some]
    (s, f, m), times = _distinct(alike)

    def loss(log_precision: float) -> float:
        a, b = np.exp(log_precision) * m, np.exp(log_precision) * (1.0 - m)
        return float(-(times * (betaln(s + a, f + b) - betaln(a, b))).sum())

    found = minimize_scalar(loss, bounds=(np.log(LEAST), np.log(MOST)), method="bounded")
    return float(np.exp(found.x))


def fit_prior(
    successes: NDArray[np.float64], trials: NDArray[np.float64], person: NDArray[np.uint32]
) -> Prior:
    """The prior of each exposure, around the rate of ``person`` (its source, or its target).

    Raises:
        ValueError: Not a single trial, so that there is no rate to shrink towards.

    >>> prior = fit_prior(np.array([1.0, 0.0]), np.array([4.0, 4.0]), np.array([0, 1], np.uint32))
    >>> prior.successes.shape
    (2,)
    """
    everybody = float(trials.sum())
    if everybody <= 0.0:
        raise ValueError(
            "nobody saw anybody act, so there is no rate to shrink towards; check that actions and "
            "exposures number the same people"
        )
    mean = float(successes.sum()) / everybody
    s, t = (np.bincount(person, weights=x).astype(np.float64) for x in (successes, trials))
    between = fit_precision(s, t, np.full(s.size, mean))
    rate = ((s + between * mean) / (t + between))[person]
    precision = fit_precision(successes, trials, rate)
    return Prior(precision * rate, precision * (1.0 - rate), precision)


def _distinct(rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The columns of the different rows, and how often each occurs: most pairs are alike."""
    rows = rows[np.lexsort(rows.T)]
    new = np.concatenate([[True], (rows[1:] != rows[:-1]).any(axis=1)])
    times = np.diff(np.flatnonzero(np.concatenate([new, [True]])))
    return rows[new].T, times
