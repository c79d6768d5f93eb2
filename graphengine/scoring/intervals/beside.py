"""C and A at drawn rates: credit and original posts beside the events.

Credit follows the events that a person receives: what they brought each so far, times the drawn
number. Credit that comes faded already (no time) is scaled by the draw of those events. Posts are
the person's own doing: their number is drawn from the Gamma posterior of its own count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from graphengine.influence.kernels.rate_draws import BATCH
from graphengine.scoring.intervals.fading import endured, speed
from graphengine.scoring.intervals.sums import sums_by
from graphengine.scoring.parts import DAY

if TYPE_CHECKING:
    from graphengine.scoring.intervals.desk import Desk
    from graphengine.scoring.intervals.pairs import Pairs
    from graphengine.scoring.parts import Evidence

__all__ = ["Beside", "beside_of"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """What is said of the scored people, an entry each.

    original: which share of the events received answers original posts. written:
    original posts. lasting: their decayed number, by half-life. each: timed credit an event
    received. faded: credit without a time.
    """

    original: Floats
    written: Floats
    lasting: dict[float, Floats]
    each: Floats
    faded: Floats

    def posts(self, random_state: int, batch: int) -> Floats:
        """Multipliers of everybody's posts in a batch of draws; one column where nobody has any."""
        if not self.written.any():
            return np.ones((len(self.written), 1))
        written = np.repeat(self.written[:, None], BATCH, axis=1)
        some = written > 0.0
        draws = np.random.default_rng((random_state, batch)).standard_gamma(written)
        return np.divide(draws, written, out=np.ones_like(draws), where=some)


def beside_of(evidence: Evidence, desk: Desk, *, as_of: int) -> Beside:
    """What ``evidence`` says of posts and credit of the scored, by the pairs' numbers."""
    pairs, top = desk.pairs, desk.top
    told = pairs.events
    endorsed = pairs.endorsed[told.pair]
    received, original, inside = (
        sums_by(endorsed, pairs.n, what)[:top]
        for what in (np.ones(len(endorsed)), told.original, told.inside)
    )
    written, ages = _known(evidence.posts, pairs, as_of, top)
    timed, credit = pl.col("at").is_not_null(), evidence.credit
    each = _amount(None if credit is None else credit.filter(timed), pairs, as_of, top)
    faded = _amount(None if credit is None else credit.filter(~timed), pairs, as_of, top)
    return Beside(
        original / received,
        sums_by(written, top).astype(np.float64),
        {
            half_life: _lasting(
                written, ages, span=pairs.span, share=inside / received, half_life=half_life
            )
            for half_life in desk.beside
        },
        each / received,
        faded,
    )


def _lasting(
    written: NDArray[np.int64], ages: Floats, *, span: float, share: Floats, half_life: float
) -> Floats:
    """Decayed posts: at a steady rate where exposures are known, else as they were."""
    seen = sums_by(written, len(share), np.exp(-ages * speed(half_life)))
    if span <= 0.0:
        return np.asarray(seen, dtype=np.float64)
    steady = sums_by(written, len(share)) / span
    steady = steady * endured(np.array([span]), half_life)[0]
    return np.asarray(share * steady + (1.0 - share) * seen, dtype=np.float64)


def _known(
    frame: pl.DataFrame | None, pairs: Pairs, as_of: int, top: int
) -> tuple[NDArray[np.int64], Floats]:
    """Number and age in days of each row that is known by ``as_of``, of the scored."""
    if frame is None:
        return np.zeros(0, np.int64), np.zeros(0)
    kept = frame.filter(pl.col("at").is_null() | (pl.col("at") <= as_of))
    whom = pairs.numbers(kept["account"], top=top)
    age = ((as_of - kept["at"].cast(pl.Float64)) / DAY).fill_null(0.0).to_numpy()
    order = np.lexsort((age, whom))
    order = order[(whom[order] >= 0) & (whom[order] < top)]
    return whom[order], age[order]


def _amount(frame: pl.DataFrame | None, pairs: Pairs, as_of: int, top: int) -> Floats:
    if frame is None or frame.is_empty():
        return np.zeros(top)
    kept = frame.filter(pl.col("at").is_null() | (pl.col("at") <= as_of))
    whom, amount = (
        pairs.numbers(kept["account"], top=top),
        kept["amount"].cast(pl.Float64).to_numpy(),
    )
    order = np.lexsort((amount, whom))
    order = order[(whom[order] >= 0) & (whom[order] < top)]
    return sums_by(whom[order], top, amount[order]).astype(np.float64)
