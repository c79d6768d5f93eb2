"""A large core laid out anew for many solves: eight rows at a time, near endorsers in two bytes.

A sweep over a structure as it lies waits for values that no inner cache holds, and for the end of
every row. In slices of eight rows, with those who endorse most apart from the others, a sweep of
many edges takes two fifths of that time, and nearly half the bytes. Scaling, mixing and the rule
to stop by are those of ``relaxation``; mixing begins later, for it costs half a sweep here.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from graphengine.influence.kernels.compact import heard
from graphengine.influence.kernels.compiled import COMPILED
from graphengine.influence.kernels.packing import EIGHT
from graphengine.influence.kernels.relaxation import ROOM, begun, enough, newest, scale_of
from graphengine.influence.kernels.sliced import swept
from graphengine.influence.kernels.slicing import (
    BLOCK,
    NEAR,
    far_slices,
    filled,
    lengths,
    near_slices,
    seated,
)
from graphengine.influence.ranking.relaxation import likely
from graphengine.influence.ranking.teams import Team, swept_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.influence.ranking.relaxation import Core

__all__ = ["Sliced", "Slices", "sliced"]

_MOST = 1 << 29  # edges: filled up to eight times as many, their words are still counted in 32 bits
_WIDE = 1.5  # times the edges: with more words, rows are too different in length
_REPEATED = 1.25  # words an edge up to which repeating it costs less than a weight beside each
_SLOW = 0.2  # a change that shrinks by less than to this is worth mixing
_FAR, _ROW = 2.5, 10.0  # near words that a far one, and the end of a row, take as long as


class Sliced:
    """A core in slices; made by ``sliced``. Vectors are by place."""

    def __init__(self, core: Core, who: NDArray[np.uint32], layout: Any, *, count: int) -> None:
        self._who, self._layout = who, layout
        self._seat = _seats(who, len(core.leaves))
        self._per = self._seated(np.ones(len(core.leaves)) if core.per is None else core.per)
        self._per[self._per == 0.0] = 1.0  # nobody's, whose value is 0
        self._leaves = self._seated(core.leaves)
        self._heard = self._seated(heard(*core.edges[:2], core.edges[3]))
        self._nothing, self._ones = np.zeros(len(who)), np.ones(len(who))
        self._team = Slices(layout, len(who), count)

    def relaxed(
        self,
        enters: NDArray[np.float64],
        guess: NDArray[np.float64] | None,
        *,
        rule: tuple[float, float, float],
        most: int,
    ) -> tuple[NDArray[np.float64], int]:
        """As ``relaxation.relaxed``; without a ``guess`` it begins where ``likely`` says."""
        if not enters.any():
            return np.zeros(len(enters)), 0
        vectors = self._seated(enters), self._leaves, self._per
        entering = float(vectors[0].sum())
        asked = (*rule, entering)
        if guess is None or not guess.any():
            start = likely(vectors[0], self._heard, damping=rule[0])
        else:
            start = self._seated(guess)
        x, sweeps, ended = self._plain(vectors, start, rule=asked, most=most)
        if not ended and sweeps < most:
            state = begun(vectors, x, entering, np.zeros(ROOM * len(x)))
            done, _ = swept_by(self._team, vectors, state, rule=asked, most=most - sweeps)
            x, sweeps = newest(state) * scale_of(state), sweeps + done
        return x[self._seat], sweeps

    def _plain(
        self, vectors: Any, start: Any, *, rule: tuple[float, float, float, float], most: int
    ) -> tuple[NDArray[np.float64], int, bool]:
        """Sweep as long as that goes fast: what was reached, in how many sweeps, and whether it is the end."""
        (_, leaves, per), (damping, tolerance, outside, entering), team = vectors, rule, self._team
        scale, before = entering / float(start @ leaves), np.inf
        views = [start * per for _ in team.parts]
        for sweeps in range(1, most + 1):
            change, size, leaving = self._swept(vectors, views, (1.0 / scale, damping))
            shrunk = scale * change / before
            ended = enough(
                (scale * change, shrunk if sweeps > 1 else 1.0),
                scale * size,
                (damping, tolerance, outside),
            )
            scale, before = entering / leaving, scale * change
            if ended or shrunk > _SLOW:
                break
        x: NDArray[np.float64] = views[0] / per
        x *= scale
        return x, sweeps, bool(ended)

    def _swept(self, vectors: Any, views: list[Any], rates: tuple[float, float]) -> list[float]:
        """One sweep of all parts, each with a view of its own; what they found."""

        def sweep(k: int) -> Any:
            mine = (*vectors, views[k])
            return swept(self._layout, self._team.blocks[k], rates, mine, None, views[k])

        found = np.array(self._team.each(sweep)).sum(axis=0)
        self._team.each(lambda k: self._team.tell(views, k))
        return [float(number) for number in found]

    def heard(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Σ of weight·x·per over each one's endorsers in the core."""
        z, out = self._seated(x), np.zeros(len(self._who))
        z *= self._per
        mine, team = (self._nothing, self._nothing, self._ones, out), self._team
        team.each(lambda k: swept(self._layout, team.blocks[k], (0.0, 1.0), mine, None, z))
        return np.asarray(out[self._seat])

    def _seated(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        out = np.zeros(len(self._who))  # nobody sits last
        np.take(x, self._who[: len(x)], out=out[: len(x)], mode="clip")
        return out


class Slices(Team):
    """The blocks of a layout cut into parts that take as long."""

    def __init__(self, layout: Any, seats: int, count: int) -> None:
        (cut, *_), (starts, far_cut, *_) = layout
        ends = np.minimum(BLOCK * np.arange(len(starts)), seats)
        held = cut[ends // EIGHT] + _FAR * far_cut[starts] + _ROW * ends
        marks = [int(np.searchsorted(held, held[-1] * k / count)) for k in range(1, count)]
        marks = [0, *marks, len(starts) - 1]
        self.blocks = list(pairwise(marks))
        self.parts = [(int(ends[a]), int(ends[b])) for a, b in self.blocks]
        self._layout, self._pool = layout, ThreadPoolExecutor(count)

    def relax(self, k: int, vectors: Any, values: Any, *, rates: tuple[float, float]) -> Any:
        """One sweep over a part; see ``Team.relax``."""
        (enters, leaves, per), (start, z, y), (damping, share) = vectors, values, rates
        mine = enters, leaves, per, z
        return swept(self._layout, self.blocks[k], (share, damping), mine, (start, y), z)

    def tell(self, views: list[NDArray[np.float64]], k: int) -> None:
        """Put what all parts have found into the view of part ``k``."""
        for part, view in zip(self.parts, views, strict=True):
            if view is not views[k]:
                views[k][slice(*part)] = view[slice(*part)]


def sliced(core: Core, *, count: int = 1) -> Sliced | None:
    """The ``core`` in slices for ``count`` threads.

    None where nothing compiles, or where rows that lie together would be too uneven.
    """
    begin, end, _, weights, table = core.edges
    held = int(end.sum(dtype=np.int64)) - int(begin.sum(dtype=np.int64))
    if not COMPILED or not 0 < held < _MOST:
        return None
    people, seats = len(begin), (len(begin) // EIGHT + 1) * EIGHT
    near, far, repeat = _lengths(core, held, nearest=max(0, NEAR - (seats - people)))
    who, rows = seated(near), np.zeros((2, seats), dtype=np.int64)
    cut = near_slices(who, near, rows[0])
    starts, far_cut, at = far_slices(who, far, rows[1])
    base, many = max(0, seats - NEAR), (int(cut[-1]), int(far_cut[-1]))
    if sum(many) > _WIDE * held + EIGHT * EIGHT:
        return None
    words = (
        np.full(many[0], seats - 1 - base, dtype=np.uint16),
        np.full(many[1], seats - 1, dtype=np.uint32),
    )
    kind = None if weights is None or repeat else np.float64 if table is not None else weights.dtype
    heavy = [None if kind is None else np.zeros(size, dtype=kind) for size in many]
    seat = _seats(who, people).astype(np.uint32)
    filled(core.edges, seat, base, (rows[0], rows[1]), (*words, *heavy))
    layout = (cut, words[0], heavy[0], base), (starts, far_cut, words[1], heavy[1], at)
    return Sliced(core, who, layout, count=count)


def _lengths(core: Core, held: int, *, nearest: int) -> tuple[Any, Any, bool]:
    """How many words each row has, near and far, and whether edges are repeated as they weigh."""
    *edges, weights, table = core.edges
    if weights is not None and weights.dtype.kind == "u" and table is None:
        near, far = lengths((*edges, weights), nearest, 1)
        if int(near.sum(dtype=np.int64)) + int(far.sum(dtype=np.int64)) <= _REPEATED * held:
            return near, far, True
    return *lengths((*edges, weights), nearest, 0), False


def _seats(who: NDArray[np.uint32], people: int) -> NDArray[np.int64]:
    """Where everyone sits."""
    seat = np.empty(people + 1, dtype=np.int64)
    seat[who] = np.arange(len(who))
    return seat[:-1]
