"""How probably a trail comes back to where it started, for many people, between two bounds.

Q[u, w] is the probability that a trail at u goes on to w. From t, what is still under way is
pushed along Q, largest amounts first, until it cannot matter; what arrives at t is the return.
With r_u still under way at u and F_u = Pr[a trail at u ever reaches t], the return is what
arrived + Σ_u r_u·F_u. The part Q_ut of F_u is added exactly; the rest F_u − Q_ut is bounded
twice: together over all u it is at most the reach of t that is left (``reach``: Σ_u F_u for
G_tt = 1), and at each u at most max(passed)·(passed_u − Q_ut).

Few people are kept in a queue. As soon as nearly everybody is met, rounds are faster: all who
hold much, once each, and their rows are asked for one ahead.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled
from graphengine.influence.kernels.prefetch import prefetch

__all__ = ["returns", "returns_in_blocks"]

Floats = NDArray[np.float64]
Longs = NDArray[np.uint64]
Words = NDArray[np.uint32]
Graph = tuple[Longs, Words, Floats]  # indptr, indices, share

# whoever was touched, the queue, who was touched (marks), and two counts
Desk = tuple[Words, Words, NDArray[np.bool_], NDArray[np.int64]]

_TOUCHED, _WAITING = 0, 1
_BLOCK = 64
_ONE, _WORDS, _FLOATS = np.uint64(1), np.uint64(16), np.uint64(8)  # that memory gives at once


def _near(into: Graph, t: int, under_way: Floats) -> tuple[float, float]:
    """Σ r·Q_t and Σ Q_t, over everybody but t."""
    indptr, indices, share = into
    near, inflow = 0.0, 0.0
    for e in range(indptr[t], indptr[t + 1]):
        if indices[e] != t:
            near += under_way[indices[e]] * share[e]
            inflow += share[e]
    return near, inflow


def _largest(under_way: Floats, touched: Words) -> float:
    """Max r, the largest whole number that its bits can be read as: those go eight at a time."""
    bits, most = under_way.view(np.int64), np.zeros(1, np.int64)
    largest = most[0]
    if 4 * touched.size > under_way.size:  # in order is faster than by who was touched
        for u in range(np.uint64(bits.size)):
            largest = max(largest, bits[u])
    else:
        for u in touched:
            largest = max(largest, bits[u])
    most[0] = largest
    return float(most.view(np.float64)[0])


def _width(
    bound: tuple[float, float, float], under_way: Floats, touched: Words, passed: Floats
) -> float:
    """The smaller of two bounds: ``bound`` is (the first, max(passed), near).

    The second is max(passed)·(Σ r·passed − near); its sum ends as soon as it is the larger one.
    """
    first, most, near = bound
    mass, dense = 0.0, 4 * touched.size > under_way.size
    size = under_way.size if dense else touched.size
    for begin in range(0, size, _BLOCK):
        end = min(begin + _BLOCK, size)
        if dense:
            for u in range(begin, end):
                mass += under_way[u] * passed[u]
        else:
            for i in range(begin, end):
                mass += under_way[touched[i]] * passed[touched[i]]
        if most * max(mass - near, 0.0) >= first:
            break
    return min(first, most * max(mass - near, 0.0))


def _open(out: Graph, floor: float, under_way: Floats, desk: Desk) -> bool:
    """Queue all who hold more than ``floor``; whether everybody counts as touched from here on."""
    indptr, n = out[0], under_way.size
    touched, queue, _, state = desk
    waiting, ahead = 0, 0
    if state[_TOUCHED] >= n:
        for u in range(np.uint64(n)):
            queue[waiting] = u
            waiting += under_way[u] > floor
    else:
        for i in range(state[_TOUCHED]):
            u = touched[i]
            queue[waiting] = u
            if under_way[u] > floor:
                waiting += 1
                ahead += indptr[u + 1] - indptr[u]
        if ahead > n:  # nearly all will be
            state[_TOUCHED] = n
    state[_WAITING] = waiting
    return bool(state[_TOUCHED] >= n)


def _push_all(
    out: Graph, t: int, under_way: Floats, amounts: Floats, desk: Desk
) -> tuple[float, int]:
    """Push each of the queued once; what arrived at t, and the steps it took."""
    indptr, indices, share = out
    _, queue, _, state = desk
    steps = 0
    for i in range(np.uint64(state[_WAITING])):
        amounts[i], under_way[queue[i]] = under_way[queue[i]], 0.0
    for i in range(np.uint64(state[_WAITING])):
        following = queue[min(i + _ONE, np.uint64(state[_WAITING]) - _ONE)]
        for e in range(indptr[following], indptr[following + _ONE], _WORDS):
            prefetch(indices, np.uint64(e))
        for e in range(indptr[following], indptr[following + _ONE], _FLOATS):
            prefetch(share, np.uint64(e))
        u, amount = np.uint64(queue[i]), amounts[i]
        steps += indptr[u + _ONE] - indptr[u]
        for e in range(indptr[u], indptr[u + _ONE]):
            under_way[indices[e]] += amount * share[e]
    arrived = under_way[t]
    under_way[t] = 0.0
    return arrived, steps


def _spread(out: Graph, t: int, floor: float, under_way: Floats, desk: Desk) -> tuple[float, int]:
    """Push the queued, until nobody holds more than ``floor``; what arrived at t, and the steps."""
    indptr, indices, share = out
    touched, queue, seen, state = desk
    under_way[t] -= 2.0  # below any floor: what arrives at t is counted and stays
    known, steps = state[_TOUCHED], 0
    head, tail, ring = np.uint64(0), np.uint64(state[_WAITING]), np.uint64(queue.size - 1)
    while head < tail:
        u = queue[head & ring]
        head += np.uint64(1)
        amount = under_way[u] + (2.0 if u == t else 0.0)  # t holds 2.0 less
        under_way[u] -= amount
        begin, end = indptr[u], indptr[u + 1]
        steps += end - begin
        for e in range(begin, end):  # no branch: which ones rise is hard to foresee
            w = indices[e]
            held = under_way[w]
            now = held + amount * share[e]
            under_way[w] = now
            queue[tail & ring] = w
            tail += np.uint64((held <= floor) & (floor < now))
            if held == 0.0 and not seen[w]:
                seen[w] = True
                touched[known] = w
                known += 1
    state[_TOUCHED] = known
    arrived = under_way[t] + 2.0
    under_way[t] = 0.0
    return arrived, steps


def _clear(under_way: Floats, desk: Desk) -> None:
    """Nothing is under way any more, and nobody touched."""
    touched, _, seen, state = desk
    if state[_TOUCHED] >= under_way.size:
        under_way[:], seen[:] = 0.0, False
    else:
        for u in touched[: state[_TOUCHED]]:
            under_way[u], seen[u] = 0.0, False


_nearby, _most, _wide, _cleared = (
    compiled(_near), compiled(_largest), compiled(_width), compiled(_clear),
)  # fmt: skip
_opened, _spreaded, _pushed = compiled(_open), compiled(_spread), compiled(_push_all)


def _returns(
    out: Graph, into: Graph, targets: Words, reach: Floats, passed: Floats, precision: float
) -> tuple[Floats, Floats, int]:
    """Low and high bounds of each target's return, high − low ≤ precision·(1 − the middle)."""
    n = reach.size
    low, high = np.zeros(targets.size), np.zeros(targets.size)
    under_way, seen, state = np.zeros(n), np.zeros(n, np.bool_), np.zeros(2, np.int64)
    touched, amounts = np.empty(n + 1, np.uint32), np.empty(n)
    ring = 1
    while ring <= n:
        ring *= 2
    desk = (touched, np.empty(ring, np.uint32), seen, state)
    most = passed.max() if n > 0 else 0.0
    steps = 0
    for i in range(targets.size):
        t = targets[i]
        under_way[t], seen[t], touched[0], state[_TOUCHED] = 1.0, True, t, 1
        arrived, floor = 0.0, 0.5
        while True:
            if _opened(out, floor, under_way, desk):
                more, done = _pushed(out, t, under_way, amounts, desk)
            else:
                more, done = _spreaded(out, t, floor, under_way, desk)
            steps += done
            arrived += more
            met = touched[: state[_TOUCHED]]
            near, inflow = _nearby(into, t, under_way)
            largest = _most(under_way, met)
            low[i] = arrived + near
            left = max(reach[t] * (1.0 - low[i]) - 1.0 - inflow, 0.0)
            width = _wide((largest * left, most, near), under_way, met, passed)
            high[i] = low[i] + width
            wanted = precision * (1.0 - 0.5 * (low[i] + high[i]))
            if width <= wanted:
                break
            lower = max(largest / 16.0, 0.9 * wanted / left)
            floor = lower if state[_TOUCHED] >= n else min(0.25 * floor, lower)
        _cleared(under_way, desk)
    return low, high, steps


