"""Strength: the weight that somebody receives or gives, the baseline that all ranking must beat.

In-strength is Σ_u w_uv, out-strength Σ_v w_uv (Barrat et al. 2004); what people do to themselves
counts nowhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.ranking.transition import between_different

if TYPE_CHECKING:
    import scipy.sparse as sp
    from numpy.typing import NDArray

__all__ = ["in_strength", "out_strength"]


def in_strength(W: sp.csr_array) -> NDArray[np.float64]:
    """The weight of all endorsements of each person; ``W`` is n × n, row = endorser.

    Raises:
        ValueError: W is not square, or a weight is negative or not finite.

    >>> import scipy.sparse as sp
    >>> in_strength(sp.csr_array([[9.0, 2.0, 1.0], [0, 0, 1.0], [0, 0, 0]]))
    array([0., 2., 2.])
    """
    return np.asarray(between_different(W).sum(axis=0), dtype=np.float64)


def out_strength(W: sp.csr_array) -> NDArray[np.float64]:
    """The weight of all endorsements by each person; ``W`` is n × n, row = endorser.

    Raises:
        ValueError: W is not square, or a weight is negative or not finite.

    >>> import scipy.sparse as sp
    >>> out_strength(sp.csr_array([[9.0, 2.0, 1.0], [0, 0, 1.0], [0, 0, 0]]))
    array([3., 1., 0.])
    """
    return np.asarray(between_different(W).sum(axis=1), dtype=np.float64)
