"""Credit summed over people: nobody earns by answering themselves, everybody counts once."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from oracles.cascades import person_totals

from graphengine.influence.cascades import (
    credit_by_person,
    faded,
    forests_by_topic,
    grow,
)


def _links(rows: list[tuple[str, str | None, str | None]], **more: object) -> pl.DataFrame:
    """Rows post, parent, author, a second apart."""
    schema = {"post": pl.String, "parent": pl.String, "author": pl.String}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(at=pl.int_range(pl.len()).cast(pl.Int64), **more)


def _credit(links: pl.DataFrame, rule: str = "last") -> dict[str, tuple[float, float]]:
    forest, _ = grow(links, choose="first" if rule == "first" else "last")
    table = credit_by_person(forest, rule=rule)
    return {row["account"]: (row["direct"], row["total"]) for row in table.iter_rows(named=True)}


def test_a_star_of_retweets_credits_the_source() -> None:
    links = _links([("s", None, "x"), ("1", "s", "a"), ("2", "s", "b"), ("3", "s", "c")])
    for rule in ("first", "last", "split", "decay"):
        assert _credit(links, rule) == {"x": (3, 3), "a": (0, 0), "b": (0, 0), "c": (0, 0)}


def test_answering_oneself_earns_nothing() -> None:
    thread = [("1", None, "x"), ("2", "1", "x"), ("3", "2", "x")]
    assert _credit(_links(thread)) == {"x": (0, 0)}
    assert _credit(_links([*thread, ("4", "3", "y")])) == {"x": (1, 1), "y": (0, 0)}


def test_two_who_answer_each_other_earn_each_answer_once() -> None:
    turns = [(str(i), str(i - 1) if i else None, "xy"[i % 2]) for i in range(100)]
    assert _credit(_links(turns)) == {"x": (50, 50), "y": (49, 49)}


def test_somebody_in_between_counts_for_all_above() -> None:
    links = _links([("1", None, "x"), ("2", "1", "y"), ("3", "2", "z"), ("4", "3", "x")])
    assert _credit(links) == {"x": (1, 2), "y": (1, 2), "z": (1, 1)}


def test_unknown_authors_earn_nothing_and_count() -> None:
    links = _links([("1", None, "x"), ("2", "1", None), ("3", "2", None), ("4", "2", "y")])
    assert _credit(links) == {"x": (1, 3), "y": (0, 0)}


def test_several_named_parents_share_the_direct_credit() -> None:
    links = pl.concat([_links([("1", None, "x"), ("2", "1", "y"), ("3", "2", "z")])] * 2)
    links[5, "parent"] = "1"
    assert _credit(links, "split") == {"x": (1.5, 2), "y": (0.5, 1), "z": (0, 0)}
    assert _credit(links, "first") == {"x": (2, 2), "y": (0, 0), "z": (0, 0)}
    with pytest.raises(ValueError, match="needs a forest grown by it"):
        credit_by_person(grow(links)[0], rule="first")


def test_random_forests_against_walks() -> None:
    random = np.random.default_rng(8)
    for _ in range(30):
        n = int(random.integers(1, 60))
        rows = [
            (f"{i:02}", f"{random.integers(0, i):02}" if i and random.random() < 0.9 else None,
             random.choice([None, *"abcdefg"]))
            for i in range(n)
        ]  # fmt: skip
        forest, _ = grow(_links(rows, unit=pl.Series(random.random(n))))
        expected = person_totals(
            forest.parent.tolist(), forest.authors.to_list(), forest.unit.tolist()
        )
        table = credit_by_person(forest, rule="last")
        assert table["account"].to_list() == sorted(expected)
        assert table["total"].to_list() == pytest.approx([expected[a] for a in sorted(expected)])
        assert (table["direct"] <= table["total"] + 1e-12).all()


def test_topics_have_trees_of_their_own() -> None:
    a = _links([("1", None, "x"), ("2", "1", "y")], topic=pl.lit("t/a"), unit=pl.lit(0.5))
    b = _links([("1", None, "x"), ("2", "1", "y"), ("3", "2", "z")], topic=pl.lit("t/b"))
    both = pl.concat([a, b.with_columns(unit=pl.lit(0.5)).select(a.columns)])
    found = {t: credit_by_person(forest, rule="last") for t, forest, _ in forests_by_topic(both)}
    rows = {t: table.select("account", "posts", "total").rows() for t, table in found.items()}
    assert rows == {
        "t/a": [("x", 1, 0.5), ("y", 1, 0.0)],
        "t/b": [("x", 1, 1.0), ("y", 1, 0.5), ("z", 1, 0.0)],
    }
    ((_, alone, _),) = forests_by_topic(a)
    assert credit_by_person(alone, rule="last").equals(found["t/a"])


@pytest.mark.parametrize("rule", ["first", "last", "split", "decay"])
def test_the_types_of_the_columns_do_not_hang_on_the_number_of_posts(rule: str) -> None:
    types = credit_by_person(grow(_links([]))[0], rule="last").schema
    forest, _ = grow(_links([("s", None, "x")]), choose="first" if rule == "first" else "last")
    assert credit_by_person(forest, rule=rule).schema == types


def test_ones_own_answers_count_when_asked_for() -> None:
    """x, x, y, x in a chain: y answers x, and x themselves and y."""
    links = _links([("1", None, "x"), ("2", "1", "x"), ("3", "2", "y"), ("4", "3", "x")])
    forest, _ = grow(links)
    rows = [
        credit_by_person(forest, rule="last", own=own).select("direct", "total").rows()
        for own in (False, True)
    ]
    assert rows == [[(1, 1), (1, 1)], [(2, 3), (1, 1)]]


def test_units_fade_with_the_calendar() -> None:
    links = _links([("1", None, "x"), ("2", "1", "y"), ("3", "1", "z"), ("4", "1", "w")])
    links = links.with_columns(at=pl.Series([0, 100, 200, None]))
    links = pl.concat([links, links[1].with_columns(at=pl.lit(0, pl.Int64))])  # 2 is from 0 on
    old = faded(links, as_of=200, half_life=100)
    assert old["unit"].to_list() == [0.25, 0.25, 1.0, 1.0, 0.25]
    table = credit_by_person(grow(old)[0], rule="last")
    assert table.filter(account="x").select("direct", "total").row(0) == (2.25, 2.25)
    again = faded(old, as_of=300, half_life=100)["unit"]
    assert again.to_list() == [0.25 / 8, 0.25 / 8, 0.5, 1.0, 0.25 / 8]


def test_fading_that_is_refused() -> None:
    links = _links([("1", None, "x"), ("2", "1", "y")])
    with pytest.raises(ValueError, match="1 rows are later than as_of 0, the first of post 2 at 1"):
        faded(links, as_of=0, half_life=1)
    for half_life in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="half_life is"):
            faded(links, as_of=9, half_life=half_life)


def test_forests_come_topic_by_topic() -> None:
    links = _links([("1", None, "x"), ("2", "1", "y")])
    both = pl.concat([links.with_columns(topic=pl.lit(t)) for t in ("t/b", "t/a")])
    assert [(topic, f.n, r.kept) for topic, f, r in forests_by_topic(both)] == [
        ("t/a", 2, 1),
        ("t/b", 2, 1),
    ]
