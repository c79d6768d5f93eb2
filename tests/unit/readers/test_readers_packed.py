"""Numbers out of the driver's bytes: the same as the driver's own, or left to it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from neo4j._codec.packstream.v1 import Packer, Unpacker

from graphengine.readers.graph.packed import kinds_of, numbers_as_arrays

LONG = 300


def record(values: list[Any]) -> tuple[Any, Any]:
    """A transaction whose next message is a record of these values, and its inbox."""
    buffer = Packer.new_packable_buffer()
    Packer(buffer).pack_struct(b"\x71", [values])
    unpacked = Unpacker.new_unpackable_buffer()
    unpacked.data, unpacked.used = bytearray(buffer.data) + bytes(50), len(buffer.data)
    inbox = SimpleNamespace(_unpacker=Unpacker(unpacked))
    return SimpleNamespace(_connection=SimpleNamespace(inbox=inbox)), inbox


def read(values: list[Any]) -> list[Any]:
    """The values of a record as a transaction gives them."""
    transaction, inbox = record(values)
    with numbers_as_arrays(transaction):
        size, tag = inbox._unpacker.unpack_structure_header()
        (found,) = [inbox._unpacker.unpack(None) for _ in range(size)]
    assert tag == b"\x71"
    assert isinstance(inbox._unpacker, Unpacker)
    there = inbox._unpacker.unpackable
    assert there.p == there.used
    return list(found)


@pytest.mark.parametrize("low", [-(1 << 63), -(1 << 31), -200, -130, 0, 128, 1 << 15, 1 << 31])
def test_numbers_of_one_length_are_an_array(low: int) -> None:
    values = list(range(low, low + 50)) * (LONG // 50)
    found = read([1, values, "x"])
    assert found[::2] == [1, "x"]
    assert isinstance(found[1], np.ndarray) == (low not in (-130, 0))
    assert list(found[1]) == values
    assert kinds_of(found[1]) == {int}


def test_fractions_are_an_array_bit_for_bit() -> None:
    values = [0.1, -0.0, float("inf"), float("nan"), 5e-324] * LONG
    (found,) = read([values])
    assert found.dtype == np.float64
    assert found.tobytes() == np.array(values).tobytes()


anything = st.none() | st.booleans() | st.text(max_size=3) | st.floats(allow_nan=False)
whole = st.integers(-(1 << 63), (1 << 63) - 1) | st.integers(-20, 300)


@given(st.lists(st.lists(anything | whole, min_size=1, max_size=4), max_size=15), st.booleans())
def test_any_record_is_as_the_driver_reads_it(columns: list[list[Any]], long: bool) -> None:
    columns = [column * LONG if long else column for column in columns]
    found = [list(c) if isinstance(c, np.ndarray) else c for c in read(columns)]
    assert found == columns
    for mine, theirs in zip(found, columns, strict=True):
        assert [isinstance(v, float | np.floating) for v in mine] == [
            isinstance(v, float) for v in theirs
        ]
        assert [isinstance(v, bool) for v in mine] == [isinstance(v, bool) for v in theirs]


@pytest.mark.parametrize("transaction", [object(), SimpleNamespace(_connection=SimpleNamespace())])
def test_another_driver_is_left_as_it_is(transaction: Any) -> None:
    with numbers_as_arrays(transaction):
        pass
