"""Columns of a table: what is refused, and the smallest type that holds all weights."""

from __future__ import annotations

import numpy as np
import pytest

from graphengine.influence.ranking import columns
from graphengine.influence.ranking.columns import highest, weight_column, weight_type, whole_column


@pytest.mark.parametrize(
    ("weights", "kind"),
    [
        ([1.0, 1.0], None),
        ([1, 255], np.uint8),
        ([2.0, 256.0], np.uint16),
        ([65536], np.uint32),
        ([2**32], np.float64),
        ([1.5, 2.0], np.float64),
        ([], None),
    ],
)
def test_the_smallest_type_holds_all(weights: list[float], kind: type | None) -> None:
    found, (low, high) = weight_type(weight_column(weights), map)
    assert found is kind
    assert (low, high) == ((min(weights), max(weights)) if weights else (1.0, 1.0))


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0, -1.0])
def test_every_block_is_looked_at(bad: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "CHUNK", 8)
    monkeypatch.setattr(columns, "_BLOCK", 3)
    for at in (0, 4, 9, 19):
        weights = np.full(20, 2.0)
        assert weight_type(weights, map)[0] is np.uint8
        weights[at] = bad
        with pytest.raises(ValueError, match="finite number > 0"):
            weight_type(weights, map)
        ids = np.arange(20)[::-1] + 5
        assert highest(ids, map, name="u") == 24
        ids[at] = -1
        with pytest.raises(ValueError, match="u needs whole numbers >= 0"):
            highest(ids, map, name="u")


def test_columns_are_one_piece_of_native_numbers() -> None:
    odd = np.arange(8, dtype=">i4")[::2]
    assert whole_column(odd, name="u").tolist() == [0, 2, 4, 6]
    assert whole_column(odd, name="u").dtype == np.dtype("=i4")
    assert weight_column(np.ones(2, dtype=np.float16)).dtype == np.float64
    assert weight_column(np.ones(2, dtype=np.float32)).dtype == np.float32
    with pytest.raises(ValueError, match="one column"):
        weight_column(np.ones((2, 2)))
    with pytest.raises(ValueError, match="whole numbers"):
        whole_column([0.5], name="u")
