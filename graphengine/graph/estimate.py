"""How many bytes a graph takes, said before any are taken."""

from __future__ import annotations

__all__ = [
    "build_peak_bytes",
    "range_edges",
    "solve_peak_bytes",
    "structure_bytes",
]

_MOST, _FEWEST = 1 << 22, 1 << 16
_RANGES = 8  # at least, so that what one range takes is a small part of the whole
_ID = 4
_VECTOR = 8
_BASE = 64 << 20  # buffers of a build that do not grow with the graph
_BUILDING = 48  # bytes an edge of the range that is being sorted
_VECTORS = 14  # float64 vectors that a solve holds at its peak


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


def build_peak_bytes(nodes: int, edges: int) -> int:
    """The memory that a build holds at its peak; the rest lies on the disk.

    >>> build_peak_bytes(1 << 20, 1 << 24) / (1 << 24)
    11.5
    """
    return nodes * 3 * _VECTOR + range_edges(edges) * _BUILDING + _BASE


def solve_peak_bytes(nodes: int, edges: int, *, weight_bytes: int = 1) -> int:
    """The memory of one solve that keeps all of the structure in memory, vectors included.

    >>> solve_peak_bytes(1_000, 16_000) - structure_bytes(1_000, 16_000)
    112000
    """
    return structure_bytes(nodes, edges, weight_bytes=weight_bytes) + nodes * _VECTORS * _VECTOR
