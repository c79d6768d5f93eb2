"""The graphs of the benchmarks: Graph500's R-MAT and the largest real ones at hand, ids compact."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import scipy.sparse as sp

from tests.bench.rmat import rmat_edges
from tests.support.data import data_root

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SCALES", "Graph", "dense_core", "of_pairs", "real", "rmat"]

SCALES = {"small": 16, "full": 20}  # 2^16·16 = 1 M edges, 2^20·16 = 16 M
FACTOR, SEED = 16, 1


@dataclass(frozen=True)
class Graph:
    """Edges between 0 … n − 1, each pair once, no loops, everyone on an edge; weights ≥ 1."""

    name: str
    n: int
    u: np.ndarray
    v: np.ndarray
    w: np.ndarray

    @property
    def m(self) -> int:
        return len(self.u)

    @cached_property
    def matrix(self) -> sp.csr_array:
        """W, row = endorser."""
        return sp.csr_array((self.w, (self.u, self.v)), shape=(self.n, self.n))


def of_pairs(name: str, u: np.ndarray, v: np.ndarray, w: np.ndarray | None = None) -> Graph:
    """Any pairs as a graph: loops dropped, repeats added up, ids numbered."""
    keep = u != v
    ids, place = np.unique(np.concatenate([u[keep], v[keep]]), return_inverse=True)
    weight = np.ones(int(keep.sum())) if w is None else w[keep].astype(np.float64)
    half = len(place) // 2
    W = sp.coo_array((weight, (place[:half], place[half:])), shape=(len(ids), len(ids))).tocsr()
    W.sum_duplicates()
    coo = W.tocoo()
    return Graph(name, len(ids), coo.row.astype(np.int64), coo.col.astype(np.int64), coo.data)


def rmat(scale: int, *, seed: int = SEED) -> Graph:
    """Graph500's R-MAT; repeats add up to small whole weights."""
    parts = list(rmat_edges(scale, FACTOR, seed=seed))
    u, v = (np.concatenate([part[i] for part in parts]) for i in range(2))
    return of_pairs(f"R-MAT, {len(u) / 1e6:.0f} M edges", u, v)


def real() -> list[Graph]:
    """Those of the real directed graphs that are at hand: Wikipedia's votes, Higgs' retweets, all of Higgs."""
    makers: list[Callable[[], Graph]] = [_wiki_vote, _higgs_retweets, _higgs]
    found = []
    for make in makers:
        try:
            found.append(make())
        except FileNotFoundError as missing:
            print(f"  not at hand: {missing.filename}", flush=True)
    return found


def dense_core(people: int = 13_000, arcs: int = 2_000_000) -> Graph:
    """Random arcs, seed 0: nearly everyone on many cycles."""
    rng = np.random.default_rng(0)
    u, v = rng.integers(0, people, size=(2, arcs))
    return of_pairs(f"dense core, {people:,} people, {arcs:,} arcs", u, v)


def _wiki_vote() -> Graph:
    with gzip.open(data_root() / "wiki-vote" / "wiki-Vote.txt.gz", "rb") as file:
        rows = pl.read_csv(
            file.read(), separator="\t", has_header=False, comment_prefix="#"
        ).to_numpy()
    return of_pairs("wiki-vote", rows[:, 0], rows[:, 1])


def _higgs_retweets() -> Graph:
    return of_pairs("Higgs retweets", *_higgs_rows("retweet"))


def _higgs() -> Graph:
    parts = [_higgs_rows(kind) for kind in ("retweet", "mention", "reply")]
    u, v, w = (np.concatenate([part[i] for part in parts]) for i in range(3))
    return of_pairs("Higgs, all kinds", u, v, w)


def _higgs_rows(kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    path = data_root() / "higgs" / f"higgs-{kind}_network.edgelist.gz"
    with gzip.open(path, "rb") as file:
        rows = pl.read_csv(file.read(), separator=" ", has_header=False).to_numpy()
    return rows[:, 0], rows[:, 1], rows[:, 2]
