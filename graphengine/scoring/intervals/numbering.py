"""Names as numbers, and the order of people: by what is known of them, equals by their names.

Names are told apart by their hashes, and then each is compared with the one whose number it got.
Only the names of people who are equals in everything else are ever sorted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from graphengine.influence.kernels.first_seen import number_hashes
from graphengine.scoring.rows import places_of

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["named", "ordered"]

Longs = NDArray[np.int64]
_ROOM = 62  # bits of a key that several are packed into


def named(*columns: pl.Series) -> tuple[list[Longs], pl.Series]:
    """Each name's number among all names of the ``columns``, and these by number.

    >>> found, names = named(pl.Series(["b", "c"]), pl.Series(["a", "b"]))
    >>> [part.tolist() for part in found], names.to_list()
    ([[0, 1], [2, 0]], ['b', 'c', 'a'])
    """
    both = pl.concat([column.cast(pl.String) for column in columns])
    code, first = np.empty((2, len(both)), dtype=np.int64)
    count = number_hashes(both.hash().to_numpy(), code, first)
    names = both.gather(first[:count])
    if not names.gather(code).equals(both):  # two names share a hash
        return places_of(*columns)
    ends = np.cumsum([len(column) for column in columns])[:-1]
    return np.split(code, ends), names


def ordered(keys: Iterable[Longs], names: pl.Series) -> Longs:
    """The order by ``keys``, the first counts most, equals by their distinct ``names``.

    A key is asked for only where equals are left.

    >>> ordered([np.array([7, 5, 7])], pl.Series(["c", "b", "a"])).tolist()
    [1, 2, 0]
    """
    ties = _Ties(len(names))
    for key in keys:
        ties.add(key)
        if not len(ties.places):
            break
    ties.settle()
    if len(ties.places):
        alphabet = names.gather(ties.order[ties.places]).arg_sort().to_numpy()
        rank = np.empty(len(names), dtype=np.int64)
        rank[ties.order[ties.places[alphabet]]] = np.arange(len(alphabet))
        ties.add(rank)
        ties.settle()
    return ties.order


class _Ties:
    """An order, the places in it that equals share, and by what these are to be told apart.

    packed: a key for each of the ``places``; it begins with their group, and takes ``used`` bits.
    """

    def __init__(self, n: int) -> None:
        self.order, self.places, self.packed = np.arange(n), np.arange(n), np.zeros(n, np.int64)
        self.used = 0

    def add(self, key: Longs) -> None:
        """Have the equals told apart by ``key`` as well."""
        part, bits = self._among(key)
        if self.used + bits > _ROOM:
            self.settle()
            part, bits = self._among(key)
        if self.used + bits > _ROOM:
            part = np.unique(part, return_inverse=True)[1]
            bits = int(part.max()).bit_length()
        self.packed = (self.packed << bits) | part
        self.used += bits

    def _among(self, key: Longs) -> tuple[Longs, int]:
        """The key of the equals from its least on, and how many bits it takes."""
        part = key[self.order[self.places]]
        if not len(part):
            return part, 0
        part -= part.min()
        return part, int(part.max()).bit_length()

    def settle(self) -> None:
        """Sort the equals by what they are packed into; who is alone then is no equal any more."""
        by = np.argsort(self.packed)
        self.order[self.places] = self.order[self.places[by]]
        same = np.diff(self.packed[by]) == 0
        before = np.zeros(len(by), np.bool_)
        before[1:] = same
        left = before.copy()
        left[:-1] |= same
        self.places = self.places[left]
        self.packed = np.cumsum(~before[left])
        self.used = int(self.packed.max(initial=0)).bit_length()
