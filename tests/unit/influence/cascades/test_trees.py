"""Trees from broken links: what stays, what goes, and an account that adds up."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import polars as pl
import pytest

from graphengine.influence.cascades import Forest, Repairs, grow

SCHEMA = {"post": pl.String, "parent": pl.String, "author": pl.String, "at": pl.Int64}


def _links(*rows: tuple[str, str | None, int | None]) -> pl.DataFrame:
    """Rows post, parent, at; the author of post p is P."""
    full = [(post, parent, post.upper(), at) for post, parent, at in rows]
    return pl.DataFrame(full, schema=SCHEMA, orient="row")


def _parents(forest: Forest) -> dict[str, str | None]:
    names = forest.posts.to_list()
    return {
        name: names[p] if p >= 0 else None
        for name, p in zip(names, forest.parent.tolist(), strict=True)
    }


def _named(forest: Forest) -> dict[str, list[str]]:
    names = forest.posts.to_list()
    spans = zip(forest.named_from, forest.named_from[1:], strict=False)
    return {
        n: [names[u] for u in forest.named[a:b]] for n, (a, b) in zip(names, spans, strict=True)
    }


def _changed(repairs: Repairs) -> dict[str, int]:
    plain = {"rows", "originals", "links", "kept", "posts", "trees"}
    return {k: v for k, v in asdict(repairs).items() if v and k not in plain}


def test_a_sound_tree_needs_no_repair() -> None:
    forest, repairs = grow(_links(("a", None, 0), ("b", "a", 5), ("c", "b", 7), ("d", "a", 6)))
    assert forest.posts.to_list() == ["a", "b", "d", "c"]  # by time
    assert forest.authors.to_list() == ["A", "B", "D", "C"]
    assert forest.parent.tolist() == [-1, 0, 0, 1]
    assert forest.depth.tolist() == [0, 1, 1, 2]
    assert forest.root.tolist() == [0] * 4
    assert forest.at.tolist() == [0, 5, 6, 7]
    assert _changed(repairs) == {}
    assert (repairs.rows, repairs.links, repairs.kept, repairs.trees) == (4, 3, 3, 1)


def test_nothing_gives_nothing() -> None:
    forest, repairs = grow(_links())
    assert (forest.n, forest.trees, forest.named_from.tolist()) == (0, 0, [0])
    assert not any(asdict(repairs).values())


def test_repeats_count_once() -> None:
    forest, repairs = grow(_links(("a", None, 0), ("b", "a", 5), ("b", "a", 5), ("a", None, 0)))
    assert _parents(forest) == {"a": None, "b": "a"}
    assert _changed(repairs) == {"repeated": 2}


def test_a_post_of_several_times_has_the_earliest() -> None:
    forest, repairs = grow(_links(("a", None, 3), ("b", "a", 9), ("b", "a", 5)))
    assert forest.at.tolist() == [3, 5]
    assert _changed(repairs) == {"repeated": 1, "disagreeing": 1}


def test_a_link_to_itself_goes() -> None:
    forest, repairs = grow(_links(("a", None, 0), ("b", "b", 5), ("c", "c", 6), ("c", "a", 6)))
    assert _parents(forest) == {"a": None, "b": None, "c": "a"}
    assert _changed(repairs) == {
        "to_itself": 2, "rows_to_itself": 2, "orphans": 1, "several_parents": 1,
    }  # fmt: skip


def test_a_parent_that_is_not_here_leaves_a_tree_of_its_own() -> None:
    forest, repairs = grow(_links(("b", "gone", 5), ("c", "b", 6), ("d", "gone", 7)))
    assert _parents(forest) == {"b": None, "c": "b", "d": None}
    assert _changed(repairs) == {"missing": 2, "orphans": 2}


@pytest.mark.parametrize(
    ("choose", "times", "parent"),
    [
        ("last", (0, 5, 9), "b"),  # the most recent that is earlier
        ("first", (0, 5, 9), "a"),
        ("last", (0, 9, 9), "a"),  # strictly earlier before the same second
        ("first", (12, 9, 9), "b"),  # the same second before later
        ("last", (12, None, 9), "b"),  # an unknown time before a later one
        ("last", (12, 15, 9), "a"),  # of later ones the nearest in time
        ("first", (12, 15, 9), "a"),
        ("last", (5, 5, 9), "a"),  # of equals the smaller key
        ("first", (5, 5, 9), "a"),
    ],
)
def test_of_several_parents_one_stays(
    choose: str, times: tuple[int | None, int | None, int], parent: str
) -> None:
    a, b, c = times
    links = _links(("a", None, a), ("b", None, b), ("c", "a", c), ("c", "b", c))
    forest, repairs = grow(links, choose=choose)
    assert _parents(forest)["c"] == parent
    assert (repairs.several_parents, repairs.further) == (1, 1)


def test_all_earlier_named_parents_are_kept_for_credit() -> None:
    links = _links(("a", None, 0), ("b", "a", 5), ("l", None, 99), ("c", "a", 9), ("c", "b", 9),
                   ("c", "l", 9))  # fmt: skip
    forest, _ = grow(links)
    assert _named(forest) == {"a": [], "b": ["a"], "c": ["a", "b"], "l": []}


def test_a_child_earlier_than_its_only_parent_keeps_it() -> None:
    forest, repairs = grow(_links(("a", None, 10), ("b", "a", -5), ("c", "b", 0)))
    assert _parents(forest) == {"a": None, "b": "a", "c": "b"}
    assert forest.at.tolist() == [10, 10, 10]
    assert _named(forest) == {"a": [], "b": ["a"], "c": ["b"]}
    assert _changed(repairs) == {"rows_earlier": 1, "kept_earlier": 1}


def test_a_circle_is_cut_at_the_original() -> None:
    forest, repairs = grow(_links(("b", "a", 1), ("c", "b", 2), ("a", "c", 3), ("a", None, 3)))
    assert _parents(forest) == {"a": None, "b": "a", "c": "b"}
    assert repairs.cut == 1
    assert repairs.orphans == 0


def test_a_circle_without_an_original_is_cut_at_its_earliest_post() -> None:
    for at in ((3, 1, 2), (None, 1, 2), (None, None, None)):
        circle = [("a", "c", at[0]), ("b", "a", at[1]), ("c", "b", at[2])]
        forest, repairs = grow(_links(*circle))
        root = "a" if at[1] is None else "b"
        assert [k for k, v in _parents(forest).items() if v is None] == [root]
        assert (repairs.cut, repairs.orphans, repairs.trees) == (1, 1, 1)


def test_a_cut_post_hangs_under_another_parent_outside_its_descendants() -> None:
    """x names its own answer y and the original o, both later: o it is, in twitter15 too."""
    forest, repairs = grow(_links(("o", None, 100), ("x", "y", 0), ("x", "o", 0), ("y", "x", 10)))
    assert _parents(forest) == {"o": None, "x": "o", "y": "x"}
    assert (repairs.cut, repairs.further, repairs.trees) == (1, 0, 1)


def test_an_original_stays_a_root_when_its_circle_is_cut() -> None:
    links = _links(("a", None, 0), ("a", "b", 0), ("a", "z", 0), ("b", "a", 1), ("z", None, 9))
    forest, repairs = grow(links)
    assert _parents(forest) == {"a": None, "b": "a", "z": None}
    assert (repairs.cut, repairs.further) == (1, 1)


def test_a_named_parent_that_hangs_below_gets_no_credit() -> None:
    """b names a and c; a, earlier, names only b and hangs below it: a cannot have moved b."""
    forest, _ = grow(_links(("c", None, 9), ("b", "a", 10), ("b", "c", 10), ("a", "b", 5)))
    assert _parents(forest) == {"c": None, "b": "c", "a": "b"}
    assert _named(forest) == {"c": [], "b": ["c"], "a": ["b"]}


def test_two_cut_posts_do_not_hang_under_each_other() -> None:
    """a ↔ b and c ↔ d, where a wishes for c and c for a: one of the wishes is granted."""
    links = _links(("a", "b", 1), ("b", "a", 1), ("c", "d", 1), ("d", "c", 1), ("a", "c", 1),
                   ("c", "a", 1))  # fmt: skip
    forest, repairs = grow(links)
    assert forest.trees == 1
    assert repairs.posts == repairs.kept + 1


def test_unknown_times_and_authors() -> None:
    links = _links(("a", None, None), ("b", "a", None), ("c", "b", 4)).with_columns(
        author=pl.lit(None, dtype=pl.String)
    )
    forest, repairs = grow(links)
    assert _parents(forest) == {"a": None, "b": "a", "c": "b"}
    assert forest.authors.null_count() == 3
    assert _changed(repairs) == {"untimed": 2}


def test_the_root_that_the_source_names_is_compared() -> None:
    links = _links(("a", None, 0), ("b", "gone", 1), ("c", "b", 2)).with_columns(root=pl.lit("a"))
    assert grow(links)[1].other_root == 2


def test_units_travel_with_the_posts() -> None:
    links = _links(("b", "a", 1), ("a", None, 0)).with_columns(unit=pl.Series([0.5, 0.25]))
    assert grow(links)[0].unit.tolist() == [0.25, 0.5]


def test_order_of_rows_changes_nothing() -> None:
    random = np.random.default_rng(3)
    rows = [(f"p{i}", f"p{random.integers(0, 60)}", int(random.integers(0, 20))) for i in range(50)]
    links = _links(*rows, *rows[:9])
    forest, repairs = grow(links)
    for seed in range(3):
        shuffled, account = grow(links.sample(fraction=1.0, shuffle=True, seed=seed))
        assert account == repairs
        assert shuffled.posts.equals(forest.posts)
        assert np.array_equal(shuffled.parent, forest.parent)
        assert np.array_equal(shuffled.named, forest.named)


def test_chains_and_circles_of_a_hundred_thousand() -> None:
    n = 100_000
    posts = pl.select(post=pl.int_range(n).cast(pl.String).str.zfill(6)).to_series()
    chain = pl.DataFrame({"post": posts, "parent": posts.shift(1), "author": posts}).with_columns(
        at=pl.lit(None, dtype=pl.Int64)
    )
    forest, repairs = grow(chain)
    assert forest.depth.max() == n - 1
    assert (repairs.trees, repairs.cut) == (1, 0)
    circle = chain.with_columns(pl.col("parent").fill_null(posts[-1]))
    forest, repairs = grow(circle)
    assert forest.depth.max() == n - 1
    assert (repairs.trees, repairs.cut) == (1, 1)


def test_an_account_that_does_not_add_up_cannot_be_made() -> None:
    _, repairs = grow(_links(("a", None, 0), ("b", "a", 5)))
    for name in ("rows", "links", "kept", "trees"):
        with pytest.raises(ValueError, match="does not add up"):
            Repairs(**{**asdict(repairs), name: 7})
