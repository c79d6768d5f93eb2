"""Where every post stands in its conversation: arrays in, arrays out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["depths_and_tops"]


def depths_and_tops(
    parent: NDArray[np.int64], order: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Steps from each node up to its top, and the index of that top.

    ``parent`` (n) holds the index of each node's parent, -1 for none. A cycle is opened above the
    member that comes first in ``order`` (n distinct numbers), which so becomes a top.
    Pointer doubling: O(n log depth).

    >>> depth, top = depths_and_tops(np.array([-1, 0, 1]), np.arange(3))
    >>> depth.tolist(), top.tolist()
    ([0, 1, 2], [0, 0, 0])
    """
    here = np.arange(len(parent), dtype=np.int64)
    is_top = parent < 0
    up = np.where(is_top, here, parent)
    depth = (~is_top).astype(np.int64)
    for _ in range(len(parent).bit_length()):
        if is_top[up].all():
            return depth, up
        depth += depth[up]
        up = up[up]
    if is_top[up].all():
        return depth, up
    opened = parent.copy()
    opened[_firsts_of_cycles(np.unique(up[~is_top[up]]), parent, order)] = -1
    return depths_and_tops(opened, order)


def _firsts_of_cycles(
    members: NDArray[np.int64], parent: NDArray[np.int64], order: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Of every cycle the member with the least ``order``; ``members`` are all nodes on cycles."""
    step = np.searchsorted(members, parent[members])
    own = order[members]
    least = own
    for _ in range(len(members).bit_length()):
        least = np.minimum(least, least[step])
        step = step[step]
    firsts: NDArray[np.int64] = members[own == least]
    return firsts
