"""Loops that measure trees; parents stand before their children, −1 at roots.

Arrays are NumPy's, which lie on large pages where the system has them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled, inlined

__all__ = ["growth", "measure", "number_trees"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Words = NDArray[np.uint32]
Room = tuple[Words, Words, Words, Words, Words, Words]  # of nodes; of levels; of trees
Shapes = tuple[Ints, Ints, Ints, Floats]  # size, depth, breadth, virality

Span = tuple[int, int, int]

_BLOCK = 1_000  # nodes measured together, or more: what is known of them stays in the inner caches
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
def _cut(parent: Ints, begin: Ints) -> tuple[int, int]:
    """Where blocks begin that no link leaves, the last first; how many, and how many trees.

    All blocks but the first have ``_BLOCK`` nodes or more. −1 trees: a parent stands after its child.
    """
    blocks, trees, lowest, end = 0, 0, parent.size, parent.size
    for node in range(parent.size - 1, -1, -1):
        above = parent[node]
        if above >= node:
            return 0, -1
        if above >= 0:
            lowest = min(lowest, above)
            continue
        trees += 1
        if lowest >= node and (end - node >= _BLOCK or node == 0):
            begin[blocks] = node
            blocks, end = blocks + 1, node
    return blocks, trees


def _number_block(span: Span, parent: Ints, room: Room, shapes: Shapes) -> tuple[int, int]:
    """Number the trees from ``first`` on; return their end, and how many nodes have parents."""
    begin, end, first = span
    tree, depth, below, linked, _, _ = room
    size, deepest, wide, paths = shapes
    k, links = first, 0
    for node in range(begin, end):
        above, place = parent[node], np.uint64(node - begin)
        below[place] = 1
        if above < 0:
            tree[place], depth[place] = k - first, 0
            size[k], deepest[k], wide[k], paths[k] = 1, 0, 1, 0.0
            k += 1
            continue
        over = np.uint64(above - begin)
        mine, deep = tree[over], depth[over] + _W1
        tree[place], depth[place] = mine, deep
        linked[links] = place
        links += 1
        mine_of_all = np.uint64(first) + mine
        size[mine_of_all] += 1
        deepest[mine_of_all] = max(deepest[mine_of_all], np.int64(deep))
    return k, links


def _measure_block(span: Span, links: int, parent: Ints, room: Room, shapes: Shapes) -> None:
    """One scan backwards over the nodes below roots: a tree of one post costs next to nothing."""
    begin, first, k = span
    tree, depth, below, linked, level, start = room
    size, deepest, wide, paths = shapes
    free = np.uint32(0)
    for t in range(first, k):
        start[np.uint64(t - first)] = free
        free += np.uint32(deepest[t])
    for beneath in range(free):
        level[beneath] = 0
    for i in range(links - 1, -1, -1):
        place = np.uint64(linked[i])
        mine = np.uint64(tree[place])
        whole = np.uint64(first) + mine
        at = np.uint64(start[mine] + depth[place] - _W1)
        level[at] += _W1
        wide[whole] = max(wide[whole], np.int64(level[at]))
        under = below[place]
        below[np.uint64(parent[np.uint64(begin) + place] - begin)] += under
        paths[whole] += np.float64(under) * (np.float64(size[whole]) - np.float64(under))
    for t in range(first, k):
        if size[t] > 1:
            paths[t] = 2.0 * paths[t] / (size[t] * (size[t] - 1.0))


_numbered, _measured = inlined(_number_block), inlined(_measure_block)


@compiled
def _measure(parent: Ints, begin: Ints, room: Room, shapes: Shapes) -> None:
    k = 0
    for block in range(begin.size - 1, -1, -1):
        end = begin[block - 1] if block > 0 else parent.size
        last, links = _numbered((begin[block], end, k), parent, room, shapes)
        if links > 0:
            _measured((begin[block], k, last), links, parent, room, shapes)
        k = last


def measure(parent: Ints) -> tuple[Ints, Ints, Ints, Floats] | None:
    """Size, depth, widest level and structural virality of each tree, in the order of their roots.

    Where the trees of a stretch of nodes have no other nodes they are measured together, while the
    nearest caches hold them. Nothing comes back if some parent does not stand before its child.
    """
    begin = np.empty(parent.size // _BLOCK + 1, np.int64)
    blocks, trees = _cut(parent, begin)
    if trees < 0:
        return None
    begin = begin[:blocks]
    longest = int(np.max(-np.diff(begin, prepend=parent.size), initial=0))
    tree, depth, below, linked, level, start = np.empty((6, longest), np.uint32)
    room = tree, depth, below, linked, level, start
    shapes = (*np.empty((3, trees), np.int64), np.empty(trees))
    _measure(parent, begin, room, shapes)
    return shapes


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
