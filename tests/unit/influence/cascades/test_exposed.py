"""Parents by whom the adopters saw: by hand, and the likely paths of PHEME's retweets."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from support.data import dataset

from graphengine.influence.cascades import (
    adoptions,
    credit_by_person,
    exposed_lists,
    exposed_parents,
    exposures,
    grow,
    share_credit,
    total_credit,
    tree_shapes,
    with_exposed_parents,
)
from graphengine.influence.kernels import order

if TYPE_CHECKING:
    from collections.abc import Callable


def test_most_recent_first_and_all() -> None:
    log = adoptions([0, 0, 0, 0], [0, 1, 2, 3], [0, 10, 30, 60])
    seen = exposures([1, 2, 2, 3, 3], [0, 0, 1, 1, 2], n=4)
    assert exposed_parents(log, seen).tolist() == [-1, 0, 1, 2]
    assert exposed_parents(log, seen, choose="first").tolist() == [-1, 0, 0, 1]
    indptr, indices = exposed_lists(log, seen)
    assert (indptr.tolist(), indices.tolist()) == ([0, 0, 1, 3, 5], [0, 0, 1, 1, 2])
    shares = share_credit(indptr, indices, log.at, rule="split")
    assert total_credit(shares).tolist() == [4, 2.25, 1.5, 1]


def test_other_cascades_equal_seconds_and_oneself_are_no_parents() -> None:
    seen = exposures([0, 1, 1], [0, 0, 1], n=2)
    assert exposed_parents(adoptions([0, 1], [0, 1], [0, 5]), seen).tolist() == [-1, -1]
    assert exposed_parents(adoptions([0, 0], [0, 1], [5, 5]), seen).tolist() == [-1, -1]
    assert exposed_parents(adoptions([0, 0], [0, 0], [0, 5]), seen).tolist() == [-1, -1]


def test_an_exposure_that_the_interaction_makes_does_not_count() -> None:
    log = adoptions([0, 0], [0, 1], [0, 5])
    for since, parent in ((4, 0), (5, -1), (6, -1)):
        assert exposed_parents(log, exposures([1], [0], [since], n=2)).tolist() == [-1, parent]


def test_of_equal_times_the_one_that_stands_first() -> None:
    log = adoptions([0, 0, 0], [1, 0, 2], [3, 3, 9])
    seen = exposures([2, 2], [0, 1], n=3)
    for choose in ("last", "first"):
        assert exposed_parents(log, seen, choose=choose).tolist() == [-1, -1, 0]


def test_somebody_who_adopts_twice_is_seen_the_first_time() -> None:
    log = adoptions([0, 0, 0, 0], [0, 1, 0, 2], [0, 5, 9, 20])
    seen = exposures([2, 2, 0], [0, 1, 1], n=3)
    assert exposed_parents(log, seen).tolist() == [-1, -1, 1, 1]


def test_somebody_who_follows_half_the_world_is_looked_up_the_other_way() -> None:
    """Both ways of looking up find the same: 5,000 followed, 3 adopters before."""
    log = adoptions([0] * 4, [4_999, 7, 3, 5_000], [1, 2, 3, 4])
    all_but_seven = np.delete(np.arange(5_000), 7)
    seen = exposures(np.full(4_999, 5_000), all_but_seven, all_but_seven - 4_996, n=5_001)
    assert exposed_parents(log, seen).tolist() == [-1, -1, -1, 2]
    assert exposed_lists(log, seen)[1].tolist() == [0, 2]


def test_nobody() -> None:
    log, seen = adoptions([], [], []), exposures([], [], n=0)
    assert exposed_parents(log, seen).tolist() == []
    assert [part.tolist() for part in exposed_lists(log, seen)] == [[0], []]


@pytest.mark.parametrize("starts", [order.starts, order._starts, order.starts_at_once])
def test_adoptions_in_order_and_in_any_order(
    starts: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where they stand in order nothing is sorted: the answer is that of sorting."""
    monkeypatch.setattr(sys.modules[adoptions.__module__], "starts", starts)
    random = np.random.default_rng(2)
    for n in (1, 2, 7, 60):
        cascade, at = random.integers(0, 6, (2, n))
        person = random.integers(0, 9, n).astype(np.uint32)
        mixed = adoptions(cascade, person, at)
        sorted_by = np.lexsort((at, cascade))
        assert mixed.order.tolist() == sorted_by.tolist()
        log = adoptions(cascade[sorted_by], person[sorted_by], at[sorted_by])
        assert log.order.tolist() == list(range(n))
        for part in ("first", "person", "at"):
            assert getattr(log, part).tolist() == getattr(mixed, part).tolist()
            assert getattr(log, part).dtype == getattr(mixed, part).dtype
        assert mixed.first.tolist() == [int((cascade < c).sum()) for c in range(max(cascade) + 2)]
    with pytest.raises(ValueError, match="cascade -1 at place 0"):
        adoptions([-1, 0], [0, 0], [5, 5])


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="whole numbers"):
        adoptions([0], [0], [0.5])
    with pytest.raises(ValueError, match="whole numbers"):
        adoptions([0], [0], [np.nan])
    with pytest.raises(ValueError, match="1, 2 and 1 entries"):
        adoptions([0], [0, 1], [5])
    with pytest.raises(ValueError, match=r"person -1 at place 0 \(1 such\)"):
        adoptions([0], [-1], [5])
    with pytest.raises(ValueError, match="number them anew"):
        adoptions([10**9], [0], [5])
    with pytest.raises(ValueError, match="seen 3 at place 0"):
        exposures([0], [3], n=3)
    with pytest.raises(ValueError, match="give exposures n = 2"):
        exposed_parents(adoptions([0], [1], [5]), exposures([], [], n=1))
    with pytest.raises(ValueError, match='"last" or "first"'):
        exposed_parents(adoptions([0], [0], [5]), exposures([], [], n=1), choose="all")


