"""Edges with ids as they came, and the numbers from 0 that the maths works with.

A database's ids have gaps and a file's ids may be words. They are numbered once, here, in the
order of the ids; nothing that reaches a compiled loop can lie outside 0 … n − 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import scipy.sparse as sp

from graphengine.edges.text_bytes import refuse_other_than_utf8
from graphengine.edges.texts import numbered_texts, parts_of, worth_a_table
from graphengine.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["Edges", "checked", "numbered", "shown_ids"]

_DENSE = 8  # numbers a row or less up to the largest id: a table of them is cheaper than a sort


@dataclass(frozen=True, slots=True)
class Edges:
    """Weighted edges between n people, from who endorses to who is endorsed.

    ``ids`` has n entries, whole numbers or (dtype object) text; ``source`` and ``target`` have m
    entries, positions in ``ids``. ``weight`` has m entries ≥ 0; None means that each is 1.
    """

    ids: NDArray[Any]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    weight: NDArray[np.float64] | None = None

    @property
    def people(self) -> int:
        """How many people, n."""
        return len(self.ids)

    @property
    def count(self) -> int:
        """How many edges, m; parallel ones count one by one."""
        return len(self.source)

    def matrix(self) -> sp.csr_array:
        """W, n × n, row = endorser; parallel edges add up.

        >>> numbered(pl.Series([7, 7]), pl.Series([9, 9])).matrix().toarray()
        array([[0., 2.],
               [0., 0.]])
        """
        weight = np.ones(self.count) if self.weight is None else self.weight
        return sp.csr_array((weight, (self.source, self.target)), shape=(self.people, self.people))

    def both_ways(self) -> Edges:
        """Those of an undirected graph: each goes there and back, a loop counts once.

        >>> Edges(np.arange(2), np.array([0, 1]), np.array([1, 1])).both_ways().matrix().toarray()
        array([[0., 1.],
               [1., 1.]])
        """
        u, v, w = self.source, self.target, self.weight
        back = u != v
        weight = None if w is None else np.append(w, w[back])
        return Edges(self.ids, np.append(u, v[back]), np.append(v, u[back]), weight)

    def places(self, ids: Iterable[Any], *, name: str) -> NDArray[np.int64]:
        """The positions of some people; ``name`` says in a message what names them.

        Raises:
            InputError: Some of them are not in the graph.
        """
        wanted = list(ids)
        known = {key: place for place, key in enumerate(self.ids.tolist())}
        missing = [key for key in wanted if key not in known]
        if missing:
            raise InputError(
                f"{name} names {shown_ids(missing)}, who {_is_are(missing)} not in the graph. It "
                f"holds {len(known):,} people, such as {shown_ids(self.ids[:3].tolist())}. Name "
                "people who occur in an edge, written the same way."
            )
        return np.array([known[key] for key in wanted], dtype=np.int64)


def shown_ids(ids: list[Any]) -> str:
    """A few ids for a message.

    >>> shown_ids([1, 2, 3, 4, 5])
    '1, 2, 3 and 2 more'
    """
    some = ", ".join(repr(i) if isinstance(i, str) else str(i) for i in ids[:3])
    return some if len(ids) <= 3 else f"{some} and {len(ids) - 3:,} more"


def numbered(
    source: pl.Series,
    target: pl.Series,
    weight: NDArray[np.float64] | None = None,
    *,
    nodes: pl.Series | None = None,
) -> Edges:
    """Edges between ids of one kind, Int64, UInt64 or String, as ``identify.ids`` makes them.

    ``nodes`` names everyone, in the order of the answer; without it everyone is who occurs,
    sorted.

    Raises:
        InputError: An id is not among the nodes, or a weight cannot be used.

    >>> numbered(pl.Series(["b", "a"]), pl.Series(["a", "c"])).ids.tolist()
    ['a', 'b', 'c']
    """
    source, target = _alike(source, target)
    if nodes is not None:
        return _among(nodes, source, target, weight)
    if source.dtype == pl.String:
        ids, start, end = _texts(source, target)
    else:
        ids, start, end = _numbers(source.to_numpy(), target.to_numpy())
    return checked(
        Edges(ids, start.astype(np.int64, copy=False), end.astype(np.int64, copy=False), weight)
    )


def _alike(source: pl.Series, target: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Both ends as one type: numbers where both are, and fit; else text."""
    if source.dtype == target.dtype:
        return source, target
    if pl.String not in (source.dtype, target.dtype):
        signed = source if source.dtype == pl.Int64 else target
        if not (signed < 0).any():
            return source.cast(pl.UInt64), target.cast(pl.UInt64)
    return source.cast(pl.String), target.cast(pl.String)