def returns_in_blocks(
    out: Graph, into: Graph, targets: Words, reach: Floats, passed: Floats, precision: float
) -> tuple[Floats, Floats, int]:
    """The twin of ``returns`` where numba is absent: 64 targets at a time, everything pushed."""
    n = reach.size
    Q = _matrix(out, n)
    steps, low, high = 0, np.zeros(targets.size), np.zeros(targets.size)
    most = float(passed.max(initial=0.0))
    for first in range(0, targets.size, _BLOCK):
        t = targets[first : first + _BLOCK].astype(np.int64)
        who = np.arange(t.size)
        inflow = np.asarray(_matrix(into, n)[t].toarray())
        inflow[who, t] = 0.0
        under_way, arrived = np.zeros((t.size, n)), np.zeros(t.size)
        under_way[who, t] = 1.0
        while True:
            under_way = np.asarray(under_way @ Q)
            steps += Q.nnz * t.size
            arrived += under_way[who, t]
            under_way[who, t] = 0.0
            near = (under_way * inflow).sum(axis=1)
            lower = arrived + near
            left = np.maximum(reach[t] * (1.0 - lower) - 1.0 - inflow.sum(axis=1), 0.0)
            rest = np.maximum(under_way @ passed - near, 0.0)
            width = np.minimum(under_way.max(axis=1) * left, most * rest)
            if (width <= precision * (1.0 - lower - 0.5 * width)).all():
                break
        low[first : first + _BLOCK], high[first : first + _BLOCK] = lower, lower + width
    return low, high, steps


def _matrix(graph: Graph, n: int) -> sp.csr_array:
    indptr, indices, share = graph
    return sp.csr_array((share, indices.astype(np.int64), indptr.astype(np.int64)), shape=(n, n))


returns = compiled(_returns, otherwise=returns_in_blocks)
