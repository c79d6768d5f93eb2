"""Gauss–Seidel over the core, with scaling and mixing between the sweeps.

After each sweep the vector is mixed with the three before it (Anderson 1965; Walker & Ni 2011)
and scaled so that what leaves the core equals what enters it (aggregation with one group: Stewart
1994). The scale is a number beside the vector until the next sweep has been done. Wherever mixing
stops helping, plain sweeps go on, which contract by d.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.relaxation import (
    ROOM,
    before,
    begun,
    iterate,
    newest,
    scale_of,
)
from graphengine.influence.ranking.teams import Team, swept_by, threads_for

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Core", "fixed", "likely", "relaxed", "shared_out"]

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Core:
    """The steps within the core, by target, as ``kernels.compact`` reads them.

    ``edges`` is (begin, end, indices, weights, table), ``per`` what an endorser's value is
    multiplied by (None: by 1), ``leaves`` the part of everyone's value that leaves the core.
    ``direction`` -1 says that sweeps begin with the last row; ``team`` shares the rows out.
    """

    edges: tuple[NDArray[Any], NDArray[Any], NDArray[np.uint32], NDArray[Any] | None, Any]
    per: NDArray[np.float64] | None
    leaves: NDArray[np.float64]
    direction: int = 1
    team: Team | None = None


def relaxed(
    core: Core,
    enters: Vector,
    guess: Vector,
    *,
    rule: tuple[float, float, float],
    enough: Callable[[Vector, Vector], bool] | None = None,
    most: int,
) -> tuple[Vector, int]:
    """Solve x = enters + d·M·x from any ``guess``; x, and the sweeps it took, at most ``most``.

    ``rule`` is (d, tolerance, outside): the end is where d·residual is thought to be ≤ (1 − d)·
    tolerance·(outside + Σx) in L1. ``enough`` is another end: it sees the vector before a sweep
    and after it.
    """
    if not enters.any():
        return np.zeros(len(enters)), 0
    entering, vectors = float(enters.sum()), (enters, core.leaves, core.per)
    damping, tolerance, outside = rule
    state = begun(vectors, guess, entering, np.zeros(ROOM * len(enters)))
    asked = (damping, -1.0 if enough else tolerance, outside, entering)
    sweeps, ended = 0, False
    while not ended and sweeps < most:
        once = 1 if enough else most
        if core.team is None:
            done, ended = iterate(core.edges, vectors, state, asked, once, core.direction)
        else:
            done, ended = swept_by(core.team, vectors, state, rule=asked, most=once)
        sweeps += done
        if enough is not None:
            ended = enough(scale_of(state) * before(state), scale_of(state) * newest(state))
    return scale_of(state) * newest(state), sweeps


def likely(enters: Vector, heard: Vector, *, damping: float) -> Vector:
    """Where to begin: what enters, and what stays, shared out as endorsements are received.

    That is where people end up who listen to each other as much as they are ``heard``.
    """
    whole = float(heard.sum())
    stays = damping / (1.0 - damping) * float(enters.sum())
    return enters + stays / whole * heard if whole > 0.0 else enters


def shared_out(core: Core, edges: int) -> Core:
    """The core with a team for its ``edges``, if ``threads`` allow one; its rows go forwards."""
    count = threads_for(edges)
    return core if count == 1 else replace(core, direction=1, team=Team(core.edges, count))


def fixed(array: NDArray[Any]) -> NDArray[Any]:
    """The array, read-only: compiled code for one kind of array serves them all."""
    view = array.view()
    view.flags.writeable = False
    return view
