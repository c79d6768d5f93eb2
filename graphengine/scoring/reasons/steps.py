"""Where trails go, prepared for many questions about single people.

Only people who both endorse and are endorsed, the core, can be passed through more than once. Whoever is
never endorsed sends a trail and sees none; whoever never endorses ends it. So what has to be
solved has the core's size, and the rest is one product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from graphengine.influence.ranking import saturated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.scoring.parts import Passing

__all__ = ["Steps", "steps_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """A transition P of n people, by column and in pieces.

    total (n): κ + Σ_v w_uv^α of each row. back: Pᵀ. core: numbers of the people who endorse and
    are endorsed; place (n): their position in it, −1 for others. inner: P within the core, and
    ``outer`` its transpose. sources: numbers of those who only endorse; entering: P from them to
    the core, a row a source.
    """

    total: NDArray[np.float64]
    back: sp.csr_array
    core: NDArray[np.int64]
    place: NDArray[np.int64]
    inner: sp.csr_array
    outer: sp.csr_array
    sources: NDArray[np.int64]
    entering: sp.csr_array

    @property
    def n(self) -> int:
        """The number of people."""
        return len(self.total)

    def column(self, target: int) -> NDArray[np.float64]:
        """P_ut of everybody (n)."""
        found = np.zeros(self.n)
        some = slice(self.back.indptr[target], self.back.indptr[target + 1])
        found[self.back.indices[some]] = self.back.data[some]
        return found


def steps_of(W: sp.csr_array, *, passing: Passing, there: sp.csr_array | None = None) -> Steps:
    """The steps by decayed weights W (n × n, row = endorser).

    ``there`` (n × n, None: all) is true where an endorsement has not left: one that has passes
    nothing on, but still counts in its row's sum, so that nobody rises because it leaves.

    >>> from graphengine.scoring.parts import Passing
    >>> steps_of(sp.csr_array([[0, 1.0], [0, 0]]), passing=Passing()).column(1).tolist()
    [0.5, 0.0]
    """
    total = _totals(W, passing)
    P = _transition(W, total, passing)
    if there is not None:
        P = P * (there > 0)
        P.eliminate_zeros()
    back = _short(P.T.tocsr())
    gives, receives = np.diff(P.indptr) > 0, np.diff(back.indptr) > 0
    core, sources = np.flatnonzero(gives & receives), np.flatnonzero(gives & ~receives)
    place = np.full(P.shape[0], -1, dtype=np.int64)
    place[core] = np.arange(len(core))
    inner = _block(P, core, place, width=len(core))
    return Steps(
        total, back, core, place, inner, _short(inner.T.tocsr()), sources,
        _block(P, sources, place, width=len(core)),
    )  # fmt: skip


def _transition(W: sp.csr_array, total: NDArray[np.float64], passing: Passing) -> sp.csr_array:
    """``saturated`` without its checks, where the weights need none."""
    plain = W.has_canonical_format and bool((W.data > 0.0).all()) and not W.diagonal().any()
    if not plain or not np.isfinite(total).all():
        return saturated(W, alpha=passing.alpha, kappa=passing.kappa)
    share = W.data**passing.alpha / np.repeat(total, np.diff(W.indptr))
    return sp.csr_array((share, W.indices, W.indptr), shape=W.shape)


def _totals(W: sp.csr_array, passing: Passing) -> NDArray[np.float64]:
    powers = sp.csr_array((W.data**passing.alpha, W.indices, W.indptr), shape=W.shape)
    powers = powers - sp.diags_array(powers.diagonal()) if powers.diagonal().any() else powers
    return passing.kappa + np.asarray(powers.sum(axis=1), dtype=np.float64)


def _block(
    P: sp.csr_array, rows: NDArray[np.int64], place: NDArray[np.int64], *, width: int
) -> sp.csr_array:
    """The rows of P, with columns where people have a place."""
    number = np.full(P.shape[0], -1, dtype=np.int64)
    number[rows] = np.arange(len(rows))
    row, column = np.repeat(number, np.diff(P.indptr)), place[P.indices]
    keep = (row >= 0) & (column >= 0)
    counts = np.bincount(row[keep], minlength=len(rows))
    indptr = np.concatenate([[0], np.cumsum(counts)])
    return _short(sp.csr_array((P.data[keep], column[keep], indptr), shape=(len(rows), width)))


def _short(P: sp.csr_array) -> sp.csr_array:
    """P with 32-bit places, where they hold: half of what a product reads."""
    if P.nnz < 2**31:
        P.indices, P.indptr = P.indices.astype(np.int32), P.indptr.astype(np.int32)
    return P
