"""What learning starts from: who acted in which cascade, and who sees whom since when.

An exposure u → v (v sees u) counts for an action of u only if it was there when u acted. One that
is made from past reactions begins with the first reaction, so the reaction that made it is no
evidence for it: u had acted before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Actions", "Exposures", "actions_of", "exposures_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Actions:
    """The first action of each person in each cascade, by time within a cascade.

    Cascade c, called ``name[c]`` in the input, holds ``person[first[c]:first[c + 1]]``, who acted
    ``at`` these seconds; ``repeats`` counts the further actions that were left out.
    """

    first: NDArray[np.int64]
    person: NDArray[np.uint32]
    at: NDArray[np.int64]
    name: NDArray[np.int64]
    n: int
    repeats: int

    @property
    def cascades(self) -> int:
        """How many cascades there are."""
        return len(self.name)

    def only(self, kept: ArrayLike) -> Actions:
        """The cascades that the mask ``kept`` marks, one place a cascade.

        Raises:
            ValueError: The mask has another length, or keeps nothing.
        """
        mask = np.asarray(kept, np.bool_)
        if mask.shape != (self.cascades,):
            raise ValueError(f"one mark for each of {self.cascades} cascades, got {mask.shape}")
        if not mask.any():
            raise ValueError("no cascade is kept; mark at least one")
        size = np.diff(self.first)
        rows = np.repeat(mask, size)
        first = np.concatenate([[0], np.cumsum(size[mask])]).astype(np.int64)
        return Actions(
            first, self.person[rows], self.at[rows], self.name[mask], self.n, self.repeats
        )


@dataclass(frozen=True, slots=True, eq=False)
class Exposures:
    """Who sees whom: v sees ``sources[first[v]:first[v + 1]]`` (rising), since ``since`` seconds.

    ``since`` is empty where all exposures have always been there. ``repeats`` and ``to_self``
    count rows of the input that said nothing new, or that somebody sees themselves.
    """

    first: NDArray[np.uint64]
    sources: NDArray[np.uint32]
    since: NDArray[np.int64]
    repeats: int = 0
    to_self: int = 0

    @property
    def n(self) -> int:
        """How many people."""
        return len(self.first) - 1

    @property
    def m(self) -> int:
        """How many exposures."""
        return len(self.sources)

    @property
    def targets(self) -> NDArray[np.uint32]:
        """Of each exposure, who sees."""
        degree = np.diff(self.first).astype(np.int64)
        return np.repeat(np.arange(self.n, dtype=np.uint32), degree)


def actions_of(cascade: ArrayLike, person: ArrayLike, at: ArrayLike, *, n: int) -> Actions:
    """Check columns sorted by (cascade, at); of each person's actions in a cascade keep the first.

    ``at`` is in whole seconds, people are numbered 0 to n − 1.

    Raises:
        ValueError: No action at all, columns of different length or that are not whole numbers,
            rows out of order, a negative time, or somebody outside 0 to n − 1.

    >>> actions = actions_of([7, 7, 7, 9], [0, 1, 0, 1], [5, 8, 9, 2], n=2)
    >>> actions.person.tolist(), actions.first.tolist(), actions.repeats
    ([0, 1, 1], [0, 2, 3], 1)
    """
    c, who, t = (
        _whole(x, name) for x, name in ((cascade, "cascade"), (person, "person"), (at, "at"))
    )
    if not c.size == who.size == t.size:
        raise ValueError(f"columns of one length needed, got {c.size}, {who.size} and {t.size}")
    if not c.size:
        raise ValueError("there are no cascades: nothing can be learned; give at least one action")
    _people_within(who, n, "person")
    if t.min() < 0:
        raise ValueError(
            f"times must be 0 or more, got {t.min()} ({np.count_nonzero(t < 0)} below 0); shift all "
            "times of a cascade alike, or repair them first"
        )
    later = (c[1:] < c[:-1]) | ((c[1:] == c[:-1]) & (t[1:] < t[:-1]))
    if later.any():
        row = int(np.argmax(later)) + 1
        raise ValueError(
            f"actions must be sorted by cascade, then time: row {row} (cascade {c[row]}, time "
            f"{t[row]}) comes after cascade {c[row - 1]}, time {t[row - 1]}"
        )
    kept = _first_of_each(c, who)
    c, who, t = c[kept], who[kept], t[kept]
    name, first = np.unique(c, return_index=True)
    bounds = np.concatenate([first, [c.size]]).astype(np.int64)
    return Actions(bounds, who.astype(np.uint32), t, name, n, int((~kept).sum()))


def exposures_of(
    source: ArrayLike, target: ArrayLike, *, n: int, since: ArrayLike | None = None
) -> Exposures:
    """The exposure graph in which ``target`` sees ``source``, since ``since`` seconds if given.

    Of repeated pairs the earliest counts, so past reactions can be given as they are: source who
    was reacted to, target who reacted, since when.

    Raises:
        ValueError: No exposure, columns of different length or that are not whole numbers, or
            somebody outside 0 to n − 1.

    >>> seen = exposures_of([0, 2, 0], [1, 1, 1], n=3, since=[9, 5, 3])
    >>> seen.sources.tolist(), seen.since.tolist(), seen.repeats
    ([0, 2], [3, 5], 1)
    """
    u, v = _whole(source, "source"), _whole(target, "target")
    begun = None if since is None else _whole(since, "since")
    if u.size != v.size or (begun is not None and begun.size != u.size):
        raise ValueError(f"columns of one length needed, got {u.size} sources, {v.size} targets")
    _people_within(u, n, "source")
    _people_within(v, n, "target")
    apart = u != v
    if not apart.any():
        raise ValueError(
            "the exposure graph has no edges: nobody sees anybody else, so nobody can be shown to "
            "move anybody; give who follows whom, or past reactions"
        )
    key = v[apart] * n + u[apart]
    order = np.argsort(key, kind="stable") if begun is None else np.lexsort((begun[apart], key))
    key = key[order]
    kept = np.concatenate([[True], key[1:] != key[:-1]])
    first = np.concatenate([[0], np.cumsum(np.bincount(key[kept] // n, minlength=n))])
    return Exposures(
        first.astype(np.uint64),
        (key[kept] % n).astype(np.uint32),
        np.empty(0, np.int64) if begun is None else begun[apart][order][kept],
        repeats=int((~kept).sum()),
        to_self=int((~apart).sum()),
    )


def _first_of_each(cascade: NDArray[np.int64], person: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Marks the first action of each person in each cascade."""
    order = np.lexsort((person, cascade))  # stable: rows of one pair stay in order of time
    c, who = cascade[order], person[order]
    kept = np.empty(order.size, np.bool_)
    kept[order] = np.concatenate([[True], (c[1:] != c[:-1]) | (who[1:] != who[:-1])])
    return kept


def _whole(column: ArrayLike, name: str) -> NDArray[np.int64]:
    values = np.asarray(column)
    if values.ndim != 1 or (values.size and values.dtype.kind not in "iu"):
        raise ValueError(
            f"{name} needs one column of whole numbers, got {values.dtype} of shape {values.shape}"
        )
    return values.astype(np.int64)


def _people_within(people: NDArray[np.int64], n: int, name: str) -> None:
    outside = (people < 0) | (people >= n)
    if outside.any():
        raise ValueError(
            f"{name} must lie in 0 to {n - 1}: got {people[outside][0]} in row "
            f"{int(np.argmax(outside))} ({np.count_nonzero(outside)} such); number people first"
        )
