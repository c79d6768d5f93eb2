"""One topic's influence graph: a compressed sparse matrix by target, immutable, memory-mapped."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import scipy.sparse as sp

from graphengine.errors import InputError
from graphengine.graph.structure import (
    Structure,
    by_loops,
    compact_places,
    compact_weights,
    laid_out,
    mapped,
)

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["TopicGraph", "compress", "load_graph", "save_graph"]

_FORMAT, _LAID = 2, 3  # by local id, and by place
_META = "meta.json"


@dataclass(frozen=True, slots=True)
class TopicGraph:
    """Who endorsed whom in one topic, and how much.

    ``accounts`` holds the account keys in sorted order; a position in it is a local id. The
    endorsers of target t are ``indices[indptr[t]:indptr[t + 1]]``, ascending, with their
    ``weights`` beside them (all > 0, nobody endorses themselves). ``events`` counts the
    interactions that each account received. Places and weights are kept in the smallest type
    that holds them exactly, whatever type they come in: five bytes a pair where weights are small
    whole numbers, four where all are 1.

    A large graph is kept as it is solved (``laid``): ``order[place]`` is a local id, and rows and
    endorsers are places instead of local ids; ``core`` and ``drift`` are those of ``Structure``.
    """

    topic: str
    accounts: pl.Series
    indptr: NDArray[Any]  # n + 1, uint32 or int64
    indices: NDArray[np.uint32]  # m
    weights: NDArray[Any]  # m, uint8, uint16, uint32 or float64; one repeated 1 where all are 1
    events: NDArray[np.int64]  # n
    order: NDArray[np.uint32] | None = None  # n; None: all by local id
    core: int = 0
    drift: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.weights, np.memmap):  # what was saved is compact already
            small = compact_weights(self.weights)
            ones = np.broadcast_to(np.uint8(1), (self.m,))
            object.__setattr__(self, "weights", ones if small is None else small)
        object.__setattr__(self, "indptr", compact_places(self.indptr))

    @property
    def n(self) -> int:
        """The number of accounts that endorse or are endorsed."""
        return len(self.accounts)

    @property
    def m(self) -> int:
        """The number of ordered pairs with an endorsement."""
        return len(self.indices)

    @property
    def endorsers(self) -> NDArray[np.int64]:
        """By how many accounts each account is endorsed."""
        counts = np.diff(self.indptr).astype(np.int64)
        if self.order is None:
            return counts
        found = np.empty_like(counts)
        found[self.order] = counts
        return found

    def structure(self) -> Structure:
        """The same graph laid out for ranking, still compact; ids are local ids."""
        if self.order is None:
            return laid_out(self.indptr, self.indices, self.weights)
        weights = None if self.weights.strides == (0,) else self.weights
        return Structure(self.indptr, self.indices, weights, self.order, self.core, self.drift)

    def laid(self, structure: Structure | None = None) -> TopicGraph:
        """The graph as it is solved, if it is large enough to be kept so; or as ``structure`` has it."""
        if structure is None:
            if self.order is not None or not by_loops(self.m):
                return self
            structure = self.structure()
        one = np.broadcast_to(np.uint8(1), (structure.m,))
        return replace(
            self,
            indptr=structure.indptr,
            indices=structure.indices,
            weights=one if structure.weights is None else structure.weights,
            order=structure.order,
            core=structure.core,
            drift=structure.drift,
        )

    def by_id(self) -> TopicGraph:
        """The same graph with rows and endorsers by local id."""
        if self.order is None:
            return self
        W = self.endorsement_matrix().T.tocsr()
        by = W.indices.astype(np.uint32)
        return TopicGraph(self.topic, self.accounts, W.indptr, by, W.data, self.events)

    def endorsement_matrix(self) -> sp.csr_array:
        """W with W[u, v] = the weight of u's endorsements of v; row = endorser, float64."""
        weights = np.asarray(self.weights, dtype=np.float64)
        indices, indptr = (np.asarray(a, dtype=np.int64) for a in (self.indices, self.indptr))
        if self.order is None:
            return sp.csr_array((weights, indices, indptr), shape=(self.n, self.n)).T.tocsr()
        rows = (weights, self.order.astype(np.int64)[indices], indptr)
        place = np.argsort(self.order)
        return sp.csr_array(rows, shape=(self.n, self.n))[place].T.tocsr()


