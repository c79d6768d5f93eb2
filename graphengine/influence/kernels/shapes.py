"""Loops that measure trees; parents stand before their children, −1 at roots.

Arrays are NumPy's, which lie on large pages where the system has them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled

__all__ = ["growth", "measure", "number_trees"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Words = NDArray[np.uint32]
Desk = tuple[Words, Words, Words, Ints, Floats]  # begin, level; below a node; wide, paths of trees

_W1 = np.uint32(1)


@compiled
def _number(parent: Ints, tree: Words, depth: Words, size: Ints, deepest: Ints) -> bool:
    k = 0
    for node in range(parent.size):
        above = parent[node]
        if above >= node:
            return False
        if above < 0:
            tree[node], depth[node], size[k], deepest[k] = k, 0, 1, 0
            k += 1
        else:
            mine, level = tree[above], depth[above] + _W1
            tree[node], depth[node] = mine, level
            size[mine] += 1
            deepest[mine] = max(deepest[mine], np.int64(level))
    return True


def number_trees(parent: Ints) -> tuple[Words, Words, Ints, Ints]:
    """The tree and depth of every node; the size of every tree, and the depth of its deepest.

    There are no trees in the answer if some parent does not stand before its child.
    """
    trees = np.count_nonzero(parent < 0)
    tree, depth = np.empty(parent.size, np.uint32), np.empty(parent.size, np.uint32)
    size, deepest = np.empty(trees, np.int64), np.empty(trees, np.int64)
    right = _number(parent, tree, depth, size, deepest)
    return tree, depth, size if right else size[:0], deepest if right else deepest[:0]


@compiled
def _measure(parent: Ints, trees: tuple[Words, Words, Ints], desk: Desk) -> None:
    tree, depth, size = trees
    begin, level, below, wide, paths = desk
    for node in range(parent.size - 1, -1, -1):
        if parent[node] >= 0:
            k = tree[node]
            place = begin[k] + depth[node] - _W1
            level[place] += _W1
            wide[k] = max(wide[k], np.int64(level[place]))
            below[parent[node]] += below[node]
            under = np.float64(below[node])
            paths[k] += under * (np.float64(size[k]) - under)
    for k in range(size.size):
        if size[k] > 1:
            paths[k] = 2.0 * paths[k] / (size[k] * (size[k] - 1.0))


def measure(
    parent: Ints, tree: Words, depth: Words, size: Ints, deepest: Ints
) -> tuple[Ints, Floats]:
    """The posts on the widest level of each tree, and its structural virality.

    One scan backwards over the nodes below roots: a tree of one post costs next to nothing.
    """
    ends = np.cumsum(deepest)  # of each tree's levels below the root
    begin, room = (ends - deepest).astype(np.uint32), int(ends[-1]) if ends.size else 0
    wide, paths = np.ones(size.size, np.int64), np.zeros(size.size)
    level, below = np.zeros(room, np.uint32), np.ones(parent.size, np.uint32)
    _measure(parent, (tree, depth, size), (begin, level, below, wide, paths))
    return wide, paths


@compiled
def growth(at: Ints, tree: Words, depth: Words, begin: Ints, ages: Ints) -> tuple[Ints, Ints, Ints]:
    """Size, depth and widest level of each tree (row) at each age (column); nodes ascend in time."""
    trees, steps = begin.size - 1, ages.size
    size = np.zeros((trees, steps + 1), np.int64)
    deep, wide = np.zeros((trees, steps + 1), np.int64), np.zeros((trees, steps + 1), np.int64)
    level, born = np.zeros(begin[-1], np.int64), np.zeros(trees, np.int64)
    for node in range(at.size):
        k = tree[node]
        if depth[node] == 0:
            born[k] = at[node]
        step = np.searchsorted(ages, at[node] - born[k])
        place = begin[k] + depth[node]
        level[place] += 1
        size[k, step] += 1
        deep[k, step] = max(deep[k, step], np.int64(depth[node]))
        wide[k, step] = max(wide[k, step], level[place])
    for k in range(trees):
        for step in range(1, steps):
            size[k, step] += size[k, step - 1]
            deep[k, step] = max(deep[k, step], deep[k, step - 1])
            wide[k, step] = max(wide[k, step], wide[k, step - 1])
    return size[:, :steps], deep[:, :steps], wide[:, :steps]
