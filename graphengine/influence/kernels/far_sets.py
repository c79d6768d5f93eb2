"""Reverse-reachable sets, counted as they are drawn: who lies far from a root, and how probably.

A set grows from its root member by member. When a member's turn comes, everybody who is looked at
closely and has not joined yet joins now with the probability of their edge to that member. These
probabilities, added up, have the mean of the indicator that they replace and vary less: the sum is
the compensator of the moment of joining (Doob 1953).

Roots are stratified: one from each of so many equal parts of their mass, in order. Sums vary no
more than with roots drawn one by one, and neighbours in the order are often neighbours in the
graph, so that their rows are at hand.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.coins import unit, word
from graphengine.influence.kernels.compiled import compiled, inlined
from graphengine.influence.kernels.edge_groups import MORE, SIZE
from graphengine.influence.kernels.prefetch import prefetch
from graphengine.influence.kernels.reverse_sets import (
    Tables,
    ask_ahead,
    meet,
    several,
)

__all__ = ["far_sets"]

Words = NDArray[np.uint32]
Places = NDArray[np.uint64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# for each person two places, and two more that close: where the edges into them begin, and where
# those begin who are sure to reach them; by such edge its source and probability; who is sure
Close = tuple[Words, Words, Floats, Words]
# who they are, how much of their mass lies up to each, 1 in the end, and what a set of each counts
Roots = tuple[Words, Floats, Floats]
# a bit a person, clean; room for a group's edges; for members; counts by person, added to
Desk = tuple[Words, Words, Words, Words]
# by source that is looked at, in one piece: the set it joined last, its chances in this one so far,
# and of all sets their sum and the sum of their squares
Notes = Floats

_ZERO, _ONE, _S32, _LAST = (np.uint64(x) for x in (0, 1, 32, (1 << 64) - 1))
_W0, _W1, _W2, _W3, _W5 = (np.uint32(x) for x in (0, 1, 2, 3, 5))
_NOBODY = np.empty(0, np.bool_)
_NEAR, _SOON = 4, 8  # how many sets ahead, as in ``reverse_sets``


def _turn(
    tables: Tables,
    desk: Desk,
    part: Words,
    v: np.uint32,
    pos: np.uint64,
    state: np.uint64,
) -> tuple[np.uint64, np.uint64]:
    """Meet whoever moves v."""
    (head, source, table, further, _), (seen, places, members, _), g = tables, desk, v
    while True:
        row = head[g] & SIZE
        info, first = table[row - _ONE], table[row]
        state, bits = word(state)
        if (bits >> _ONE) < first:
            if info < MORE and (bits >> _ONE) >= table[row + _ONE]:  # one live edge
                state, bits = word(state)
                u = source[(head[g] >> _S32) + (((bits >> _S32) * info) >> _S32)]
                prefetch(head, u)
                prefetch(part, _W2 * u)
                pos = meet(u, seen, members, pos)
            else:
                at = (g, pos, bits, state)
                state, pos, _ = several(tables, (seen, places), members, _NOBODY, at)
        if info & MORE == _ZERO:
            return state, pos
        g = further[g]


def _joined(part: Words, sure: Words, notes: Notes, u: np.uint32, now: float) -> None:
    """Note that all who are sure to reach u have joined set ``now``."""
    for i in range(part[_W2 * u + _W1], part[_W2 * u + _W3]):
        notes[sure[i], 0] = now


def _chances(
    close: Close, notes: Notes, whom: Words, v: np.uint32, at: tuple[float, np.uint64]
) -> np.uint64:
    """Add up how probably others join set ``now`` by their edge to v; how many have been touched.

    ``at`` is (now, touched).
    """
    (part, of, live, _), (now, touched) = close, at
    for i in range(part[_W2 * v], part[_W2 * v + _W2]):
        k = of[i]
        new, so_far = notes[k, 0] != now, notes[k, 1]
        whom[touched] = k
        touched += np.uint64(new and so_far == 0.0)
        notes[k, 1] = so_far + (live[i] if new else 0.0)
    return touched


def _settle(notes: Notes, whom: Words, touched: np.uint64, weight: float) -> None:
    """Add the chances, times the weight, and their squares to their sums, and forget them."""
    for i in range(touched):
        k = whom[i]
        now = weight * notes[k, 1]
        notes[k, 2] += now
        notes[k, 3] += now * now
        notes[k, 1] = 0.0


def _strata(upto: Floats, sets: int, state: np.uint64) -> tuple[np.uint64, Words]:
    """A place in ``upto`` from each of so many equal parts of it, and what is asked for ahead."""
    places, at = np.empty(sets + _SOON, np.uint32), np.uint32(0)
    for i in range(sets):
        state, bits = word(state)
        x = (float(i) + unit(bits)) / float(sets)
        while upto[at] < x:
            at += _W1
        places[i] = at
    places[sets:] = at
    return state, places


strata = compiled(_strata)


turn, joins, chances = inlined(_turn), inlined(_joined), inlined(_chances)
settle = inlined(_settle)


def _far_sets(
    tables: Tables,
    roots: Roots,
    close: Close,
    desk: Desk,
    job: tuple[int, int, int, bool, np.uint64],
) -> Floats:
    """Count in how many sets each person lies two steps or more from the root.

    By source that is looked at, the weighted sum over sets of the probability to join at more than
    ``steps``, 1 or 2, and the sum of its square. The job is (sets, steps, how many are looked at,
    whether people are counted, state).
    """
    (seen, _, members, count), (root, upto, weight) = desk, roots
    sets, steps, size, counts, state = job
    notes, whom = np.zeros((size, 4)), np.empty(size + 1, np.uint32)
    state, drawn = strata(upto, sets, state)
    for i in range(sets):
        ask_ahead(tables[0], tables[1], root[drawn[i + _NEAR]], root[drawn[i + _SOON]])
        pos, now = meet(root[drawn[i]], seen, members, _ZERO), float(i + 1)
        at, noted, touched, far = _ZERO, _ZERO, _ZERO, _LAST
        while at < pos:
            while noted < pos:
                joins(close[0], close[3], notes, members[noted], now)
                noted += _ONE
            if at >= (_ONE if steps == 1 else far):
                touched = chances(close, notes, whom, members[at], (now, touched))
            state, pos = turn(tables, desk, close[0], members[at], pos, state)
            far = pos if at == _ZERO else far
            at += _ONE
        for j in range(pos):
            seen[members[j] >> _W5] = _W0
        for j in range(far, pos if counts else far):
            count[members[j]] += _W1
        settle(notes, whom, touched, weight[drawn[i]])
    return notes[:, 2:].copy()


far_sets = compiled(_far_sets, otherwise=np.errstate(over="ignore")(_far_sets))
