"""Loops over vectors between two sweeps: what Anderson's mixing needs, each vector read once.

Sums are taken block by block, so that rounding does not grow with the length.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled

__all__ = ["combine", "combine_at_once", "products", "products_at_once"]

Floats = NDArray[np.float64]
Pair = tuple[Floats, Floats]

_BLOCK = 1024


def products_at_once(x: Floats, y: Floats, scale: float, now: Floats, past: Pair) -> Floats:
    """The twin of ``products`` where numba is absent."""
    y *= scale
    np.subtract(y, scale * x, out=now)
    first, second = now - past[0], now - past[1]
    pairs = ((first, first), (first, second), (second, second), (first, now), (second, now))
    return np.array([np.einsum("i,i", f, g) for f, g in pairs])


def _products_each(x: Floats, y: Floats, scale: float, now: Floats, past: Pair) -> Floats:
    """Scale ``y``, set ``now`` to the change scale·(y − x), and multiply differences of changes.

    ``past`` holds the changes of the two sweeps before. The five sums are those of f·f, f·g, g·g,
    f·now and g·now with f = now − past[0], g = now − past[1].
    """
    out = np.zeros(5)
    for first in range(0, x.size, _BLOCK):
        ff, fg, gg, fn, gn = 0.0, 0.0, 0.0, 0.0, 0.0
        for i in range(first, min(first + _BLOCK, x.size)):
            y[i] *= scale
            change = y[i] - scale * x[i]
            now[i] = change
            f, g = change - past[0][i], change - past[1][i]
            ff += f * f
            fg += f * g
            gg += g * g
            fn += f * change
            gn += g * change
        out[0] += ff
        out[1] += fg
        out[2] += gg
        out[3] += fn
        out[4] += gn
    return out


products = compiled(_products_each, otherwise=products_at_once)


def combine_at_once(
    results: tuple[Floats, Floats, Floats],
    share: tuple[float, float],
    bounds: Pair,
    per: Floats | None,
    x: Floats,
    z: Floats,
) -> float:
    """The twin of ``combine`` where numba is absent."""
    (y, before, earlier), (enters, leaves) = results, bounds
    mixed = y - share[0] * (y - before) - share[1] * (y - earlier)
    np.maximum(mixed, enters, out=x)
    z[:] = x if per is None else x * per
    return float(np.einsum("i,i", x, leaves))


def _combine_each(
    results: tuple[Floats, Floats, Floats],
    share: tuple[float, float],
    bounds: Pair,
    per: Floats | None,
    x: Floats,
    z: Floats,
) -> float:
    """Set ``x`` to the mixture of three results, nowhere below what enters; what leaves it.

    x = max(y − share[0]·(y − before) − share[1]·(y − earlier), enters), z = x·per.
    """
    y, before, earlier = results
    enters, leaves = bounds
    one, two = share
    total = 0.0
    for first in range(0, x.size, _BLOCK):
        part = 0.0
        for i in range(first, min(first + _BLOCK, x.size)):
            new = y[i] - one * (y[i] - before[i]) - two * (y[i] - earlier[i])
            new = max(new, enters[i])
            x[i] = new
            if per is None:
                z[i] = new
            else:
                z[i] = new * per[i]
            part += new * leaves[i]
        total += part
    return total


combine = compiled(_combine_each, otherwise=combine_at_once)
