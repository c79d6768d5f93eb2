"""Columns as parameters: which texts go as one, and which cannot."""

from __future__ import annotations

import polars as pl
import pytest

from graphengine.stores.neo4j.columns import as_parameters

THROUGH = (
    "UNWIND range(0, size($key) - 1) AS i\nMERGE (a:Account {key: $key[i]})\nSET a.name = $name[i]"
)


@pytest.mark.parametrize("values", [["a\nb"], ["a", "b\n"], ["\n", ""], ["a", None]])
def test_texts_that_could_not_be_told_apart_go_one_by_one(values: list[str | None]) -> None:
    keys = [f"x:{n}" for n in range(len(values))]
    text, given = as_parameters(THROUGH, pl.DataFrame({"key": keys, "name": values}))
    assert given["name"] == values
    assert given["key"].split("\n") == keys
    assert "$name[i]" in text


@pytest.mark.parametrize("values", [[""], ["", ""], ["%0A", "\\n", "'"], ["\r", "\u2028"]])
def test_other_texts_are_split_into_what_they_were(values: list[str]) -> None:
    frame = pl.DataFrame({"key": values, "name": pl.Series([None] * len(values), dtype=pl.String)})
    text, given = as_parameters(THROUGH, frame)
    assert given["key"].split("\n") == values
    assert "size(of_key)" in text
    assert given["name"] == []


def test_a_statement_that_drops_what_it_has_not_named_gets_lists() -> None:
    text = "UNWIND range(0, size($key) - 1) AS i\nWITH $key[i] AS key\nMERGE (:Topic {key: key})"
    assert as_parameters(text, pl.DataFrame({"key": ["a", "b"]})) == (text, {"key": ["a", "b"]})


def test_a_parameter_is_short_to_print() -> None:
    frame = pl.DataFrame({"key": ["secret"] * 9, "name": ["a\nb"] * 9})
    _, given = as_parameters(THROUGH, frame)
    assert "secret" not in repr(given)
    assert len(repr(given)) < 80
