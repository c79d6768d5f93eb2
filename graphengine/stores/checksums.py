"""What a run's tables come to, topic by topic: how many rows, and a sum that any changed bit changes.

The sum does not depend on the order of rows, so that a store may be read back page by page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FILLED", "TopicSum", "differences", "topic_sums"]

FILLED = {pl.Float64(): float("nan"), pl.Int64(): -1, pl.String(): ""}  # stands for "nothing here"
_MODULUS = 1 << 64


@dataclass(frozen=True, slots=True)
class TopicSum:
    """Rows of one topic, and the sum of their 64-bit hashes modulo 2⁶⁴; sums of parts add up.

    >>> TopicSum(1, 5) + TopicSum(2, 2**64 - 1)
    TopicSum(rows=3, total=4)
    """

    rows: int = 0
    total: int = 0

    def __add__(self, other: TopicSum) -> TopicSum:
        return TopicSum(self.rows + other.rows, (self.total + other.total) % _MODULUS)


def topic_sums(frame: pl.DataFrame) -> dict[str, TopicSum]:
    """Rows and sum of every topic of ``frame``, whose columns are ``topic`` and any others.

    Floats count by their bits: 0.0 and -0.0 differ. Columns are taken in the order of their names.
    A missing value counts as NaN, -1 or the empty text, which nothing in a run is.

    >>> a = pl.DataFrame({"topic": ["t", "t", "u"], "score": [1.0, 0.5, 1.0]})
    >>> sums = topic_sums(a)
    >>> sums["t"].rows, sums == topic_sums(a.reverse()), sums["u"] == topic_sums(a[2:])["u"]
    (2, True, True)
    >>> topic_sums(a.with_columns(score=pl.col("score") + 1e-16)) == sums
    False
    """
    columns = [_bits(frame[name]) for name in sorted(frame.columns)]
    hashed = frame.select("topic", total=pl.DataFrame(columns).hash_rows(seed=0))
    found = hashed.group_by("topic").agg(pl.len().alias("rows"), pl.sum("total"))  # wraps at 2^64
    return {str(topic): TopicSum(rows, total) for topic, rows, total in found.iter_rows()}


def differences(
    wanted: Mapping[str, TopicSum], found: Mapping[str, TopicSum], *, what: str
) -> list[str]:
    """A sentence for each topic whose rows are not the wanted ones, ``what`` saying of what.

    >>> differences({"t": TopicSum(2, 7)}, {"t": TopicSum(1, 7)}, what="scores")
    ['the topic "t" has 1 scores of 2']
    >>> differences({"t": TopicSum(2, 7)}, {"t": TopicSum(2, 8)}, what="scores")
    ['the topic "t" has 2 scores of 2, but not the same ones']
    """
    sentences = []
    for topic in sorted(wanted.keys() | found.keys()):
        needed, there = wanted.get(topic, TopicSum()), found.get(topic, TopicSum())
        if there != needed:
            same = ", but not the same ones" if there.rows == needed.rows else ""
            sentences.append(f'the topic "{topic}" has {there.rows} {what} of {needed.rows}{same}')
    return sentences


def _bits(column: pl.Series) -> pl.Series:
    """The column without nulls, floats as the integers that their bits are."""
    filled = column.fill_null(FILLED[column.dtype]) if column.dtype in FILLED else column
    if column.dtype != pl.Float64:
        return filled
    bits = pa.array(filled.to_arrow()).view(pa.uint64())
    return pl.Series(column.name, bits, dtype=pl.UInt64)
