"""Names as numbers, and the order of people, against slow definitions."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from graphengine.scoring.intervals import numbering
from graphengine.scoring.intervals.bounds import ranks_of
from graphengine.scoring.intervals.numbering import named, ordered


def _names(n: int, seed: int) -> pl.Series:
    return pl.Series([f"name of {k}" for k in np.random.default_rng(seed).permutation(n)])


@pytest.mark.parametrize("spread", [1, 3, 1 << 20, 1 << 45])
@pytest.mark.parametrize("n", [0, 1, 2, 400])
def test_people_are_ordered_by_every_key_and_equals_by_name(n: int, spread: int) -> None:
    rng = np.random.default_rng(n)
    names = _names(n, spread)
    keys = [rng.choice(rng.integers(-spread, spread, 5), n) for _ in range(6)]
    rows = list(zip(*keys, names, strict=True))
    found = ordered(iter(keys), names)
    assert found.tolist() == sorted(range(n), key=rows.__getitem__)


def test_a_key_that_nobody_needs_is_not_asked_for() -> None:
    def keys():
        yield np.array([1 << 61, 5])
        yield np.array([1 << 61, 0])
        raise AssertionError

    assert ordered(keys(), _names(2, 0)).tolist() == [1, 0]


def test_names_get_their_numbers_even_where_hashes_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = pl.Series(["b", "", "c"]), pl.Series(["a", "b", "a"])
    found, names = named(*columns)
    assert [names.gather(part).to_list() for part in found] == [c.to_list() for c in columns]
    assert names.to_list() == ["b", "", "c", "a"]

    def confused(hashes: np.ndarray, code: np.ndarray, first: np.ndarray) -> int:
        code[:], first[0] = 0, 0
        return 1

    monkeypatch.setattr(numbering, "number_hashes", confused)
    found, names = named(*columns)
    assert [names.gather(part).to_list() for part in found] == [c.to_list() for c in columns]


@pytest.mark.parametrize("n", [0, 1, 2, 3, 64, 65, 1000])
def test_ranks_are_those_of_a_stable_sort(n: int) -> None:
    rng = np.random.default_rng(n)
    close = 1.0 + np.arange(n) * 2.0**-52  # alike but for the last bits
    signs = rng.normal(size=n)
    signs[: n // 2] *= 1e-300
    for scores in (rng.normal(size=n), rng.permutation(close), signs, rng.integers(-2, 2, n) * 0.5):
        order = np.argsort(-scores, kind="stable")
        ranks = np.empty(n, dtype=np.int64)
        ranks[order] = np.arange(1, n + 1)
        assert np.array_equal(ranks_of(np.asarray(scores, dtype=np.float64)), ranks)
