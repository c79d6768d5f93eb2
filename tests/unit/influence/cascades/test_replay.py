"""The table of how good forecasts would have been: by hand, and on real cascades."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from support.data import dataset

from graphengine.influence.cascades.calibration import calibrate
from graphengine.influence.cascades.replay import AGES, median_growth_of_others, replay
from graphengine.influence.cascades.seismic import forecast


@pytest.mark.parametrize("n", [2, 3, 4, 5, 12, 13])
def test_the_median_of_the_others(n: int) -> None:
    growth = np.random.default_rng(n).integers(1, 6, n).astype(float)
    expected = [np.median(np.delete(growth, i)) for i in range(n)]
    assert median_growth_of_others(growth).tolist() == expected


def test_a_table_by_hand() -> None:
    first, at = [0, 4, 7, 10], [0, 10, 20, 900, 0, 30, 800, 5, 6, 7]
    people = [900.0, 5, 5, 5, 400, 5, 5, 100, 3, 3]
    table = replay(first, at, people, ages=[60, 600])
    told = forecast(first, at, people, as_of=np.array([0, 0, 5]) + 600)
    final, seen = np.array([3, 2, 2]), np.array([2, 1, 2])
    errors = np.abs(told.predicted - final) / final
    others = seen * np.array([1.5, 1.25, 1.75])
    row = table.row(1, named=True)
    assert row["cascades"] == 3
    assert row["growing"] == pytest.approx(2 / 3)
    assert row["explosive"] == told.explosive.mean() == 0
    assert row["error"] == pytest.approx(np.median(errors))
    assert row["error_90"] == pytest.approx(np.quantile(errors, 0.9))
    assert row["baseline"] == pytest.approx(np.median(np.abs(others - final) / final))
    held = (told.low <= final) & ~(told.high < final)
    assert row["coverage"] == pytest.approx(held.mean())
    assert row["bounded"] == pytest.approx(np.isfinite(told.high).mean())
    assert row["calibrated"] is None
    assert row["calibrated_coverage"] is None


def test_too_early_and_mistakes() -> None:
    table = replay([0, 2], [0, 50], [10, 10], ages=[5])
    assert table.row(0, named=True)["cascades"] == 0
    for wrong in ({"ages": [0]}, {"fewest": 0}):
        with pytest.raises(ValueError, match="positive"):
            replay([0, 2], [0, 50], [10, 10], **wrong)


@pytest.fixture(scope="module")
def pheme() -> pl.DataFrame:
    """Sources and retweets of the 314 threads that have retweets, by thread and time."""
    posts = pl.read_csv(dataset("pheme") / "posts.csv.gz", infer_schema=False)
    chosen = posts.filter(pl.col("kind").is_in(["source", "retweet"])).select(
        thread=pl.col("root_post").cast(pl.Int64),
        later=pl.col("kind") == "retweet",
        at=pl.col("created_at").str.to_datetime("%Y-%m-%dT%H:%M:%SZ").dt.epoch("s"),
        followers=pl.col("followers").cast(pl.Float64),
    )
    return chosen.filter(pl.len().over("thread") > 1).sort("thread", "later", "at")


def test_pheme(pheme: pl.DataFrame) -> None:
    """What docs/watch.md prints; the formula alone loses to the baseline; calibrated it wins."""
    first = np.concatenate(
        [[0], pheme.group_by("thread", maintain_order=True).len()["len"].cum_sum()]
    )
    table = replay(first, pheme["at"].to_numpy(), pheme["followers"].to_numpy())
    assert table["age"].to_list() == list(AGES)
    assert len(first) - 1 == 314
    assert table["cascades"].to_list() == [283, 291, 296, 312, 314]
    assert (table["explosive"] <= 0.022).all()
    assert table["calibrated_coverage"].is_between(0.88, 0.92).all()
    assert (table["coverage"] < 0.42).all()
    assert (table["error"] > table["baseline"]).all()
    assert (table["calibrated"] <= table["baseline"] + 0.0005).all()
    assert (table["calibrated_90"] <= table["baseline_90"] + 0.02).all()
    assert (table.head(4)["calibrated"] < 0.8 * table.head(4)["baseline"]).all()


def test_pheme_learned_from_what_was_over_by_then(pheme: pl.DataFrame) -> None:
    """A quarter of an hour after each post, by the posts older than three days: docs/watch.md."""
    size = pheme.group_by("thread", maintain_order=True).len()["len"].to_numpy().astype(np.int64)
    first = np.concatenate([[0], np.cumsum(size)])
    at, people = pheme["at"].to_numpy().astype(float), pheme["followers"].to_numpy()
    posted, known = at[first[:-1]], {}
    errors, held = [], []
    for i, start in enumerate(posted):
        over = posted <= start + 900 - 3 * 86_400
        if over.sum() < 30:
            continue
        if over.sum() not in known:
            events = np.repeat(over, size)
            bounds = np.concatenate([[0], np.cumsum(size[over])])
            known[over.sum()] = calibrate(bounds, at[events], people[events], ages=[900])
        own = slice(first[i], first[i + 1])
        told = forecast([0, size[i]], at[own], people[own], as_of=start + 900)
        found = known[over.sum()].adjust(told, [900])
        if found.known[0]:
            errors.append(abs(found.predicted[0] / (size[i] - 1) - 1))
            held.append(found.low[0] <= (size[i] - 1) * (1 + 1e-9) <= found.high[0] * (1 + 1e-8))
    assert len(held) == 245
    assert np.mean(held) == pytest.approx(0.873, abs=0.02)
    assert np.median(errors) == pytest.approx(0.208, abs=0.02)


def test_twitter15_without_followers() -> None:
    """No follower counts there: everybody is given 300; the first 500 trees."""
    edges = pl.read_csv(
        dataset("twitter15") / "tree_edges.tsv.gz", separator="\t", infer_schema=False
    )
    minutes = pl.col("child_delay_min").cast(pl.Float64)
    events = (
        edges.select("tree", "child_user", "child_tweet", at=(minutes * 60).clip(0))
        .filter(pl.col("tree").cast(pl.Int64) <= 500)
        .unique(["tree", "child_user", "child_tweet", "at"])
        .sort(pl.col("tree").cast(pl.Int64), "at")
    )
    first = np.concatenate(
        [[0], events.group_by("tree", maintain_order=True).len()["len"].cum_sum()]
    )
    table = replay(first, events["at"].to_numpy(), np.full(events.height, 300.0))
    assert len(first) - 1 == 500
    assert table["calibrated_coverage"].is_between(0.88, 0.92).all()
    assert table["cascades"].min() > 400
