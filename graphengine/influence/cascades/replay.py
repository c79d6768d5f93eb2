"""How good forecasts would have been: cascades that are over, looked at as they were at some age.

Beside SEISMIC stand its calibrated form, each cascade left out of the fit, and what one would say
without a model: the size so far times the median growth of the other cascades from that age on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.influence.cascades.calibration import ENDS, FEWEST, fit_growth, known_then
from graphengine.influence.cascades.seismic import Forecast, Seismic, forecast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["AGES", "median_growth_of_others", "replay"]

AGES = (300, 900, 3600, 6 * 3600, 24 * 3600)  # 5 minutes, 15 minutes, 1 h, 6 h, 24 h
_MANY = 2000  # cascades: leaving one out moves a point of their errors by nothing


def replay(
    first: ArrayLike,
    at: ArrayLike,
    followers: ArrayLike,
    *,
    ages: Sequence[float] = AGES,
    fewest: int = 1,
    method: Seismic | None = None,
) -> pl.DataFrame:
    """Error and coverage of forecasts at each age (seconds), one row an age, beside the baseline.

    ``first``, ``at``, ``followers`` are as ``forecast`` takes them: whole cascades. Of each age
    count the cascades with at least ``fewest`` reshares by then. An error is |forecast − final|/
    final, ``final`` being the reshares in the end; ``error`` and ``error_90`` are its median and its
    90th percentile over the cascades with a number, those of ``calibrated`` and ``baseline`` are
    over the same ones. ``explosive`` is the share that has no number, ``coverage`` the
    share of all whose 90 % interval held the final number (one without an upper end holds all
    above its low end), ``bounded`` the share whose interval has an upper end,
    ``calibrated_coverage`` the share that the calibrated intervals held, ``growing`` the share that
    grew after that age. Calibrated columns are null below 30 cascades.

    Raises:
        ValueError: as ``forecast``; an age or ``fewest`` that is not positive.

    >>> table = replay([0, 3, 6], [0, 60, 900, 0, 30, 5000], [900, 9, 9, 500, 9, 9], ages=[600])
    >>> table.select("age", "cascades", "explosive").rows()
    [(600.0, 2, 0.0)]
    """
    if fewest < 1 or not all(age > 0 for age in ages):
        raise ValueError(
            f"fewest is {fewest} and ages are {list(ages)}; a growth needs at least 1 reshare, and "
            "an age is a positive number of seconds"
        )
    begins = np.asarray(first, dtype=np.int64)
    final = np.diff(begins) - 1
    posted = np.asarray(at, dtype=np.float64)[begins[:-1]]
    rows = [
        {"age": age, **_at_one_age(
            forecast(first, at, followers, as_of=posted + age, method=method), final, fewest=fewest
        )}
        for age in ages
    ]  # fmt: skip
    return pl.DataFrame(rows, schema={"age": pl.Float64, **_SCHEMA})


_SCHEMA = {
    "cascades": pl.Int64,
    "growing": pl.Float64,
    "explosive": pl.Float64,
    "error": pl.Float64,
    "error_90": pl.Float64,
    "baseline": pl.Float64,
    "baseline_90": pl.Float64,
    "calibrated": pl.Float64,
    "calibrated_90": pl.Float64,
    "coverage": pl.Float64,
    "calibrated_coverage": pl.Float64,
    "bounded": pl.Float64,
}


def median_growth_of_others(growth: Floats) -> Floats:
    """Of each cascade (n) the median ``growth`` (n) of all others; NaN where there is no other.

    >>> median_growth_of_others(np.array([1.0, 2.0, 4.0, 9.0])).tolist()
    [4.0, 4.0, 2.0, 2.0]
    """
    n = len(growth)
    if n < 2:
        return np.full(n, np.nan)
    order = np.argsort(growth, kind="stable")
    ranked = growth[order]
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(n)
    lower, upper = ((n - 2) // 2, (n - 1) // 2)  # the middle of n − 1, which skip one place
    both: Floats = 0.5 * (ranked[lower + (place <= lower)] + ranked[upper + (place <= upper)])
    return both


def _at_one_age(told: Forecast, final: NDArray[np.int64], *, fewest: int) -> dict[str, float]:
    here = told.seen >= fewest
    seen, size = told.seen[here], final[here].astype(np.float64)
    if not len(seen):
        return {"cascades": 0}
    predicted, low, high = (x[here] for x in (told.predicted, told.low, told.high))
    known = np.isfinite(predicted)
    baseline = seen * median_growth_of_others(size / seen)
    middle, ends = _left_out(told, final, fewest=fewest)
    return {
        "cascades": len(seen),
        "growing": float((size > seen).mean()),
        "explosive": float(told.explosive[here].mean()),
        **_errors("error", predicted[known], size[known]),
        **_errors("baseline", baseline[known], size[known]),
        **_errors("calibrated", middle[known], size[known]),
        "coverage": _held(size, low, high),
        **({} if np.isnan(ends).all() else {"calibrated_coverage": _held(size, *ends)}),
        "bounded": float(np.isfinite(high).mean()),
    }


def _held(size: Floats, low: Floats, high: Floats) -> float:
    """The share of sizes in their interval; an upper end that is NaN holds everything above."""
    within = (low <= size * (1 + 1e-12)) & ~(size > high * (1 + 1e-12))
    return float(within.mean())


def _left_out(
    told: Forecast, final: NDArray[np.int64], *, fewest: int
) -> tuple[Floats, tuple[Floats, Floats]]:
    """The calibrated median and interval of each cascade, itself left out; NaN where unknown."""
    known, facts = known_then(told)
    here = told.seen >= fewest
    known &= here
    seen = told.seen[known]
    predicted, low, high = (np.full(len(here), np.nan) for _ in range(3))
    if len(seen) >= FEWEST:
        growth = np.log(final[known] / seen)
        fit, errors = fit_growth(facts[known], growth)
        ends = _ends_of_others(errors, fit.ends) + (growth - errors)[:, None]
        grown = np.exp(np.maximum(ends, 0.0))
        low[known], predicted[known], high[known] = (seen[:, None] * grown).T
    return predicted[here], (low[here], high[here])


def _ends_of_others(errors: Floats, ends: Floats) -> Floats:
    """Of each cascade (n) the points ``ends`` (3) of the errors of all others; of very many, of all."""
    if len(errors) > _MANY:
        return np.broadcast_to(ends, (len(errors), len(ends)))
    return np.array([np.quantile(np.delete(errors, i), ENDS) for i in range(len(errors))])


def _errors(name: str, said: Floats, size: Floats) -> dict[str, float]:
    """The median and the 90th percentile of the relative error, where there is a number."""
    relative = np.abs(said - size) / size
    relative = relative[np.isfinite(relative)]
    if not len(relative):
        return {}
    middle, most = np.quantile(relative, [0.5, 0.9])
    return {name: float(middle), f"{name}_90": float(most)}
