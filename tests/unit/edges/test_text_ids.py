"""Text ids through the table: numbered as by sorting all of them, whatever holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graphengine.edges import Edges, read_edges, texts
from graphengine.edges.edge_list import numbered
from graphengine.edges.text_bytes import byte_order
from graphengine.edges.texts import Texts
from graphengine.errors import InputError
from graphengine.influence.kernels.compiled import COMPILED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.skipif(not COMPILED, reason="all texts are sorted then")

AWKWARD = [
    "", "a", "a\0", "a\0b", "\0", "ab", "abcdefg", "abcdefgh", "abcdefghi", "abcdefgh\0", "é", "𝄞x",
    "x:user-0001", "x:user-0002", "reddit:someone", "z" * 40, "z" * 41, "z" * 39 + "y", "Z", "~",
    *("https://example.org/@a-very-long-way-to/" + end for end in ("1", "2", "22", "")),
]  # fmt: skip
RNG = np.random.default_rng(5)
ROWS = 600
SOURCE, TARGET = (
    pl.Series([AWKWARD[i] for i in RNG.integers(0, len(AWKWARD), ROWS)]) for _ in range(2)
)
WEIGHT = RNG.random(ROWS)


def _same(found: Edges, expected: Edges) -> None:
    assert found.ids.dtype == object
    assert found.ids.tolist() == expected.ids.tolist()
    for one, other in ((found.source, expected.source), (found.target, expected.target)):
        assert one.dtype == np.int64
        assert one.flags.writeable
        assert np.array_equal(one, other)


def _by_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "_FEW", 1)
    monkeypatch.setattr(texts, "_ROWS", 100)


def test_columns_are_numbered_as_by_sorting(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = numbered(SOURCE, TARGET)
    assert expected.ids.tolist() == sorted(set(SOURCE) | set(TARGET))
    _by_table(monkeypatch)
    _same(numbered(SOURCE, TARGET), expected)
    two = pl.concat([SOURCE[:77], SOURCE[77:]], rechunk=False)
    _same(numbered(two, TARGET), expected)


def test_texts_of_one_hash_stay_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = numbered(SOURCE, TARGET)
    _by_table(monkeypatch)
    called = []

    def alike(words: np.ndarray, ends: np.ndarray, hashes: np.ndarray) -> None:
        called.append(len(ends) - len(hashes) + len(words))
        hashes[:] = 7

    monkeypatch.setattr(texts, "hash_texts", alike)
    _same(numbered(SOURCE, TARGET), expected)
    assert called


def _written(path: Path, kind: Callable[[pa.Array], pa.Array], **options: object) -> Path:
    columns = {"source": kind(SOURCE.to_arrow()), "target": kind(TARGET.to_arrow())}
    pq.write_table(pa.table({**columns, "weight": WEIGHT}), path, **options)
    return path


KINDS: dict[str, Callable[[Path], Path]] = {
    "plain": lambda p: _written(p, lambda a: a, use_dictionary=False),
    "short offsets": lambda p: _written(p, lambda a: a.cast(pa.string()), row_group_size=70),
    "views": lambda p: _written(p, lambda a: a.cast(pa.string_view()), use_dictionary=False),
    "coded": lambda p: _written(p, lambda a: a, row_group_size=250),
    "coded in part": lambda p: _written(
        p, lambda a: a, dictionary_pagesize_limit=64, data_page_size=128, write_batch_size=8
    ),
    "a dictionary": lambda p: _written(p, lambda a: a.dictionary_encode(), row_group_size=150),
    "unused words": lambda p: _written(
        p, lambda a: pa.DictionaryArray.from_arrays(
            pa.array(np.arange(len(a)) + 1), pa.concat_arrays([pa.array(["no"], a.type), a])
        )
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_parquet_is_numbered_as_a_whole(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = KINDS[kind](tmp_path / "e.parquet")
    expected = numbered(SOURCE, TARGET)
    whole = read_edges(path)
    _by_table(monkeypatch)
    monkeypatch.setattr("graphengine.edges.columnar.parquet_edges", None)  # not to be needed
    found = read_edges(path)
    for edges in (whole, found):
        _same(edges, expected)
        assert edges.weight is not None
        assert edges.weight.tolist() == WEIGHT.tolist()


def _damaged(path: Path) -> None:
    _written(path, lambda a: a, use_dictionary=False, compression="none")
    raw = bytearray(path.read_bytes())
    raw[4:24] = bytes(20)
    path.write_bytes(raw)


def _invalid(path: Path) -> None:
    raw = pa.array([b"ab\xff", b"ok"], pa.binary())
    column = pa.Array.from_buffers(pa.string(), 2, raw.buffers())
    pq.write_table(pa.table({"source": column, "target": ["a", "b"]}), path)


def _frame(source: list[str | None], **more: list[float | None]) -> Callable[[Path], None]:
    whole = {"source": source, "target": ["a"] * len(source), **more}
    return lambda path: pl.DataFrame(whole).write_parquet(path, row_group_size=2)


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "a gap": (_frame(["b", "c", "d", None]), "The source of edge 4 is missing"),
    "no weight": (_frame(["b", "c"], weight=[1.0, None]), "The weight of edge 2 is missing"),
    "a negative one": (_frame(["b", "c"], weight=[1, -1]), "from 'c' to 'a' .number 2. has the"),
    "damage": (_damaged, "cannot be read as Parquet"),
    "no UTF-8": (_invalid, r"The id b'ab\\xff' is no text in UTF-8"),
}


@pytest.mark.parametrize("what", WRONG)
@pytest.mark.parametrize("table", [False, True])
def test_what_is_wrong_is_said_alike(
    what: str, table: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, says = WRONG[what]
    write(tmp_path / "e.parquet")
    if table:
        _by_table(monkeypatch)
    with pytest.raises(InputError, match=says):
        read_edges(tmp_path / "e.parquet")


def test_a_table_grows_and_keeps_its_numbers() -> None:
    words = pa.array([f"{i * 7919 % 300_007:x}-{i % 3}" for i in range(200_000)])
    held, first, again = Texts(), np.empty(200_000, np.int64), np.empty(200_000, np.int64)
    held.number(words, first)
    held.number(words, again)
    assert first.tolist() == list(range(200_000))
    assert np.array_equal(first, again)
    assert held.names().to_pylist() == words.to_pylist()


def test_texts_that_differ_late_are_in_order_too() -> None:
    long = ["k" * 60 + str(i) for i in range(30)] + ["m" * i for i in range(70)]
    words = [long[i] for i in RNG.permutation(len(long))]
    order = byte_order(pa.array(words, pa.large_string()))
    assert [words[i] for i in order.tolist()] == sorted(long)
