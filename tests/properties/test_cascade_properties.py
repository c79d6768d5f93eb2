"""Any links whatever become trees, reconcile, and credit nobody for themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.cascades import (
    distributed,
    grown,
    latent_gamma,
    passed_on,
    person_totals,
    summary,
    weighted_gamma,
    whom_they_saw,
)

from graphengine.influence.cascades import (
    Adoptions,
    Exposures,
    adoptions,
    cascade_summary,
    credit_among_seen,
    credit_by_person,
    credit_distribution,
    exposed_lists,
    exposed_parents,
    exposures,
    grow,
    latent_credit,
    latent_parents,
    measure_trees,
    tree_growth,
    tree_shapes,
)

POST = st.sampled_from([f"p{i}" for i in range(9)])
ROW = st.tuples(
    POST,
    st.one_of(st.none(), POST, st.just("gone")),
    st.one_of(st.none(), st.sampled_from("xyz")),
    st.one_of(st.none(), st.integers(-3, 3)),
)
SCHEMA = {"post": pl.String, "parent": pl.String, "author": pl.String, "at": pl.Int64}
PROPERTY = settings(max_examples=120)


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


FEWER = settings(PROPERTY, max_examples=60)
ADOPTION = st.tuples(st.integers(0, 2), st.integers(0, 5), st.integers(0, 6))
LOG = st.lists(ADOPTION, max_size=20)
SEEN = st.dictionaries(
    st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda pair: pair[0] != pair[1]),
    st.one_of(st.just(-(10**6)), st.integers(0, 6)),
    max_size=15,
)


def _arrays(rows: list, pairs: dict) -> tuple[Adoptions, Exposures]:
    log = adoptions([c for c, _, _ in rows], [p for _, p, _ in rows], [t for _, _, t in rows])
    seen = exposures([u for u, _ in pairs], [v for _, v in pairs], list(pairs.values()), n=6)
    return log, seen


@FEWER
@given(LOG, SEEN)
def test_parents_are_among_those_seen(rows: list, pairs: dict) -> None:
    log, seen = _arrays(rows, pairs)
    expected = whom_they_saw(rows, pairs)
    indptr, indices = exposed_lists(log, seen)
    last, first = (exposed_parents(log, seen, choose=how).tolist() for how in ("last", "first"))
    for event, place in enumerate(log.order):
        found = [int(log.order[i]) for i in indices[indptr[event] : indptr[event + 1]]]
        assert found == expected[place]
        if not found:
            assert last[event] == first[event] == -1
            continue
        assert log.order[first[event]] == found[0]
        newest = max(rows[i][2] for i in found)
        assert log.order[last[event]] == next(i for i in found if rows[i][2] == newest)
    measure_trees(np.array(last, np.int64))  # parents stand before their children


@FEWER
@given(LOG, SEEN, st.sampled_from([np.inf, 2.0]), st.randoms(use_true_random=False))
def test_shared_credit_is_the_matrix_form(rows: list, pairs: dict, tau: float, random: Any) -> None:
    log, seen = _arrays(rows, pairs)
    weight = np.array([random.random() + 0.01 for _ in rows])
    G = weighted_gamma(whom_they_saw(rows, pairs), [t for *_, t in rows], weight.tolist(), tau)
    G, m = G[np.ix_(log.order, log.order)], weight[log.order]
    direct, total = credit_among_seen(log, seen, weight=m, decay_seconds=tau)
    assert direct == pytest.approx(G.sum(axis=1))
    assert total == pytest.approx(np.linalg.solve(np.eye(log.n) - G, np.ones(log.n)))
    roots = (np.diff(exposed_lists(log, seen)[0]) == 0).sum()
    assert direct.sum() == pytest.approx(log.n - roots)  # every other unit goes somewhere


@FEWER
@given(LOG, SEEN)
def test_distributed_credit_is_the_dense_recursion(rows: list, pairs: dict) -> None:
    found = credit_distribution(*_arrays(rows, pairs))
    expected = distributed(rows, pairs)
    assert {u: found.credit[u] for u in expected} == pytest.approx(expected)
    assert found.actions.sum() == len({row[:2] for row in rows})


@FEWER
@given(
    st.lists(st.tuples(st.integers(0, 50), st.floats(1e-3, 1e6)), min_size=1, max_size=15),
    st.sampled_from([0.0, 6.8e-5, 0.1]),
)
def test_two_scans_are_the_table_of_pairs(events: list, rate: float) -> None:
    events.sort(key=lambda event: event[0])
    at, m = np.array([t for t, _ in events]), np.array([w for _, w in events])
    log = adoptions(np.zeros(len(at), int), range(len(at)), at)
    G = latent_gamma(at.astype(float), m, rate)
    direct, total = latent_credit(log, m, rate=rate)
    assert direct == pytest.approx(G.sum(axis=1))
    assert total == pytest.approx(np.linalg.solve(np.eye(len(at)) - G, np.ones(len(at))))
    assert total[0] == pytest.approx(len(at))
    for j, i in enumerate(latent_parents(log, m, rate=rate).tolist()):
        assert (i < 0) == (j == 0)
        assert j == 0 or G[i, j] == pytest.approx(G[:, j].max())


@FEWER
@given(st.lists(ROW, max_size=25), st.lists(st.integers(0, 7), max_size=4, unique=True))
def test_cards_and_growth_are_what_walks_find(rows: list, ages: list) -> None:
    forest, _ = grow(_frame(rows))
    parent, author = forest.parent.tolist(), forest.authors.to_list()
    below, told = passed_on(parent, author), summary(parent, author)
    assert cascade_summary(forest).rows() == [(a, *told[a], below[a]) for a in sorted(below)]
    table = tree_growth(forest, sorted(ages)).select("size", "depth", "breadth")
    assert table.rows() == grown(parent, forest.at.tolist(), sorted(ages))
