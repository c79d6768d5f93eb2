"""Loops over vectors between two sweeps: what Anderson's mixing needs, each vector read once.

Sums are taken block by block, so that rounding does not grow with the length.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled

__all__ = ["DEPTH", "combine", "combine_at_once", "products", "products_at_once", "shares"]

Floats = NDArray[np.float64]
Three = tuple[Floats, Floats, Floats]
Four = tuple[Floats, Floats, Floats, Floats]

DEPTH = 3  # earlier sweeps that are mixed in
_BLOCK = 1024
_RIDGE = 1e-14  # of the trace, added to the diagonal: changes may be parallel


def products_at_once(x: Floats, y: Floats, scale: float, now: Floats, past: Three) -> Floats:
    """The twin of ``products`` where numba is absent."""
    y *= scale
    np.subtract(y, scale * x, out=now)
    f, g, h = now - past[0], now - past[1], now - past[2]
    pairs = ((f, f), (f, g), (f, h), (g, g), (g, h), (h, h), (f, now), (g, now), (h, now))
    return np.array([np.einsum("i,i", one, other) for one, other in pairs])


def _products_each(x: Floats, y: Floats, scale: float, now: Floats, past: Three) -> Floats:
    """Scale ``y``, set ``now`` to the change scale·(y − x), and multiply differences of changes.

    ``past`` holds the changes of the three sweeps before. With f, g, h = now − past[0], [1], [2]
    the nine sums are those of ff, fg, fh, gg, gh, hh, and of f, g, h times now.
    """
    out = np.zeros(9)
    one, two, three = past
    for first in range(0, x.size, _BLOCK):
        ff, fg, fh, gg, gh, hh = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        fn, gn, hn = 0.0, 0.0, 0.0
        for i in range(first, min(first + _BLOCK, x.size)):
            y[i] *= scale
            change = y[i] - scale * x[i]
            now[i] = change
            f, g, h = change - one[i], change - two[i], change - three[i]
            ff += f * f
            fg += f * g
            fh += f * h
            gg += g * g
            gh += g * h
            hh += h * h
            fn += f * change
            gn += g * change
            hn += h * change
        part = (ff, fg, fh, gg, gh, hh, fn, gn, hn)
        for j in range(9):
            out[j] += part[j]
    return out


products = compiled(_products_each, otherwise=products_at_once)


@compiled
def _equations(found: Floats, known: int) -> tuple[Floats, Floats]:
    """The normal equations, a little added to the diagonal."""
    a, b = np.zeros((3, 3)), np.zeros(3)
    trace, at = 0.0, 0
    for i in range(3):
        for j in range(i, 3):
            a[i, j] = found[at]
            a[j, i] = found[at]
            at += 1
    for i in range(known):
        b[i] = found[6 + i]
        trace += a[i, i]
    for i in range(known):
        a[i, i] += _RIDGE * trace
    return a, b


@compiled
def shares(found: Floats, known: int) -> tuple[float, float, float]:
    """How much of the difference to each earlier result is taken back; ``known`` of three exist.

    ``found`` comes from ``products``. The least squares of the changes, by elimination.
    """
    a, b = _equations(found, known)
    c = np.zeros(3)
    for i in range(known):
        if not a[i, i] > 0.0:
            return 0.0, 0.0, 0.0  # nothing changed, or the changes are parallel
        for j in range(i + 1, known):
            times = a[j, i] / a[i, i]
            for column in range(i, known):
                a[j, column] -= times * a[i, column]
            b[j] -= times * b[i]
    for back in range(known):
        i = known - 1 - back
        left = b[i]
        for j in range(i + 1, known):
            left -= a[i, j] * c[j]
        c[i] = left / a[i, i]
    return c[0], c[1], c[2]


def combine_at_once(
    results: Four,
    share: tuple[float, float, float],
    bounds: tuple[Floats, Floats],
    per: Floats | None,
    x: Floats,
    z: Floats,
) -> float:
    """The twin of ``combine`` where numba is absent."""
    (y, *before), (enters, leaves) = results, bounds
    mixed = y.copy()
    for part, earlier in zip(share, before, strict=True):
        mixed -= part * (y - earlier)
    np.maximum(mixed, enters, out=x)
    z[:] = x if per is None else x * per
    return float(np.einsum("i,i", x, leaves))


def _combine_each(
    results: Four,
    share: tuple[float, float, float],
    bounds: tuple[Floats, Floats],
    per: Floats | None,
    x: Floats,
    z: Floats,
) -> float:
    """Set ``x`` to the mixture of four results, nowhere below what enters; what leaves it.

    x = max(y − Σ share·(y − earlier), enters) over the three earlier results, z = x·per.
    """
    y, before, earlier, first_of_all = results
    enters, leaves = bounds
    one, two, three = share
    total = 0.0
    for first in range(0, x.size, _BLOCK):
        part = 0.0
        for i in range(first, min(first + _BLOCK, x.size)):
            now = y[i]
            new = now - one * (now - before[i]) - two * (now - earlier[i])
            new -= three * (now - first_of_all[i])
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
