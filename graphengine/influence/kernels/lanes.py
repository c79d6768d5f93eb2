"""Σ weight·z over one row of a compact structure, eight edges at a time.

Edge i of a row goes to lane i mod 8; the eight sums are added as a tree. Where the processor
gathers eight numbers in one instruction (AVX-512), the loop is written in LLVM's own words, since
numba has none for it; elsewhere it is a loop in Python with eight accumulators. Both give the
same bits.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import COMPILED, compiled

__all__ = ["AHEAD", "BEHIND", "LANES", "counts_as", "gathers", "one_by_one", "row"]

Floats = NDArray[np.float64]
Words = NDArray[np.uint32]

LANES = 8
AHEAD, BEHIND = np.uint64(2048), np.uint64(2**64 - 2048)  # edges, where rows go on or go back
_ONE, _TWO, _THREE, _FOUR, _FIVE, _SIX, _SEVEN, _EIGHT = (np.uint64(i) for i in range(1, 9))


@compiled
def counts_as(weights: Any, table: Any, e: Any) -> float:
    """What edge ``e`` weighs; the tests are gone once compiled."""
    if weights is None:
        return 1.0
    if table is None:
        return float(weights[e])
    return float(table[weights[e]])


@compiled
def _part(e: Any, indices: Words, weights: Any, table: Any, z: Floats) -> float:
    return float(counts_as(weights, table, e) * z[indices[e]])


def _one_by_one(
    span: tuple[np.uint64, np.uint64],
    indices: Words,
    weights: Any,
    table: Any,
    z: Floats,
    ahead: Any,  # noqa: ARG001 - asked for where eight are read at once
) -> float:
    """Σ of weight·z over the edges from the first to the last of ``span``.

    ``ahead``, None or a place counted from each edge (modulo 2^64), says which edges come soon.
    """
    e, end = span
    s0, s1, s2, s3, s4, s5, s6, s7 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    while e + _SEVEN < end:
        s0 += _part(e, indices, weights, table, z)
        s1 += _part(e + _ONE, indices, weights, table, z)
        s2 += _part(e + _TWO, indices, weights, table, z)
        s3 += _part(e + _THREE, indices, weights, table, z)
        s4 += _part(e + _FOUR, indices, weights, table, z)
        s5 += _part(e + _FIVE, indices, weights, table, z)
        s6 += _part(e + _SIX, indices, weights, table, z)
        s7 += _part(e + _SEVEN, indices, weights, table, z)
        e += _EIGHT
    if e < end:
        s0 += _part(e, indices, weights, table, z)
    if e + _ONE < end:
        s1 += _part(e + _ONE, indices, weights, table, z)
    if e + _TWO < end:
        s2 += _part(e + _TWO, indices, weights, table, z)
    if e + _THREE < end:
        s3 += _part(e + _THREE, indices, weights, table, z)
    if e + _FOUR < end:
        s4 += _part(e + _FOUR, indices, weights, table, z)
    if e + _FIVE < end:
        s5 += _part(e + _FIVE, indices, weights, table, z)
    if e + _SIX < end:
        s6 += _part(e + _SIX, indices, weights, table, z)
    return ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7))


def gathers() -> bool:
    """Whether this processor gathers eight numbers in one instruction, and numba is there to ask.

    >>> gathers() in (False, True)
    True
    """
    if not COMPILED:
        return False
    binding: Any = import_module("llvmlite.binding")
    has = binding.get_host_cpu_features()
    return all(has.get(name, False) for name in ("avx512f", "avx512vl", "avx512bw", "avx512dq"))


def _fastest() -> Any:
    """The loop that this processor runs fastest."""
    if not gathers():
        return _one_by_one
    return import_module("graphengine.influence.kernels.gathered").gathered_row


one_by_one = compiled(_one_by_one)
row = compiled(_one_by_one, instead=_fastest)