def compress(topic: str, events: pl.DataFrame) -> TopicGraph:
    """The graph of the events [actor, target, weight] of one topic, one row an event.

    ``weight`` is what the event adds to its pair. Events on oneself are left out, and accounts
    that have no others. The order of the rows changes nothing, not even a bit: weights of a pair
    are added in ascending order.

    >>> e = pl.DataFrame({"actor": ["b", "c", "b"], "target": ["a", "a", "a"], "weight": [1.0, 1, 2]})
    >>> g = compress("demo/t", e)
    >>> g.accounts.to_list(), g.indptr.tolist(), g.indices.tolist(), g.weights.tolist()
    (['a', 'b', 'c'], [0, 2, 2, 2], [1, 2], [3, 1])
    """
    events = events.select("actor", "target", "weight").filter(pl.col("actor") != pl.col("target"))
    accounts = pl.concat([events["actor"], events["target"]]).unique().sort().alias("account")
    actor, target = _local_ids(events, accounts)
    pair, weight = target * len(accounts) + actor, events["weight"].to_numpy()
    order = np.lexsort((weight, pair))
    pair, weight = pair[order], weight[order]
    first = np.flatnonzero(np.diff(pair, prepend=-1))
    of_pair, by = np.divmod(pair[first], max(len(accounts), 1))
    pairs_of = np.bincount(of_pair, minlength=len(accounts))
    return TopicGraph(
        topic=topic,
        accounts=accounts,
        indptr=np.concatenate([[0], np.cumsum(pairs_of)]).astype(np.int64),
        indices=by.astype(np.uint32),
        weights=np.add.reduceat(weight, first) if len(first) else np.empty(0),
        events=np.bincount(target, minlength=len(accounts)).astype(np.int64),
    )


def save_graph(graph: TopicGraph, folder: Path) -> None:
    """Write ``graph`` into an existing folder; the same graph gives the same bytes."""
    accounts = pl.DataFrame({"account": graph.accounts})
    accounts.write_ipc(folder / "accounts.arrow", compression="uncompressed")
    for name in ("indptr", "indices", "events"):
        np.save(folder / f"{name}.npy", getattr(graph, name), allow_pickle=False)
    ones = graph.weights.strides == (0,)
    if not ones:
        np.save(folder / "weights.npy", graph.weights, allow_pickle=False)
    meta = {
        "format": _FORMAT if graph.order is None else _LAID,
        "topic": graph.topic,
        "accounts": graph.n,
        "pairs": graph.m,
        "weights": None if ones else graph.weights.dtype.name,
    }
    if graph.order is not None:
        np.save(folder / "order.npy", graph.order, allow_pickle=False)
        meta |= {"core": graph.core, "drift": graph.drift}
    (folder / _META).write_text(json.dumps(meta, sort_keys=True) + "\n", "utf-8")


def load_graph(folder: Path) -> TopicGraph:
    """The graph that ``save_graph`` wrote, its arrays memory-mapped.

    Raises:
        InputError: A file is cut short, damaged or missing, or another version wrote it.
    """
    try:
        return _loaded(folder, json.loads((folder / _META).read_text("utf-8")))
    except (
        LookupError,
        AttributeError,
        TypeError,
        ValueError,
        OSError,
        pl.exceptions.PolarsError,
    ) as error:
        raise InputError(
            f"The graph in {folder} is cut short or damaged ({error}). Remove the folder: the next "
            "run builds it again."
        ) from error


def _loaded(folder: Path, meta: dict[str, Any]) -> TopicGraph:
    if meta.get("format") not in (_FORMAT, _LAID):
        raise InputError(
            f"{folder / _META} has the format {meta.get('format')}; this version reads {_FORMAT} "
            f"and {_LAID}. "
            "Remove the folder: the next run builds it again."
        )
    n, m, kind = meta["accounts"], meta["pairs"], meta["weights"]
    laid = meta["format"] == _LAID
    ones = np.broadcast_to(np.uint8(1), (m,))
    return TopicGraph(
        topic=meta["topic"],
        accounts=pl.read_ipc(folder / "accounts.arrow")["account"],
        indptr=mapped(folder / "indptr.npy", "uint32" if m < 1 << 32 else "int64", n + 1),
        indices=mapped(folder / "indices.npy", "uint32", m),
        weights=ones if kind is None else mapped(folder / "weights.npy", kind, m),
        events=mapped(folder / "events.npy", "int64", n),
        order=mapped(folder / "order.npy", "uint32", n) if laid else None,
        core=meta["core"] if laid else 0,
        drift=meta["drift"] if laid else 0,
    )


def _local_ids(events: pl.DataFrame, accounts: pl.Series) -> list[NDArray[np.int64]]:
    """The actor and the target of every event as positions in ``accounts``."""
    known = pl.DataFrame({"account": accounts, "id": np.arange(len(accounts), dtype=np.int64)})
    return [
        events.select(account=side)
        .join(known, on="account", how="left", maintain_order="left")["id"]
        .to_numpy()
        for side in ("actor", "target")
    ]
