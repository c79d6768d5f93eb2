"""One batch of draws after the other: rates, parts, log-scores. Batches share nothing they change."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.coins import stream
from graphengine.influence.kernels.pair_draws import drawn_pairs
from graphengine.influence.kernels.rate_draws import BATCH, person_rates, strata
from graphengine.scoring.intervals.desk import Scratch
from graphengine.scoring.parts import PartKey

if TYPE_CHECKING:
    from graphengine.scoring.intervals.beside import Beside
    from graphengine.scoring.intervals.desk import Desk
    from graphengine.scoring.intervals.trails import Trails
    from graphengine.scoring.model import ScoreModel

__all__ = ["Drawer", "log_scores"]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Numbers = NDArray[np.float64] | NDArray[np.float32]
_ROWS = 256  # people whose parts stay in the cache
_NONE = np.zeros((0, 2), dtype=np.float32)
_NOBODY = np.zeros(0, dtype=np.float32)
_NOTHING = (_NOBODY, _NONE, np.zeros(0, dtype=np.uint32), 1.0, _NOBODY)  # no trails to weigh for


@dataclass(frozen=True, slots=True, eq=False)
class Drawer:
    """Draws the log-scores of the scored people, in the order of their numbers."""

    desk: Desk
    model: ScoreModel
    trails: list[Trails]
    beside: Beside

    def draw(self, random_state: int, batch: int, scratch: Scratch) -> Floats:
        """The log-scores of a batch of draws (BATCH × scored), from a stream of its own.

        First people's own rates are drawn, then the pairs' given these.
        """
        desk, top = self.desk, self.desk.top
        state, sizes, rate, still = self._people(random_state, batch)
        follows = still[:top, None].astype(np.float64)  # as they are, they would be cast row by row
        sums = np.multiply(desk.quiet[:, :, None], follows, out=scratch.sums)
        moved = np.zeros((top if self._apart else 0, BATCH), dtype=np.float32)
        laws = (desk.within, desk.whole, desk.prior.pairs, self._apart)
        pairs = (desk.known, (*desk.shared, sizes))
        values: dict[PartKey, Numbers] = {}
        for k, trails in enumerate(self.trails or [None]):
            # the same draws again for each half-life: cheaper than to keep them
            to = (sums, moved) if k == 0 else (sums[:0], moved[:0])
            forms = (desk.fading, _NOTHING if trails is None else trails.weighing)
            found = (*to, scratch.passed, scratch.step)
            drawn_pairs(state, laws, rate, pairs, forms, found)
            if trails is not None:
                h, selective = trails.drawn(desk, scratch, still)
                values[PartKey("h", trails.half_life)] = h
                values[PartKey("S", trails.half_life)] = selective
        ratio = moved / desk.received[:, None] if self._apart else np.ones((top, 1))
        beside = (sums, ratio, self.beside.posts(random_state, batch))
        out = np.empty((BATCH, top))
        for first in range(0, top, _ROWS):
            rows = slice(first, first + _ROWS)
            some = {key: value[rows] for key, value in values.items()}
            out[:, rows] = self._blended({**some, **self._values(rows, *beside)}).T
        return out

    @property
    def _apart(self) -> bool:
        """Whether anybody has credit that follows the events drawn, and not the rates."""
        return bool(self.beside.faded.any())

    def _blended(self, values: dict[PartKey, Numbers]) -> Floats:
        """The log-scores, as ``ScoreModel.log_score`` has them: one logarithm for each β."""
        shape = np.broadcast_shapes(*(value.shape for value in values.values()))
        total = np.zeros(shape)
        for beta in sorted(set(self.model.weights.values()) - {0.0}):
            product = np.ones(shape)
            for key in (key for key, own in self.model.weights.items() if own == beta):
                product *= values[key] if key.name == "h" else 1.0 + values[key]
            total += np.multiply(np.log(product, out=product), beta, out=product)
        return total

    def _people(self, random_state: int, batch: int) -> tuple[np.uint64, Singles, Singles, Singles]:
        """The state after it, sizes of cascades, everybody's own rate, and of their quiet pairs.

        Cascades are drawn twice: for the pairs, and for the people's rates.
        """
        desk = self.desk
        lone = np.ones(2 * desk.pairs.cascades, dtype=np.uint32)
        sizes = np.empty((len(lone), BATCH), dtype=np.float32)
        state = strata(stream(random_state, batch), desk.whole, lone, sizes)
        rate = np.asarray(desk.by_cascade @ sizes[desk.pairs.cascades :], dtype=np.float32)
        still = np.empty_like(rate)
        prior = desk.prior
        shapes = (prior.people, desk.lone, desk.sums.shape)
        people = (prior.expected, prior.endorsed, desk.sums.elasticity)
        normal = desk.whole[1]
        state = person_rates(np.uint64(state), shapes, people, (rate, still), normal)
        return np.uint64(state), sizes[: desk.pairs.cascades], rate, still

    def _values(
        self, rows: slice, sums: Floats, ratio: Numbers, posts: Floats
    ) -> dict[PartKey, Numbers]:
        """R, A and C of some of the scored people."""
        desk, beside, prior = self.desk, self.beside, self.model.passing.posts_prior
        original, each, faded = (
            x[rows, None] for x in (beside.original, beside.each, beside.faded)
        )
        found: dict[PartKey, Numbers] = {
            PartKey("R", half_life): sums[rows, k] for k, half_life in enumerate(desk.ladder)
        }
        for k, half_life in enumerate(desk.beside, start=len(desk.ladder)):
            written = beside.lasting[half_life][rows, None] * posts[rows] + prior
            events = sums[rows, k]
            found[PartKey("A", half_life)] = events * original / written
            found[PartKey("C", half_life)] = events * each + faded * ratio[rows]
        return found


def log_scores(drawer: Drawer, *, draws: int, random_state: int, threads: int) -> Floats:
    """All draws (draws × people); the number of threads decides only how long it takes."""
    batches = -(-draws // BATCH)
    out = np.empty((batches, BATCH, drawer.desk.top))

    def some(first: int) -> None:
        scratch = Scratch.of(drawer.desk, trails=bool(drawer.trails))
        for batch in range(first, batches, threads):
            out[batch] = drawer.draw(random_state, batch, scratch)

    if threads == 1:
        some(0)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(some, range(threads)))
    return out.reshape(batches * BATCH, -1)[:draws]
