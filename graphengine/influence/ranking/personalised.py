"""Personalised PageRank from many sources: one restart a row, one preparation for all.

Page et al. 1998; Haveliwala 2002. Row s says where the trails of source s start again; row s of
the answer is the world as seen from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.ranking.pagerank import Surfer
from graphengine.influence.ranking.transition import row_normalised

if TYPE_CHECKING:
    import scipy.sparse as sp
    from numpy.typing import ArrayLike

    from graphengine.influence.ranking.compact import ByTarget
    from graphengine.influence.ranking.iteration import Solution

__all__ = ["one_person_each", "personalised"]


def personalised(
    W: sp.csr_array | ByTarget,
    restarts: ArrayLike,
    *,
    damping: float = 0.85,
    tolerance: float = 1e-9,
) -> tuple[Solution, ...]:
    """PageRank once for every row of ``restarts``, each with its own certificate.

    ``W`` is n × n, row = endorser, or a structure; ``restarts`` is sources × n, entries ≥ 0, each row scaled to
    sum 1. Dangling people pass on along the row's restart.

    Raises:
        NotConvergedError: The tolerance is below what float64 can certify.
        ValueError: A weight, a row of restarts or the damping is out of its range.

    >>> import scipy.sparse as sp
    >>> pair = sp.csr_array([[0, 1.0], [1.0, 0]])
    >>> [s.value.round(6).tolist() for s in personalised(pair, one_person_each([0, 1], n=2))]
    [[0.540541, 0.459459], [0.459459, 0.540541]]
    """
    rows = np.asarray(restarts, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != W.shape[0]:
        raise ValueError(
            f"restarts needs one row a source and {W.shape[0]} columns, got the shape {rows.shape}"
        )
    if not len(rows):
        return ()
    surfer = Surfer(row_normalised(W), damping=damping, restart=rows[0], dangling=None)
    return tuple(surfer.restarting(row).settled(None, tolerance=tolerance) for row in rows)


def one_person_each(people: ArrayLike, *, n: int) -> np.ndarray:
    """Restarts for ``personalised``: row i restarts at the i-th of ``people`` alone.

    Raises:
        ValueError: One of the people is not among the ``n``.

    >>> one_person_each([2, 0], n=3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    who = np.asarray(people)
    if who.size and (who.dtype.kind not in "iu" or who.min() < 0 or who.max() >= n):
        raise ValueError(f"people are whole numbers from 0 to {n - 1}, got {who.tolist()[:10]}")
    rows = np.zeros((who.size, n))
    rows[np.arange(who.size), who.astype(np.int64)] = 1.0
    return rows
