"""Loops that measure trees; parents stand before their children, −1 at roots."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled

__all__ = ["growth", "levels", "measure", "number_trees"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Words = NDArray[np.uint32]


@compiled
def number_trees(parent: Ints) -> tuple[Words, Words, int]:
    """The tree and the depth of every node, and how many trees there are."""
    tree, depth = np.empty(parent.size, np.uint32), np.empty(parent.size, np.uint32)
    trees = 0
    for node in range(parent.size):
        above = parent[node]
        if above < 0:
            tree[node], depth[node] = trees, 0
            trees += 1
        else:
            tree[node], depth[node] = tree[above], depth[above] + 1
    return tree, depth, trees


@compiled
def levels(tree: Words, depth: Words, trees: int) -> tuple[Ints, Ints]:
    """The size of each tree, and where its levels begin among the levels of all."""
    size, begin = np.zeros(trees, np.int64), np.zeros(trees + 1, np.int64)
    for node in range(tree.size):
        size[tree[node]] += 1
        begin[tree[node] + 1] = max(begin[tree[node] + 1], np.int64(depth[node]) + 1)
    for k in range(trees):
        begin[k + 1] += begin[k]
    return size, begin


@compiled
def measure(
    parent: Ints, tree: Words, depth: Words, size: Ints, begin: Ints
) -> tuple[Ints, Floats]:
    """The posts on the widest level of each tree, and the steps between all pairs of its nodes."""
    below = np.ones(parent.size, np.uint32)
    wide, level = np.zeros(size.size, np.int64), np.zeros(begin[-1], np.uint32)
    paths = np.zeros(size.size)
    for node in range(parent.size - 1, -1, -1):
        k = tree[node]
        place = begin[k] + depth[node]
        level[place] += np.uint32(1)
        wide[k] = max(wide[k], np.int64(level[place]))
        if parent[node] >= 0:
            below[parent[node]] += below[node]
            under = np.float64(below[node])
            paths[k] += under * (np.float64(size[k]) - under)
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
