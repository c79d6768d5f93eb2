"""Values of a graph as cells, and the order and the content that depend on nothing else."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from neo4j.time import Date, DateTime

from graphengine.errors import InputError
from graphengine.readers.graph.cells import NONE, canonical, column_of_text, content_sha256
from graphengine.readers.graph.marks import MARK, from_mark, kind_of

texts = st.text(st.sampled_from("a1:-é"), max_size=3) | st.none()


@pytest.mark.parametrize(
    ("values", "cells"),
    [
        (["a", NONE], ["a", None]),
        ([2**62 + 1, 0], ["4611686018427387905", "0"]),
        ([2**62 + 1, NONE], ["4611686018427387905", None]),
        ([7.0, 0.5, "x", True], ["7", "0.5", "x", "true"]),
        ([Date(2014, 8, 9), DateTime(2014, 8, 9, 1, 2, 3)], ["2014-08-09", "2014-08-09T01:02:03.000000000"]),
        ([], []),
    ],
)  # fmt: skip
def test_values_become_text_exactly(values, cells):
    column, flaws = column_of_text(values, may_be_list=False)
    assert column.dtype == pl.String
    assert (column.to_list(), flaws) == (cells, {})


def test_lists_are_for_topics_only():
    assert column_of_text([["a"], "b", NONE], may_be_list=True)[0].to_list() == [["a"], ["b"], []]
    assert column_of_text([["a"], "b"], may_be_list=False)[1] == {0: "is a list"}
    assert set(column_of_text([[b"x"], {}], may_be_list=True)[1]) == {0, 1}


@settings(derandomize=True, deadline=None)
@given(st.tuples(texts, texts), st.tuples(texts, texts))
def test_canonical_texts_are_equal_as_rows_are(one, other):
    schema = {"a": pl.String, "b": pl.String}
    rows = canonical(pl.DataFrame([one, other], schema=schema, orient="row"))
    assert (rows[0] == rows[1]) == (one == other)


def test_lists_count_by_their_parts():
    frame = pl.DataFrame({"t": [["a", "b"], ["ab"], [], None, ["a:b"]]})
    assert canonical(frame).n_unique() == 5


def test_content_is_that_of_all_rows_in_order():
    one = pl.Series(["a", "b"])
    assert content_sha256(one) == content_sha256(one.clone())
    assert content_sha256(one) != content_sha256(one.reverse())


@pytest.mark.parametrize(
    ("kinds", "kind"),
    [
        ({"NULL"}, None),
        ({"INTEGER NOT NULL", "NULL"}, "INTEGER"),
        ({"INTEGER NOT NULL", "FLOAT NOT NULL"}, "FLOAT"),
        ({"DATE NOT NULL"}, "DATE"),
    ],
)
def test_one_type_grows(kinds, kind):
    assert kind_of(kinds, name="r.at") == kind


@pytest.mark.parametrize("kinds", [{"STRING", "INTEGER"}, {"BOOLEAN"}, {"LIST<INTEGER>"}])
def test_other_types_do_not(kinds):
    with pytest.raises(InputError, match=r"The watermark r\.at holds values of these types"):
        kind_of(kinds, name="r.at")


def _cells(*rows: tuple[str, str | None]) -> pl.DataFrame:
    schema = {"c0": pl.String, MARK: pl.String}
    return pl.DataFrame(sorted(rows, key=str), schema=schema, orient="row")


def test_rows_at_the_mark_come_again_only_when_they_changed():
    first, mark = from_mark(
        _cells(("a", "9"), ("b", "10"), ("c", None)), "INTEGER", name="r.at", since=None
    )
    assert (len(first), mark.value) == (3, 10)
    same, kept = from_mark(_cells(("b", "10")), "INTEGER", name="r.at", since=mark)
    assert (len(same), kept) == (0, mark)
    more, later = from_mark(_cells(("b", "10"), ("d", "10")), "INTEGER", name="r.at", since=mark)
    assert (len(more), later.value, later.ties == mark.ties) == (2, 10, False)
    new, newest = from_mark(_cells(("b", "10"), ("e", "11")), "INTEGER", name="r.at", since=mark)
    assert (new["c0"].to_list(), newest.value) == (["e"], 11)
    none, still = from_mark(_cells(), None, name="r.at", since=mark)
    assert (len(none), still) == (0, mark)
