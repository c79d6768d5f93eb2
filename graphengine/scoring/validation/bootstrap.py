"""Intervals by resampling people: what a figure would be with other people of the same kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

__all__ = ["Estimate", "estimate", "estimate_of_draws", "resampled"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure, and the 2.5th and 97.5th percentile of it over resamples of people."""

    value: float
    low: float
    high: float

    @property
    def above_zero(self) -> bool:
        """Whether the whole interval lies above 0."""
        return self.low > 0.0


def resampled(
    people: int, *, draws: int, rng: np.random.Generator
) -> Iterator[NDArray[np.float64]]:
    """How often each of ``people`` is in each of ``draws`` resamples of the same size (Efron 1979).

    >>> [w.sum() for w in resampled(3, draws=2, rng=np.random.default_rng(1))]
    [np.float64(3.0), np.float64(3.0)]
    """
    for _ in range(draws):
        drawn = rng.integers(0, people, people)
        yield np.bincount(drawn, minlength=people).astype(np.float64)


def estimate(
    figure: Callable[[NDArray[np.float64] | None], float],
    people: int,
    *,
    draws: int,
    rng: np.random.Generator,
) -> Estimate:
    """``figure`` of everybody (None) and of resamples, given as weights (people).

    >>> values = np.array([1.0, 1.0])
    >>> estimate(lambda w: 1.0, 2, draws=10, rng=np.random.default_rng(1))
    Estimate(value=1.0, low=1.0, high=1.0)
    """
    found = [figure(weight) for weight in resampled(people, draws=draws, rng=rng)]
    return estimate_of_draws(figure(None), np.array(found))


def estimate_of_draws(value: float, draws: NDArray[np.float64]) -> Estimate:
    """The estimate for a figure and its values on resamples; nan where no resample has a value.

    >>> estimate_of_draws(2.0, np.arange(101.0)).low
    2.5
    """
    known = draws[np.isfinite(draws)]
    if not len(known):
        return Estimate(value, float("nan"), float("nan"))
    low, high = np.percentile(known, [2.5, 97.5])
    return Estimate(value, float(low), float(high))
