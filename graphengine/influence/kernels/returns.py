"""How probably a trail comes back to where it started, for many people, between two bounds.

Q[u, w] is the probability that a trail at u goes on to w. From t, what is still under way is
pushed along Q, largest amounts first, until it cannot matter; what arrives at t is the return.
With r_u still under way at u and F_u = Pr[a trail at u ever reaches t], the return is what
arrived + Σ_u r_u·F_u. The part Q_ut of F_u is added exactly; the rest F_u − Q_ut is bounded
twice: together over all u it is at most the reach of t that is left (``reach``: Σ_u F_u for
G_tt = 1), and at each u at most max(passed)·(passed_u − Q_ut).
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled

__all__ = ["returns", "returns_in_blocks"]

Floats = NDArray[np.float64]
Longs = NDArray[np.uint64]
Words = NDArray[np.uint32]
Graph = tuple[Longs, Words, Floats]  # indptr, indices, share

# whoever was touched, the queue, who was touched (marks), and three counts
Desk = tuple[Words, Words, NDArray[np.bool_], NDArray[np.int64]]

_TOUCHED, _HEAD, _WAITING = 0, 1, 2
_BLOCK = 64


def _measure(
    into: Graph, t: int, under_way: Floats, touched: Words, passed: Floats
) -> tuple[float, float, float, float]:
    """Σ r·Q_t, Σ Q_t, max r and Σ r·passed: what the two bounds are made of."""
    indptr, indices, share = into
    near, inflow, largest, mass = 0.0, 0.0, 0.0, 0.0
    for e in range(indptr[t], indptr[t + 1]):
        if indices[e] != t:
            near += under_way[indices[e]] * share[e]
            inflow += share[e]
    if 4 * touched.size > under_way.size:  # in order is faster than by who was touched
        for u in range(under_way.size):
            largest = max(largest, under_way[u])
            mass += under_way[u] * passed[u]
    else:
        for u in touched:
            largest = max(largest, under_way[u])
            mass += under_way[u] * passed[u]
    return near, inflow, largest, mass


def _pass_on(
    out: Graph, u: int, amount: float, floor: float, under_way: Floats, desk: Desk
) -> None:
    """Spread ``amount`` over those whom u endorses; queue whoever rises above the floor."""
    indptr, indices, share = out
    touched, queue, seen, state = desk
    everybody = state[_TOUCHED] == seen.size  # then no branch below is hard to foresee
    for e in range(indptr[u], indptr[u + 1]):
        w = indices[e]
        held = under_way[w]
        under_way[w] = held + amount * share[e]
        if held <= floor < under_way[w]:
            place = state[_HEAD] + state[_WAITING]
            queue[place if place < queue.size else place - queue.size] = w
            state[_WAITING] += 1
        if not everybody and held == 0.0 and not seen[w]:
            seen[w] = True
            touched[state[_TOUCHED]] = w
            state[_TOUCHED] += 1


_passed_on = compiled(_pass_on)


def _open(out: Graph, floor: float, under_way: Floats, desk: Desk) -> None:
    """Queue all who hold more than ``floor``; note everybody if they will meet nearly everybody."""
    indptr = out[0]
    touched, queue, seen, state = desk
    state[_HEAD], state[_WAITING], ahead = 0, 0, 0
    for i in range(state[_TOUCHED]):
        u = touched[i]
        if under_way[u] > floor:
            queue[state[_WAITING]] = u
            state[_WAITING] += 1
            ahead += indptr[u + 1] - indptr[u]
    if ahead > seen.size:
        for i in range(seen.size):
            touched[i], seen[i] = i, True
        state[_TOUCHED] = seen.size


_opened = compiled(_open)


def _spread(out: Graph, t: int, floor: float, under_way: Floats, desk: Desk) -> tuple[float, int]:
    """Push until nobody holds more than ``floor``; what arrived at t, and the steps it took."""
    indptr, queue, state = out[0], desk[1], desk[3]
    _opened(out, floor, under_way, desk)
    under_way[t] -= 2.0  # below any floor: what arrives at t is counted and stays
    steps = 0
    while state[_WAITING] > 0:
        u = queue[state[_HEAD]]
        state[_HEAD] = state[_HEAD] + 1 if state[_HEAD] + 1 < queue.size else 0
        state[_WAITING] -= 1
        amount = under_way[u]
        if u == t:
            amount += 2.0  # the trail's own start
        under_way[u] -= amount
        steps += indptr[u + 1] - indptr[u]
        _passed_on(out, u, amount, floor, under_way, desk)
    arrived = under_way[t] + 2.0
    under_way[t] = 0.0
    return arrived, steps


_measured, _spreaded = compiled(_measure), compiled(_spread)


def _returns(
    out: Graph, into: Graph, targets: Words, reach: Floats, passed: Floats, precision: float
) -> tuple[Floats, Floats, int]:
    """Low and high bounds of each target's return, high − low ≤ precision·(1 − the middle)."""
    n = reach.size
    low, high = np.zeros(targets.size), np.zeros(targets.size)
    under_way, seen, state = np.zeros(n), np.zeros(n, np.bool_), np.zeros(3, np.int64)
    touched = np.empty(n + 1, np.uint32)
    desk = (touched, np.empty(n + 1, np.uint32), seen, state)
    most = passed.max() if n > 0 else 0.0
    steps = 0
    for i in range(targets.size):
        t = targets[i]
        under_way[t], seen[t], touched[0], state[_TOUCHED] = 1.0, True, t, 1
        arrived, floor = 0.0, 0.5
        while True:
            more, done = _spreaded(out, t, floor, under_way, desk)
            steps += done
            arrived += more
            met = touched[: state[_TOUCHED]]
            near, inflow, largest, mass = _measured(into, t, under_way, met, passed)
            low[i] = arrived + near
            left = max(reach[t] * (1.0 - low[i]) - 1.0 - inflow, 0.0)
            width = min(largest * left, most * max(mass - near, 0.0))
            high[i] = low[i] + width
            wanted = precision * (1.0 - 0.5 * (low[i] + high[i]))
            if width <= wanted:
                break
            floor = min(0.25 * floor, max(largest / 16.0, 0.9 * wanted / left))
        for u in touched[: state[_TOUCHED]]:
            under_way[u] = 0.0
            seen[u] = False
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
