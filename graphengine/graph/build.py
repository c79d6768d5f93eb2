"""A structure from edges that need not fit into memory: count, then fill range by range.

The first pass counts what each node gives and receives, which fixes the order of the nodes. The
second deals the edges into files, one for each range of targets; a range at a time is then read,
sorted, and appended to the structure. Repeats of a pair add their weights up, loops are dropped.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from graphengine.errors import InputError
from graphengine.graph.estimate import range_edges
from graphengine.graph.structure import (
    Structure,
    compact_places,
    compact_weights,
    load_structure,
    node_order,
    write_record,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    Chunk = tuple[NDArray[Any], NDArray[Any]] | tuple[NDArray[Any], NDArray[Any], NDArray[Any]]

__all__ = ["build_structure"]

_WIDTHS = ("none", "uint8", "uint16", "uint32", "float64")


def build_structure(
    edges: Callable[[], Iterable[Chunk]],
    folder: Path,
    *,
    nodes: int,
    everyone: bool = True,
    at_once: int | None = None,
) -> Structure:
    """Build the structure of ``nodes`` nodes in an existing empty folder, memory-mapped.

    ``edges`` is called twice and gives the same chunks both times: endorser, endorsed and, where
    they have any, weights; ids from 0 to nodes − 1, finite weights ≥ 0 (0: no edge). Which chunks
    they come in changes nothing. ``at_once`` edges are sorted at once (None: as ``range_edges``
    has it); temporary files beside the structure take 8 bytes an edge, 16 with weights.

    Not ``everyone``: only who has an edge with somebody else is in it, numbered anew from 0 in the
    order of the ids. Node i of the structure has the i-th id of ids.npy, which lies beside it.

    Raises:
        InputError: An id or a weight is out of its range, or the two passes differ.

    >>> import tempfile
    >>> pairs = [(np.array([0, 2, 0]), np.array([1, 1, 1]))]
    >>> with tempfile.TemporaryDirectory() as made:
    ...     s = build_structure(lambda: pairs, Path(made), nodes=3)
    ...     s.indptr.tolist(), s.order[s.indices].tolist(), s.weights.tolist()
    ([0, 2, 2, 2], [0, 2], [2, 1])
    """
    given, received = _counted(edges(), nodes)
    total = int(received.sum())
    ids = None if everyone else np.flatnonzero(given + received).astype(np.uint32)
    if ids is not None:
        np.save(folder / "ids.npy", ids, allow_pickle=False)
        given, received = given[ids], received[ids]
    order, core = node_order(given, received)
    people = len(order)
    place = np.full(nodes, people, dtype=np.uint32)  # which is nobody's
    place[order if ids is None else ids[order]] = np.arange(people, dtype=np.uint32)
    np.save(folder / "order.npy", order, allow_pickle=False)
    starts = _ranges(received[order], at_once or range_edges(total))
    del given, received, order, ids
    with tempfile.TemporaryDirectory(dir=folder, prefix="ranges-") as held:
        dealt = _dealt(edges(), place, starts, folder=Path(held))
        del place
        written = _written(dealt, folder, nodes=people, total=total)
    write_record(folder, nodes=people, edges=written.edges, weights=written.kind, core=core)
    return load_structure(folder)


def _checked(
    chunks: Iterable[Chunk], nodes: int
) -> Iterator[tuple[NDArray[Any], NDArray[Any], NDArray[np.float64] | None]]:
    """The chunks without loops and weights of 0."""
    for u, v, *rest in chunks:
        for ids in (u, v):
            if len(ids) and (ids.dtype.kind not in "iu" or ids.min() < 0 or ids.max() >= nodes):
                raise InputError(
                    f"ids must be whole numbers from 0 to {nodes - 1}; there are {ids.dtype} from "
                    f"{ids.min()} to {ids.max()}. Renumber the nodes first."
                )
        keep = u != v
        w = np.asarray(rest[0], dtype=np.float64) if rest else None
        if w is not None:
            if not np.isfinite(w).all() or (w < 0.0).any():
                raise InputError(
                    "a weight is negative, infinite or not a number; an edge weighs 0 or more. "
                    "Leave such edges out."
                )
            keep &= w > 0.0
            w = w[keep]
        yield u[keep], v[keep], w


def _counted(chunks: Iterable[Chunk], nodes: int) -> tuple[NDArray[Any], NDArray[Any]]:
    given, received = np.zeros(nodes, dtype=np.int64), np.zeros(nodes, dtype=np.int64)
    for u, v, _ in _checked(chunks, nodes):
        for counts, ids in ((given, u), (received, v)):
            np.add.at(counts, ids.astype(np.int64), 1)
    return given, received


def _ranges(received: NDArray[Any], most: int) -> NDArray[np.int64]:
    """The first place of each range, and the end: about ``most`` edges in each."""
    ends = np.cumsum(received)
    marks = np.arange(most, int(ends[-1]) if len(ends) else 0, most)
    return np.unique(np.concatenate([[0], np.searchsorted(ends, marks) + 1, [len(received)]]))


@dataclass(frozen=True, slots=True)
class _Dealt:
    """One file of pairs (target << 32 | endorser) a range; weights lie in one beside it."""

    starts: NDArray[np.int64]
    folder: Path
    weighted: bool

    def read(self, number: int) -> tuple[NDArray[np.uint64], NDArray[np.float64] | None]:
        """The pairs of a range, and their weights; the files are gone then."""
        found: list[Any] = []
        for name, kind in (("pairs", np.uint64), ("weights", np.float64)):
            path = self.folder / f"{number}.{name}"
            found.append(np.fromfile(path, dtype=kind) if path.exists() else np.empty(0, kind))
            path.unlink(missing_ok=True)
        return found[0], found[1] if self.weighted else None


def _dealt(
    chunks: Iterable[Chunk], place: NDArray[np.uint32], starts: NDArray[np.int64], *, folder: Path
) -> _Dealt:
    count, weighted = len(starts) - 1, False
    for u, v, w in _checked(chunks, len(place)):
        target, endorser = place[v], place[u]
        if max(target.max(initial=0), endorser.max(initial=0)) >= starts[-1]:
            raise _differ("named somebody whom the first did not")
        number = (np.searchsorted(starts, target, side="right") - 1).astype(np.uint32)
        order = np.argsort(number, kind="stable") if count > 1 else np.arange(len(u))
        ends = np.cumsum(np.bincount(number, minlength=count))
        pairs = (target.astype(np.uint64) << np.uint64(32) | endorser)[order]
        _appended(pairs, ends, folder, "pairs")
        if w is not None:
            weighted = True
            _appended(w[order], ends, folder, "weights")
    return _Dealt(starts, folder, weighted)


def _differ(came: str) -> InputError:
    return InputError(
        f"the second pass over the edges {came}. Both must give the same edges; do not change the "
        "files while they are read."
    )


def _appended(values: NDArray[Any], ends: NDArray[Any], folder: Path, name: str) -> None:
    first = 0
    for number, end in enumerate(ends.tolist()):
        if end > first:
            with (folder / f"{number}.{name}").open("ab") as file:
                values[first:end].tofile(file)
        first = end


@dataclass(slots=True)
class _Written:
    """What is known of the arrays so far: edges, the widest type of a range's weights."""

    edges: int = 0
    width: int = 0
    kinds: list[tuple[int, int]] = field(default_factory=list)  # of each range: type, edges

    @property
    def kind(self) -> str | None:
        return None if self.width == 0 else _WIDTHS[self.width]


