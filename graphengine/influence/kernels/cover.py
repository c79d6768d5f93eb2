"""Greedy maximum coverage: each step takes whoever lies in the most sets not yet covered.

Only candidates are looked at: sets with fewer than two of them need no list, because nobody's
count but the chosen one's changes by covering them. Counts are kept exact by going, once a set
is covered, over its members; the inverted lists come from one counting sort. Of equals the
first candidate is taken, so candidates stand in the order of their numbers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled

__all__ = ["NOBODY", "count_people", "cover", "credit_first", "inverted", "keep", "largest"]

Words = NDArray[np.uint32]
Longs = NDArray[np.int64]
Places = NDArray[np.uint64]
Floats = NDArray[np.float64]

# where sets begin and their members; where lists begin and the sets in them; of sets that several
# topics share (else empty) the members' bits, the bits in the lists, and whose bit counts
Lists = tuple[Places, Words, Places, Words, Words, Words, np.uint32]

NOBODY = np.uint32(0xFFFFFFFF)


def _count_people(people: Words, count: Words) -> None:
    """Add to ``count`` how often each person occurs."""
    for i in range(people.size):
        count[people[i]] += np.uint32(1)


def _largest(count: Words, allowed: NDArray[np.bool_], wanted: int) -> tuple[Words, int]:
    """Allowed people of the ``wanted`` largest counts, equals included; the next count below."""
    most = 0
    for v in range(count.size):
        if allowed[v] and count[v] > most:
            most = int(count[v])
    people_with = np.zeros(most + 1, np.int64)
    for v in range(count.size):
        if allowed[v]:
            people_with[count[v]] += 1
    at, total = most, people_with[most]
    while at > 1 and total < wanted:
        at -= 1
        total += people_with[at]
    found, size = np.empty(total, np.uint32), 0
    for v in range(count.size):
        if allowed[v] and count[v] >= at:
            found[size] = v
            size += 1
    below = at - 1
    while below > 0 and people_with[below] == 0:
        below -= 1
    return found, max(below, 0)


def _keep(first: Places, people: Words, place: Words) -> tuple[Words, Words]:
    """Sizes and members (by place) of the sets that hold two candidates or more."""
    sizes, members = np.empty(first.size - 1, np.uint32), np.empty(people.size + 1, np.uint32)
    sets, at = 0, 0
    for i in range(first.size - 1):
        start = at
        for j in range(first[i], first[i + 1]):
            c = place[people[j]]
            members[at] = c  # written over where it is nobody: no branch to foresee
            at += 1 if c != NOBODY else 0
        if at - start > 1:
            sizes[sets] = at - start
            sets += 1
        else:
            at = start
    return sizes[:sets].copy(), members[:at].copy()


def _inverted(sizes: Words, members: Words, candidates: int) -> tuple[Places, Places, Words]:
    """Where each set begins; where each candidate's list begins; the sets that hold each."""
    begin, start = np.zeros(sizes.size + 1, np.uint64), np.zeros(candidates + 1, np.uint64)
    for i in range(sizes.size):
        begin[i + 1] = begin[i] + sizes[i]
    for j in range(members.size):
        start[members[j] + np.uint32(1)] += np.uint64(1)
    for c in range(candidates):
        start[c + 1] += start[c]
    at, holding = start[:-1].copy(), np.empty(members.size, np.uint32)
    for i in range(sizes.size):
        for j in range(begin[i], begin[i + 1]):
            c = members[j]
            holding[at[c]] = i
            at[c] += np.uint64(1)
    return begin, start, holding


def _at_least(gain: Longs, floor: int) -> int:
    found = 0
    for c in range(gain.size):
        found += 1 if gain[c] >= floor else 0
    return found


_how_many = compiled(_at_least)


def _top(gain: Longs, k: int, cut: int, ceiling: int) -> tuple[int, int]:
    """The sum of the k largest gains, none below ``cut`` (others may have that), and the k-th.

    The k-th is at most ``ceiling``: gains only fall, so the search begins at the last one.
    """
    high, low, step = ceiling + 1, ceiling, 1
    while low > cut and _how_many(gain, low) < k:
        high = low
        low = max(cut, low - step)
        step *= 2
    low = max(low, cut)
    while high - low > 1:
        middle = (low + high) // 2
        if _how_many(gain, middle) >= k:
            low = middle
        else:
            high = middle
    total = k * low
    for c in range(gain.size):
        total += gain[c] - low if gain[c] > low else 0
    return total, low


