"""Gauss–Seidel over a large core in slices of eight rows, as ``slicing`` lays them out.

A block's far endorsers are added up first, then its rows are set eight at a time, near endorsers
and far ones together: eight rows see what the eight before have become. Scaling, mixing and the
rule to stop by are those of ``relaxation``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled
from graphengine.influence.kernels.lanes import gathers
from graphengine.influence.kernels.packing import EIGHT
from graphengine.influence.kernels.slicing import BLOCK
from graphengine.influence.kernels.solving import collected, eight, tree

__all__ = ["slices_swept_one_by_one", "swept"]

Floats = NDArray[np.float64]

_ONE, _STRIDE = np.uint64(1), np.uint64(EIGHT)


def slices_swept_one_by_one(
    span: Any, edges: Any, rates: Any, vectors: Any, onto: Any, sums: tuple[Floats, Floats]
) -> None:
    """Set eight rows after eight to share·enters + damping·(near + far).

    ``span`` is (first slice, after the last, the first one's seat), ``edges`` (cut, words, heavy,
    the values that words count in), ``rates`` (share, damping), ``vectors`` (enters, leaves, per,
    z). z becomes the new value times per; the old one is taken from ``onto``, (x, y), and the new
    one goes there, or where that is None, the old one is z / per. ``far`` begins with the first
    row's sum. The L1 change, Σy and Σy·leaves are added to ``found``.
    """
    (g, last, p), (cut, words, heavy, near), (share, damping) = span, edges, rates
    (enters, leaves, per, z), (far, found), i = vectors, sums, np.uint64(0)
    near_sums, change, size, leaving = np.zeros((4, EIGHT))
    while g < last:
        eight((np.uint64(cut[g]), np.uint64(cut[g + _ONE])), words, heavy, near, near_sums)
        for lane in range(_STRIDE):
            v = p + lane
            new = share * enters[v] + damping * (near_sums[lane] + far[i + lane])
            change[lane] += _moved(v, new, per, z, onto)
            size[lane] += new
            leaving[lane] += new * leaves[v]
        g, p, i = g + _ONE, p + _STRIDE, i + _STRIDE
    found[0] += tree(change)
    found[1] += tree(size)
    found[2] += tree(leaving)


@compiled
def _moved(v: Any, new: float, per: Floats, z: Floats, onto: Any) -> float:
    """Set one value; by how much it changed."""
    old, z[v] = z[v], new * per[v]
    if onto is None:
        return float(abs((z[v] - old) / per[v]))
    onto[1][v] = new
    return float(abs(new - onto[0][v]))


def _fastest() -> Any:
    """The loop that this processor runs fastest."""
    if not gathers():
        return slices_swept_one_by_one
    return import_module("graphengine.influence.kernels.gathered_packed").slices


_slices_swept = compiled(slices_swept_one_by_one, instead=_fastest)


@compiled
def swept(
    layout: Any, blocks: tuple[int, int], rates: Any, vectors: Any, onto: Any, z: Floats
) -> Any:
    """One sweep over the ``blocks`` from the first to before the last; what it found.

    ``layout`` is ((cut, words, heavy, the first near seat), (starts, cut, words, heavy, at)) of
    ``slicing``. ``vectors``, ``onto`` and what is found are those of ``slices_swept_one_by_one``;
    ``z`` is read, and may be the one that is written.
    """
    (cut, words, heavy, base), (starts, far_cut, far_words, far_heavy, at) = layout
    far, found = np.empty(BLOCK + EIGHT), np.zeros(3)
    for j in range(blocks[0], blocks[1]):
        far[:] = 0.0
        first, last = starts[j], starts[j + 1]
        collected(first, last, (far_cut, far_words, far_heavy), at, z, far)
        p = BLOCK * j
        end = min(p + BLOCK, z.size)
        span = np.uint64(p // EIGHT), np.uint64(end // EIGHT), np.uint64(p)
        _slices_swept(span, (cut, words, heavy, z[base:]), rates, vectors, onto, (far, found))
    return found
