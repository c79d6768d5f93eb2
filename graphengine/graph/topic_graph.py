"""One topic's influence graph: a compressed sparse matrix by target, immutable, memory-mapped."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import scipy.sparse as sp

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["TopicGraph", "compress", "load_graph", "save_graph"]

_ARRAYS = ("indptr", "indices", "weights", "events")


@dataclass(frozen=True, slots=True)
class TopicGraph:
    """Who endorsed whom in one topic, and how much.

    ``accounts`` holds the account keys in sorted order; a position in it is a local id. The
    endorsers of target t are ``indices[indptr[t]:indptr[t + 1]]``, ascending, with their
    ``weights`` beside them (all > 0, nobody endorses themselves). ``events`` counts the
    interactions that each account received.
    """

    topic: str
    accounts: pl.Series
    indptr: NDArray[np.int64]  # n + 1
    indices: NDArray[np.uint32]  # m
    weights: NDArray[np.float64]  # m
    events: NDArray[np.int64]  # n

    @property
    def n(self) -> int:
        """The number of accounts that endorse or are endorsed."""
        return len(self.accounts)

    @property
    def m(self) -> int:
        """The number of ordered pairs with an endorsement."""
        return len(self.indices)

    def endorsement_matrix(self) -> sp.csr_array:
        """W with W[u, v] = the weight of u's endorsements of v; row = endorser."""
        by_target = sp.csr_array(
            (np.asarray(self.weights), np.asarray(self.indices, dtype=np.int64), self.indptr),
            shape=(self.n, self.n),
        )
        return by_target.T.tocsr()


def compress(topic: str, events: pl.DataFrame) -> TopicGraph:
    """The graph of the events [actor, target, weight] of one topic, one row an event.

    ``weight`` is what the event adds to its pair. Events on oneself are left out, and accounts
    that have no others. The order of the rows changes nothing, not even a bit: weights of a pair
    are added in ascending order.

    >>> e = pl.DataFrame({"actor": ["b", "c", "b"], "target": ["a", "a", "a"], "weight": [1.0, 1, 2]})
    >>> g = compress("demo/t", e)
    >>> g.accounts.to_list(), g.indptr.tolist(), g.indices.tolist(), g.weights.tolist()
    (['a', 'b', 'c'], [0, 2, 2, 2], [1, 2], [3.0, 1.0])
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
    for name in _ARRAYS:
        np.save(folder / f"{name}.npy", getattr(graph, name), allow_pickle=False)
    meta = {"topic": graph.topic, "accounts": graph.n, "pairs": graph.m}
    (folder / "meta.json").write_text(json.dumps(meta, sort_keys=True) + "\n", "utf-8")


def load_graph(folder: Path) -> TopicGraph:
    """The graph that ``save_graph`` wrote, its arrays memory-mapped."""
    meta = json.loads((folder / "meta.json").read_text("utf-8"))
    accounts = pl.read_ipc(folder / "accounts.arrow")["account"]
    return TopicGraph(meta["topic"], accounts, *(_mapped(folder, name) for name in _ARRAYS))


def _mapped(folder: Path, name: str) -> Any:
    return np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)


def _local_ids(events: pl.DataFrame, accounts: pl.Series) -> list[NDArray[np.int64]]:
    """The actor and the target of every event as positions in ``accounts``."""
    known = pl.DataFrame({"account": accounts, "id": np.arange(len(accounts), dtype=np.int64)})
    return [
        events.select(account=side)
        .join(known, on="account", how="left", maintain_order="left")["id"]
        .to_numpy()
        for side in ("actor", "target")
    ]
