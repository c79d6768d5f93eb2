"""The expected spread of everybody, each with an interval.

A person reaches themselves for certain and each direct neighbour v with at least p(u, v): both are
summed exactly. What is left is the chance to reach somebody whom the direct edge does not: it is
counted in reverse-reachable sets, where such a person lies two steps or more from the root (after
Borgs et al. 2014). So the tail, people of spread 1 to 3, is nearly exact with few sets. Those at
the top are followed more closely under independent cascade (``followed``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.diffusion.far_sets import FarSampler
from graphengine.influence.diffusion.followed import FIRST_SETS, Followed, further
from graphengine.influence.diffusion.intervals import share_interval
from graphengine.influence.diffusion.sampling import SetSampler

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.influence.diffusion.graph import DiffusionGraph, Model

__all__ = ["TAIL_METHOD", "EveryoneSpread", "spread_of_everyone"]

TAIL_METHOD = "self and first step exact, further steps from reverse-reachable counts"


@dataclass(frozen=True, slots=True, eq=False)
class EveryoneSpread:
    """By person (n): ``spread``, oneself counted, and its 95 % interval ``low`` to ``high``.

    ``sets`` reverse-reachable sets were drawn; ``tail_method`` says how small spreads are known;
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
    (Clopper & Pearson 1934), for those at the top gamma ones (Fay & Feuer 1997): both are valid
    for small counts too.

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
    direct = np.bincount(graph.indices, weights=graph.probability, minlength=graph.n)
    known, wanted = 1.0 + direct.astype(np.float64), (error, max(1, round(top * graph.n)))
    if model == "independent_cascade":
        sampler = FarSampler(graph, random_state=random_state, threads=threads)
        return _followed(Followed(sampler, graph, wanted, known), max_sets)
    sets = SetSampler(graph, model=model, random_state=random_state, threads=threads)
    return _counted(sets, known, wanted, max_sets)


def _followed(people: Followed, max_sets: int) -> EveryoneSpread:
    """Under independent cascade: the top is followed where counting would take long."""
    (error, _), sampler, n = people.goal, people.sampler, people.graph.n
    while people.reached > error and sampler.sets < max_sets:
        people.round(min(people.more, max_sets - sampler.sets))
        if people.many() and not people.following:
            people.look(max_sets - sampler.sets)
    low, high = people.interval(np.arange(n, dtype=np.uint32))
    return EveryoneSpread(people.spread, low, high, sampler.sets, TAIL_METHOD, people.reached)


def _counted(
    sampler: SetSampler, known: NDArray[np.float64], goal: tuple[float, int], max_sets: int
) -> EveryoneSpread:
    """Sets are drawn and everybody counted until the top is known well enough."""
    n = known.size
    count, sets, more = np.zeros(n, np.uint32), 0, min(FIRST_SETS, max_sets)
    while True:
        sampler.count_far(more, count)
        sets += more
        reached = _relative_error(known, count, sets, goal[1])
        if reached <= goal[0] or sets >= max_sets:
            break
        more = min(further(sets, reached / goal[0]), max_sets - sets)
    spread = known + count * (n / sets)
    low, high = (known + n * part for part in share_interval(count, sets))
    return EveryoneSpread(spread, low, np.minimum(high, n), sets, TAIL_METHOD, reached)


def _relative_error(
    known: NDArray[np.float64], count: NDArray[np.uint32], sets: int, people: int
) -> float:
    """The largest half-width of an interval, as a part of the spread, among the top people."""
    n = known.size
    spread = known + count * (n / sets)
    best = np.argpartition(-spread, people - 1)[:people]
    low, high = share_interval(count[best], sets)
    return float(np.max(0.5 * n * (high - low) / spread[best]))
