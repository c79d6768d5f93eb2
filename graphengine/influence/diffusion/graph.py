"""The graph that influence spreads on: who can move whom, and with what probability.

An edge u -> v says that u can move v. Edges stand by target, sources ascending, each pair once.
Self edges mean nothing here (who is reached is reached) and are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "DiffusionGraph",
    "Model",
    "check_weights",
    "diffusion_graph",
    "uniform",
    "weighted_cascade",
]

Model = Literal["independent_cascade", "linear_threshold"]
Parallel = Literal["reject", "independent", "sum"]
AboveOne = Literal["reject", "cap"]

_MOST = 1 << 32  # people and edges are numbered with 32 bits
_SLACK = 1e-9  # rounding that a sum of weights may bring above 1


@dataclass(frozen=True, slots=True, eq=False)
class DiffusionGraph:
    """In-edges by target: v's are ``indices[indptr[v]:indptr[v + 1]]``, ascending, no repeats.

    ``indptr`` (n + 1), ``indices`` (m, who moves v), ``probability`` (m, in [0, 1]; under linear
    threshold the weights, which sum to at most 1 at each target).
    """

    indptr: NDArray[np.uint64]
    indices: NDArray[np.uint32]
    probability: NDArray[np.float64]

    @property
    def n(self) -> int:
        """The number of people."""
        return self.indptr.size - 1

    @property
    def m(self) -> int:
        """The number of edges."""
        return self.indices.size

    def targets(self) -> NDArray[np.uint32]:
        """The target of each edge (m)."""
        degree = np.diff(self.indptr).astype(np.int64)
        return np.repeat(np.arange(self.n, dtype=np.uint32), degree)


def diffusion_graph(
    source: ArrayLike,
    target: ArrayLike,
    probability: ArrayLike,
    *,
    n: int | None = None,
    parallel: Parallel = "reject",
    above_one: AboveOne = "reject",
) -> DiffusionGraph:
    """The graph of edges ``source[i]`` -> ``target[i]`` with ``probability[i]``.

    People are numbered 0 to n - 1; without ``n`` every number up to the largest must occur.
    ``parallel`` says what repeats of a pair mean: an error; ``independent`` chances,
    1 - (1 - p)(1 - q); or a ``sum``. ``above_one``: an error, or ``cap`` at 1 (after combining).

    Raises:
        ValueError: Lengths, numbers or probabilities that cannot be; the text names the first.

    >>> graph = diffusion_graph([0, 0, 1, 1], [1, 1, 2, 1], [0.5, 0.5, 0.25, 1], parallel="sum")
    >>> graph.indptr, graph.indices, graph.probability
    (array([0, 0, 1, 2], dtype=uint64), array([0, 1], dtype=uint32), array([1.  , 0.25]))
    """
    _one_of("parallel", parallel, ("reject", "independent", "sum"))
    _one_of("above_one", above_one, ("reject", "cap"))
    u, v = _ids(source, "source"), _ids(target, "target")
    p = _probabilities(probability, u, v)
    if above_one == "reject":
        _reject_above_one(u, v, p, hint="cap them with above_one='cap', or repair their estimate")
    size = _people(u, v, n)
    order, starts = _by_target(u, v)
    u, v = u[order], v[order]
    if starts.size < order.size:
        if parallel == "reject":
            raise _repeated(u, v, starts)
        p = _combined(p[order], starts, independent=parallel == "independent")
        u, v = u[starts], v[starts]
        if above_one == "reject":
            _reject_above_one(u, v, p, hint="their sum is; parallel='independent' never is")
    else:
        p = p[order]
    return DiffusionGraph(_indptr(v, size), u.astype(np.uint32), np.minimum(p, 1.0))


def weighted_cascade(
    source: ArrayLike, target: ArrayLike, *, n: int | None = None
) -> DiffusionGraph:
    """p(u, v) = how often the edge u -> v is given / how many edges into v are given.

    Source: Kempe, Kleinberg & Tardos 2003. Numbers of people as in ``diffusion_graph``.

    >>> weighted_cascade([0, 0, 1, 2], [2, 2, 2, 1]).probability
    array([1.        , 0.66666667, 0.33333333])
    """
    u, v = _ids(source, "source"), _ids(target, "target")
    _same_length(u, v)
    size = _people(u, v, n)
    order, starts = _by_target(u, v)
    times = np.diff(np.append(starts, order.size))
    u, v = u[order[starts]], v[order[starts]]
    total = np.bincount(v, weights=times, minlength=size)
    return DiffusionGraph(_indptr(v, size), u.astype(np.uint32), times / total[v])


def uniform(
    source: ArrayLike, target: ArrayLike, p: float, *, n: int | None = None
) -> DiffusionGraph:
    """Every pair that is given has the same probability ``p``, however often it is given.

    >>> uniform([0, 0, 1], [1, 1, 2], 0.1).probability
    array([0.1, 0.1])
    """
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"p must be a probability from 0 to 1, got {p}")
    u, v = _ids(source, "source"), _ids(target, "target")
    _same_length(u, v)
    size = _people(u, v, n)
    order, starts = _by_target(u, v)
    u, v = u[order[starts]], v[order[starts]]
    return DiffusionGraph(_indptr(v, size), u.astype(np.uint32), np.full(u.size, float(p)))


def check_weights(graph: DiffusionGraph) -> None:
    """Raise ValueError unless every target's weights sum to at most 1 (linear threshold).

    >>> check_weights(weighted_cascade([0, 1], [2, 2]))
    """
    total = np.bincount(graph.targets(), weights=graph.probability, minlength=graph.n)
    over = np.flatnonzero(total > 1.0 + _SLACK)
    if over.size:
        raise ValueError(
            f"under linear_threshold the weights into a person sum to at most 1, but those into "
            f"{over[0]} sum to {total[over[0]]:g} ({over.size} such people); divide each by its "
            f"target's sum, or use independent_cascade"
        )


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, got {value!r}")


def _ids(given: ArrayLike, name: str) -> NDArray[np.int64]:
    ids = np.asarray(given)
    if ids.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, got shape {ids.shape}")
    if ids.size == 0:
        return np.empty(0, np.int64)
    if ids.dtype.kind not in "iu":
        raise ValueError(f"{name} must hold whole numbers, got {ids.dtype}; renumber people first")
    bad = np.flatnonzero((ids < 0) | (ids >= _MOST))
    if bad.size:
        raise ValueError(
            f"{name}[{bad[0]}] is {ids[bad[0]]} ({bad.size} such); people are numbered from 0 "
            "without gaps: renumber them first"
        )
    return ids.astype(np.int64, copy=False)


def _same_length(*columns: NDArray[Any]) -> None:
    if len({c.shape for c in columns}) > 1:
        sizes = ", ".join(str(c.shape) for c in columns)
        raise ValueError(f"the columns of edges must have one length, got shapes {sizes}")


def _probabilities(
    given: ArrayLike, u: NDArray[np.int64], v: NDArray[np.int64]
) -> NDArray[np.float64]:
    p = np.asarray(given, np.float64)
    _same_length(u, v, p)
    bad = np.flatnonzero(~((p >= 0.0) & (p < np.inf)) & (u != v))
    if bad.size:
        raise _not_probable(u, v, p, bad, "negative, infinite or missing: repair their estimate")
    return p


def _reject_above_one(
    u: NDArray[np.int64], v: NDArray[np.int64], p: NDArray[np.float64], *, hint: str
) -> None:
    bad = np.flatnonzero((p > 1.0) & (u != v))
    if bad.size:
        raise _not_probable(u, v, p, bad, f"above 1: {hint}")


def _not_probable(
    u: NDArray[np.int64],
    v: NDArray[np.int64],
    p: NDArray[np.float64],
    bad: NDArray[np.int64],
    why: str,
) -> ValueError:
    i = bad[0]
    return ValueError(
        f"a probability lies from 0 to 1, got {p[i]:g} for edge {i} ({u[i]} -> {v[i]}); "
        f"{bad.size} such, {why}"
    )


def _people(u: NDArray[np.int64], v: NDArray[np.int64], n: int | None) -> int:
    _same_length(u, v)
    largest = int(max(u.max(initial=-1), v.max(initial=-1)))
    if n is not None:
        if n < 0 or largest >= n:
            raise ValueError(f"n is {n}, but the edges name person {largest}; raise n")
        return int(n)
    known = np.zeros(largest + 1, np.bool_)
    known[u] = known[v] = True
    gaps = np.flatnonzero(~known)
    if gaps.size:
        raise ValueError(
            f"the numbers of people have gaps: {gaps[0]} is the first of {gaps.size} below "
            f"{largest} that no edge names; renumber people from 0, or give n"
        )
    return largest + 1


def _by_target(
    u: NDArray[np.int64], v: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The edges that are not self edges by (target, source), and where each pair begins."""
    kept = np.flatnonzero(u != v)
    key = (v[kept].astype(np.uint64) << np.uint64(32)) | u[kept].astype(np.uint64)
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.ones(key.size, np.bool_)
    np.not_equal(key[1:], key[:-1], out=first[1:])
    return kept[order], np.flatnonzero(first)


