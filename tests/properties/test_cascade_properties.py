"""Any links whatever become trees, reconcile, and credit nobody for themselves."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.cascades import person_totals

from graphengine.influence.cascades import credit_by_person, grow, tree_shapes

POST = st.sampled_from([f"p{i}" for i in range(9)])
ROW = st.tuples(
    POST,
    st.one_of(st.none(), POST, st.just("gone")),
    st.one_of(st.none(), st.sampled_from("xyz")),
    st.one_of(st.none(), st.integers(-3, 3)),
)
SCHEMA = {"post": pl.String, "parent": pl.String, "author": pl.String, "at": pl.Int64}
PROPERTY = settings(max_examples=120, deadline=None, derandomize=True)


def _frame(rows: list[tuple[str, str | None, str | None, int | None]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


@PROPERTY
@given(st.lists(ROW, max_size=30), st.sampled_from(["first", "last"]))
def test_any_links_become_trees(rows: list, choose: str) -> None:
    links = _frame(rows)
    forest, repairs = grow(links, choose=choose)
    assert sorted(forest.posts) == sorted(set(links["post"]))
    assert (forest.parent < np.arange(forest.n)).all()
    assert (np.diff(forest.at) >= 0).all()
    names, stated = forest.posts.to_list(), set(links.select("post", "parent").rows())
    for node, above in enumerate(forest.parent):
        if above >= 0:
            assert (names[node], names[above]) in stated
            assert forest.root[node] == forest.root[above]
            assert forest.depth[node] == forest.depth[above] + 1
            assert above in forest.named[forest.named_from[node] : forest.named_from[node + 1]]
        else:
            assert (forest.root[node], forest.depth[node]) == (node, 0)
    assert len(forest.named) >= repairs.kept
    assert repairs.rows == len(rows)
    assert repairs.cut <= repairs.links
    assert tree_shapes(forest)["size"].sum() == forest.n
    # only a circle, oneself or an absent parent leaves a root that is no original
    original = set(links.filter(pl.col("parent").is_null())["post"])
    roots = {names[i] for i in np.flatnonzero(forest.parent < 0)}
    assert repairs.orphans == len(roots - original)


@PROPERTY
@given(st.lists(ROW, max_size=25), st.permutations(range(25)))
def test_order_changes_nothing(rows: list, order: list) -> None:
    forest, repairs = grow(_frame(rows))
    shuffled, again = grow(_frame([rows[i] for i in order if i < len(rows)]))
    assert again == repairs
    assert shuffled.posts.to_list() == forest.posts.to_list()
    assert shuffled.parent.tolist() == forest.parent.tolist()


@PROPERTY
@given(st.lists(ROW, max_size=25), st.sampled_from(["first", "last", "split", "decay"]))
def test_credit_is_what_walks_find_and_never_ones_own(rows: list, rule: str) -> None:
    forest, _ = grow(_frame(rows), choose="first" if rule == "first" else "last")
    table = credit_by_person(forest, rule=rule)
    expected = person_totals(forest.parent.tolist(), forest.authors.to_list(), [1.0] * forest.n)
    assert dict(table.select("account", "total").iter_rows()) == pytest.approx(expected)
    posts = dict(table.select("account", "posts").iter_rows())
    for account, direct, total in table.select("account", "direct", "total").iter_rows():
        assert 0 <= direct <= forest.n - posts[account] + 1e-12
        assert 0 <= total <= forest.n - posts[account]
        if rule in ("first", "last"):
            assert direct <= total


@PROPERTY
@given(st.lists(ROW, max_size=25), POST)
def test_a_new_leaf_takes_credit_from_nobody(rows: list, parent: str) -> None:
    """Somebody new answers: nobody loses, and the author answered gains."""
    leaf = ("leaf", parent, "new", 99)
    before, after = (
        dict(
            credit_by_person(grow(_frame(r))[0], rule="last").select("account", "total").iter_rows()
        )
        for r in (rows, [*rows, leaf])
    )
    for account, total in before.items():
        assert after[account] >= total
    authors = {author for post, _, author, _ in rows if post == parent and author is not None}
    if authors:
        assert after[min(authors)] == before[min(authors)] + 1
