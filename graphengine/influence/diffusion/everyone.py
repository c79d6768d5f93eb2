"""The expected spread of everybody, each with an interval.

A person reaches themselves for certain and each direct neighbour v with at least p(u, v): both are
summed exactly. What is left is the chance to reach somebody whom the direct edge does not: it is
counted in reverse-reachable sets, where such a person lies two steps or more from the root (after
Borgs et al. 2014). So the tail, people of spread 1 to 3, is nearly exact with few sets.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaincinv

from graphengine.influence.diffusion.sampling import SetSampler

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.influence.diffusion.graph import DiffusionGraph, Model

__all__ = ["TAIL_METHOD", "EveryoneSpread", "spread_of_everyone"]

TAIL_METHOD = "self and first step exact, further steps from reverse-reachable counts"
FIRST_SETS = 16_384
MARGIN, LEAST_PART = 1.02, 1.0 / 16  # of the sets foreseen; of those drawn, as few as a round adds


@dataclass(frozen=True, slots=True, eq=False)
class EveryoneSpread:
    """By person (n): ``spread``, oneself counted, and its 95 % interval ``low`` to ``high``.

    ``sets`` reverse-reachable sets were counted; ``tail_method`` says how small spreads are known;
    ``reached`` is the largest relative error among the top people who were asked for.
    """

    spread: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    sets: int
    tail_method: str
    reached: float


def spread_of_everyone(
    graph: DiffusionGraph,
    *,
    model: Model = "independent_cascade",
    random_state: int,
    goal: tuple[float, float] = (0.05, 0.01),
    threads: int = 1,
    max_sets: int = 1 << 26,
) -> EveryoneSpread:
    """Everybody's spread; ``goal`` is (relative error at 95 %, the share of top people it is for).

    Sets are drawn, at most doubled at a time, until the intervals of the top people are that narrow or
    ``max_sets`` are spent; ``reached`` says how far it got. Intervals are exact binomial ones
    (Clopper & Pearson 1934), valid for small counts too.

    Raises:
        ValueError: A goal or a number of sets that cannot be, or a graph that ``SetSampler`` refuses.

    >>> from graphengine.influence.diffusion.graph import uniform
    >>> path = uniform([0, 1], [1, 2], 0.5)
    >>> found = spread_of_everyone(path, random_state=1)
    >>> found.spread[1:], bool(found.low[0] < 1.75 < found.high[0])
    (array([1.5, 1. ]), True)
    """
    error, top = goal
    if not (0.0 < error < 1.0 and 0.0 < top <= 1.0 and max_sets >= 1):
        raise ValueError(
            f"goal needs a relative error and a share between 0 and 1, max_sets 1 or more; got "
            f"{goal} and {max_sets}"
        )
    sampler = SetSampler(graph, model=model, random_state=random_state, threads=threads)
    direct = np.bincount(graph.indices, weights=graph.probability, minlength=graph.n)
    known = 1.0 + direct.astype(np.float64)
    people = max(1, round(top * graph.n))
    count, sets, more = np.zeros(graph.n, np.uint32), 0, min(FIRST_SETS, max_sets)
    while True:
        sampler.count_far(more, count)
        sets += more
        reached = _relative_error(known, count, sets, people)
        if reached <= error or sets >= max_sets:
            break
        more = min(_further(sets, reached / error), max_sets - sets)
    spread = known + count * (graph.n / sets)
    low, high = (known + graph.n * part for part in _interval(count, sets))
    return EveryoneSpread(spread, low, np.minimum(high, graph.n), sets, TAIL_METHOD, reached)


def _further(sets: int, times: float) -> int:
    """How many more sets make an error, now so many ``times`` too large, small enough.

    It falls with the root of their number; the count doubles at most, as a first guess is rough.
    """
    return math.ceil(sets * min(max(MARGIN * times * times - 1.0, LEAST_PART), 1.0))


def _relative_error(
    known: NDArray[np.float64], count: NDArray[np.uint32], sets: int, people: int
) -> float:
    """The largest half-width of an interval, as a part of the spread, among the top people."""
    n = known.size
    spread = known + count * (n / sets)
    best = np.argpartition(-spread, people - 1)[:people]
    low, high = _interval(count[best], sets)
    return float(np.max(0.5 * n * (high - low) / spread[best]))


def _interval(
    count: NDArray[np.uint32], sets: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of a share: 95 % at least, for each number of hits among ``sets`` (Clopper & Pearson)."""
    hits, where = np.unique(count, return_inverse=True)
    k = hits.astype(np.float64)
    low = betaincinv(np.maximum(k, 1.0), sets - k + 1.0, 0.025)
    high = betaincinv(k + 1.0, np.maximum(sets - k, 1.0), 0.975)
    return np.where(k == 0, 0.0, low)[where], np.where(k == sets, 1.0, high)[where]
