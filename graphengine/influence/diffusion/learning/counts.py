"""Counts that every estimator starts from: how often people acted, reacted, and how fast.

Goyal, Bonchi & Lakshmanan 2010: A_u, the actions of u; A_u2v, those that v did later while seeing
u; A_u|v, those that either did; each with credit 1/|S| in place of 1 where v saw |S| earlier.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.cascades.exposed import check_people
from graphengine.influence.kernels.distribution import first_adoptions
from graphengine.influence.kernels.trials import (
    Acts,
    Seen,
    SeenBy,
    count_acts_since,
    count_pairs,
    list_earlier,
    list_trials,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.influence.cascades.adoptions import Adoptions, Exposures

__all__ = ["Counts", "Trials", "check_log", "count", "earlier_sources", "trials_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Of each exposure u → v, in the order of the exposure graph.

    ``acts`` of u with the exposure there; ``either`` acted with it there; ``reactions`` of v after
    u; ``credit``, these shared among all whom v saw act before; ``late``, acts of u when v had
    acted already (no trial for EM); ``delay``, seconds from u to v summed over the reactions.
    """

    acts: NDArray[np.int64]
    either: NDArray[np.int64]
    reactions: NDArray[np.int64]
    credit: NDArray[np.float64]
    late: NDArray[np.int64]
    delay: NDArray[np.float64]

    @property
    def tries(self) -> NDArray[np.int64]:
        """Acts of u while v had not acted: each is followed by a reaction, or it failed."""
        return self.acts - self.late


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """Whoever saw somebody act before acting, in each cascade: a trial, with or without reaction.

    Trial r is through the exposures ``entry[first[r]:first[r + 1]]``, whose sources acted ``seen``
    (rising); ``reacted`` says whether the one who saw acted later.
    """

    first: NDArray[np.int64]
    entry: NDArray[np.int64]
    seen: NDArray[np.int64]
    reacted: NDArray[np.bool_]


def check_log(actions: Adoptions, exposures: Exposures) -> Adoptions:
    """What is learned from: of each person's adoptions in a cascade the first.

    Raises:
        ValueError: No adoption or no exposure at all, a person whom the exposures do not number,
            or a negative time.

    >>> from graphengine.influence.cascades.adoptions import adoptions, exposures
    >>> check_log(adoptions([0, 0, 0], [1, 0, 1], [2, 5, 9]), exposures([0], [1], n=2)).at
    array([2, 5])
    """
    if not actions.n:
        raise ValueError("there are no cascades: nothing can be learned; give at least one action")
    if not exposures.m:
        raise ValueError(
            "the exposure graph has no edges: nobody sees anybody else, so nobody can be shown to "
            "move anybody; give who follows whom, or past reactions"
        )
    check_people(actions, exposures)
    below = np.count_nonzero(actions.at < 0)
    if below:
        raise ValueError(
            f"times must be 0 or more, got {actions.at.min()} ({below} below 0); shift all times of "
            "a cascade alike, or repair them first"
        )
    once, _ = first_adoptions(actions.arrays, exposures.n)
    return actions if once.all() else actions.where(once)


def count(actions: Adoptions, exposures: Exposures) -> Counts:
    """Count acts, reactions, credit and delays of every exposure, in time linear in what is seen.

    Raises:
        ValueError: There is nothing to learn from (``check_log``).

    >>> from graphengine.influence.cascades.adoptions import adoptions, exposures
    >>> actions = adoptions([0, 0, 1], [0, 1, 0], [5, 8, 2])
    >>> counts = count(actions, exposures([1], [0], n=2))
    >>> counts.acts.tolist(), counts.reactions.tolist(), counts.delay.tolist()
    ([2], [1], [3.0])
    """
    actions = check_log(actions, exposures)
    after, late, ahead, credit, delay = count_pairs(*_columns(actions, exposures), exposures.n)
    acts, own = (_acts(actions, who, exposures) for who in (exposures.sources, exposures.targets))
    return Counts(acts, acts + own - (after + late - ahead), after, credit, late, delay)


def _acts(actions: Adoptions, who: NDArray[np.uint32], exposures: Exposures) -> NDArray[np.int64]:
    """How often ``who`` acted while the exposure was there."""
    acts = np.bincount(actions.person, minlength=exposures.n)
    if not exposures.since.size:
        return acts[who].astype(np.int64)
    order = np.lexsort((actions.at, actions.person))
    start = np.concatenate([[0], np.cumsum(acts)]).astype(np.int64)
    return count_acts_since(start, actions.at[order], who, exposures.since)


def earlier_sources(
    actions: Adoptions, exposures: Exposures, counts: Counts
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of every reaction, the exposures to those who acted before: start of each, and the list."""
    columns = _columns(check_log(actions, exposures), exposures)
    return list_earlier(*columns, exposures.n, int(counts.reactions.sum()))


def _columns(actions: Adoptions, exposures: Exposures) -> tuple[Acts, Seen]:
    return (
        Acts(*actions.arrays),
        Seen(exposures.first.view(np.uint64), exposures.sources, exposures.since),
    )


def trials_of(actions: Adoptions, exposures: Exposures) -> Trials:
    """Every trial one by one, failures too: for judging held-out cascades (8 bytes thrice an entry).

    Raises:
        ValueError: There is nothing to learn from (``check_log``).

    >>> from graphengine.influence.cascades.adoptions import adoptions, exposures
    >>> actions = adoptions([0, 0, 1], [0, 1, 0], [5, 8, 2])
    >>> trials_of(actions, exposures([1], [0], n=2)).reacted.tolist()
    [True, False]
    """
    actions = check_log(actions, exposures)
    edge = np.argsort(exposures.sources, kind="stable")
    degree = np.bincount(exposures.sources, minlength=exposures.n)
    out = np.concatenate([[0], np.cumsum(degree)]).astype(np.uint64)
    size = int(degree[actions.person].sum())
    trial, entry, seen, acted, entries = list_trials(
        Acts(*actions.arrays),
        SeenBy(out, edge, exposures.targets[edge], exposures.since),
        exposures.n,
        size,
    )
    order = np.argsort(trial[:entries], kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(trial[:entries], minlength=acted.size))])
    return Trials(first.astype(np.int64), entry[order], seen[order], acted >= 0)
