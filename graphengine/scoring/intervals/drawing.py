"""One batch of draws after the other: rates, parts, log-scores. Batches share nothing they change."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.coins import stream
from graphengine.influence.kernels.rate_draws import (
    BATCH,
    add_cascades,
    endorser_sums,
    event_sums,
    pair_rates,
    person_rates,
    strata,
)
from graphengine.scoring.intervals.desk import Scratch
from graphengine.scoring.intervals.outside import TELLINGS
from graphengine.scoring.parts import PartKey

if TYPE_CHECKING:
    from graphengine.scoring.intervals.beside import Beside
    from graphengine.scoring.intervals.desk import Desk
    from graphengine.scoring.intervals.trails import Trails
    from graphengine.scoring.model import ScoreModel

__all__ = ["Drawer", "log_scores"]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Drawer:
    """Draws the log-scores of the scored people, in the order of their numbers."""

    desk: Desk
    model: ScoreModel
    trails: list[Trails]
    beside: Beside

    def draw(self, random_state: int, batch: int, scratch: Scratch) -> Floats:
        """The log-scores of a batch of draws (scored × BATCH), from a stream of its own."""
        desk, top = self.desk, self.desk.top
        telling = batch % TELLINGS
        still, ratio = self._rates(random_state, batch, scratch)
        reach = desk.sums.endorsers[:top, :, None] * still[:top, None]
        events = desk.quiet[:, :, None] * still[:top, None]
        drawn, ends = (scratch.own, scratch.again), desk.ends[: top + 1]
        endorser_sums(ends, (*drawn, self._none(scratch)), desk.reach[telling], reach)
        event_sums(ends, drawn, desk.counts[telling], events)
        values = self._values(reach, events, ratio, self.beside.posts(random_state, batch))
        for trails in self.trails:
            h, selective = trails.drawn(desk, scratch, still, telling=telling)
            values[PartKey("h", trails.half_life)] = h[:top]
            values[PartKey("S", trails.half_life)] = selective[:top]
        return self._blended(values)

    def _blended(self, values: dict[PartKey, Floats]) -> Floats:
        """The log-scores, as ``ScoreModel.log_score`` has them, without a table in between."""
        total = np.zeros((self.desk.top, BATCH))
        logs = np.empty_like(total)
        for key, beta in self.model.weights.items():
            (np.log if key.name == "h" else np.log1p)(values[key], out=logs)
            logs *= beta
            total += logs
        return total

    def _none(self, scratch: Scratch) -> Singles:
        """The probability that a pair has no event inside its exposure, at its drawn rate."""
        none, exposed = scratch.none, self.desk.exposed
        rate = scratch.own[exposed]
        np.multiply(rate, -self.desk.pairs.days[exposed, None], out=rate, casting="same_kind")
        none[exposed] = np.exp(rate, out=rate)
        return none

    def _rates(self, random_state: int, batch: int, scratch: Scratch) -> tuple[Floats, Floats]:
        """People's multipliers of their quiet pairs and of all their events.

        Each pair's rate, and the multiplier of its events outside, come to lie in ``scratch``.

        First the events are drawn anew, then the endorsed person's own rate, then the pair's given
        that. Cascades are drawn twice: for the pairs, and for the people's rates.
        """
        desk, pairs = self.desk, self.desk.pairs
        prior, live = desk.prior, desk.live
        own, again = scratch.own, scratch.again
        lone = np.ones(2 * pairs.cascades, dtype=np.uint32)
        sizes = np.empty((len(lone), BATCH), dtype=np.float32)
        state = strata(stream(random_state, batch), desk.tables, lone, sizes)
        if len(scratch.none):  # else nothing lies inside any exposure, and the rates stay 0
            state = strata(np.uint64(state), desk.tables, desk.alone, own)
        state = strata(np.uint64(state), desk.tables, desk.outside, again)
        add_cascades(desk.shared, sizes[: pairs.cascades], own, again)
        ratio = np.asarray(desk.received @ (own + again)) if self.beside.faded.any() else np.ones(1)
        again *= desk.each[:, None]
        rate = np.asarray(desk.by_cascade @ sizes[pairs.cascades :], dtype=np.float64)
        still = np.empty((live, BATCH))
        shapes = (prior.people, desk.lone, desk.sums.shape)
        people = (prior.expected, prior.endorsed, desk.sums.elasticity)
        normal = desk.tables[-1]
        state = person_rates(np.uint64(state), shapes, people, (rate, still), normal)
        layout = (desk.endorsed, pairs.days, desk.base)
        pair_rates(np.uint64(state), prior.pairs, layout, desk.tables, rate, own)
        return still, ratio

    def _values(
        self, reach: Floats, events: Floats, ratio: Floats, posts: Floats
    ) -> dict[PartKey, Floats]:
        """R, A and C."""
        desk, beside = self.desk, self.beside
        found = {PartKey("R", half_life): reach[:, k] for k, half_life in enumerate(desk.ladder)}
        for k, half_life in enumerate(desk.beside):
            written = beside.lasting[half_life][:, None] * posts + self.model.passing.posts_prior
            found[PartKey("A", half_life)] = events[:, k] * beside.original[:, None] / written
            credit = events[:, k] * beside.each[:, None] + beside.faded[:, None] * ratio
            found[PartKey("C", half_life)] = credit
        return found


def log_scores(drawer: Drawer, *, draws: int, random_state: int, threads: int) -> Floats:
    """All draws (draws × people); the number of threads decides only how long it takes."""
    batches = -(-draws // BATCH)
    out = np.empty((batches, BATCH, drawer.desk.top))

    def some(first: int) -> None:
        scratch = Scratch.of(drawer.desk)
        for batch in range(first, batches, threads):
            out[batch] = drawer.draw(random_state, batch, scratch).T

    if threads == 1:
        some(0)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(some, range(threads)))
    return out.reshape(batches * BATCH, -1)[:draws]