def _knapsack(gain: Longs, cost: Floats, budget: float, ceiling: float) -> tuple[float, float]:
    """At least the best fractional knapsack of the gains, by its dual, and the dual's price.

    Any price r gives the bound r·budget + Σ max(gain − r·cost, 0); bisection finds the best.
    """
    low, high = 0.0, ceiling
    for _ in range(48):
        middle, spent = 0.5 * (low + high), 0.0
        for c in range(gain.size):
            spent += cost[c] if gain[c] > middle * cost[c] else 0.0
        if spent > budget:
            low = middle
        else:
            high = middle
    total = high * budget
    for c in range(gain.size):
        total += max(gain[c] - high * cost[c], 0.0)
    return total, high


_top_sum, _knapsack_bound = compiled(_top), compiled(_knapsack)


def _best(gain: Longs) -> int:
    best = 0
    for c in range(gain.size):
        if gain[c] > gain[best]:
            best = c
    return best


def _best_buy(gain: Longs, cost: Floats, per: Floats, left: float) -> int:
    """The affordable candidate with most gain for a unit of ``per``, or -1."""
    best, most = -1, 0.0
    for c in range(gain.size):
        if gain[c] > 0 and cost[c] <= left:
            worth = gain[c] / per[c]
            if worth > most:
                best, most = c, worth
    return best


_best_gain, _best_for_cost = compiled(_best), compiled(_best_buy)


def _take(c: int, sets: Lists, covered: Words, gain: Longs) -> int:
    """Cover the sets that hold c: their members gain less from now on; returns c's gain."""
    begin, members, start, holding, bits, held, topic = sets
    got, one = int(gain[c]), np.uint32(1)
    for j in range(start[c], start[c + 1]):
        i = holding[j]
        if covered[i] != 0 or (held.size > 0 and (held[j] >> topic) & one == 0):
            continue
        covered[i] = 1
        if bits.size == 0:
            for m in range(begin[i], begin[i + 1]):
                gain[members[m]] -= 1
        else:
            for m in range(begin[i], begin[i + 1]):
                gain[members[m]] -= (bits[m] >> topic) & one
    gain[c] = -1  # never again
    return got


_taken = compiled(_take)


def _cover(
    sets: Lists,
    gain: Longs,
    purse: tuple[Floats, Floats, float],
    forced: Longs,
    size: tuple[int, int],
    cut: int,
) -> tuple[Longs, int, float, int]:
    """Who was chosen, what they cover, a bound on what any choice covers, and how it ended.

    ``size`` is (given, k): ``forced`` come first, and the first ``given`` of them are in every
    choice. ``purse`` is (cost, per, budget): with an empty cost k people are chosen, else people
    of most gain for a unit of ``per``, as long as k and the budget allow. Who must not be chosen has
    a ``gain`` below 0. ``cut`` is the most that somebody who is no candidate can gain. It ended with 0: done; 1: a gain fell to ``cut``, so
    more candidates are needed; 2: more candidates could lower the bound.
    """
    cost, per, budget = purse
    given, k = size
    bound, kth, price, paid = np.inf, 0, 0.0, cost.size > 0
    chosen, taken, total, left, end = np.empty(k, np.int64), 0, 0, budget, 0
    covered = np.zeros(sets[0].size - 1, np.uint32)
    for c in forced:
        total += _taken(c, sets, covered, gain)
        left -= cost[c] if paid and taken >= given else 0.0
        chosen[taken] = c
        taken += 1
    for c in range(gain.size):
        kth, price = max(kth, gain[c]), max(price, gain[c] / cost[c]) if paid else price
    while True:
        limit, kth = _top_sum(gain, k - given, cut, kth)
        here = float(limit)
        if paid:
            other, price = _knapsack_bound(gain, cost, budget, price)
            here = min(here, other)
        if total + here < bound:
            bound = total + here
            end = 2 if cut > 0 and kth == cut else 0
        if taken == k or gain.size == 0:
            break
        best = _best_for_cost(gain, cost, per, left) if paid else _best_gain(gain)
        if best < 0 or gain[best] <= cut:
            end = 1 if cut > 0 else end
            break
        left -= cost[best] if paid else 0.0
        total += _taken(best, sets, covered, gain)
        chosen[taken] = best
        taken += 1
    return chosen[:taken], total, bound, end


def _credit_first(first: Places, people: Words, order: Words, credit: Longs) -> None:
    """Credit each set to the first, in ``order`` (NOBODY: not chosen), of those it holds."""
    for i in range(first.size - 1):
        best = NOBODY
        for j in range(first[i], first[i + 1]):
            best = min(best, order[people[j]])
        if best != NOBODY:
            credit[best] += 1


count_people, largest, keep = compiled(_count_people), compiled(_largest), compiled(_keep)
inverted, cover, credit_first = compiled(_inverted), compiled(_cover), compiled(_credit_first)
