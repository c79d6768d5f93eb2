"""Whom each of some people is sure to reach, and exactly how many they reach within two steps.

Over edges of probability 1 a person always reaches the same people. A person and those, together
a closure, reach whom the person reaches; an edge out of a closure is live if any of the edges of
its members to that target is.

How many walks lead on from some people says roughly where else they reach.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled, inlined

__all__ = ["far_walks", "first_steps", "sure_sets"]

Words = NDArray[np.uint32]
Places = NDArray[np.uint64]
Floats = NDArray[np.float64]

Rows = tuple[Places, Words, Floats]  # by source: where its edges begin, whom they move, how likely

# by person a mark and the chance not to be reached, 1 to begin with; room for who is met
Desk = tuple[Words, Floats, Words]

TWO = 2
_ONE, _W1 = np.uint64(1), np.uint32(1)


def _sure_sets(rows: Rows, who: Words, most: int) -> tuple[Places, Words, int]:
    """The closures of ``who``, one after the other, and how many pairs of edges leave them.

    Together they hold ``most`` more people than ``who`` at most; what is over is left out, which
    is allowed: any part of a closure that holds the person will do.
    """
    (first, target, chance), room = rows, np.uint64(most + who.size)
    start, member = np.zeros(who.size + 1, np.uint64), np.empty(room, np.uint32)
    mark, pos, pairs = np.zeros(first.size - 1, np.uint32), np.uint64(0), 0
    for k in range(who.size):
        at, now = pos, np.uint32(k + 1)
        limit = room - np.uint64(who.size - 1 - k)
        member[pos], mark[who[k]] = who[k], now
        pos += _ONE
        while at < pos:
            u = member[at]
            at += _ONE
            for e in range(first[u], first[u + _W1]):
                v = target[e]
                pairs += int(first[v + _W1] - first[v])
                if chance[e] >= 1.0 and mark[v] != now and pos < limit:
                    mark[v], member[pos] = now, v
                    pos += _ONE
        start[k + 1] = pos
    return start, member[:pos].copy(), pairs


def _step(
    rows: Rows, desk: Desk, u: np.uint32, likely: float, at: tuple[np.uint32, np.uint64]
) -> np.uint64:
    """Whom u, itself reached with chance ``likely``, moves; how many have been met so far.

    ``at`` is (what marks the closure, met so far).
    """
    (first, target, chance), (state, miss, met), (inside, seen) = rows, desk, at
    for e in range(first[u], first[u + _W1]):
        v = target[e]
        if state[v] < inside:
            state[v], met[seen] = inside + _W1, v
            seen += _ONE
        if state[v] > inside:
            miss[v] *= 1.0 - likely * chance[e]
    return seen


step = inlined(_step)


def _first_steps(
    rows: Rows, start: Places, member: Words, steps: int, edge: tuple[Words, Words, Floats]
) -> tuple[int, Floats]:
    """Fill ``edge`` with the edges out of closures: target, closure, probability; how many.

    Also how many each closure reaches on average in 1 or 2 ``steps``, itself counted.
    """
    (to, of, live), n, at = edge, rows[0].size - 1, np.uint64(0)
    miss, met, known = np.ones(n), np.empty(n, np.uint32), np.zeros(start.size - 1)
    desk = np.zeros(n, np.uint32), miss, met  # 2k + 1 inside, 2k + 2 met outside of closure k
    for k in range(known.size):
        inside, begun, seen = np.uint32(2 * k + 1), at, np.uint64(0)
        for i in range(start[k], start[k + 1]):
            desk[0][member[i]] = inside
        for i in range(start[k], start[k + 1]):
            seen = step(rows, desk, member[i], 1.0, (inside, seen))
        for i in range(seen):
            to[at], of[at], live[at] = met[i], k, 1.0 - miss[met[i]]
            at += _ONE
        for i in range(begun, at if steps == TWO else begun):
            seen = step(rows, desk, to[i], live[i], (inside, seen))
        known[k] = float(start[k + 1] - start[k])
        for i in range(seen):
            known[k] += 1.0 - miss[met[i]]
            miss[met[i]] = 1.0
    return int(at), known


def _far_walks(rows: Rows, who: Words, matters: Floats, steps: int) -> Floats:
    """By target, how many live walks of three to so many steps come from ``who`` on average.

    A walk counts as much as its first person ``matters``.
    """
    (first, target, chance), n = rows, rows[0].size - 1
    walks, at, now = np.zeros(n), np.zeros(n), np.zeros(n)
    here, there, size = np.empty(n, np.uint32), np.empty(n, np.uint32), np.uint64(who.size)
    for i in range(size):
        here[i], at[who[i]] = who[i], matters[i]
    for step in range(1, steps + 1):
        met = np.uint64(0)
        for i in range(size):
            u = here[i]
            mass, at[u] = at[u], 0.0
            for e in range(first[u], first[u + _W1]):
                v, more = target[e], mass * chance[e]
                if now[v] == 0.0 and more > 0.0:  # too little to be a number is nothing
                    there[met] = v
                    met += _ONE
                now[v] += more
        for i in range(met if step > TWO else np.uint64(0)):
            walks[there[i]] += now[there[i]]
        here, there, at, now, size = there, here, now, at, met
    return walks


far_walks, sure_sets = compiled(_far_walks), compiled(_sure_sets)
first_steps = compiled(_first_steps)
