"""The command rank as people type it, on real votes, against a direct solve."""

from __future__ import annotations

import gzip
import json

import numpy as np
import polars as pl
import scipy.sparse as sp
from scipy.sparse.linalg import spsolve
from support.data import dataset
from support.run_job import command


def test_wikipedias_votes_are_ranked_as_by_a_direct_solve(tmp_path) -> None:
    path = dataset("wiki-vote") / "wiki-Vote.txt.gz"
    words = ("rank", str(path), "--tolerance", "1e-10", "--json", "--out", "ranks.parquet")
    code, out, err = command(tmp_path, *words)
    assert code == 0, err
    told = json.loads(out)
    assert (told["people"], told["edges"]) == (7115, 103_689)
    assert told["error_bound"] <= 1e-10
    votes = pl.read_csv(
        gzip.decompress(path.read_bytes()), separator="\t", has_header=False, comment_prefix="#"
    ).to_numpy()
    ids, place = np.unique(votes, return_inverse=True)
    n = len(ids)
    u, v = place.reshape(-1, 2).T
    given = np.bincount(u, minlength=n)
    P = sp.csc_array((1.0 / given[u], (u, v)), shape=(n, n))
    x = spsolve(sp.eye_array(n, format="csc") - 0.85 * P.T.tocsc(), np.ones(n))
    written = pl.read_parquet(tmp_path / "ranks.parquet")
    assert written["id"].to_list() == ids.tolist()
    assert np.abs(written["score"].to_numpy() - x / x.sum()).sum() <= 1e-10 + 1e-12
    assert told["top"][0]["id"] == int(ids[np.argmax(x)])


def test_every_peer_has_a_row_and_right_answers_are_timed(monkeypatch) -> None:
    from tests.bench.ranking import one_topic
    from tests.bench.ranking.graphs import rmat
    from tests.bench.ranking.peers import PEERS

    absent = type(PEERS[1])("no such peer", "no-such-package", 1, PEERS[1].load)
    monkeypatch.setattr(one_topic, "PEERS", (PEERS[0], PEERS[-1], absent))
    rows = one_topic.beside_peers(rmat(7))
    assert [row.peer.split(" ")[0] for row in rows] == ["", "SciPy", "networkx", "no"]
    assert [row.agree for row in rows] == [None, True, True, None]
    assert rows[-1].peer.endswith("not installed")
    assert rows[-1].ratio is None
