"""The graphs that the benchmarks of cascades run on, as edges of influence: who moves whom.

netphy in both directions with its repeats; wiki-vote from the one voted for to the voter; the
retweets of Higgs from the one retweeted to the one who did, with their repeats; R-MAT as made.
"""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tests.bench.rmat import rmat_edges
from tests.support.data import data_root

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["GRAPHS", "edges", "higgs", "netphy", "rmat", "wiki_vote"]

GRAPHS = ("netphy", "wiki-vote", "higgs", "rmat")


def edges(name: str) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Source, target (repeats kept) and the number of people of one of ``GRAPHS``."""
    made = {"netphy": netphy, "wiki-vote": wiki_vote, "higgs": higgs, "rmat": rmat}
    return made[name]()


def netphy() -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Joint papers in physics: 231,507 rows, both directions of each; the header is not trusted."""
    path = data_root() / "netphy" / "phy.txt.gz"
    with gzip.open(path, "rt", encoding="ascii") as lines:
        n = int(lines.readline().split()[0])
    table = _columns(path, " ", skip=1)
    return np.concatenate(table), np.concatenate(table[::-1]), n


def wiki_vote() -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Votes for administrators: 7,115 people, renumbered; the candidate moves the voter."""
    voter, candidate = _columns(data_root() / "wiki-vote" / "wiki-Vote.txt.gz", "\t", skip=0)
    return _renumbered(candidate, voter)


def higgs() -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Retweets: 354,930 of them among 256,491 people, renumbered; the retweeted one moves."""
    path = data_root() / "higgs" / "higgs-retweet_network.edgelist.gz"
    actor, target, times = _columns(path, " ", skip=0)
    return _renumbered(np.repeat(target, times), np.repeat(actor, times))


def rmat(
    scale: int = 20, edge_factor: int = 16
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Graph500's graph of 2^20 people and 16.8 million edges, people without edges included."""
    chunks = list(rmat_edges(scale, edge_factor, seed=1))
    source, target = (np.concatenate([c[i] for c in chunks]).astype(np.int64) for i in (0, 1))
    return source, target, 1 << scale


def _columns(path: Path, separator: str, *, skip: int) -> list[NDArray[np.int64]]:
    table = pl.read_csv(
        gzip.decompress(path.read_bytes()),
        has_header=False,
        separator=separator,
        comment_prefix="#",
        skip_rows=skip,
    )
    return [
        table[name].to_numpy().astype(np.int64)
        for name in table.columns
        if table[name].dtype == pl.Int64
    ]


def _renumbered(
    source: NDArray[np.int64], target: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    known, numbers = np.unique(np.concatenate([source, target]), return_inverse=True)
    return numbers[: source.size], numbers[source.size :], known.size