def _links(*rows: tuple[str, str | None, str | None, int | None, str | None]) -> pl.DataFrame:
    schema = {"post": pl.String, "parent": pl.String, "author": pl.String, "at": pl.Int64,
              "root": pl.String}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


SEEN = pl.DataFrame({"person": ["y", "z", "z"], "seen": ["x", "x", "y"]})


def test_named_parents_stay_and_open_ones_are_filled() -> None:
    links = _links(
        ("a", None, "x", 0, "a"), ("b", "a", "y", 5, "a"), ("c", "a", "z", 9, "a"),
        ("d", "b", "z", 12, "a"), ("e", None, "w", 20, "a"), ("f", "a", None, 30, "a"),
        ("g", "a", "z", None, "a"), ("h", None, "z", 50, None), ("c", "a", "z", 9, "a"),
    )  # fmt: skip
    filled = with_exposed_parents(links, SEEN)
    assert filled.drop("parent").equals(links.drop("parent"))
    assert filled["parent"].to_list() == [None, "a", "b", "b", None, "a", "a", None, "b"]
    first = with_exposed_parents(links, SEEN, choose="first")["parent"].to_list()
    assert first == [None, "a", "a", "b", None, "a", "a", None, "a"]
    assert grow(filled)[1].repeated == 1


def test_all_of_them_share_the_credit() -> None:
    links = _links(("a", None, "x", 0, "a"), ("b", "a", "y", 5, "a"), ("c", "a", "z", 9, "a"))
    every = with_exposed_parents(links, SEEN, choose="all")
    assert every.select("post", "parent").rows() == [
        ("a", None), ("b", "a"), ("c", "a"), ("c", "b"),
    ]  # fmt: skip
    table = credit_by_person(grow(every)[0], rule="split")
    assert table.select("account", "direct", "total").rows() == [
        ("x", 1.5, 2.0), ("y", 0.5, 1.0), ("z", 0.0, 0.0),
    ]  # fmt: skip


def test_past_interactions_count_from_when_they_happened() -> None:
    links = _links(("a", None, "x", 0, "a"), ("b", "a", "y", 5, "a"), ("c", "a", "z", 9, "a"))
    for since, parent in ((8, "b"), (9, "a"), (None, "b")):
        seen = pl.DataFrame({"person": ["z"], "seen": ["y"]}).with_columns(
            since=pl.lit(since, pl.Int64)
        )
        assert with_exposed_parents(links, seen)["parent"][2] == parent


def test_pheme_draws_a_likely_path_for_73_percent_of_its_retweets() -> None:
    """33,063 when posts of one second count in their order; 33,035 when earlier means strictly."""
    folder = dataset("pheme")
    posts = pl.read_csv(folder / "posts.csv.gz", infer_schema=False)
    links = posts.filter(pl.col("kind").is_in(["source", "retweet"])).select(
        "post", "author", parent="parent_post", root="root_post",
        at=pl.col("created_at").str.to_datetime("%Y-%m-%dT%H:%M:%SZ").dt.epoch("s"),
    )  # fmt: skip
    follows = pl.read_csv(folder / "follows.csv.gz", infer_schema=False)
    seen = follows.select(person="follower", seen="followed")
    open_ones = links.with_columns(parent=pl.lit(None, pl.String))
    found = {
        name: with_exposed_parents(rows, seen)["parent"].drop_nulls().len()
        for name, rows in {
            "strictly": open_ones,
            "in order": open_ones.with_columns(at=pl.col("post").cast(pl.Int64)),
        }.items()
    }
    assert links.height - 330 == 45_240
    assert found == {"strictly": 33_035, "in order": 33_063}
    assert round(found["in order"] / 45_240, 2) == round(found["strictly"] / 45_240, 2) == 0.73
    forest, repairs = grow(with_exposed_parents(links, seen))
    assert (repairs.trees, repairs.posts, repairs.cut, repairs.kept_earlier) == (330, 45_570, 0, 0)
    assert tree_shapes(forest)["depth"].max() == 15  # as Twitter names them, 1


def test_what_exposures_leave_out_is_counted() -> None:
    seen = exposures([1, 1, 1, 0], [0, 0, 1, 1], n=2)
    assert (seen.repeats, seen.to_self, seen.m) == (1, 1, 2)
    assert seen.targets.tolist() == [0, 1]
    since = exposures([1, 1, 1], [0, 0, 1], [9, 4, 1], n=2)
    assert (since.repeats, since.to_self, since.since.tolist()) == (1, 1, [4])
    nobody = exposures([], [], n=0)
    assert (nobody.n, nobody.m, nobody.targets.tolist()) == (0, 0, [])


def test_parts_of_a_log() -> None:
    log = adoptions([2, 0, 0, 2], [3, 1, 2, 1], [5, 7, 6, 4])
    assert (log.cascades, log.first.tolist()) == (3, [0, 2, 2, 4])
    last = log.only([False, False, True])
    assert (last.first.tolist(), last.person.tolist(), last.at.tolist()) == ([0, 2], [1, 3], [4, 5])
    assert last.order.tolist() == [3, 0]
    some = log.where(np.array([True, False, False, True]))
    assert (some.first.tolist(), some.person.tolist()) == ([0, 1, 1, 2], [2, 3])
    with pytest.raises(ValueError, match="one mark for each of 3 cascades"):
        log.only([True])
    with pytest.raises(ValueError, match="no cascade is kept"):
        log.only([False] * 3)