def _repeated(u: NDArray[np.int64], v: NDArray[np.int64], starts: NDArray[np.int64]) -> ValueError:
    again = np.setdiff1d(np.arange(u.size), starts)
    return ValueError(
        f"the edge {u[again[0]]} -> {v[again[0]]} is given more than once ({again.size} repeats); "
        "say what repeats mean: parallel='independent' or parallel='sum'"
    )


def _combined(
    p: NDArray[np.float64], starts: NDArray[np.int64], *, independent: bool
) -> NDArray[np.float64]:
    """One probability a pair, whatever the order in which its repeats came."""
    pair = np.zeros(p.size, np.int64)
    pair[starts] = 1
    p = p[np.lexsort((p, np.cumsum(pair)))]
    if independent:
        return 1.0 - np.multiply.reduceat(1.0 - np.minimum(p, 1.0), starts)
    return np.add.reduceat(p, starts)


def _indptr(v: NDArray[np.int64], n: int) -> NDArray[np.uint64]:
    if v.size >= _MOST:
        raise ValueError(f"a diffusion graph holds fewer than 2^32 edges, got {v.size}")
    indptr = np.zeros(n + 1, np.uint64)
    np.cumsum(np.bincount(v, minlength=n), out=indptr[1:].view(np.int64))
    return indptr
