"""A structure from columns of ids that lie in memory: who endorses, whom, and how much.

What fits the caches is counted and dealt by compiled loops, two writes an edge. For larger columns
SciPy's conversion, which writes an edge once, and the rows rearranged are as fast, and need less.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp

from graphengine.errors import InputError
from graphengine.graph.structure import Structure, dealt_out, laid_out

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["structure_from_pairs"]

_LONG, _HIGHEST = 8, np.iinfo(np.int64).max
_FEW = 2_000_000  # edges below which everything but the columns stays in the cache


def structure_from_pairs(
    u: ArrayLike, v: ArrayLike, w: ArrayLike | None = None, *, nodes: int
) -> Structure:
    """The structure of ``nodes`` nodes from columns: endorser ``u``, endorsed ``v``, weight ``w``.

    Ids go from 0 to ``nodes`` − 1, weights are finite and ≥ 0 (0: no edge; None: all are 1).
    Repeats of a pair add up, loops are dropped; the order of the edges changes nothing.

    Raises:
        InputError: The columns differ in length, or an id or a weight is out of its range.

    >>> s = structure_from_pairs([0, 2, 0, 1], [1, 1, 1, 1], nodes=3)
    >>> s.indptr.tolist(), s.order[s.indices].tolist(), s.weights.tolist()
    ([0, 2, 2, 2], [0, 2], [2, 1])
    """
    ids = _ids(u, nodes), _ids(v, nodes)
    weights = None if w is None else _weights(w)
    if len({len(a) for a in (*ids, weights) if a is not None}) > 1:
        raise InputError("u, v and w need one entry an edge each; their lengths differ.")
    if weights is not None and len(weights) and not weights.min() > 0:
        keep = weights > 0
        ids, weights = (ids[0][keep], ids[1][keep]), weights[keep]
    found = dealt_out(*ids, weights, nodes=nodes) if len(ids[0]) < _FEW else None
    return found or _by_conversion(ids, weights, nodes)


def _by_conversion(
    ids: tuple[NDArray[np.int64], NDArray[np.int64]],
    weights: NDArray[np.float64] | None,
    nodes: int,
) -> Structure:
    (u, v), keep = ids, ids[0] != ids[1]
    if len(u) and (min(u.min(), v.min()) < 0 or max(u.max(), v.max()) >= nodes):
        raise _unusable(ids, nodes)
    data = np.ones(len(u)) if weights is None else weights
    if not keep.all():
        data, u, v = data[keep], u[keep], v[keep]
    W: Any = sp.csc_array((data, (u, v)), shape=(nodes, nodes))  # sorted, and repeats added up
    if len(W.data) and not W.data.max() < np.inf:
        raise InputError("repeats of a pair add up to more than float64 holds; scale weights down.")
    return laid_out(W.indptr, W.indices, W.data)


def _ids(values: ArrayLike, nodes: int) -> NDArray[np.int64]:
    array = np.asarray(values)
    if not array.size:
        return np.zeros(0, dtype=np.int64)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise InputError(
            f"ids must be whole numbers from 0 to {nodes - 1} in one column; there are "
            f"{array.dtype} of the shape {array.shape}. Renumber the nodes first."
        )
    if array.dtype.kind == "u" and array.dtype.itemsize == _LONG and array.max() > _HIGHEST:
        raise InputError(f"ids must be whole numbers from 0 to {nodes - 1}; one is {array.max()}.")
    return np.ascontiguousarray(array, dtype=np.int64)  # one type: loops are compiled once


def _weights(values: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise InputError(f"w needs one column of numbers, got the shape {array.shape}.")
    if len(array) and not (array.min() >= 0 and array.max() < np.inf):  # nor is one no number
        raise InputError(
            "a weight is negative, infinite or not a number; an edge weighs 0 or more. Leave out "
            "what is not an edge."
        )
    return np.ascontiguousarray(array)


def _unusable(ids: tuple[NDArray[np.int64], NDArray[np.int64]], nodes: int) -> InputError:
    lowest, highest = min(a.min() for a in ids), max(a.max() for a in ids)
    return InputError(
        f"ids must be whole numbers from 0 to {nodes - 1}; there are some from {lowest} to "
        f"{highest}. Renumber the nodes first."
    )
