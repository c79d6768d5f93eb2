"""Edges from what people have in hand: arrays, sparse matrices, frames, graphs, files.

Frames and graphs are known by what they can do, not by their class: pandas, pyarrow and NetworkX
are not imported here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import scipy.sparse as sp

from graphengine.edges.edge_list import Edges, checked, numbered
from graphengine.edges.files import read_edges
from graphengine.edges.identify import ids, weights
from graphengine.edges.names import Columns, chosen
from graphengine.errors import InputError

__all__ = ["edges_of"]


def edges_of(given: Any, *, columns: Columns, nodes: Any = None) -> Edges:
    """The edges of ``given``; see ``graphengine.rank`` for the forms it may have.

    ``columns`` says which columns of a frame or file they are. ``nodes`` names everyone: a number
    n (ids 0 to n − 1), or all ids.

    Raises:
        InputError: The form is none of them, or its content cannot be used.

    >>> edges_of([(1, 5), (5, 9)], columns=Columns()).ids.tolist()
    [1, 5, 9]
    """
    if isinstance(given, Edges):
        return given
    if isinstance(given, str | Path):
        return read_edges(Path(given), columns=columns, nodes=_nodes(nodes))
    if sp.issparse(given):
        return _from_matrix(given)
    if hasattr(given, "is_directed") and hasattr(given, "nodes"):
        return _from_network(given, weight=columns.weight or "weight")
    parts = _columns_of(given, columns)
    lengths = {len(part) for part in parts}
    if len(lengths) > 1:
        raise InputError(
            f"The columns of the edges have {' and '.join(map(str, sorted(lengths)))} entries. One "
            "entry an edge is needed in each."
        )
    weight = weights(parts[2]) if len(parts) > 2 else None
    return numbered(
        ids(parts[0], name="source"), ids(parts[1], name="target"), weight, nodes=_nodes(nodes)
    )


def _columns_of(given: Any, columns: Columns) -> list[Any]:
    """Two or three columns."""
    frame = given.collect() if isinstance(given, pl.LazyFrame) else given
    if not isinstance(frame, pl.DataFrame) and hasattr(frame, "iloc"):  # pandas
        names = chosen(columns, [str(name) for name in frame.columns], where="The frame")
        return [frame[name] for name in names]
    if not isinstance(frame, pl.DataFrame) and hasattr(frame, "__arrow_c_stream__"):
        frame = pl.DataFrame(frame)
    if isinstance(frame, pl.DataFrame):
        return [frame[name] for name in chosen(columns, frame.columns, where="The frame")]
    if isinstance(given, np.ndarray):
        return _from_array(given)
    if isinstance(given, tuple) and len(given) in (2, 3) and not np.isscalar(given[0]):
        return list(given)
    if isinstance(given, Sequence) and not isinstance(given, str | bytes):
        return _from_rows(given)
    raise InputError(
        f"Edges came as {type(given).__name__}. What can be ranked: an array with 2 or 3 columns, a "
        "tuple (source, target) or (source, target, weight) of arrays, a list of pairs, a SciPy "
        "sparse matrix, an Arrow table, a pandas or polars frame, a NetworkX graph, or the name of "
        "a file."
    )


def _from_array(array: np.ndarray) -> list[Any]:
    if array.ndim != 2 or array.shape[1] not in (2, 3):
        raise InputError(
            f"The array of edges has the shape {array.shape}. It needs one row an edge and 2 or 3 "
            "columns: source, target and, if there is one, weight. A matrix of weights goes through "
            "scipy.sparse.csr_array first."
        )
    return [array[:, i] for i in range(array.shape[1])]


def _from_rows(rows: Sequence[Any]) -> list[Any]:
    for number, row in enumerate(rows):
        if isinstance(row, str | bytes) or not hasattr(row, "__len__"):
            raise InputError(
                f"Row {number + 1:,} of the edges is {row!r}. A row is a pair (source, target), or "
                "(source, target, weight)."
            )
    sizes = {len(row) for row in rows}
    if not sizes <= {2, 3} or len(sizes) > 1:
        raise InputError(
            f"The rows of the edges have {', '.join(map(str, sorted(sizes)))} entries. Each needs 2 "
            "(source, target), or each 3 (source, target, weight)."
        )
    return [list(column) for column in zip(*rows, strict=True)] or [[], []]


def _from_matrix(given: Any) -> Edges:
    if given.ndim != 2 or given.shape[0] != given.shape[1]:
        raise InputError(
            f"The matrix has the shape {given.shape}. Row and column name the same people, so it "
            "needs as many rows as columns. Pad it, or give the edges as arrays."
        )
    if given.dtype.kind not in "biuf":
        raise InputError(
            f"The matrix holds {given.dtype}. Weights are real numbers. Convert it (astype(float))."
        )
    n = given.shape[0]
    try:
        coo = given.tocoo()
        sides = [np.asarray(side, dtype=np.int64) for side in (coo.row, coo.col)]
        fits = all(not len(side) or 0 <= side.min() <= side.max() < n for side in sides)
    except ValueError:  # SciPy has looked at some of them
        fits = False
    if not fits:
        raise InputError(
            f"The matrix is {n} × {n} and has an entry outside. Positions go from 0 to {n - 1}. Build "
            "it anew."
        )
    weight = coo.data.astype(np.float64)
    return checked(Edges(np.arange(n), sides[0], sides[1], weight))


def _from_network(graph: Any, *, weight: str) -> Edges:
    """A NetworkX graph, its nodes in its order; an undirected edge goes both ways."""
    nodes = list(graph.nodes)
    place = {node: i for i, node in enumerate(nodes)}
    rows = list(graph.edges(data=weight, default=1))
    source = np.array([place[u] for u, _, _ in rows], dtype=np.int64)
    target = np.array([place[v] for _, v, _ in rows], dtype=np.int64)
    strength = weights([w for _, _, w in rows]) if rows else np.zeros(0)
    keys = np.empty(len(nodes), dtype=object)
    keys[:] = nodes
    if nodes and all(type(node) is int and abs(node) < 2**63 for node in nodes):
        keys = keys.astype(np.int64)
    edges = Edges(keys, source, target, strength)
    return checked(edges if graph.is_directed() else edges.both_ways())


def _nodes(nodes: Any) -> pl.Series | None:
    if nodes is None:
        return None
    if isinstance(nodes, int | np.integer):
        return pl.Series(np.arange(int(nodes), dtype=np.int64))
    return ids(nodes, name="nodes")
