"""Counts that every estimator starts from: how often people acted, reacted, and how fast.

Goyal, Bonchi & Lakshmanan 2010: A_u, the actions of u; A_u2v, those that v did later while seeing
u; A_u|v, those that either did; each with credit 1/|S| in place of 1 where v saw |S| earlier.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

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

    from graphengine.influence.diffusion.learning.actions import Actions, Exposures

__all__ = ["Counts", "Trials", "check_people", "count", "earlier_sources", "trials_of"]


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


def check_people(actions: Actions, exposures: Exposures) -> None:
    """Raise ValueError unless both speak of the same number of people."""
    if actions.n != exposures.n:
        raise ValueError(
            f"the actions speak of {actions.n} people and the exposure graph of {exposures.n}; "
            "number people once, for both"
        )


def count(actions: Actions, exposures: Exposures) -> Counts:
    """Count acts, reactions, credit and delays of every exposure, in time linear in what is seen.

    Raises:
        ValueError: Actions and exposures speak of different numbers of people.

    >>> from graphengine.influence.diffusion.learning.actions import actions_of, exposures_of
    >>> actions = actions_of([0, 0, 1], [0, 1, 0], [5, 8, 2], n=2)
    >>> counts = count(actions, exposures_of([0], [1], n=2))
    >>> counts.acts.tolist(), counts.reactions.tolist(), counts.delay.tolist()
    ([2], [1], [3.0])
    """
    check_people(actions, exposures)
    after, late, ahead, credit, delay = count_pairs(*_columns(actions, exposures), actions.n)
    acts, own = (_acts(actions, who, exposures) for who in (exposures.sources, exposures.targets))
    return Counts(acts, acts + own - (after + late - ahead), after, credit, late, delay)


def _acts(actions: Actions, who: NDArray[np.uint32], exposures: Exposures) -> NDArray[np.int64]:
    """How often ``who`` acted while the exposure was there."""
    acts = np.bincount(actions.person, minlength=actions.n)
    if not exposures.since.size:
        return acts[who].astype(np.int64)
    order = np.lexsort((actions.at, actions.person))
    start = np.concatenate([[0], np.cumsum(acts)]).astype(np.int64)
    return count_acts_since(start, actions.at[order], who, exposures.since)


def earlier_sources(
    actions: Actions, exposures: Exposures, counts: Counts
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of every reaction, the exposures to those who acted before: start of each, and the list."""
    columns = _columns(actions, exposures)
    return list_earlier(*columns, actions.n, int(counts.reactions.sum()))


def _columns(actions: Actions, exposures: Exposures) -> tuple[Acts, Seen]:
    return (
        Acts(actions.first, actions.person, actions.at),
        Seen(exposures.first, exposures.sources, exposures.since),
    )


def trials_of(actions: Actions, exposures: Exposures) -> Trials:
    """Every trial one by one, failures too: for judging held-out cascades (8 bytes thrice an entry).

    Raises:
        ValueError: Actions and exposures speak of different numbers of people.

    >>> from graphengine.influence.diffusion.learning.actions import actions_of, exposures_of
    >>> actions = actions_of([0, 0, 1], [0, 1, 0], [5, 8, 2], n=2)
    >>> trials_of(actions, exposures_of([0], [1], n=2)).reacted.tolist()
    [True, False]
    """
    check_people(actions, exposures)
    edge = np.argsort(exposures.sources, kind="stable")
    degree = np.bincount(exposures.sources, minlength=actions.n)
    out = np.concatenate([[0], np.cumsum(degree)]).astype(np.uint64)
    size = int(degree[actions.person].sum())
    trial, entry, seen, acted, entries = list_trials(
        Acts(actions.first, actions.person, actions.at),
        SeenBy(out, edge, exposures.targets[edge], exposures.since),
        actions.n,
        size,
    )
    order = np.argsort(trial[:entries], kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(trial[:entries], minlength=acted.size))])
    return Trials(first.astype(np.int64), entry[order], seen[order], acted >= 0)
