"""Fading as one number: weights are stored against a reference time and read times a scalar.

With one half-life everything fades alike, so time passing leaves stored weights as they are
(forward decay: Cormode et al. 2009). Times count in *steps* of a half-life: an event of the step
i, a fraction f into it, weighs w·2^(f−1)·2^(i+1−k) against the reference k. Another reference is
another power of two, so it changes no bit of any sum.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["STEPS_LEFT", "first_step", "fraction_left", "reference_step", "step_of", "weights_at"]

STEPS_LEFT = 80  # whole half-lives after which an event leaves, its root then below 2⁻⁴⁰


def step_of(at: pl.Expr, half_life: float) -> pl.Expr:
    """The half-life in which a time lies; null without one. Both in seconds.

    >>> pl.DataFrame({"at": [0, 25, None]}).select(step_of(pl.col("at"), 10.0))["at"].to_list()
    [0, 2, None]
    """
    return (at / half_life).floor().cast(pl.Int64)


def first_step(as_of: int, half_life: float) -> int:
    """The earliest step that still counts at ``as_of``: what is before it is below 2⁻⁸⁰.

    >>> first_step(1_000, 10.0)
    20
    """
    return math.floor(as_of / half_life) - STEPS_LEFT


def reference_step(latest: int, half_life: float) -> int:
    """The step whose beginning lies after ``latest``: no stored weight is above the event's own.

    >>> reference_step(25, 10.0)
    3
    """
    return math.floor(latest / half_life) + 1


def fraction_left(as_of: int, half_life: float, *, reference: int) -> float:
    """What a stored weight is times at ``as_of``: 2^−((as_of − reference) / half_life).

    Edges have left by 2⁻⁸²; it ends at 2⁻¹⁰⁴, so that it never vanishes.

    >>> fraction_left(45, 10.0, reference=3)
    0.3535533905932738
    """
    halvings = (as_of - reference * half_life) / half_life
    return float(2.0 ** -min(halvings, 104.0))


def weights_at(events: pl.DataFrame, half_life: float, *, reference: int) -> NDArray[np.float64]:
    """The ``weight`` of every event [at, weight] as stored against ``reference``; all have times.

    >>> weights_at(pl.DataFrame({"at": [20, 10], "weight": [1.0, 8.0]}), 10.0, reference=3).tolist()
    [0.5, 2.0]
    """
    at = events["at"].to_numpy().astype(np.float64)
    step = np.floor(at / half_life)
    within = np.exp2((at - step * half_life) / half_life - 1.0)
    exponent = np.clip(step + 1.0 - reference, -2_200.0, 2_200.0).astype(np.int32)
    with np.errstate(under="ignore"):
        weight: NDArray[np.float64] = np.ldexp(events["weight"].to_numpy() * within, exponent)
    return weight
