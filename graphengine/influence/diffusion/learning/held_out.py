"""How good learned probabilities are on cascades that they were not learned from.

A trial: in one cascade somebody saw others act before acting, or never acted. Static estimators
predict 1 − Π(1 − p) over all whom the person saw before acting; timed ones the largest value
that fading influence reaches, which it does at the moment when somebody acts. Judged by the
mean log-likelihood, the Brier score (1950) and a table of predicted against observed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.kernels.trials import joint_peaks, joint_static

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.influence.cascades.adoptions import Adoptions
    from graphengine.influence.diffusion.learning.counts import Trials
    from graphengine.influence.diffusion.learning.learned import Learned

__all__ = ["Calibration", "HeldOut", "judge", "predictions", "split_by_time"]


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Tenths of the trials by rising prediction (equal predictions stay together)."""

    trials: NDArray[np.int64]
    predicted: NDArray[np.float64]
    observed: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """The verdict on one estimator; ``log_likelihood`` is the mean of a trial, in nats.

    ``at_floor`` counts predictions that were raised to ``floor`` or lowered to 1 − ``floor``
    for the log-likelihood: without, one surprise would be minus infinity.
    """

    estimator: str
    trials: int
    reactions: int
    log_likelihood: float
    brier: float
    calibration: Calibration
    floor: float
    at_floor: int


def split_by_time(actions: Adoptions, *, share: float = 0.7) -> tuple[Adoptions, Adoptions]:
    """The ``share`` of cascades that began first, to learn from, and the others, to judge by.

    A cascade stays whole. Where times begin anew in each cascade, give masks of your own to
    ``Adoptions.only`` instead.

    Raises:
        ValueError: The share leaves nothing to learn from, or nothing held out.

    >>> from graphengine.influence.cascades.adoptions import adoptions
    >>> early, late = split_by_time(adoptions([0, 1], [0, 0], [9, 5]), share=0.5)
    >>> early.at, late.at
    (array([5]), array([9]))
    """
    some = np.flatnonzero(np.diff(actions.first))
    fit = round(share * some.size) if 0.0 < share < 1.0 else 0
    if not 0 < fit < some.size:
        raise ValueError(
            f"a share of {share} of {some.size} cascades leaves nothing to learn from, or nothing "
            "held out; give a share between 0 and 1, and 2 cascades or more"
        )
    early, late = np.zeros((2, actions.cascades), np.bool_)
    order = some[np.argsort(actions.at[actions.first[some]], kind="stable")]
    early[order[:fit]], late[order[fit:]] = True, True
    return actions.only(early), actions.only(late)


def predictions(learned: Learned, trials: Trials) -> NDArray[np.float64]:
    """Of each trial the predicted probability of a reaction; unknown exposures count 0."""
    p = np.nan_to_num(learned.probability, nan=0.0)
    if learned.mean_delay is None:
        return joint_static(trials.first, trials.entry, p)
    return joint_peaks(trials.first, trials.entry, trials.seen, p, learned.mean_delay)


def judge(learned: Learned, trials: Trials, *, floor: float = 1e-6) -> HeldOut:
    """Compare what was predicted with what happened.

    Raises:
        ValueError: Nothing was held out, or the floor is no small probability.

    >>> from graphengine.influence.cascades.adoptions import adoptions, exposures
    >>> from graphengine.influence.diffusion.learning.counts import count, trials_of
    >>> from graphengine.influence.diffusion.learning.static import learn_rate
    >>> actions = adoptions([0, 0, 1], [0, 1, 0], [5, 8, 2])
    >>> seen = exposures([1], [0], n=2)
    >>> judge(learn_rate(count(actions, seen), seen), trials_of(actions, seen)).brier
    0.25
    """
    if not trials.reacted.size:
        raise ValueError(
            "nothing is held out: in the cascades given nobody saw anybody act; hold out others"
        )
    if not 0.0 < floor < 0.5:
        raise ValueError(f"the floor must lie between 0 and .5, got {floor}")
    p, reacted = predictions(learned, trials), trials.reacted
    kept = p.clip(floor, 1.0 - floor)
    return HeldOut(
        estimator=learned.estimator,
        trials=reacted.size,
        reactions=int(reacted.sum()),
        log_likelihood=float(np.log(np.where(reacted, kept, 1.0 - kept)).mean()),
        brier=float(((p - reacted) ** 2).mean()),
        calibration=_calibration(p, reacted),
        floor=floor,
        at_floor=int(np.count_nonzero(kept != p)),
    )


def _calibration(p: NDArray[np.float64], reacted: NDArray[np.bool_]) -> Calibration:
    borders = np.unique(np.quantile(p, np.arange(1, 10) / 10, method="lower"))
    tenth = np.searchsorted(borders, p, side="left")
    trials, predicted, observed = (
        np.bincount(tenth, x, minlength=borders.size + 1) for x in (None, p, reacted)
    )
    some = trials > 0
    trials = trials[some]
    return Calibration(trials.astype(np.int64), predicted[some] / trials, observed[some] / trials)
