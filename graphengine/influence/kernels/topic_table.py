"""Loops that split a table of edges by topic, and a topic's edges by who is endorsed.

All are counting sorts: nothing is compared, and what comes first stays first. An edge is one
number of 64 bits. Its lowest ``half`` bits are the endorsed, as many above are the endorser, and
what is left is the weight where that is a small whole number (*packed*); else weights lie apart.
One number an edge is one place to write to, and that is what such a sort waits for.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled

__all__ = ["HEAVY", "by_topic", "packed", "parted"]

Words = NDArray[np.uint32]
Pairs = NDArray[np.uint64]
Weights = NDArray[Any] | None
HEAVY = 1 << 16  # weights from here on are not packed

Columns = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]

_NONE, _ONE, _SIX, _WORD = (np.uint64(i) for i in (0, 1, 6, 63))
_STEP = np.uint32(1)


@compiled
def _small(x: Any) -> Any:
    """A weight as a whole number, 0 where it is not from 1 on or too large."""
    return np.uint64(x) if 1 <= x < HEAVY else np.uint64(0)


@compiled
def packed(
    columns: Columns, w: Weights, at: NDArray[np.int64], half: int, pairs: Pairs
) -> tuple[Any, Any]:
    """Put a table's rows where ``at`` says the next one of each topic goes; ``at`` moves on.

    Returned are the highest id, and the highest weight: 0 where one is no small whole number.
    Where an id has more than ``half`` bits, ``pairs`` mean nothing.
    """
    topic, u, v = columns
    one = np.uint64(half)
    two = one + one
    highest, heaviest, whole = _NONE, _ONE, True
    for e in range(np.uint64(topic.size)):
        a, b = np.uint64(u[e]), np.uint64(v[e])
        highest = max(highest, a, b)
        weight = _ONE
        if w is not None:
            weight = _small(w[e])
            whole &= (weight == w[e]) & (weight > _NONE)
            heaviest = max(heaviest, weight)
        k = np.uint64(topic[e])
        p = at[k]
        at[k] = p + 1
        pairs[p] = (weight << two) | (a << one) | b
    return highest, heaviest if whole else _NONE


@compiled
def by_topic(
    columns: Columns, w: NDArray[Any], at: NDArray[np.int64], pairs: Pairs, weights: NDArray[Any]
) -> None:
    """``packed`` with halves of 32 bits, where weights lie apart."""
    topic, u, v = columns
    half = np.uint64(32)
    for e in range(np.uint64(topic.size)):
        k = np.uint64(topic[e])
        p = at[k]
        at[k] = p + 1
        pairs[p] = (np.uint64(u[e]) << half) | np.uint64(v[e])
        weights[p] = w[e]


@compiled
def parted(
    given: Pairs,
    w: Weights,
    ends: tuple[int, int, int],
    gives: Pairs,
    pairs: Pairs,
    weights: Weights,
) -> tuple[int, int]:
    """Put edges that are no loops in order of the endorsed, but for their last bits.

    ``ends`` are (half, how many last bits, above all ids). A bit of ``gives``, all 0 on entry, is
    set for everyone who endorses. Returned are how many edges are no loops, and how many people
    endorse.
    """
    half, last, nodes = ends
    one, low = np.uint64(half), np.uint64(last)
    mask = (_ONE << one) - _ONE
    at, givers = np.zeros((nodes >> last) + 2, dtype=np.uint32), _NONE
    for e in range(np.uint64(given.size)):
        u, v = (given[e] >> one) & mask, given[e] & mask
        own, word, bit = np.uint64(u != v), gives[u >> _SIX], u & _WORD
        givers += own & ~(word >> bit)
        gives[u >> _SIX] = word | (own << bit)
        at[(v >> low) + _ONE] += np.uint32(own)
    for k in range(1, at.size):
        at[k] += at[k - 1]
    for e in range(np.uint64(given.size)):
        u, v = (given[e] >> one) & mask, given[e] & mask
        if u == v:
            continue
        k = v >> low
        p = at[k]
        at[k] = p + _STEP
        pairs[p] = given[e]
        if w is not None and weights is not None:
            weights[p] = w[e]
    return int(at[at.size - 1]), int(givers)
