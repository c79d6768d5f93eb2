"""Values of a graph as cells, and the order and the content that depend on nothing else."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from neo4j.time import Date, DateTime

from graphengine.errors import InputError
from graphengine.readers.graph.cells import NONE, as_text, column_of, joined_columns
from graphengine.readers.graph.content import content_sha256, in_order
from graphengine.readers.graph.marks import MARK, from_mark, kind_of

BIG = 2**62 + 1
VALUES = st.sampled_from(["a", "ab", "7", 7, BIG, 7.0, 0.5, 1e300, float("nan"), True, NONE])
ROWS = st.lists(st.tuples(VALUES, st.sampled_from(["", "a", "b", "ab", NONE])), max_size=6)
TEXTS = pl.List(pl.String())


@pytest.mark.parametrize(
    ("values", "kind", "cells", "texts"),
    [
        (["a", NONE], pl.String, ["a", None], ["a", None]),
        ([BIG, 0], pl.Int64, [BIG, 0], ["4611686018427387905", "0"]),
        ([BIG, NONE], pl.Int64, [BIG, None], ["4611686018427387905", None]),
        ([7, 0.5, NONE], pl.Float64, [7.0, 0.5, None], ["7", "0.5", None]),
        ([BIG, 0.5], pl.String, ["4611686018427387905", "0.5"], ["4611686018427387905", "0.5"]),
        ([1e-7, 1e22], pl.Float64, [1e-7, 1e22], ["1e-07", "1e+22"]),
        ([7.0, 0.5, "x", True], pl.String, ["7", "0.5", "x", "true"], ["7", "0.5", "x", "true"]),
        ([Date(2014, 8, 9), DateTime(2014, 8, 9, 1, 2, 3)], pl.String,
         ["2014-08-09", "2014-08-09T01:02:03.000000000"], ["2014-08-09", "2014-08-09T01:02:03.000000000"]),
        ([NONE, NONE], pl.String, [None, None], [None, None]),
        ([], pl.String, [], []),
    ],
)  # fmt: skip
def test_values_keep_their_type_or_become_text_exactly(values, kind, cells, texts):
    column, flaws = column_of(values, may_be_list=False)
    assert (column.dtype, column.to_list(), flaws) == (kind, cells, {})
    assert as_text(column).to_list() == texts


def test_lists_are_for_topics_only():
    assert column_of([["a"], "b", NONE], may_be_list=True)[0].to_list() == [["a"], ["b"], []]
    assert column_of([["a"], "b"], may_be_list=False)[1] == {0: "is a list"}
    assert set(column_of([[b"x"], {}], may_be_list=True)[1]) == {0, 1}


def _column(values, cut):
    """The values as the column of two pages."""
    pages = [column_of(part, may_be_list=True)[0] for part in (values[:cut], values[cut:])]
    return joined_columns(pages)


@given(ROWS, st.integers(0, 6), st.randoms(use_true_random=False))
def test_rows_in_order_are_the_same_whatever_the_pages_and_the_order(rows, cut, random):
    def ordered(some, at):
        columns = [list(c) for c in zip(*some, strict=True)] or [[], []]
        return in_order(pl.DataFrame([_column(c, at).alias(str(i)) for i, c in enumerate(columns)]))

    shuffled = random.sample(rows, len(rows))
    one, other = ordered(rows, 0), ordered(shuffled, cut)
    assert one.equals(other)
    assert content_sha256(one) == content_sha256(other)


def test_pages_with_lists_make_lists_of_all():
    assert _column(["a", NONE, ["b", "c"], 7], 2).to_list() == [["a"], [], ["b", "c"], ["7"]]
    assert _column([NONE, NONE, 7], 2).to_list() == [None, None, 7]
    assert _column([7, 0.5], 1).to_list() == [7.0, 0.5]
    assert _column([7.0, BIG], 1).to_list() == ["7", str(BIG)]
    assert column_of([0.0, -0.0], may_be_list=False)[0].to_numpy().tobytes() == bytes(16)


def test_different_rows_have_different_contents():
    strings = [["a", "b"], ["ab", ""], ["", "ab"], ["ab", None], [None, "ab"], ["ab"], []]
    lists = [
        [["a", "b"]],
        [["ab"]],
        [[]],
        [None],
        [["a"], ["b"]],
        [[], ["a", "b"]],
        [[""]],
        [[None]],
    ]
    numbers = [[0, 1], [1, 0], [0, None], [None, 0], [1, 1]]
    made = [
        pl.DataFrame({"c": pl.Series(values, dtype=kind)})
        for kind, several in ((pl.String, strings), (TEXTS, lists), (pl.Int64, numbers))
        for values in several
    ]
    made += [made[0].rename({"c": "d"}), pl.DataFrame({"c": [0.0, 1.0]})]
    assert len({content_sha256(frame) for frame in made}) == len(made)
    assert content_sha256(made[0]) == content_sha256(
        pl.concat([made[0][:1], made[0][1:]], rechunk=False)
    )


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


def _cells(*rows: tuple[str, int | None], text: bool = False) -> pl.DataFrame:
    schema = {"c0": pl.String, MARK: pl.Int64}
    frame = in_order(pl.DataFrame(rows, schema=schema, orient="row"))
    return frame.with_columns(as_text(frame[MARK])) if text else frame


@pytest.mark.parametrize("text", [False, True])
def test_rows_at_the_mark_come_again_only_when_they_changed(text):
    first, mark = from_mark(
        _cells(("a", 9), ("b", 10), ("c", None)), "INTEGER", name="r.at", since=None
    )
    assert (len(first), mark.value) == (3, 10)

    def later(*rows):
        return from_mark(_cells(*rows, text=text), "INTEGER", name="r.at", since=mark)

    same, kept = later(("b", 10))
    assert (len(same), kept) == (0, mark)
    more, next_mark = later(("b", 10), ("d", 10))
    assert (len(more), next_mark.value, next_mark.ties == mark.ties) == (2, 10, False)
    new, newest = later(("b", 10), ("e", 11))
    assert (new["c0"].to_list(), newest.value) == (["e"], 11)
    none, still = from_mark(_cells(), None, name="r.at", since=mark)
    assert (len(none), still) == (0, mark)
