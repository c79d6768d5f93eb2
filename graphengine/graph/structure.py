"""The compact structure of a graph: five bytes an edge, as it lies on the disk and is iterated.

    <folder>/ structure.json indptr.npy indices.npy weights.npy order.npy

By target. Nodes are renumbered so that a ranking need not copy anything: first the core of those
who endorse and are endorsed, most endorsements first; then those who are only endorsed; then
those whom nobody endorses. An edge is the 32-bit place of the endorser and the smallest type
that holds all weights exactly, or nothing where all are 1.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp

from graphengine.errors import InputError
from graphengine.influence.kernels.compiled import COMPILED
from graphengine.influence.kernels.layout import tally
from graphengine.influence.kernels.pairs import dealt, ranked, tallied
from graphengine.influence.kernels.rows import rearranged

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = [
    "FORMAT",
    "Structure",
    "by_loops",
    "compact_places",
    "compact_weights",
    "dealt_out",
    "laid_out",
    "load_structure",
    "mapped",
    "node_order",
    "save_structure",
    "write_record",
]

FORMAT = 1
_RECORD = "structure.json"
_WHOLE = (np.uint8, np.uint16, np.uint32)
_MANY = 1_000_000  # edges from which compiled loops repay that they are made ready


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """Who endorses whom, by place; ``order[place]`` is a node's id. Arrays are read-only.

    The endorsers of a place are ``indices[indptr[place]:indptr[place + 1]]``, ascending, nobody
    twice and nobody oneself, with their ``weights`` (> 0) beside them. ``core`` counts the nodes
    that endorse and are endorsed; they come first. ``drift`` is how many endorsements
    people have given since the order was made, or taken back: see ``relaid``.
    """

    indptr: NDArray[Any]  # n + 1, uint32, or int64 where that is too small
    indices: NDArray[np.uint32]  # m
    weights: NDArray[Any] | None  # m, uint8, uint16, uint32 or float64; None: all are 1
    order: NDArray[np.uint32]  # n
    core: int
    drift: int = 0

    def __post_init__(self) -> None:
        for name in ("indptr", "indices", "weights", "order"):
            array = getattr(self, name)
            if array is not None:
                view = np.asarray(array).view()
                view.flags.writeable = False
                object.__setattr__(self, name, view)

    @property
    def n(self) -> int:
        """The number of nodes."""
        return len(self.order)

    @property
    def m(self) -> int:
        """The number of edges."""
        return len(self.indices)

    @property
    def shape(self) -> tuple[int, int]:
        """The shape n × n of the matrix that it stands for."""
        return self.n, self.n

    @property
    def nbytes(self) -> int:
        """The bytes of all arrays."""
        arrays = (self.indptr, self.indices, self.weights, self.order)
        return sum(array.nbytes for array in arrays if array is not None)


def laid_out(indptr: NDArray[Any], indices: NDArray[Any], weights: NDArray[Any]) -> Structure:
    """The structure of a graph by target: endorsers ``indices[indptr[t]:indptr[t + 1]]`` of t.

    Nobody endorses oneself, no pair comes twice, every weight is > 0. Two counting sorts do it.

    >>> s = laid_out(np.array([0, 1, 2, 2]), np.array([1, 2]), np.array([3.0, 1.0]))
    >>> s.order.tolist(), s.indptr.tolist(), s.indices.tolist(), s.weights.tolist(), s.core
    ([1, 0, 2], [0, 1, 2, 2], [2, 0], [1, 3], 1)
    """
    small = compact_weights(weights)
    if by_loops(len(indices)):
        return _laid_out_by_loops(indptr, indices, small)
    n = len(indptr) - 1
    by_target = np.asarray(indices)
    order, core = node_order(np.bincount(by_target, minlength=n), np.diff(indptr))
    place = np.empty(n, dtype=np.int32 if n < 1 << 31 else np.int64)
    place[order] = np.arange(n, dtype=place.dtype)
    data = np.zeros(len(by_target), dtype=np.uint8) if small is None else small
    starts = np.asarray(indptr, dtype=np.int32 if len(by_target) < 1 << 31 else np.int64)
    by_endorser: Any = sp.csr_array((data, place[by_target], starts), shape=(n, n)).tocsc()
    moved: Any = (by_endorser.data, place[by_endorser.indices], by_endorser.indptr)
    M: Any = sp.csc_array(moved, shape=(n, n)).tocsr()
    return Structure(
        compact_places(M.indptr),
        M.indices.astype(np.uint32, copy=False),
        None if small is None else M.data,
        order,
        core,
    )


def dealt_out(
    u: NDArray[np.int64], v: NDArray[np.int64], weights: NDArray[np.float64] | None, *, nodes: int
) -> Structure | None:
    """The structure of pairs u → v, loops left out, by compiled loops that write an edge twice.

    Weights are > 0. None where an id is not from 0 to ``nodes`` − 1, where a pair comes twice, or
    where nothing compiles: then another way leads to an answer, or to an error.

    >>> dealt_out(np.array([0, 0]), np.array([1, 1]), None, nodes=2) is None
    True
    """
    if weights is not None and len(weights) and weights.min() == weights.max() == 1.0:
        weights = None
    if not COMPILED:
        return None
    usable, given, received = tallied(u, v, nodes)
    if not usable:
        return None
    order, place, core = ranked(given, received)
    between, moved = (None if weights is None else np.empty_like(weights) for _ in range(2))
    all_weights, counts = (weights, between, moved), (given, received)
    starts, indices, once = dealt((u, v), all_weights, counts, (order, place))
    kept = None if moved is None else compact_weights(moved[: len(indices)])
    return Structure(starts, indices, kept, order, core) if once else None


def by_loops(edges: int) -> bool:
    """Whether compiled loops do the work: there are some, and so many edges repay making them ready.

    >>> by_loops(1_000)
    False
    """
    return COMPILED and edges >= _MANY


def _laid_out_by_loops(
    indptr: NDArray[Any], indices: NDArray[Any], weights: NDArray[Any] | None
) -> Structure:
    """The same for many edges, row by row."""
    n, starts, by_target = len(indptr) - 1, np.asarray(indptr), np.asarray(indices, dtype=np.uint32)
    received = np.diff(starts)
    order, core = node_order(tally(by_target, n), received)
    place = np.empty_like(order)
    place[order] = np.arange(n, dtype=place.dtype)
    out = np.empty_like(by_target)
    moved = None if weights is None else np.empty_like(weights)
    kept = None if weights is None else np.empty(n, dtype=weights.dtype)
    rearranged((starts, by_target, weights), order, place, out, moved, kept)
    after = compact_places(np.concatenate([[0], np.cumsum(received[order])]))
    return Structure(after, out, moved, order, core)


def node_order(given: NDArray[Any], received: NDArray[Any]) -> tuple[NDArray[np.uint32], int]:
    """Ids in the order of places, and how many form the core, from how much each has.

    >>> node_order(np.array([1, 0, 3, 0, 2]), np.array([1, 4, 1, 0, 0]))
    (array([2, 0, 1, 4, 3], dtype=uint32), 2)
    """
    received = received > 0
    kind = np.where(received, np.where(given > 0, 0, 1), 2).astype(np.uint8)
    core = int(np.count_nonzero(kind == 0))
    largest = int(given.max(initial=0))
    small = np.uint16 if largest < 1 << 16 else np.int64  # the former is sorted by counting
    most_first = np.argsort((largest - given).astype(small), kind="stable")
    order = most_first[np.argsort(kind[most_first], kind="stable")]
    return order.astype(np.uint32), core


def compact_weights(weights: NDArray[Any]) -> NDArray[Any] | None:
    """``weights`` in the smallest type that holds them exactly; None where all are 1.

    >>> compact_weights(np.array([3.0, 255.0])).dtype, compact_weights(np.array([0.5])).dtype
    (dtype('uint8'), dtype('float64'))
    """
    if not len(weights):
        return None
    largest = weights.max()
    if largest == 1 and weights.min() == 1:
        return None
    for kind in _WHOLE:
        if largest <= np.iinfo(kind).max:
            small = weights.astype(kind, copy=False)
            if weights.dtype.kind == "u" or (small == weights).all():
                return small
            break
    return weights.astype(np.float64, copy=False)


def compact_places(indptr: NDArray[Any]) -> NDArray[Any]:
    """``indptr`` as uint32 where the number of edges allows it, else int64."""
    return indptr.astype(np.uint32 if int(indptr[-1]) < 1 << 32 else np.int64, copy=False)


def save_structure(structure: Structure, folder: Path) -> None:
    """Write ``structure`` into an existing folder; the same structure gives the same bytes."""
    for name in ("indptr", "indices", "weights", "order"):
        array = getattr(structure, name)
        if array is not None:
            np.save(folder / f"{name}.npy", array, allow_pickle=False)
    kind = None if structure.weights is None else structure.weights.dtype.name
    n, m, core, drift = structure.n, structure.m, structure.core, structure.drift
    write_record(folder, nodes=n, edges=m, weights=kind, core=core, drift=drift)


def write_record(
    folder: Path, *, nodes: int, edges: int, weights: str | None, core: int, drift: int = 0
) -> None:
    """Write what makes the arrays of ``folder`` a structure; it comes last."""
    record = {"format": FORMAT, "nodes": nodes, "edges": edges, "weights": weights, "core": core}
    if drift:
        record["drift"] = drift
    (folder / _RECORD).write_text(json.dumps(record, sort_keys=True) + "\n", "utf-8")


def load_structure(folder: Path) -> Structure:
    """The structure in ``folder``, its arrays memory-mapped.

    Raises:
        InputError: The folder holds none, one of another version, or a file is cut short.
    """
    record = _record(folder)
    n, m, kind = record["nodes"], record["edges"], record["weights"]
    place = "uint32" if m < 1 << 32 else "int64"
    return Structure(
        mapped(folder / "indptr.npy", place, n + 1),
        mapped(folder / "indices.npy", "uint32", m),
        None if kind is None else mapped(folder / "weights.npy", kind, m),
        mapped(folder / "order.npy", "uint32", n),
        record["core"],
        record.get("drift", 0),
    )


def mapped(path: Path, kind: str, length: int) -> NDArray[Any]:
    """The array in ``path``, memory-mapped, if it is of this type and length.

    Raises:
        InputError: The file is not there, is cut short, or holds something else.
    """
    found = "cannot be read"
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r" if length else None, allow_pickle=False)
        found = f"holds {array.shape} {array.dtype}"
        if array.shape == (length,) and array.dtype == kind:
            return array
    except FileNotFoundError:
        found = "is missing"
    except (ValueError, EOFError):
        found = "is cut short or damaged"
    raise InputError(
        f"{path} {found}; {length} entries of {kind} were written. Remove the folder "
        f"{path.parent.name} and build it again."
    )


def _record(folder: Path) -> dict[str, Any]:
    path = folder / _RECORD
    try:
        record = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as e:
        raise InputError(
            f"{folder} holds no structure: {_RECORD} is missing. Name a folder that a build made."
        ) from e
    except ValueError as e:
        raise InputError(f"{path} is cut short or damaged. Build the structure again.") from e
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        came = record.get("format") if isinstance(record, dict) else None
        raise InputError(
            f"{path} has the format {came}; this version reads {FORMAT}. Build the structure "
            "again, or use the version that wrote it."
        )
    return record
