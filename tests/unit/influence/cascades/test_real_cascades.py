"""The real trees: twitter15, whose oddities are counted in its SOURCE.md, and PHEME."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from support.data import dataset

from graphengine.influence.cascades import Forest, Repairs, credit_by_person, grow, tree_shapes


@pytest.fixture(scope="module")
def twitter15() -> tuple[Forest, Repairs]:
    raw = pl.read_csv(
        dataset("twitter15") / "tree_edges.tsv.gz", separator="\t", infer_schema=False
    )

    def node(side: str) -> pl.Expr:
        parts = [f"{side}_user", f"{side}_tweet", f"{side}_delay_min"]
        return pl.concat_str(parts, separator="/")

    return grow(
        raw.select(
            post=node("child"),
            parent=pl.when(pl.col("parent_user") != "ROOT").then(node("parent")),
            author="child_user",
            at=(pl.col("child_delay_min").cast(pl.Float64) * 60).floor().cast(pl.Int64),
        )
    )


def test_twitter15_repairs(twitter15: tuple[Forest, Repairs]) -> None:
    _, repairs = twitter15
    assert repairs.rows == 624_458
    assert repairs.posts == 599_196
    assert repairs.trees == repairs.originals == 1_490
    assert repairs.several_parents == 6_250
    assert repairs.rows_to_itself == 1_218
    assert repairs.repeated == 17_169
    assert repairs.rows_earlier == 7_017
    assert (repairs.missing, repairs.orphans, repairs.disagreeing) == (0, 0, 0)
    assert repairs.kept == repairs.posts - 1_490


def test_twitter15_shapes(twitter15: tuple[Forest, Repairs]) -> None:
    forest, _ = twitter15
    shapes = tree_shapes(forest)
    assert shapes["size"].sum() == 599_196
    assert (shapes["size"].min(), shapes["size"].max(), shapes["depth"].max()) == (56, 2_990, 12)
    assert (forest.parent < np.arange(forest.n)).all()
    assert (np.diff(forest.at) >= 0).all()


def test_twitter15_credit_reconciles(twitter15: tuple[Forest, Repairs]) -> None:
    """Direct credit is one unit per post with a parent, less those by the parent's own author."""
    forest, repairs = twitter15
    author = forest.authors.to_numpy()
    own = (forest.parent >= 0) & (author == author[forest.parent])
    credited = credit_by_person(forest, rule="last")
    assert credited["posts"].sum() == repairs.posts
    assert credited["direct"].sum() == repairs.kept - int(own.sum())
    assert (credited["total"] >= credited["direct"]).all()


def test_pheme() -> None:
    """204 replies do not reach a root: 127 answer absent posts; 21 loose posts answer nothing."""
    raw = pl.read_csv(dataset("pheme") / "posts.csv.gz", infer_schema=False)
    links = raw.select(
        "post", "author", parent="parent_post", root="root_post",
        at=pl.col("created_at").str.to_datetime("%Y-%m-%dT%H:%M:%SZ").dt.epoch("s"),
    )  # fmt: skip
    forest, repairs = grow(links)
    assert (repairs.posts, repairs.trees) == (50_605, 330 + 21 + 127)
    assert (repairs.missing, repairs.orphans, repairs.originals) == (127, 127, 351)
    assert repairs.other_root == 204 + 16 + 21
    assert (repairs.repeated, repairs.cut, repairs.further, repairs.kept_earlier) == (0, 0, 0, 0)
    assert forest.depth.max() == 24
    sizes = tree_shapes(forest)
    assert sizes["size"].max() <= 781
