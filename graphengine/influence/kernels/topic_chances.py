"""In which topics an edge is live under a coin: chances as parts of the chance of the edge's group.

Where most edges have most topics, each has a row of 32 first bytes, so that one comparison of bytes
answers for all topics; only a byte equal to the coin's needs the rest. Where an edge has few
topics, it has a list of these.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled

__all__ = ["count_topics_of", "fill_lists", "fill_rows", "places_of"]

Words = NDArray[np.uint32]
Longs = NDArray[np.int64]
Places = NDArray[np.uint64]
Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]

_TWO32, _TWO56 = 4294967296.0, 72057594037927936.0


def _places_of(whole: Longs, part: Longs, place: Words) -> None:
    """Where each key of ``part`` stands in ``whole``, which holds them all; both ascend."""
    at = 0
    for i in range(part.size):
        while whole[at] < part[i]:
            at += 1
        place[i] = at


def _fill_rows(
    p: Floats,
    where: Words,
    group: Floats,
    topic: int,
    out: tuple[Bytes, NDArray[np.float32], Words],
) -> None:
    """Write a topic's chances into the rows of its edges, and lower what all topics have.

    The first byte of a chance c is ⌊256·c⌋, at most 255, and the rest 256·c less that.
    """
    high, low, least = out
    for i in range(p.size):
        e = where[i]
        part = min(p[i] / group[e], 1.0)
        byte = np.uint8(min(part * 256.0, 255.0))
        high[e, topic] = byte
        low[e, topic] = np.float32(part * 256.0 - byte)
        least[e] = min(least[e], np.uint32(min(part * _TWO32, _TWO32 - 1.0)))


def _count_topics_of(p: Floats, where: Words, count: Words) -> None:
    """Add to ``count`` 1 for each edge that can be live."""
    for i in range(p.size):
        count[where[i]] += np.uint32(p[i] > 0.0)


def _fill_lists(
    p: Floats, where: Words, group: Floats, topic: int, out: tuple[Places, Places]
) -> None:
    """Write a topic and its chances where the lists of its edges go on, and move on there.

    A pair is the largest of 2^56 coins under which the edge is live, above 8 bits of the topic.
    """
    at, pairs = out
    for i in range(p.size):
        e = where[i]
        if p[i] > 0.0:
            coins = np.uint64(min(np.ceil(p[i] / group[e] * _TWO56), _TWO56)) - np.uint64(1)
            pairs[at[e]] = (coins << np.uint64(8)) | np.uint64(topic)
            at[e] += np.uint64(1)


places_of, fill_rows = compiled(_places_of), compiled(_fill_rows)
count_topics_of, fill_lists = compiled(_count_topics_of), compiled(_fill_lists)
