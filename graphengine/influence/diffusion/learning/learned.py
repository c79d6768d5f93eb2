"""What every estimator answers: of each exposure a probability, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Learned"]


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """Of each exposure, in the order of the exposure graph: how likely v acts after u.

    ``trials`` and ``successes`` are the estimator's own (a success may be shared out: parts of
    1), with pseudo-counts nowhere among them. ``standard_error`` is infinite where the data
    bend nowhere (a probability of 0 or 1, sources never seen apart); ``low`` and ``high`` hold
    95 %. An exposure ``untried`` has probability NaN, or the prior's where there is one.
    ``mean_delay`` (seconds) is set by the timed estimators: influence fades as e^(−age/delay).
    ``gap`` (nats) is the most by which the log-likelihood can exceed that of these probabilities;
    0 for estimators that count.
    """

    estimator: str
    source: NDArray[np.uint32]
    target: NDArray[np.uint32]
    probability: NDArray[np.float64]
    successes: NDArray[np.float64]
    trials: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n: int
    mean_delay: NDArray[np.float64] | None = None
    gap: float = 0.0

    @property
    def untried(self) -> int:
        """How many exposures had no trial."""
        return int(np.count_nonzero(self.trials == 0))

    @property
    def unidentified(self) -> NDArray[np.bool_]:
        """Of each exposure, whether no probability of its own can be read from the log.

        Its sources were never seen apart from others, so only what they do together is known: the
        error is infinite though the probability is neither 0 nor 1. (Needs intervals.)
        """
        inside = (self.trials > 0) & (self.probability > 0.0) & (self.probability < 1.0)
        return inside & ~np.isfinite(self.standard_error)

    def edges(self) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.float64]]:
        """Source, target and probability of all exposures with a probability above 0.

        What a diffusion graph is made of; the number of people is ``n``. Exposures of which
        nothing is known (NaN) are left out, ``untried`` says how many had no trial.
        """
        some = self.probability > 0.0
        return self.source[some], self.target[some], self.probability[some]
