"""Trust and spam: who is reached from people one trusts, and whose rank comes from nowhere else.

TrustRank (Gyöngyi, Garcia-Molina & Pedersen 2004) restarts only at trusted people. Relative spam
mass (Gyöngyi et al. 2006) is the share of a person's rank that no trusted person gave,
1 − p′/p with p = Gᵀv, p′ = Gᵀv′ and v′ the part of v that lies in the trusted core. Both are on
the scale of trails, so p′ ≤ p whatever dangles. It sees bought accounts that first-visit reach
needs a trusted start against.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.ranking.compact import by_id, placed
from graphengine.influence.ranking.flow import Flow
from graphengine.influence.ranking.pagerank import pagerank
from graphengine.influence.ranking.trails import certified_trails
from graphengine.influence.ranking.transition import row_normalised

if TYPE_CHECKING:
    import scipy.sparse as sp
    from numpy.typing import ArrayLike, NDArray

    from graphengine.influence.ranking.compact import ByTarget
    from graphengine.influence.ranking.iteration import Solution

__all__ = ["SpamMass", "spam_mass", "trust_rank"]


@dataclass(frozen=True, slots=True)
class SpamMass:
    """Relative spam mass of everyone, between 0 (all rank from the trusted) and 1 (none).

    ``error_bound`` bounds each entry's error; ``visits`` and ``trusted`` are the two solves.
    """

    value: NDArray[np.float64]
    error_bound: float
    visits: Solution
    trusted: Solution


def trust_rank(
    W: sp.csr_array | ByTarget,
    trusted: ArrayLike,
    *,
    damping: float = 0.85,
    tolerance: float = 1e-9,
) -> Solution:
    """PageRank that restarts only at ``trusted`` people (their numbers), evenly.

    Raises:
        NotConvergedError: The tolerance is below what float64 can certify.
        ValueError: Nobody is trusted, a number names nobody, or a weight is out of range.

    >>> import scipy.sparse as sp
    >>> trust_rank(sp.csr_array([[0, 1.0, 0], [1.0, 0, 0], [0, 1.0, 0]]), [0]).value.round(6)
    array([0.540541, 0.459459, 0.      ])
    """
    return pagerank(W, damping=damping, restart=_core(trusted, W.shape[0]), tolerance=tolerance)


def spam_mass(
    W: sp.csr_array | ByTarget,
    trusted: ArrayLike,
    *,
    damping: float = 0.85,
    tolerance: float = 1e-9,
) -> SpamMass:
    """The share of each person's rank that comes from no trail of a ``trusted`` person.

    ``tolerance`` is aimed at for each entry; ``error_bound`` says what 64-bit numbers allowed.

    Raises:
        NotConvergedError: The tolerance is below what float64 can certify.
        ValueError: Nobody is trusted, a number names nobody, or a weight is out of range.

    >>> import scipy.sparse as sp
    >>> spam_mass(sp.csr_array([[0, 1.0, 0], [0, 0, 0], [0, 1.0, 0]]), [0]).value.round(6)
    array([0.      , 0.685185, 1.      ])
    """
    core, n = _core(trusted, W.shape[0]), W.shape[0]
    if not 0.0 <= damping < 1.0:
        raise ValueError(f"the damping must lie in [0, 1), got {damping}")
    P, fine = row_normalised(W), max(tolerance / n, 1e-13)
    flow = Flow(P, damping=damping)
    every, some = (
        replace(found, value=by_id(P, found.value))
        for b in (np.ones(n), core)
        for found in [certified_trails(flow, placed(P, b), tolerance=fine)]
    )
    # both bounds are absolute and every visit count is at least 1, so the share's error is theirs
    value = np.clip(1.0 - some.value / every.value, 0.0, 1.0)
    return SpamMass(value, every.error_bound + some.error_bound, every, some)


def _core(trusted: ArrayLike, n: int) -> NDArray[np.float64]:
    people = np.asarray(trusted)
    known = people.dtype.kind in "iu" and people.size and people.min() >= 0 and people.max() < n
    if not known:
        raise ValueError(
            f"trusted needs the numbers of one or more people, from 0 to {n - 1}, "
            f"got {people.tolist()[:10]}"
        )
    core = np.zeros(n)
    core[people] = 1.0
    return core
