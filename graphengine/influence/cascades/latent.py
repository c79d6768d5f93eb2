"""Credit where only the root of a cascade is known: everybody earlier may have been the one seen.

The latent tree of Rizoiu et al. 2018 (CasIn): adopter j took i < j for its parent with
p_ij = m_i·e^(−r(t_j − t_i)) / Σ_{k<j} m_k·e^(−r(t_j − t_k)), m being followers. Direct credit is
Σ_j p_ij·unit_j, total influence φ_i = unit_i + Σ_j p_ij·φ_j: the mean over all trees that could have
been. Both are two scans. Equal followers give exponential decay, and r = 0 too an even split.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.kernels.latent import latent_credit as scanned
from graphengine.influence.kernels.latent import likeliest_parent

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from graphengine.influence.cascades.adoptions import Adoptions

__all__ = ["CASIN_RATE", "casin", "latent_credit", "latent_parents"]

CASIN_RATE = 6.8e-5
"""r of Rizoiu et al. 2018, per second."""


def casin(log: Adoptions, followers: ArrayLike, *, rate: float = CASIN_RATE) -> NDArray[np.float64]:
    """φ of each adoption (n, in the order of ``log``): the posts that are there because of it.

    ``followers`` has one number an adoption; 0 is read as 1, as Rizoiu et al. do. The first
    adoption of each cascade has the cascade's size.

    Raises:
        ValueError: A number of followers is negative, infinite or not a number.

    >>> from graphengine.influence.cascades.adoptions import adoptions
    >>> casin(adoptions([0, 0, 0], [0, 1, 2], [0, 321, 339]), [4674, 1327, 976]).round(6)
    array([3.      , 1.224912, 1.      ])
    """
    counts = np.asarray(followers, np.float64)
    return latent_credit(log, np.where(counts == 0.0, 1.0, counts), rate=rate)[1]


def latent_credit(
    log: Adoptions,
    weight: ArrayLike | None = None,
    *,
    rate: float,
    unit: ArrayLike | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Direct and total credit of each adoption (n), in the order of ``log``.

    ``weight`` m and ``unit`` have one number an adoption, 1 by default; ``rate`` r is per second
    (1/τ for decay with e^(−age/τ), 0 for an even split). Adoptions of one second stand in the
    order of the log: the later one may have seen the earlier one.

    Raises:
        ValueError: A weight is not positive and finite, r is negative, or a length is wrong.

    >>> from graphengine.influence.cascades.adoptions import adoptions
    >>> direct, total = latent_credit(adoptions([0, 0, 0], [0, 1, 2], [0, 10, 30]), rate=0)
    >>> direct.tolist(), total.tolist()
    ([1.5, 0.5, 0.0], [3.0, 1.5, 1.0])
    """
    m = _weights(log, weight)
    units = np.ones(log.n) if unit is None else np.asarray(unit, np.float64)
    if units.shape != (log.n,):
        raise ValueError(f"unit has shape {units.shape}; each of the {log.n} adoptions needs one")
    return scanned(log.first, log.at, m, units, _rate(rate))


def latent_parents(
    log: Adoptions, weight: ArrayLike | None = None, *, rate: float
) -> NDArray[np.int64]:
    """The likeliest parent of each adoption (n): a position in ``log``, −1 at each cascade's first.

    Of equally likely ones the earliest.

    Raises:
        ValueError: As ``latent_credit``.

    >>> from graphengine.influence.cascades.adoptions import adoptions
    >>> latent_parents(adoptions([0, 0, 0], [0, 1, 2], [0, 10, 30]), [9, 1, 1], rate=.01).tolist()
    [-1, 0, 0]
    """
    return likeliest_parent(log.first, log.at, _weights(log, weight), _rate(rate))


def _weights(log: Adoptions, weight: ArrayLike | None) -> NDArray[np.float64]:
    m = np.ones(log.n) if weight is None else np.asarray(weight, np.float64)
    if m.shape != (log.n,):
        raise ValueError(f"weight has shape {m.shape}; each of the {log.n} adoptions needs one")
    wrong = np.flatnonzero(~((m > 0.0) & (m < np.inf)))
    if wrong.size:
        raise ValueError(
            f"weight {m[wrong[0]]} at place {wrong[0]} ({wrong.size} such); weights must be "
            "positive and finite"
        )
    if m.max(initial=0.0) > np.finfo(np.float64).max / max(log.n, 1):
        raise ValueError("the weights may add up to more than a number can hold; divide them all")
    return m


def _rate(rate: float) -> float:
    if not 0.0 <= rate < np.inf:
        raise ValueError(f"rate is {rate}; it must be 0 or positive, per second")
    return float(rate)
