"""Any texts whatever: the same text has one number, different texts never, and names are sorted."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphengine.edges.text_bytes import byte_order
from graphengine.edges.texts import Part, numbered_texts
from graphengine.influence.kernels.compiled import COMPILED

pytestmark = pytest.mark.skipif(not COMPILED, reason="all texts are sorted then")

CHARACTERS = st.characters(exclude_categories=["Cs"])
PIECES = st.sampled_from(["", "\0", "a", "abcdefgh", "x:user-", "é", "z" * 31])
WORDS = st.lists(PIECES, max_size=4).map("".join) | st.text(CHARACTERS, max_size=20)
COLUMN = st.lists(WORDS, min_size=1, max_size=40)


@settings(max_examples=80)
@given(COLUMN, COLUMN, st.integers(1, 40), st.booleans())
def test_texts_are_numbered_by_their_place_among_all(
    some: list[str], others: list[str], cut: int, coded: bool
) -> None:
    rows = min(len(some), len(others))
    columns = [some[:rows], others[:rows]]

    def part(words: list[str], start: int) -> Part:
        array = pa.array(words[start : start + cut])
        return Part(start, lambda: [array.dictionary_encode() if coded else array])

    parts = [[part(words, start) for start in range(0, rows, cut)] for words in columns]
    ids, places = numbered_texts(parts, rows=rows)
    everyone = sorted({*columns[0], *columns[1]})
    assert ids.tolist() == everyone
    for words, found in zip(columns, places, strict=True):
        assert found.tolist() == [everyone.index(word) for word in words]


@settings(max_examples=80)
@given(st.sets(WORDS, min_size=1, max_size=60))
def test_bytes_are_sorted_as_python_sorts_them(words: set[str]) -> None:
    given_order = sorted(words, key=hash)
    order = byte_order(pa.array(given_order, pa.large_string()))
    assert np.array_equal(np.sort(order), np.arange(len(words)))
    assert [given_order[i].encode() for i in order.tolist()] == sorted(w.encode() for w in words)
