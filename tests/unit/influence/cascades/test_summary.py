"""What the card says of a person's cascades: by hand, against walks, and on long chains."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from oracles.cascades import passed_on, summary

from graphengine.influence.cascades import cascade_summary, forests_by_topic, grow
from graphengine.influence.kernels import audiences


def _links(rows: list[tuple[str, str | None, str | None]], **more: object) -> pl.DataFrame:
    schema = {"post": pl.String, "parent": pl.String, "author": pl.String}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(at=pl.int_range(pl.len()).cast(pl.Int64), **more)


def _rows(links: pl.DataFrame) -> list[tuple]:
    return cascade_summary(grow(links)[0]).rows()


def test_by_hand() -> None:
    """x starts three: of 3 and 2 posts, and one with no answer but their own."""
    links = _links(
        [("1", None, "x"), ("2", "1", "y"), ("3", "2", "z"), ("4", None, "x"), ("5", "4", "y"),
         ("6", None, "x"), ("7", "6", "x"), ("8", None, "z")]
    )  # fmt: skip
    assert _rows(links) == [("x", 2, 2.5, 2), ("y", 0, None, 1), ("z", 0, None, 0)]


def test_unknown_authors_make_a_cascade_but_are_nobody_one_can_count() -> None:
    links = _links([("1", None, "x"), ("2", "1", None), ("3", None, None), ("4", "3", "x")])
    assert _rows(links) == [("x", 1, 2.0, 0)]


def test_somebody_below_two_of_ones_posts_counts_once() -> None:
    links = _links([("1", None, "x"), ("2", "1", "y"), ("3", "2", "x"), ("4", "3", "y"),
                    ("5", None, "x"), ("6", "5", "y")])  # fmt: skip
    assert _rows(links) == [("x", 2, 3.0, 1), ("y", 0, None, 1)]


@pytest.mark.parametrize("short", [0, 32])
def test_random_forests_against_walks(short: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of counting: stretches at once, and walks through them."""
    monkeypatch.setattr(audiences, "_SHORT", short)
    random = np.random.default_rng(11)
    for _ in range(30):
        n = int(random.integers(1, 60))
        rows = [
            (f"{i:02}", f"{random.integers(max(0, i - 4), i):02}" if random.random() < 0.9 and i
             else None, random.choice([None, *"abcdefghijklmnop"]))
            for i in range(n)
        ]  # fmt: skip
        forest, _ = grow(_links(rows))
        parent, author = forest.parent.tolist(), forest.authors.to_list()
        people = passed_on(parent, author)
        told = summary(parent, author)
        assert cascade_summary(forest).rows() == [(a, *told[a], people[a]) for a in sorted(people)]


def test_a_chain_of_a_hundred_thousand_people() -> None:
    n = 100_000
    names = pl.select(pl.int_range(n).cast(pl.String).str.zfill(6)).to_series()
    chain = pl.DataFrame({"post": names, "parent": names.shift(1), "author": names})
    table = cascade_summary(grow(chain.with_columns(at=pl.lit(None, pl.Int64)))[0])
    assert table["passed_on"].to_list() == list(range(n - 1, -1, -1))
    assert table.row(0) == ("000000", 1, float(n), n - 1)
    two = chain.with_columns(author=pl.lit("x")).with_columns(
        author=pl.when(pl.int_range(n) % 2 == 0).then(pl.lit("x")).otherwise(pl.lit("y"))
    )
    assert _rows(two.with_columns(at=pl.lit(None, pl.Int64))) == [
        ("x", 1, float(n), 1), ("y", 0, None, 1),
    ]  # fmt: skip


def test_topics_have_trees_of_their_own() -> None:
    a = _links([("1", None, "x"), ("2", "1", "y")], topic=pl.lit("t/a"))
    b = _links([("1", None, "x"), ("2", "1", "y"), ("3", "2", "z")], topic=pl.lit("t/b"))
    found = forests_by_topic(pl.concat([b, a]))
    assert {topic: cascade_summary(forest).rows() for topic, forest, _ in found} == {
        "t/a": [("x", 1, 2.0, 1), ("y", 0, None, 0)],
        "t/b": [("x", 1, 3.0, 2), ("y", 0, None, 1), ("z", 0, None, 0)],
    }


def test_no_posts_no_rows_and_the_same_types() -> None:
    nothing = _links([], topic=pl.lit("t"))
    empty = cascade_summary(grow(nothing.drop("topic"))[0])
    assert empty.height == 0
    one = cascade_summary(grow(_links([("1", None, "x")]))[0])
    assert empty.schema == one.schema == {
        "account": pl.String, "cascades": pl.Int64, "cascade_size": pl.Float64,
        "passed_on": pl.Int64,
    }  # fmt: skip
    assert not list(forests_by_topic(nothing))
