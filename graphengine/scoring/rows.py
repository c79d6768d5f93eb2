"""Rows of events, posts and credit as numbers: which count, how old they are, what is left of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["DAY", "ages", "by_pair", "left_of", "numbers_of", "places_of", "up_to"]

DAY = 86_400.0
_LEFT = 2.0**-80  # what has decayed below this has left


def up_to(frame: pl.DataFrame, as_of: int) -> pl.DataFrame:
    """The rows not later than ``as_of`` (epoch seconds), and those without a time.

    >>> up_to(pl.DataFrame({"at": [1, 9, None]}), 4)["at"].to_list()
    [1, None]
    """
    return frame.filter(pl.col("at").is_null() | (pl.col("at") <= as_of))


def ages(frame: pl.DataFrame, as_of: int) -> NDArray[np.float64]:
    """Ages of rows in days; what has no time does not fade.

    >>> ages(pl.DataFrame({"at": [0, None]}), 43_200).tolist()
    [0.5, 0.0]
    """
    age = (as_of - frame["at"].cast(pl.Float64)).fill_null(0.0)
    return np.asarray(age.to_numpy() / DAY, dtype=np.float64)


def left_of(age: NDArray[np.float64], half_life: float) -> NDArray[np.float64]:
    """What is left of events after ``age`` days: 2^(−age / half-life), 0 below 2⁻⁸⁰ and for ever old.

    >>> left_of(np.array([0.0, 8.0, 800.0, np.inf]), 8.0).tolist()
    [1.0, 0.5, 0.0, 0.0]
    """
    ended = np.isinf(age)
    left = np.exp2(-np.where(ended, 0.0, age) / half_life)
    return np.where(ended | (left < _LEFT), 0.0, left)


def numbers_of(names: pl.Series, known: pl.Series) -> NDArray[np.int64]:
    """The place of each of ``names`` among the ``known``, −1 for none.

    >>> numbers_of(pl.Series(["b", "x"]), pl.Series(["a", "b"])).tolist()
    [1, -1]
    """
    places = pl.DataFrame(
        {"name": known.cast(pl.String), "id": np.arange(len(known), dtype=np.int64)}
    )
    asked = names.cast(pl.String).to_frame("name")
    found = asked.join(places, on="name", how="left", maintain_order="left")
    return found["id"].fill_null(-1).to_numpy()


def places_of(*columns: pl.Series) -> tuple[list[NDArray[np.int64]], pl.Series]:
    """Each name's place among all names of the ``columns`` (−1 for null), and these, sorted.

    >>> found, names = places_of(pl.Series(["b", None]), pl.Series(["a", "b"]))
    >>> [part.tolist() for part in found], names.to_list()
    ([[1, -1], [0, 1]], ['a', 'b'])
    """
    both = pl.concat([column.cast(pl.String) for column in columns]).alias("name")
    coded = both.cast(pl.Categorical(pl.Categories.random())).to_physical()
    code = coded.cast(pl.Int64).fill_null(-1).to_numpy()
    some = np.flatnonzero(code >= 0)
    first = np.full(int(code.max(initial=-1)) + 1, -1)
    first[code[some[::-1]]] = some[::-1]
    there = np.flatnonzero(first >= 0)
    names = both.gather(first[there])
    order = names.arg_sort().to_numpy()
    place = np.full(len(first) + 1, -1)  # the last stands for null
    place[there[order]] = np.arange(len(there))
    ends = np.cumsum([len(column) for column in columns])[:-1]
    return np.split(place[code], ends), names.gather(order)


def by_pair(
    target: NDArray[np.int64], actor: NDArray[np.int64], *further: NDArray[np.generic], people: int
) -> NDArray[np.int64]:
    """The order by target, actor (numbers below ``people``), then ``further`` keys, the first first.

    What orders nobody is not sorted by.

    >>> by_pair(np.array([1, 0, 1]), np.array([0, 1, 0]), np.array([2.0, 0, 1]), people=2).tolist()
    [1, 2, 0]
    """
    told = [key for key in further if len(key) and key.min() < key.max()]
    return np.lexsort((*told[::-1], target * people + actor))
