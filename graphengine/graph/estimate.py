"""How many bytes a graph takes, said before any are taken."""

from __future__ import annotations

__all__ = ["range_edges", "structure_bytes"]

_MOST, _FEWEST = 1 << 22, 1 << 16
_RANGES = 8  # at least, so that what one range takes is a small part of the whole
_ID = 4


def structure_bytes(nodes: int, edges: int, *, weight_bytes: int = 1) -> int:
    """The bytes of a stored structure, on disk and, when all of it is read, in memory.

    ``weight_bytes`` is 0 where all weights are 1, then 1, 2 or 4 for whole numbers, else 8.

    >>> structure_bytes(1_000, 16_000)
    88004
    """
    place = 4 if edges < 1 << 32 else 8
    return edges * (_ID + weight_bytes) + (nodes + 1) * place + nodes * _ID


def range_edges(edges: int) -> int:
    """How many edges a build sorts at once; a single target may have more.

    >>> range_edges(16_000_000), range_edges(200_000_000)
    (2000000, 4194304)
    """
    return min(_MOST, max(_FEWEST, edges // _RANGES))
