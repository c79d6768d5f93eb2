"""Influence that fades: p·e^(−age/τ), with τ the mean delay of the reactions of v to u.

The continuous-time form of Goyal, Bonchi & Lakshmanan 2010: what u did moves v most at once, and
less as time passes. Strengths p are those of the static estimator. Where v never reacted to u,
τ is that of all reactions to u, and where nobody did, that of all reactions.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.influence.cascades.adoptions import Exposures
    from graphengine.influence.diffusion.learning.counts import Counts
    from graphengine.influence.diffusion.learning.learned import Learned

__all__ = ["mean_delays", "with_time"]


def mean_delays(counts: Counts, exposures: Exposures) -> NDArray[np.float64]:
    """τ of each exposure, in seconds; 1 where no reaction was ever seen.

    >>> from graphengine.influence.cascades.adoptions import adoptions, exposures
    >>> from graphengine.influence.diffusion.learning.counts import count
    >>> actions = adoptions([0, 0], [0, 1], [5, 8])
    >>> seen = exposures([1, 2], [0, 0], n=3)
    >>> mean_delays(count(actions, seen), seen)
    array([3., 3.])
    """
    reactions, delay = counts.reactions.astype(np.float64), counts.delay
    everybody = delay.sum() / reactions.sum() if reactions.any() else 1.0
    r, d = (np.bincount(exposures.sources, x, minlength=exposures.n) for x in (reactions, delay))
    source = np.where(r > 0, d / np.maximum(r, 1.0), everybody)[exposures.sources]
    return np.where(reactions > 0, delay / np.maximum(reactions, 1.0), source)


def with_time(learned: Learned, counts: Counts, exposures: Exposures) -> Learned:
    """The same strengths, now fading with the mean delay of each exposure."""
    delays = mean_delays(counts, exposures)
    return replace(learned, estimator=f"{learned.estimator}_timed", mean_delay=delays)
