"""One topic's edges laid out as rows, in memory that serves one topic after the other.

Memory is asked for once: a page that is new costs more than what is written on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from graphengine.influence.kernels.layout import eights, endorsed, laid, seated
from graphengine.influence.kernels.topic_table import parted
from graphengine.influence.ranking.uniform import Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Scratch"]

_WORD = np.dtype(np.uint32)
_PARTS = 6  # bits: of who is endorsed, the first ones order a topic's edges


class Scratch:
    """Where topics among ``nodes`` people are laid out, each over the one before.

    >>> pairs = np.array([(1 << 48) + (7 << 24) + 9, (1 << 48) + (9 << 24) + 5], dtype=np.uint64)
    >>> people, rows = Scratch(10).rows(pairs, None, half=24)
    >>> people.tolist(), rows.ranks
    ([9, 5, 7], (0, 0, 1, 2, 3))
    """

    def __init__(self, nodes: int) -> None:
        self._nodes = nodes
        self._seen = np.zeros(nodes, dtype=np.uint32)
        self._gives = np.zeros(nodes // 64 + 1, dtype=np.uint64)
        self._place = np.empty(nodes, dtype=np.uint32)
        self._held: dict[str, NDArray[Any]] = {}

    def rows(
        self, pairs: NDArray[np.uint64], w: NDArray[Any] | None, *, half: int
    ) -> tuple[NDArray[np.uint32], Rows]:
        """The people of a topic's edges by place, and their rows, which lie here till the next.

        ``pairs`` and ``w`` are as ``kernels.topic_table`` puts them.
        """
        most = min(len(pairs), self._nodes) + 1
        length, kind, heard, people = self._room("people", 4 * most, _WORD).reshape(4, most)
        bits = self._nodes.bit_length() if w is None else 32
        near = self._room("pairs", len(pairs), pairs.dtype)
        weights = None if w is None else self._room("w", len(pairs), w.dtype)
        shift = max((self._nodes - 1).bit_length() - _PARTS, 0)
        kept, givers = parted(pairs, w, (half, shift, self._nodes), self._gives, near, weights)
        near, weights = near[:kept], None if weights is None else weights[:kept]
        n = endorsed(near, half, self._seen, people)
        marks, places = (self._seen, self._gives), (self._place, length, kind, heard)
        order, ranks = seated(people[:n], givers, marks, places)
        start, cut, at = eights(length, ranks)
        words = self._room("words", int(cut[-1]), _WORD)
        beside = None if w is None else self._room("beside", len(words), w.dtype)
        columns = (self._place, start, cut, at)
        laid(near, weights, (half, bits, ranks), columns, words, beside)
        return order, Rows(ranks, start, cut, words, beside, bits)

    def floats(self, people: int) -> NDArray[np.float64]:
        """Where ``uniform_pagerank`` works."""
        size = 6 * (people + 1)
        return self._room("floats", size, np.dtype(np.float64)).reshape(6, people + 1)

    def _room(self, name: str, size: int, kind: np.dtype[Any]) -> NDArray[Any]:
        held = self._held.get(name)
        if held is None or len(held) < size or held.dtype != kind:
            self._held[name] = held = np.empty(size, dtype=kind)
        return held[:size]
