"""The bundled anchors are what the rule gives on the data that they name.

An obvious second computation of the trail visits, from the source files, with none of the engine's
readers, graphs or solvers.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import scipy.sparse as sp
from support.data import dataset

from graphengine.scoring import load_anchors
from graphengine.scoring.fit import fit_anchors, shape_of

STRENGTH = {"retweet": 0, "RT": 0, "reply": 1, "RE": 1, "mention": 2, "MT": 2, "message": 0}
COLUMNS = ["actor", "target", "moment", "strength", "weight", "topic"]


def pheme() -> pl.DataFrame:
    rows = pl.read_csv(dataset("pheme") / "interactions.csv.gz")
    return rows.with_columns(
        moment="post", strength=pl.col("kind").replace_strict(STRENGTH), weight=1.0
    ).select(COLUMNS)


def enron() -> pl.DataFrame:
    rows = pl.read_csv(dataset("enron") / "emails.csv.gz")
    mails = rows.filter(~pl.col("sent_at").str.starts_with("1979")).rename(
        {"sender": "actor", "recipient": "target", "sent_at": "moment"}
    )
    named = pl.when(pl.col("topic") != "outlier").then(pl.col("topic"))
    weight = pl.when(pl.col("kind") == "to").then(1.0).otherwise(0.5).first()
    key = ["actor", "target", "moment"]  # the first copy says which kind; every copy its topic
    return mails.with_columns(topic=named, strength=0, weight=weight.over(key)).select(COLUMNS)


def higgs() -> pl.DataFrame:
    rows = pl.read_csv(
        dataset("higgs") / "higgs-activity_time.txt.gz",
        separator=" ",
        has_header=False,
        new_columns=["actor", "target", "moment", "kind"],
    )
    return rows.with_columns(
        strength=pl.col("kind").replace_strict(STRENGTH), weight=1.0, topic=pl.lit(None, pl.String)
    ).select(COLUMNS)


def scored_parts(rows: pl.DataFrame) -> np.ndarray:
    """Trail visits of everyone with three endorsers or more, over all topics and overall."""
    event = ["actor", "target", "moment"]
    strongest = rows.filter(pl.col("strength") == pl.col("strength").min().over(event))
    strongest = strongest.filter(pl.col("actor") != pl.col("target"))
    events = strongest.group_by(event).agg(
        pl.col("weight").first(), pl.col("topic").drop_nulls().unique().sort()
    )
    share = (
        events.explode("topic")
        .drop_nulls("topic")
        .with_columns(pl.col("weight") / pl.len().over(event))
    )
    topics = [share.filter(pl.col("topic") == topic) for topic in share["topic"].unique().sort()]
    return np.concatenate([trail_visits_of_the_scored(graph) for graph in [events, *topics]])


def trail_visits_of_the_scored(events: pl.DataFrame) -> np.ndarray:
    people, ends = np.unique(events.select("actor", "target").to_numpy(), return_inverse=True)
    actor, target = ends.reshape(-1, 2).T
    n = len(people)
    W = sp.coo_array((events["weight"].to_numpy(), (actor, target)), shape=(n, n)).tocsr()
    endorsers = np.bincount(W.indices, minlength=n)
    saturated = W.power(0.5)
    P = sp.diags_array(1 / (1 + saturated.sum(axis=1))) @ saturated
    x = np.ones(n)
    for _ in range(300):
        x = 1 + 0.85 * (P.T @ x)
    return x[endorsers >= 3]


def test_the_rule_gives_the_bundled_anchors() -> None:
    parts = {f.__name__: scored_parts(f()) for f in (pheme, enron, higgs)}
    assert {name: len(p) for name, p in parts.items()} == {
        "pheme": 835, "enron": 1082, "higgs": 15504,
    }  # fmt: skip
    bundled = load_anchors()
    assert fit_anchors(parts, version="1", source=bundled.source) == bundled
    shapes = {name: shape_of(p, bundled) for name, p in parts.items()}
    assert np.mean([s.mean for s in shapes.values()]) == pytest.approx(19.91, abs=0.01)
    assert [round(s.p95, 2) for s in shapes.values()] == [51.92, 21.44, 40.33]
