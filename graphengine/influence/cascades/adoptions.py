"""A log of adoptions by cascade and time, and who saw whom.

What parents, credit and the chance of a reaction are inferred from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from graphengine.influence.kernels.order import starts

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Adoptions", "Exposures", "adoptions", "exposures"]


@dataclass(frozen=True, slots=True)
class Adoptions:
    """Adoptions in order of cascade and time; those of equal times keep the order they came in.

    Cascade c holds ``first[c]`` to ``first[c + 1]``; ``person`` is a number from 0, ``at`` are
    seconds; ``order[k]`` is where adoption k stood in the input.
    """

    first: NDArray[np.int64]
    person: NDArray[np.uint32]
    at: NDArray[np.int64]
    order: NDArray[np.int64]

    @property
    def n(self) -> int:
        """The number of adoptions."""
        return len(self.person)

    @property
    def cascades(self) -> int:
        """The number of cascades, those without an adoption too."""
        return len(self.first) - 1

    @property
    def arrays(self) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.int64]]:
        """``first``, ``person`` and ``at``, as the loops take them."""
        return self.first, self.person, self.at

    def where(self, kept: NDArray[np.bool_]) -> Adoptions:
        """The adoptions that the mask marks, one place each; cascades keep their numbers."""
        before = np.concatenate([[0], np.cumsum(kept)]).astype(np.int64)
        return Adoptions(before[self.first], self.person[kept], self.at[kept], self.order[kept])

    def only(self, kept: ArrayLike) -> Adoptions:
        """The cascades that the mask ``kept`` marks, one place a cascade, numbered anew.

        Raises:
            ValueError: The mask has another length, or keeps nothing.
        """
        mask = np.asarray(kept, np.bool_)
        if mask.shape != (self.cascades,):
            raise ValueError(f"one mark for each of {self.cascades} cascades, got {mask.shape}")
        if not mask.any():
            raise ValueError("no cascade is kept; mark at least one")
        left = self.where(np.repeat(mask, np.diff(self.first)))
        return Adoptions(left.first[np.append(mask, True)], left.person, left.at, left.order)


@dataclass(frozen=True, slots=True)
class Exposures:
    """Whom each person sees: v sees ``sources[first[v]:first[v + 1]]``, ascending, no repeats.

    ``since`` are the seconds from which on they do, the smallest integer for always; an empty
    array says always for all. ``repeats`` and ``to_self`` count rows of the input that said
    nothing new, or that somebody sees themselves.
    """

    first: NDArray[np.int64]
    sources: NDArray[np.uint32]
    since: NDArray[np.int64]
    repeats: int = 0
    to_self: int = 0

    @property
    def n(self) -> int:
        """The number of people."""
        return len(self.first) - 1

    @property
    def m(self) -> int:
        """The number of exposures."""
        return len(self.sources)

    @property
    def targets(self) -> NDArray[np.uint32]:
        """Of each exposure, who sees."""
        return np.repeat(np.arange(self.n, dtype=np.uint32), np.diff(self.first))

    @property
    def arrays(self) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.int64]]:
        """``first``, ``sources`` and ``since``, as the loops take them."""
        return self.first, self.sources, self.since


def adoptions(cascade: ArrayLike, person: ArrayLike, at: ArrayLike) -> Adoptions:
    """Sort adoptions: who adopted in which cascade, and when (whole seconds); all of length n.

    Cascades are numbered 0, 1, 2 … without long gaps: a number costs eight bytes, used or not.

    Raises:
        ValueError: Lengths differ, a number is negative, not whole or too large to be one.

    >>> log = adoptions([1, 0, 1], [7, 8, 9], [50, 20, 40])
    >>> log.first.tolist(), log.person.tolist(), log.order.tolist()
    ([0, 1, 3], [8, 9, 7], [1, 2, 0])
    """
    where, who, when = _whole("cascade", cascade), _people(person), _whole("at", at)
    if not len(where) == len(who) == len(when):
        raise ValueError(
            f"cascade, person and at have {len(where)}, {len(who)} and {len(when)} entries; "
            "each adoption needs one of each"
        )
    most = 16 * len(where) + 1_000_000
    first, order = _in_order(where, when, most), np.arange(len(where))
    if first is None:
        _numbers("cascade", where, most)
    _numbers("person", who, 2**32 - 1)
    if first is None:
        first = np.concatenate([[0], np.cumsum(np.bincount(where))]).astype(np.int64)
        order = np.lexsort((when, where))
        who, when = who[order], when[order]
    return Adoptions(first, who.astype(np.uint32, copy=False), when, order)


def exposures(
    person: ArrayLike, seen: ArrayLike, since: ArrayLike | None = None, *, n: int
) -> Exposures:
    """Whom ``person[e]`` saw, and since when (whole seconds; None: always); n people in all.

    Somebody who follows, or has reacted to, ``seen[e]`` saw them. Of repeats the earliest counts,
    and nobody sees themselves. At an adoption only exposures *before* it count, so that the one
    which an interaction itself makes does not.

    Raises:
        ValueError: Lengths differ, or a number is not one of 0 … n − 1.

    >>> exposures([2, 2, 1, 2], [0, 1, 0, 0], [9, 5, 5, 4], n=3).since.tolist()
    [5, 4, 5]
    """
    who, whom = _whole("person", person), _whole("seen", seen)
    when = np.empty(0, np.int64) if since is None else _whole("since", since)
    if len(who) != len(whom) or (since is not None and len(who) != len(when)):
        raise ValueError(
            f"person, seen and since have {len(who)}, {len(whom)} and {len(when)} entries; "
            "each exposure needs one of each"
        )
    _numbers("person", who, n)
    _numbers("seen", whom, n)
    apart = who != whom
    key, begun = who[apart] * n + whom[apart], when if since is None else when[apart]
    order = np.argsort(key, kind="stable") if since is None else np.lexsort((begun, key))
    key = key[order]
    keep = np.ones(key.size, np.bool_)
    np.not_equal(key[1:], key[:-1], out=keep[1:])
    pair = key[keep]
    first = np.concatenate([[0], np.cumsum(np.bincount(pair // max(n, 1), minlength=n))])
    return Exposures(
        first.astype(np.int64),
        (pair % max(n, 1)).astype(np.uint32),
        begun if since is None else begun[order][keep],
        repeats=int(np.count_nonzero(~keep)),
        to_self=int(np.count_nonzero(~apart)),
    )


def _in_order(
    cascade: NDArray[np.int64], at: NDArray[np.int64], most: int
) -> NDArray[np.int64] | None:
    """Where cascades begin, if adoptions stand by cascade and time and have numbers below ``most``."""
    if not len(cascade) or not 0 <= cascade[0] <= cascade[-1] < most:
        return None
    first = np.empty(cascade[-1] + 2, np.int64)
    return first if starts(cascade, at, first) else None


def _whole(name: str, given: ArrayLike) -> NDArray[np.int64]:
    values = np.asarray(given)
    if values.ndim != 1:
        raise ValueError(f"{name} has {values.ndim} dimensions; it must be one list of numbers")
    if values.size == 0:
        return np.empty(0, np.int64)
    if values.dtype.kind in "iu":
        return values.astype(np.int64, copy=False)
    exact = values.dtype.kind == "f" and bool((np.abs(values) < 2**53).all())
    if exact and bool((values == np.floor(values)).all()):
        return values.astype(np.int64)
    raise ValueError(f"{name} must be whole numbers: {values.dtype}, the first is {values[0]!r}")


def _people(given: ArrayLike) -> NDArray[np.int64] | NDArray[np.uint32]:
    """As they are, if they are held as the loops take them."""
    held = isinstance(given, np.ndarray) and given.ndim == 1 and given.dtype == np.uint32
    return cast("NDArray[np.uint32]", given) if held else _whole("person", given)


def _numbers(name: str, values: NDArray[np.int64] | NDArray[np.uint32], limit: int) -> None:
    if values.size and (values.min() < 0 or values.max() >= limit):
        wrong = np.flatnonzero((values < 0) | (values >= limit))
        raise ValueError(
            f"{name} {values[wrong[0]]} at place {wrong[0]} ({wrong.size} such): numbers from 0 to "
            f"{limit - 1} are needed; number them anew, without gaps"
        )
