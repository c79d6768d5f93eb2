"""Loops that draw: Gamma variates of pairs' events, and people's own rates.

BATCH draws lie side by side in each row, so that a step is the same for the whole row. A batch has
a stream of its own, and no result depends on who works on which batch. Gamma variates of frequent
shapes come from tables of equal-probability strata, each stratum by its mean; others by the method
of Marsaglia & Tsang (2000), with their squeeze.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.coins import unit, word
from graphengine.influence.kernels.compiled import compiled, inlined

__all__ = ["BATCH", "STRATA", "Law", "gamma", "person_rates", "strata", "variates"]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Words = NDArray[np.uint32]
Law = tuple[Singles, Floats, float]  # strata by shape, of the normal, what the shapes are above

BATCH, STRATA = 40, 2048
_MASK, _FIELD = np.uint64(STRATA - 1), np.uint64(16)


def _gamma(state: np.uint64, shape: float, normal: Floats) -> tuple[np.uint64, float]:
    """A Gamma variate of any shape above 0."""
    lift = 1.0
    if shape < 1.0:
        state, bits = word(state)
        lift = unit(bits) ** (1.0 / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / np.sqrt(9.0 * d)
    while True:
        state, bits = word(state)
        z = normal[bits & _MASK]
        v = 1.0 + c * z
        if v > 0.0:
            v = v * v * v
            state, bits = word(state)
            u, squared = unit(bits), z * z
            if u < 1.0 - 0.0331 * squared * squared:
                return state, d * v * lift
            if np.log(u) < 0.5 * squared + d - d * v + d * np.log(v):
                return state, d * v * lift


gamma = inlined(_gamma)


def _variates(
    state: np.uint64, law: Law, shape: np.uint64, out: Singles, row: int | np.uint64
) -> np.uint64:
    """Fill a row of ``out`` with Gamma variates of a whole shape above the law's own.

    From the tables four variates come from one word; larger shapes are rare.
    """
    tables, normal, above = law
    if shape < np.uint64(tables.shape[0]):
        for first in range(0, BATCH, 4):
            state, bits = word(state)
            for b in range(first, first + 4):
                out[row, b] = tables[shape, bits & _MASK]
                bits >>= _FIELD
    else:
        for b in range(BATCH):
            state, value = gamma(state, float(shape) + above, normal)
            out[row, b] = value
    return state


variates = compiled(_variates)  # long, and called for a whole row


def _strata(state: np.uint64, law: Law, shapes: Words, out: Singles) -> np.uint64:
    """Fill each row of ``out`` with Gamma variates of its whole shape above the law's own."""
    for e in range(shapes.size):
        state = variates(state, law, np.uint64(shapes[e]), out, np.uint64(e))
    return state


def _person_rates(
    state: np.uint64,
    shapes: tuple[float, Floats, Floats],
    people: tuple[Floats, Floats, Floats],
    rates: tuple[Singles, Singles],
    normal: Floats,
) -> np.uint64:
    """Everybody's own rate, relative to the average, and the multiplier of the quiet pairs.

    shapes: k (infinite: pooled), of the events that stand alone, of the quiet pairs. people:
    expected events, fitted rate, elasticity of the quiet pairs. rates: events in shared cascades
    (in) and the rate (out); the multiplier (out). normal: strata of the normal.
    """
    k, alone, quiet = shapes
    expected, fitted, elasticity = people
    rate, still = rates
    for i in range(rate.shape[0]):
        for b in range(BATCH):
            own = 1.0
            if k < np.inf:
                state, value = gamma(state, alone[i] + k, normal)
                own = (rate[i, b] + value) / (expected[i] + k)
            rate[i, b] = own
            follows = 1.0
            if elasticity[i] > 0.0 and own != fitted[i]:
                follows = (own / fitted[i]) ** elasticity[i]
            if quiet[i] < np.inf:
                state, value = gamma(state, quiet[i], normal)
                follows *= value / quiet[i]
            still[i, b] = follows
    return state


_plain = np.errstate(over="ignore")
strata = compiled(_strata, otherwise=_plain(_strata))
person_rates = compiled(_person_rates, otherwise=_plain(_person_rates))
