"""Loops that count the different people below somebody's posts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled
from graphengine.influence.kernels.forests import preorder, under_own

__all__ = ["different_in", "people_below", "walk_through"]

Ints = NDArray[np.int64]

_SHORT = 32  # steps a post that walking may cost on the average before stretches are counted


@compiled
def different_in(colour: Ints, begin: Ints, end: Ints, colours: int) -> Ints:
    """How many different colours ≥ 0 each stretch of ``colour`` holds; n log n in all.

    Stretches are answered in order of their ends; of each colour only the last place up to there
    counts, in a tree of sums (Fenwick 1994).
    """
    n = colour.size
    sums, last = np.zeros(n + 1, np.int64), np.full(colours, -1, np.int64)
    answer, waiting = np.zeros(begin.size, np.int64), np.full(n + 1, -1, np.int64)
    following = np.empty(begin.size, np.int64)
    for q in range(begin.size):
        following[q] = waiting[end[q]]
        waiting[end[q]] = q
    for place in range(n):
        c = colour[place]
        if c >= 0:
            for where, step in ((place, 1), (last[c], -1)):
                i = where + 1
                while 0 < i <= n:
                    sums[i] += step
                    i += i & -i
            last[c] = place
        q = waiting[place + 1]
        while q >= 0:
            for where, step in ((place + 1, 1), (begin[q], -1)):
                i = where
                while i > 0:
                    answer[q] += step * sums[i]
                    i -= i & -i
            q = following[q]
    return answer


@compiled
def walk_through(colour: Ints, begin: Ints, end: Ints, owner: Ints, owners: int) -> Ints:
    """How many different colours ≥ 0 but its own each owner's stretches hold; owners ascend."""
    below, met = np.zeros(owners, np.int64), np.full(owners, -1, np.int64)
    for q in range(begin.size):
        me = owner[q]
        for step in range(begin[q], end[q]):
            other = colour[step]
            if other >= 0 and other != me and met[other] != me:
                met[other] = me
                below[me] += 1
    return below


def people_below(parent: Ints, author: Ints, authors: int) -> Ints:
    """How many different other authors have a post anywhere below each author's posts.

    Each author's highest posts are walked through; where that would be long, an author with one
    such post is counted by its stretch instead.
    """
    place, end = preorder(parent)
    colour = np.empty(parent.size, np.int64)
    colour[place] = author
    highest = np.flatnonzero((author >= 0) & ~under_own(parent, author, authors))
    highest = highest[np.argsort(author[highest], kind="stable")]
    owner, length = author[highest], end[highest] - place[highest]
    stretch = np.zeros(highest.size, np.bool_)
    if length.sum() > _SHORT * parent.size:
        stretch = (np.bincount(owner, minlength=authors)[owner] == 1) & (length > _SHORT)
    walked, nodes = highest[~stretch], highest[stretch]
    below = walk_through(colour, place[walked], end[walked], owner[~stretch], authors)
    if nodes.size:  # less the author's own colour
        below[owner[stretch]] = different_in(colour, place[nodes], end[nodes], authors) - 1
    return below
