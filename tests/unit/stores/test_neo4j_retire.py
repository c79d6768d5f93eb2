"""When runs stop being served, and which properties scores go into."""

from __future__ import annotations

import polars as pl
import pytest

from graphengine.bolt.quoting import quoted
from graphengine.errors import ConfigurationError
from graphengine.stores.neo4j import Pinned
from graphengine.stores.neo4j.pinned import Copy, _keys, _rows, properties_of
from graphengine.stores.neo4j.retire import retired, retiring


def test_a_run_that_is_served_on_has_no_end() -> None:
    assert retiring("", before=(), served="a", now=5) == ""
    assert retiring("", before=("a",), served="a", now=5) == ""


def test_the_first_end_of_a_run_stands_until_it_is_served_again() -> None:
    words = retiring("", before=("a",), served="b", now=5)
    words = retiring(words, before=("a", "b"), served="c", now=9)
    assert retired(words) == {"a": 5, "b": 9}
    assert retired(retiring(words, before=("b", "c"), served="a", now=11)) == {"b": 9, "c": 11}


def test_an_end_that_lies_ahead_was_told_by_a_wrong_clock() -> None:
    assert retired(retiring("a@500", before=("b",), served="c", now=9)) == {"a": 9, "b": 9}


def test_slugs_become_properties_and_bad_ones_are_refused() -> None:
    topics = ["t/women-s-issues", "t/overall", "t/2014"]
    assert set(properties_of(Pinned(), topics).values()) == {
        "influence_women_s_issues", "influence_overall", "influence_2014",
    }  # fmt: skip
    assert properties_of(Pinned(topics=("overall",)), topics) == {"t/overall": "influence_overall"}
    for clash, said in (
        (["t/run"], "the run itself"),
        (["t/a-b", "t/a_b"], "influence_a_b"),
        (["t/żółć"], "żółć"),
        (["t/a`b"], "a`b"),
    ):
        with pytest.raises(ConfigurationError, match=said):
            properties_of(Pinned(), clash)
        assert properties_of(Pinned(topics=("overall",)), [*clash, "t/overall"])


def test_keys_are_account_keys_or_native_ids_as_text_and_number() -> None:
    accounts = pl.Series("account", ["x:12", "x:007", "x:big", f"x:{2**64}"])
    assert _keys(accounts, None).rows() == [(key, None) for key in accounts]
    assert _keys(accounts, "x").rows() == [
        ("12", 12), ("007", None), ("big", None), (str(2**64), None),
    ]  # fmt: skip


def test_every_row_names_every_property_so_that_lost_scores_go() -> None:
    scores = pl.DataFrame(
        [("x:2", "t/a", 1.5), ("x:1", "t/a", 2.5), ("x:1", "t/b", 3.5), ("y:1", "t/a", 9.0)],
        schema=["account", "topic", "score"], orient="row",
    )  # fmt: skip
    names = {"t/a": "influence_a", "t/b": "influence_b"}
    copy = Copy("r", "L", "k", "x", ("influence_a", "influence_b", "influence_old"))
    rows = _rows(copy, scores, names=names)
    assert rows["text"].to_list() == ["1", "2"]
    shared = {"influence_run": "r", "influence_old": None}
    assert rows["row"].to_list() == [
        shared | {"influence_a": 2.5, "influence_b": 3.5},
        shared | {"influence_a": 1.5, "influence_b": None},
    ]
    assert _rows(copy, scores.clear(), names={}).is_empty()


def test_a_copy_is_told_and_read_back() -> None:
    copy = Copy("r", "L`", "k", "", ("influence_a",), done=True)
    assert Copy.of(copy.as_text()) == copy
    assert Copy.of("") is None


@pytest.mark.parametrize("name", ["", "  ", "a\\u0060b", "a\nb", "a\0", "\u202eabc", "x" * 201])
def test_names_that_are_none_are_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="publish"):
        quoted(name, what="publish.pinned.label")
