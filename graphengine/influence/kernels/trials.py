"""Loops over actions and exposures: who acted after whom, how often, and after how long.

Exposures lie by the person who sees: v sees ``sources[first[v]:first[v + 1]]``. ``when`` has one
place a person, the time of its action in the cascade at hand, −1 for none; ``since`` is empty
where every exposure has always been there. All loops are linear in what they list.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled

__all__ = [
    "Acts",
    "Seen",
    "SeenBy",
    "count_acts_since",
    "count_pairs",
    "joint_peaks",
    "joint_static",
    "list_earlier",
    "list_trials",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
People = NDArray[np.uint32]
Places = NDArray[np.uint64]


class Acts(NamedTuple):
    """Cascade c: ``person[first[c]:first[c + 1]]`` acted ``at`` (rising), each of them once."""

    first: Ints
    person: People
    at: Ints


class Seen(NamedTuple):
    """Exposures by who sees: v sees ``sources[first[v]:first[v + 1]]`` since ``since``."""

    first: Places
    sources: People
    since: Ints


class SeenBy(NamedTuple):
    """The same by who is seen: u through the exposures ``edge[first[u]:first[u + 1]]``."""

    first: Places
    edge: Ints
    target: People
    since: Ints


@compiled
def count_pairs(acts: Acts, seen: Seen, n: int) -> tuple[Ints, Ints, Ints, Floats, Floats]:
    """Of every exposure: reactions, cascades seen too late, of these begun later, credit, delays.

    A reaction: the source acts, with the exposure there, and later the one who sees it. Seen too
    late: the source acts, with the exposure there, when the other had acted or in that second;
    the third counts those of them where the other had acted before the exposure began.
    """
    cascade, person, at = acts.first, acts.person, acts.at
    first, sources, since = seen.first, seen.sources, seen.since
    m = sources.size
    after, late, ahead = np.zeros(m, np.int64), np.zeros(m, np.int64), np.zeros(m, np.int64)
    credit, delay = np.zeros(m, np.float64), np.zeros(m, np.float64)
    when, found = np.full(n, -1, np.int64), np.empty(m, np.uint64)
    begun = since.size > 0
    for c in range(cascade.size - 1):
        for e in range(cascade[c], cascade[c + 1]):
            when[person[e]] = at[e]
        for e in range(cascade[c], cascade[c + 1]):
            v, t, k = person[e], at[e], 0
            for j in range(first[v], first[v + 1]):
                then = when[sources[j]]
                if then < 0 or (begun and then < since[j]):
                    continue
                if then < t:
                    found[k] = j
                    k += 1
                else:
                    late[j] += 1
                    if begun and t < since[j]:
                        ahead[j] += 1
            for i in range(k):
                j = found[i]
                after[j] += 1
                credit[j] += 1.0 / k
                delay[j] += t - when[sources[j]]
        for e in range(cascade[c], cascade[c + 1]):
            when[person[e]] = -1
    return after, late, ahead, credit, delay


@compiled
def list_earlier(acts: Acts, seen: Seen, n: int, size: int) -> tuple[Ints, Ints]:
    """Of every reaction, the exposures to somebody who had acted: ``entries[start[r]:start[r + 1]]``.

    ``size`` is how many entries there are in all, from :func:`count_pairs`.
    """
    cascade, person, at = acts.first, acts.person, acts.at
    first, sources, since = seen.first, seen.sources, seen.since
    start, entries = np.zeros(at.size + 1, np.int64), np.empty(size, np.int64)
    when = np.full(n, -1, np.int64)
    begun = since.size > 0
    reactions, k = 0, 0
    for c in range(cascade.size - 1):
        for e in range(cascade[c], cascade[c + 1]):  # what acts later is not yet marked
            v, t = person[e], at[e]
            for j in range(first[v], first[v + 1]):
                then = when[sources[j]]
                if then >= 0 and then < t and not (begun and then < since[j]):
                    entries[k] = j
                    k += 1
            if k > start[reactions]:
                reactions += 1
                start[reactions] = k
            when[v] = t
        for e in range(cascade[c], cascade[c + 1]):
            when[person[e]] = -1
    return start[: reactions + 1], entries


@compiled
def count_acts_since(start: Ints, times: Ints, who: People, since: Ints) -> Ints:
    """How often ``who[j]`` acted at ``since[j]`` or later; ``times[start[u]:start[u + 1]]`` rise."""
    acts = np.zeros(who.size, np.int64)
    for j in range(who.size):
        low, high = start[who[j]], start[who[j] + 1]
        end = high
        while low < high:
            middle = (low + high) // 2
            if times[middle] < since[j]:
                low = middle + 1
            else:
                high = middle
        acts[j] = end - low
    return acts


@compiled
def list_trials(
    acts: Acts, seen_by: SeenBy, n: int, size: int
) -> tuple[Ints, Ints, Ints, Ints, int]:
    """Who could have reacted to whom, with or without a reaction, in order of time.

    Returned are, of every entry, its trial, exposure and time of the source's action; of every trial when the one
    who saw acted, −1 for never; and the number of entries. ``size`` bounds the entries.
    """
    cascade, person, at = acts.first, acts.person, acts.at
    out, edge, target, since = seen_by.first, seen_by.edge, seen_by.target, seen_by.since
    trial, entry, seen = (
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
    )
    acted = np.empty(size, np.int64)
    when, number = np.full(n, -1, np.int64), np.empty(n, np.int64)
    of = np.full(n, -1, np.int64)
    begun = since.size > 0
    trials, k = 0, 0
    for c in range(cascade.size - 1):
        for e in range(cascade[c], cascade[c + 1]):
            when[person[e]] = at[e]
        for e in range(cascade[c], cascade[c + 1]):
            u, t = person[e], at[e]
            for i in range(out[u], out[u + 1]):
                j, v = edge[i], target[i]
                if (when[v] >= 0 and when[v] <= t) or (begun and t < since[j]):
                    continue
                if of[v] != c:
                    of[v], number[v], acted[trials] = c, trials, when[v]
                    trials += 1
                trial[k], entry[k], seen[k] = number[v], j, t
                k += 1
        for e in range(cascade[c], cascade[c + 1]):
            when[person[e]] = -1
    return trial, entry, seen, acted[:trials], k


@compiled
def joint_static(start: Ints, entry: Ints, probability: Floats) -> Floats:
    """1 − Π(1 − p) over the entries of each trial."""
    joint = np.zeros(start.size - 1, np.float64)
    for r in range(start.size - 1):
        p = 0.0
        for i in range(start[r], start[r + 1]):
            p += probability[entry[i]] * (1.0 - p)
        joint[r] = p
    return joint


@compiled
def joint_peaks(
    start: Ints, entry: Ints, seen: Ints, probability: Floats, mean_delay: Floats
) -> Floats:
    """The largest 1 − Π(1 − p·e^(−age/τ)) that each trial reaches; it does so as somebody acts."""
    joint = np.zeros(start.size - 1, np.float64)
    for r in range(start.size - 1):
        for last in range(start[r], start[r + 1]):
            if last + 1 < start[r + 1] and seen[last + 1] == seen[last]:
                continue  # of the same second all count together
            p = 0.0
            for i in range(start[r], last + 1):
                j = entry[i]
                p += probability[j] * np.exp(-(seen[last] - seen[i]) / mean_delay[j]) * (1.0 - p)
            joint[r] = max(joint[r], p)
    return joint
