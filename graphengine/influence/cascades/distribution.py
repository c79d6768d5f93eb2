"""Credit among everybody seen: shared by a rule, or distributed as Goyal et al. 2011 do.

*Shared* (Bakshy et al. 2011): each adopter's unit goes to the earlier adopters it saw, in parts of
1. *Distributed* (Goyal, Bonchi & Lakshmanan 2011): γ_vu = infl(u)/|N_in(u)|·e^(−(t_u − t_v)/τ_vu),
Γ_vu = Σ_w Γ_vw·γ_wu, and v's credit is Σ over u ≠ v and actions of Γ_vu/A_u. By the adjoint
recursion B_v = 1/A_v + Σ_u γ_vu·B_u it is B_v − 1/A_v: one scan backwards in time, and whom somebody
saw is found anew in it, so that no table of pairs is ever kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.cascades.exposed import check_people
from graphengine.influence.kernels.distribution import (
    add_to_persons,
    delays_of,
    distribute,
    first_adoptions,
    moved_share,
    part_of_actions,
    share_among_seen,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from graphengine.influence.cascades.adoptions import Adoptions, Exposures

__all__ = ["Delays", "Distributed", "credit_among_seen", "credit_distribution", "learn_delays"]


@dataclass(frozen=True, slots=True)
class Delays:
    """``tau`` (one a link of the exposures): mean seconds until the seen person's action spreads.

    ``infl`` (one a person): the part of their actions that came within τ of somebody seen. Where
    an action never spread along a link, τ is 0, and no credit passes.
    """

    tau: NDArray[np.float64]
    infl: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Distributed:
    """``credit`` and ``actions`` of each person (n): Σ Γ_vu/A_u over others, and A, once a cascade."""

    credit: NDArray[np.float64]
    actions: NDArray[np.int64]


def credit_among_seen(
    log: Adoptions,
    seen: Exposures,
    *,
    weight: ArrayLike | None = None,
    decay_seconds: float = np.inf,
    unit: ArrayLike | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Direct and total credit of each adoption (n) when all earlier adopters seen share.

    In proportion to ``weight`` (one number an adoption, 1 by default) times e^(−age/τ): split
    evenly by default. ``unit`` is what each adoption counts for, 1 by default. For "first" and
    "last" add up along ``exposed_parents``.

    Raises:
        ValueError: A weight is not positive and finite, τ not positive, or a length is wrong.

    >>> from graphengine.influence.cascades.adoptions import adoptions, exposures
    >>> log = adoptions([0] * 4, [0, 1, 2, 3], [0, 10, 30, 60])
    >>> seen = exposures([1, 2, 2, 3, 3], [0, 0, 1, 1, 2], n=4)
    >>> [part.tolist() for part in credit_among_seen(log, seen)]
    [[1.5, 1.0, 0.5, 0.0], [4.0, 2.25, 1.5, 1.0]]
    """
    check_people(log, seen)
    if not decay_seconds > 0.0:
        raise ValueError(f"decay_seconds is {decay_seconds}; τ must be positive")
    weights = _each("weight", weight, log.n)
    units = _each("unit", unit, log.n)
    if not bool(((weights > 0.0) & (weights < np.inf)).all()):
        raise ValueError("weights must be positive and finite")
    return share_among_seen(log.arrays, seen.arrays, units, weights, float(decay_seconds))


def learn_delays(log: Adoptions, seen: Exposures) -> Delays:
    """τ of each link and infl of each person, from what happened (Goyal et al. 2010, 2011).

    >>> from graphengine.influence.cascades.adoptions import adoptions, exposures
    >>> log = adoptions([0, 0, 1, 1], [0, 1, 0, 1], [0, 10, 0, 30])
    >>> learned = learn_delays(log, exposures([1], [0], n=2))
    >>> learned.tau.tolist(), learned.infl.tolist()
    ([20.0], [0.0, 0.5])
    """
    check_people(log, seen)
    delay, times = delays_of(log.arrays, seen.arrays)
    tau = delay / np.maximum(times, 1)
    moved, adopted = moved_share(log.arrays, seen.arrays, tau)
    return Delays(tau, moved / np.maximum(adopted, 1))


def credit_distribution(
    log: Adoptions, seen: Exposures, *, delays: Delays | None = None
) -> Distributed:
    """The credit of each person (n) by Goyal et al. 2011, linear in the links between adopters.

    ``delays`` brings decay and infl; without them each adopter's credit is 1/|N_in|. An adoption
    that a person repeats in a cascade is no action.

    Raises:
        ValueError: The delays are not those of these exposures, or people are not numbered.

    >>> from graphengine.influence.cascades.adoptions import adoptions, exposures
    >>> log = adoptions([0, 0, 0], [0, 1, 2], [0, 10, 30])
    >>> credit_distribution(log, exposures([1, 2, 2], [0, 0, 1], n=3)).credit.tolist()
    [2.0, 0.5, 0.0]
    """
    check_people(log, seen)
    tau, infl = np.empty(0), np.ones(seen.n)
    if delays is not None:
        tau, infl = delays.tau, delays.infl
        if (len(tau), len(infl)) != (len(seen.sources), seen.n):
            raise ValueError(
                f"the delays are of {len(tau)} links and {len(infl)} people, the exposures of "
                f"{len(seen.sources)} and {seen.n}; learn them with these exposures"
            )
    once, actions = first_adoptions(log.arrays, seen.n)
    unit = part_of_actions(log.person, once, actions)
    total = distribute(log.arrays, seen.arrays, unit, infl, tau)
    credit = np.zeros(seen.n)
    add_to_persons(log.person, total, unit, credit)
    return Distributed(credit, actions)


def _each(name: str, given: ArrayLike | None, n: int) -> NDArray[np.float64]:
    values = np.ones(n) if given is None else np.asarray(given, np.float64)
    if values.shape != (n,):
        raise ValueError(f"{name} has shape {values.shape}; each of the {n} adoptions needs one")
    return values
