"""The R-MAT graphs of Graph500 (Chakrabarti, Zhan & Faloutsos 2004), made chunk by chunk.

Edge number i depends on the seed and on i alone, so the size of a chunk changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from graphengine.influence.kernels.compiled import COMPILED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["rmat_edges"]

A, B, C = 0.57, 0.19, 0.19  # Graph500; d is what is left, 0.05
_LEVEL_BITS = 16  # of randomness that choose a quadrant: the chances are exact to 2^-17
_THRESHOLDS = np.round(np.cumsum([A, B, C]) * (1 << _LEVEL_BITS)).astype(np.uint64)


def _compiled(loop: Callable[..., Any]) -> Callable[..., Any]:
    """Compiled, and not kept on the disk: a test may know this file by another name than a benchmark."""
    if not COMPILED:
        return loop
    import numba

    return numba.njit(nogil=True)(loop)


def rmat_edges(
    scale: int, edge_factor: int, *, seed: int, chunk: int = 1 << 22
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """``edge_factor``·2^``scale`` edges among 2^``scale`` nodes: from and to, uint32, in chunks.

    Labels are permuted, so that an id says nothing about a degree. Repeats and loops are left in.

    >>> sum(len(u) for u, v in rmat_edges(4, 8, seed=1))
    128
    """
    nodes, edges = 1 << scale, edge_factor << scale
    if not 0 < scale <= 32:
        raise ValueError(f"the scale must lie between 1 and 32, got {scale}")
    labels = np.arange(nodes, dtype=np.uint32)
    np.random.default_rng(seed).shuffle(labels)
    for first in range(0, edges, chunk):
        count = min(chunk, edges - first)
        u, v = np.empty(count, np.uint32), np.empty(count, np.uint32)
        _fill(np.uint64(seed), np.uint64(first), np.uint64(scale), _THRESHOLDS, u, v)
        yield labels[u], labels[v]


def _fill_whole(
    seed: np.uint64,
    first: np.uint64,
    scale: np.uint64,
    thresholds: np.ndarray,
    u: np.ndarray,
    v: np.ndarray,
) -> None:
    """The twin of ``_fill`` without numba: the same numbers, an array operation at a time."""
    row, column = np.zeros(u.size, np.uint64), np.zeros(u.size, np.uint64)
    state = (first + np.arange(u.size, dtype=np.uint64)) * np.uint64(64) + (seed << np.uint64(44))
    bits = state
    for level in range(int(scale)):
        if level % 4 == 0:
            bits = _mixed(state + np.uint64(level // 4))
        r = bits & np.uint64(0xFFFF)
        bits = bits >> np.uint64(16)
        down = r >= thresholds[1]
        right = ((r >= thresholds[0]) & ~down) | (r >= thresholds[2])
        row = row << np.uint64(1) | down
        column = column << np.uint64(1) | right
    u[:], v[:] = row, column


@_compiled
def _mixed(x: np.uint64) -> np.uint64:
    """The finaliser of SplitMix64 (Steele, Lea & Flood 2014)."""
    x = x * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _fill_each(
    seed: np.uint64,
    first: np.uint64,
    scale: np.uint64,
    thresholds: np.ndarray,
    u: np.ndarray,
    v: np.ndarray,
) -> None:
    """Write edges ``first`` onwards into ``u`` and ``v``."""
    one, last = np.uint64(1), np.uint64(0xFFFF)
    for i in range(u.size):
        state = (first + np.uint64(i)) * np.uint64(64) + (seed << np.uint64(44))
        row, column, bits = np.uint64(0), np.uint64(0), np.uint64(0)
        for level in range(scale):
            if level % 4 == 0:
                bits = _mixed(state + np.uint64(level // 4))
            r = bits & last
            bits = bits >> np.uint64(16)
            down = np.uint64(r >= thresholds[1])
            right = (np.uint64(r >= thresholds[0]) & (down ^ one)) | np.uint64(r >= thresholds[2])
            row, column = (row << one) | down, (column << one) | right
        u[i], v[i] = row, column


_fill = _compiled(_fill_each) if COMPILED else _fill_whole
