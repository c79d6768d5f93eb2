"""Forecasts held against what became of earlier posts: how much they grew, and how far off we were.

SEISMIC's interval knows only the uncertainty of p̂, on a network that behaves as published. Where
finished cascades are at hand, what they did says more (the authors, too, scale their formula by
factors learned for each age: Zhao et al. 2015, §4.3). For each age of a grid the growth that
really followed is fitted to what was known then,

    log(final/R) = a + b·log(SEISMIC's number/R) + c·log R + e,

and an interval is made of the errors e that each cascade has where it is left out of the fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.cascades.seismic import Forecast, Seismic, forecast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "FEWEST",
    "GRID",
    "Calibrated",
    "Calibration",
    "Fit",
    "calibrate",
    "fit_growth",
    "known_then",
]

GRID = tuple(60.0 * 1.5**k for k in range(20))  # 1 minute to 37 hours
FEWEST = 30  # cascades: below them an interval of 90 % has no tails
ENDS = (0.05, 0.5, 0.95)  # of the errors: an interval of 90 % and its middle
_HUBER = 0.5  # scales of error up to which one counts in full
_ROUNDS = 15
_MOST_GROWTH = np.log(100.0)  # what an explosive post counts as


@dataclass(frozen=True, slots=True)
class Fit:
    """The fit at one age: ``coefficients`` (3) of (1, log growth, log R), ``errors`` (n) ascending.

    Each error is that of a cascade left out of the fit; ``ends`` are their 5, 50 and 95 % points.
    ``range`` (2, 3) holds the least and the greatest of each fact: beyond them the nearest counts.
    """

    coefficients: Floats
    errors: Floats
    ends: Floats
    range: Floats


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Final sizes (posts): the median and the 90 % interval; NaN where ``known`` is false.

    ``middle`` is the log of the fitted growth, ``place`` (posts) says which of ``fits`` holds.
    """

    predicted: Floats
    low: Floats
    high: Floats
    known: NDArray[np.bool_]
    seen: NDArray[np.int64]
    middle: Floats
    place: NDArray[np.int64]
    fits: tuple[Fit | None, ...]

    def chance(self, size: float) -> Floats:
        """The probability (posts) that ``size`` reshares are reached; NaN where nothing is known.

        Of n errors k are large enough: (k + 1)/(n + 2), so never quite 0, nor 1 before it is so.
        """
        chances = np.where(self.seen >= size, 1.0, np.nan)
        for k, fit in enumerate(self.fits):
            here = self.known & (self.place == k) & (self.seen < size)
            if fit is not None and here.any():
                needed = np.log(np.ceil(size) / self.seen[here]) - self.middle[here]
                enough = len(fit.errors) - np.searchsorted(fit.errors, needed - 1e-12)
                chances[here] = (enough + 1.0) / (len(fit.errors) + 2.0)
        return chances


@dataclass(frozen=True, slots=True)
class Calibration:
    """One fit an age (seconds, ascending); None where too few cascades had a reshare by then."""

    ages: Floats
    fits: tuple[Fit | None, ...]

    def adjust(self, told: Forecast, age: ArrayLike) -> Calibrated:
        """What ``told`` means by experience, for posts of these ages (posts; seconds).

        The fit of the last age of the grid that is not above a post's own is taken: an older post
        takes the last fit, one that is younger than the grid has none.
        """
        place = np.searchsorted(self.ages, np.asarray(age, dtype=np.float64), side="right") - 1
        here, facts = known_then(told)
        known = np.zeros(len(place), dtype=np.bool_)
        middle, low, predicted, high = (np.full(len(place), np.nan) for _ in range(4))
        for k, fit in enumerate(self.fits):
            those = here & (place == k)
            if fit is None or not those.any():
                continue
            known |= those
            middle[those] = np.clip(facts[those], *fit.range) @ fit.coefficients
            grown = np.exp(np.maximum(middle[those, None] + fit.ends, 0.0))
            low[those], predicted[those], high[those] = (told.seen[those, None] * grown).T
        return Calibrated(predicted, low, high, known, told.seen, middle, place, self.fits)


def calibrate(
    first: ArrayLike,
    at: ArrayLike,
    followers: ArrayLike,
    *,
    ages: Sequence[float] = GRID,
    method: Seismic | None = None,
) -> Calibration:
    """Learn from cascades that are over; arguments as ``forecast`` takes them, ages in seconds.

    At each age count the cascades with a reshare by then; with fewer than 30 there is no fit.

    Raises:
        ValueError: as ``forecast``; ages that do not ascend.

    >>> calibrate([0, 2], [0, 30], [10, 10], ages=[60]).fits
    (None,)
    """
    if not (np.diff(ages) > 0).all():
        raise ValueError(f"ages must ascend, got {list(ages)}")
    begins = np.asarray(first, dtype=np.int64)
    posted = np.asarray(at, dtype=np.float64)[begins[:-1]]
    final = np.diff(begins) - 1.0
    fits = []
    for age in ages:
        told = forecast(first, at, followers, as_of=posted + age, method=method)
        here, facts = known_then(told)
        enough = here.sum() >= FEWEST
        growth = np.log(final[here] / told.seen[here])
        fits.append(fit_growth(facts[here], growth)[0] if enough else None)
    return Calibration(np.asarray(ages, dtype=np.float64), tuple(fits))


def known_then(told: Forecast) -> tuple[NDArray[np.bool_], Floats]:
    """Which posts have a reshare and a forecast, and their facts (posts, 3): 1, log growth, log R."""
    here = (told.seen > 0) & ~np.isnan(told.infectiousness)
    seen = np.maximum(told.seen, 1).astype(np.float64)
    growth = np.where(told.explosive | ~here, np.nan, told.predicted) / seen
    logs = np.where(told.explosive, _MOST_GROWTH, np.minimum(np.log(growth), _MOST_GROWTH))
    return here, np.column_stack([np.ones(len(seen)), logs, np.log(seen)])


def fit_growth(facts: Floats, growth: Floats) -> tuple[Fit, Floats]:
    """The robust fit of ``growth`` (n) on ``facts`` (n, 3), and the errors (n) where left out.

    Few posts grow beyond all measure, and least squares would follow them: an error counts by
    Huber's weight (1964), found again in each of a few rounds, and the last weights stay when a
    cascade is left out.

    >>> line = np.column_stack([np.ones(9), np.arange(9.0), np.zeros(9)])
    >>> fit, errors = fit_growth(line, 2 * np.arange(9.0) + 1)
    >>> fit.coefficients.round(9).tolist(), bool(abs(errors).max() < 1e-9)
    ([1.0, 2.0, 0.0], True)
    """
    weights = np.ones(len(growth))
    for turn in range(_ROUNDS):
        roots = np.sqrt(weights)[:, None]
        inverse = np.linalg.pinv(facts * roots) * roots.T
        coefficients = inverse @ growth
        left = growth - facts @ coefficients
        if turn < _ROUNDS - 1:
            scale = np.median(np.abs(left)) / 0.6745 + 1e-9
            weights = 1.0 / np.maximum(np.abs(left) / (_HUBER * scale), 1.0)
    leverage = np.einsum("ij,ji->i", facts, inverse)
    errors = left / np.maximum(1.0 - leverage, 1e-3)
    reach = np.stack([facts.min(axis=0), facts.max(axis=0)])
    return Fit(coefficients, np.sort(errors), np.quantile(errors, ENDS), reach), errors