def _texts(source: pl.Series, target: pl.Series) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """The texts that occur, sorted, and both columns as positions in them."""
    if worth_a_table(len(source)):
        ids, (start, end) = numbered_texts([parts_of(source), parts_of(target)], rows=len(source))
        return ids, start, end
    everyone = pl.concat([source.unique(), target.unique()]).unique()
    refuse_other_than_utf8(everyone.to_arrow())
    everyone = everyone.sort()
    kinds = pl.Enum(everyone)
    start, end = (s.cast(kinds).to_physical().to_numpy() for s in (source, target))
    return everyone.to_numpy().astype(object), start, end


def _numbers(
    source: NDArray[Any], target: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """The ids that occur, ascending, and both columns as positions in them."""
    if not len(source):
        return source[:0], source, target
    low, high = min(source.min(), target.min()), max(source.max(), target.max())
    if low >= 0 and int(high) < _DENSE * len(source) + 1024:
        occurs = np.zeros(int(high) + 1, dtype=np.bool_)
        occurs[source] = occurs[target] = True
        ids = np.flatnonzero(occurs).astype(source.dtype)
        if len(ids) == len(occurs):
            return ids, source, target
        place = np.cumsum(occurs) - 1
        return ids, place[source], place[target]
    ids, place = np.unique(np.concatenate([source, target]), return_inverse=True)
    return ids, place[: len(source)], place[len(source) :]


def _among(
    nodes: pl.Series, source: pl.Series, target: pl.Series, weight: NDArray[np.float64] | None
) -> Edges:
    if nodes.n_unique() != len(nodes):
        repeated = nodes.filter(nodes.is_duplicated()).head(1).to_list()
        raise InputError(
            f"nodes names {shown_ids(repeated)} more than once. Everyone is named once: remove the "
            "repeats."
        )
    if len(source) == 0:
        source, target = source.cast(nodes.dtype), target.cast(nodes.dtype)
    places = pl.DataFrame({"id": nodes, "place": np.arange(len(nodes))})
    ends = []
    for side in (source, target):
        if side.dtype != nodes.dtype:
            raise InputError(
                f"The edges name people by {_kind(side)} and nodes by {_kind(nodes)}. Write both "
                "the same way."
            )
        found = pl.DataFrame({"id": side}).join(places, on="id", how="left", maintain_order="left")
        unknown = found.filter(pl.col("place").is_null())["id"]
        if len(unknown):
            few = f"{nodes.min()!s} to {nodes.max()!s}" if nodes.dtype != pl.String else "others"
            raise InputError(
                f"An edge names {shown_ids(unknown.unique().sort().head(4).to_list())}, and nodes "
                f"names {len(nodes):,} people, {few}. Name everyone in nodes, or leave it out."
            )
        ends.append(found["place"].to_numpy())
    ids = nodes.to_numpy()
    ids = ids.astype(object) if nodes.dtype == pl.String else ids
    return checked(Edges(ids, ends[0], ends[1], weight))


def checked(edges: Edges) -> Edges:
    """The edges, if there is somebody to rank and every weight can be used.

    Raises:
        InputError: Nobody is there, or a weight is negative, not finite, or too large with the
            others.
    """
    if not edges.people:
        raise InputError(
            "The graph is empty: there is no edge and nobody to rank. Give one edge at least (in "
            "Python, nodes=... names people who have none)."
        )
    weight = edges.weight
    if weight is None or not len(weight):
        return edges
    wrong = np.flatnonzero(~(np.isfinite(weight) & (weight >= 0.0)))
    if len(wrong):
        row = int(wrong[0])
        also = f", the first of {len(wrong):,} such" if len(wrong) > 1 else ""
        ends = [shown_ids([edges.ids[side[row]]]) for side in (edges.source, edges.target)]
        raise InputError(
            f"The edge from {ends[0]} to {ends[1]} (number {row + 1:,}{also}) has the weight "
            f"{weight[row]:g}. A weight is a number from 0 to 1.8e308, the largest of 64 bits. "
            "Correct it, or leave such edges out."
        )
    with np.errstate(over="ignore"):
        total = weight.sum()
    if not np.isfinite(total):
        raise InputError(
            f"The weights add up to more than 64-bit numbers hold (the largest is {weight.max():g})."
            " Their sum must be finite. Divide all of them by the same number."
        )
    return edges


def _kind(ids: pl.Series) -> str:
    return "text" if ids.dtype == pl.String else "numbers"


def _is_are(some: list[Any]) -> str:
    return "is" if len(some) == 1 else "are"
