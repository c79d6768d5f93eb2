"""A transition P that is never spelled out: the structure as it lies on the disk, and vectors.

P_uv = f(w_uv) / (κ + Σ_v f(w_uv)) with f(w) = w^α. The edges keep their small whole weights: f is
looked up in a table, and the division is done once a node, on the vector. Vectors are by place:
``placed`` and ``by_id`` lead there and back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast, runtime_checkable

import numpy as np

from graphengine.influence.kernels.compact import gather, given

if TYPE_CHECKING:
    import scipy.sparse as sp
    from numpy.typing import NDArray

__all__ = ["ByTarget", "Compact", "by_id", "placed", "transition"]

_TABLED = (np.uint8, np.uint16)
_SANE = (1e-100, 1e100)  # weights that neither overflow nor vanish when they are multiplied

Vector = TypeVar("Vector", bound="NDArray[np.float64] | None")


@runtime_checkable
class ByTarget(Protocol):
    """What is asked of a structure (``graphengine.graph.Structure`` is one).

    Nodes are numbered by place: the ``core`` of those who endorse and are endorsed, ordered by
    how much they endorse; then those who are only endorsed; then those whom nobody endorses.
    ``order[place]`` is a node's id. The endorsers of a place are
    ``indices[indptr[place]:indptr[place + 1]]``, ascending, none of them the place itself;
    ``weights`` lie beside them, all > 0, or are None where all are 1.
    """

    @property
    def shape(self) -> tuple[int, int]: ...  # noqa: D102
    @property
    def indptr(self) -> NDArray[Any]: ...  # noqa: D102
    @property
    def indices(self) -> NDArray[np.uint32]: ...  # noqa: D102
    @property
    def weights(self) -> NDArray[Any] | None: ...  # noqa: D102
    @property
    def order(self) -> NDArray[np.uint32]: ...  # noqa: D102
    @property
    def core(self) -> int: ...  # noqa: D102


@dataclass(frozen=True, slots=True, eq=False)
class Compact:
    """P of a structure: ``weights`` through ``table``, times ``per`` of the endorser.

    ``passed`` holds the row sums of P, ``inside`` what of them stays in the core, both by place.
    """

    structure: ByTarget
    weights: NDArray[Any] | None
    table: NDArray[np.float64] | None
    per: NDArray[np.float64]
    passed: NDArray[np.float64]
    inside: NDArray[np.float64]

    @property
    def shape(self) -> tuple[int, int]:
        """The shape n × n of the matrix that P is."""
        return len(self.per), len(self.per)

    @property
    def endorses(self) -> NDArray[np.bool_]:
        """Who endorses anybody, by place."""
        return np.asarray(self.per > 0.0)

    def follow(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pᵀx by place."""
        indptr = self.structure.indptr
        z = x * self.per
        return gather(indptr[:-1], indptr[1:], self.structure.indices, self.weights, self.table, z)


def transition(structure: ByTarget, *, alpha: float, kappa: float) -> Compact:
    """P of ``structure`` with saturation; α = 1 and κ = 0 are plain normalisation.

    Weights of one or two bytes are looked up in a table. Larger ones are used as they are where
    α = 1; otherwise P itself is made, 8 bytes an edge more.
    """
    weights = structure.weights
    if weights is None or not len(weights):
        return _divided(structure, None, None, kappa=kappa)
    if weights.dtype in _TABLED:
        largest = int(weights.max(initial=0))
        table = None if alpha == 1.0 else np.arange(largest + 1, dtype=np.float64) ** alpha
        return _divided(structure, weights, table, kappa=kappa)
    if alpha == 1.0 and _SANE[0] <= float(weights.min()) and float(weights.max()) <= _SANE[1]:
        return _divided(structure, weights, None, kappa=kappa)
    return _spelled_out(structure, weights, alpha=alpha, kappa=kappa)


def by_id(P: sp.csr_array | Compact, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """A vector of ``P`` by id; a matrix has its nodes by id already."""
    if not isinstance(P, Compact):
        return x
    out = np.empty_like(x)
    out[P.structure.order] = x
    return out


def placed(P: sp.csr_array | Compact, x: Vector) -> Vector:
    """A vector by id, rearranged as ``P`` has its nodes; a matrix has them by id already."""
    if x is None or not isinstance(P, Compact):
        return x
    return cast("Vector", x[P.structure.order])


def _divided(
    structure: ByTarget,
    weights: NDArray[Any] | None,
    table: NDArray[np.float64] | None,
    *,
    kappa: float,
) -> Compact:
    total, inside = given(structure.indptr, structure.indices, weights, table, structure.core)
    endorses = total > 0.0
    per = np.divide(1.0, kappa + total, out=np.zeros(len(total)), where=endorses)
    passed = np.where(endorses, 1.0, 0.0) if kappa == 0.0 else total * per
    return Compact(structure, weights, table, per, passed, inside * per[: structure.core])


def _spelled_out(
    structure: ByTarget, weights: NDArray[Any], *, alpha: float, kappa: float
) -> Compact:
    """P with a share an edge, relative to each endorser's largest weight as in ``saturated``."""
    endorser, n = structure.indices, len(structure.indptr) - 1
    largest = np.zeros(n)
    np.maximum.at(largest, endorser, weights)
    endorses = largest > 0.0
    largest[~endorses] = 1.0
    share = (weights / largest[endorser]) ** alpha
    with np.errstate(over="ignore"):
        divisor = kappa / largest**alpha + np.bincount(endorser, share, minlength=n)
    share /= divisor[endorser]
    total, inside = given(structure.indptr, endorser, share, None, structure.core)
    return Compact(structure, share, None, np.where(endorses, 1.0, 0.0), total, inside)
