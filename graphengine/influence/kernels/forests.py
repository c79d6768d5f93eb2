"""Loops over forests given as a parent index per node, −1 at roots.

The first three take any order of nodes; the others need parents to stand before their children.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled

__all__ = ["cut_cycles", "follow", "preorder", "rehang", "sum_below", "under_own"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@compiled
def cut_cycles(parent: Ints, rank: Ints) -> Bools:
    """Of every cycle, mark the node of the lowest ``rank``: cutting its link opens the cycle."""
    n = parent.size
    cut = np.zeros(n, np.bool_)
    seen_from = np.full(n, -1, np.int64)  # the start of the walk that first met the node
    for start in range(n):
        node = start
        while node >= 0 and seen_from[node] < 0:
            seen_from[node] = start
            node = parent[node]
        if node >= 0 and seen_from[node] == start:  # this walk closed a new cycle
            lowest, other = node, parent[node]
            while other != node:
                if rank[other] < rank[lowest]:
                    lowest = other
                other = parent[other]
            cut[lowest] = True
    return cut


@compiled
def follow(parent: Ints, at: Ints, timed: Bools) -> tuple[Ints, Ints, Ints]:
    """Root, depth and repaired time of every node of a forest without cycles.

    The repaired time is never before the parent's; a node without a time takes its parent's, a
    root without one 0.
    """
    n = parent.size
    root, depth, time = np.full(n, -1, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    path = np.empty(n, np.int64)
    for start in range(n):
        length, node = 0, start
        while node >= 0 and root[node] < 0:  # climb to what is known
            path[length] = node
            length += 1
            node = parent[node]
        while length > 0:  # and come down again
            length -= 1
            node = path[length]
            above = parent[node]
            root[node] = node if above < 0 else root[above]
            depth[node] = 0 if above < 0 else depth[above] + 1
            time[node] = at[node] if timed[node] else 0
            if above >= 0 and (not timed[node] or time[node] < time[above]):
                time[node] = time[above]
    return root, depth, time


@compiled
def rehang(parent: Ints, roots: Ints, wished_from: Ints, wished: Ints) -> None:
    """Hang each of ``roots`` under the first parent it wishes for that is not below itself.

    Changes ``parent`` in place; ``wished[wished_from[i]:wished_from[i + 1]]`` are node i's wishes.
    """
    tree = follow(parent, parent, np.zeros(parent.size, np.bool_))[0]  # a forest of sets of trees
    for node in roots:
        for e in range(wished_from[node], wished_from[node + 1]):
            there = tree[wished[e]]
            while tree[there] != there:
                tree[there] = tree[tree[there]]
                there = tree[there]
            if there != node:
                parent[node] = wished[e]
                tree[node] = there
                break


@compiled
def sum_below(parent: Ints, unit: Floats) -> Floats:
    """Of every node, the sum of ``unit`` over itself and all its descendants."""
    total = unit.copy()
    for node in range(parent.size - 1, -1, -1):
        if parent[node] >= 0:
            total[parent[node]] += total[node]
    return total


@compiled
def preorder(parent: Ints) -> tuple[Ints, Ints]:
    """Places in a depth-first walk, and where each node's subtree ends in it (exclusive)."""
    n = parent.size
    size = np.ones(n, np.int64)
    for node in range(n - 1, -1, -1):
        if parent[node] >= 0:
            size[parent[node]] += size[node]
    place, free = np.empty(n, np.int64), np.empty(n, np.int64)  # free: the next child's place
    next_root = 0
    for node in range(n):
        above = parent[node]
        if above < 0:
            place[node] = next_root
            next_root += size[node]
        else:
            place[node] = free[above]
            free[above] += size[node]
        free[node] = place[node] + 1
    return place, place + size


@compiled
def under_own(parent: Ints, author: Ints, authors: int) -> Bools:
    """Whether an ancestor has the same author (−1: nobody's, never the same)."""
    place, end = preorder(parent)
    n = parent.size
    walk = np.empty(n, np.int64)
    for node in range(n):
        walk[place[node]] = node
    open_until = np.zeros(authors, np.int64)  # the end of the author's outermost open subtree
    under = np.zeros(n, np.bool_)
    for step in range(n):
        node = walk[step]
        if author[node] >= 0:
            under[node] = step < open_until[author[node]]
            if not under[node]:
                open_until[author[node]] = end[node]
    return under