def _written(dealt: _Dealt, folder: Path, *, nodes: int, total: int) -> _Written:
    """Sort and append range after range."""
    written = _Written()
    received = np.zeros(nodes + 1, dtype=np.int64)
    seen = 0
    with (folder / "indices.npy").open("w+b") as file:
        _header(file, np.uint32, 0)
        for number in range(len(dealt.starts) - 1):
            pairs, w = dealt.read(number)
            seen += len(pairs)
            pairs, small = _folded(pairs, w)
            del w
            first, last = dealt.starts[number : number + 2]
            target = (pairs >> np.uint64(32)).astype(np.int64) - first
            received[first + 1 : last + 1] = np.bincount(target, minlength=last - first)
            (pairs & np.uint64(0xFFFFFFFF)).astype(np.uint32).tofile(file)
            _keep_weights(written, small, len(pairs), dealt.folder / f"{number}.kept")
        _header(file, np.uint32, written.edges)
    if seen != total:
        raise _differ(f"gave {seen} edges where the first gave {total}")
    indptr = compact_places(np.cumsum(received))
    np.save(folder / "indptr.npy", indptr, allow_pickle=False)
    _gather_weights(written, dealt.folder, folder / "weights.npy")
    return written


def _folded(
    pairs: NDArray[np.uint64], w: NDArray[np.float64] | None
) -> tuple[NDArray[np.uint64], NDArray[Any] | None]:
    """The distinct pairs, ascending, and what each weighs in its smallest type."""
    if not len(pairs):
        return pairs, None
    if w is None:
        pairs.sort()
        first = _firsts(pairs)
        if len(first) == len(pairs):
            return pairs, None
        times = np.diff(first, append=len(pairs)).astype(np.uint32)
        return pairs[first], compact_weights(times)
    order = np.lexsort((w, pairs))  # ascending weights: the order of the input adds no bit
    pairs, w = pairs[order], w[order]
    first = _firsts(pairs)
    with np.errstate(over="ignore"):
        sums = np.add.reduceat(w, first)
    if not np.isfinite(sums).all():
        raise InputError(
            "the weights of a pair add up to more than 64-bit numbers hold. Scale them down."
        )
    return pairs[first], compact_weights(sums)


def _firsts(pairs: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Where each distinct pair begins."""
    return np.flatnonzero(np.concatenate([[True], pairs[1:] != pairs[:-1]]))


def _keep_weights(written: _Written, small: NDArray[Any] | None, edges: int, path: Path) -> None:
    """Keep a range's weights until the type of all is known."""
    width = 0 if small is None else _WIDTHS.index(small.dtype.name)
    if small is not None:
        small.tofile(path)
    written.kinds.append((width, edges))
    written.width = max(written.width, width)
    written.edges += edges


def _gather_weights(written: _Written, kept: Path, path: Path) -> None:
    """All weights in one file, in the smallest type that holds them all."""
    if written.kind is None:
        return
    with path.open("w+b") as file:
        _header(file, np.dtype(written.kind), written.edges)
        for number, (width, edges) in enumerate(written.kinds):
            if width == 0:
                part = np.ones(edges, dtype=written.kind)
            else:
                part = np.fromfile(kept / f"{number}.kept", dtype=_WIDTHS[width])
            part.astype(written.kind, copy=False).tofile(file)


def _header(file: BinaryIO, kind: Any, length: int) -> None:
    """The header of a .npy file; its size does not depend on the length, so it can be replaced."""
    file.seek(0)
    np.lib.format.write_array_header_1_0(
        file,
        {
            "descr": np.lib.format.dtype_to_descr(np.dtype(kind)),
            "fortran_order": False,
            "shape": (length,),
        },
    )
