"""EM on synthetic truth: bias, coverage of 2 standard errors and of profile intervals, and speed.

Worlds of independent cascades with known probabilities; each target sees a few sources, so that
shared reactions are the rule. An exposure is judged by its standard error where it has 100 trials
and 10 attributed successes or more, elsewhere by its profile interval.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.cascades.adoptions import adoptions, exposures
from graphengine.influence.diffusion.learning.counts import count
from graphengine.influence.diffusion.learning.em import learn_em
from tests.bench.record import Row

if TYPE_CHECKING:
    from graphengine.influence.cascades.adoptions import Adoptions, Exposures

__all__ = ["Recovery", "measure", "recovery", "world"]

SIZES = {"small": (200, 2_000, 20_000), "usual": (600, 4_000, 400_000)}  # people, cascades, speed


@dataclass(frozen=True, slots=True)
class Recovery:
    """Mean error of p, shares covered, and how many exposures each is taken over."""

    bias: float
    wald: float
    wald_over: int
    profile: float
    profile_over: int


def world(people: int, cascades: int, *, seed: int) -> tuple[Adoptions, Exposures, np.ndarray]:
    """Sources act by chance; everyone else sees 3 to 6 of them and follows with probability p."""
    rng = np.random.default_rng(seed)
    sources = people // 4
    pairs = [
        (u, v)
        for v in range(sources, people)
        for u in rng.choice(sources, rng.integers(3, 7), replace=False)
    ]
    u, v = np.array(pairs).T
    seen = exposures(v, u, n=people)
    p = rng.choice([0.02, 0.05, 0.1, 0.2, 0.4], seen.m)
    often = rng.choice([0.01, 0.05, 0.1, 0.3], sources)
    acted = rng.random((cascades, sources)) < often
    moved = acted[:, seen.sources] & (rng.random((cascades, seen.m)) < p)
    follows = np.add.reduceat(moved, seen.first[sources:-1].astype(np.int64), axis=1) > 0
    c, who = np.nonzero(np.hstack([acted, follows]))
    order = np.lexsort((who >= sources, c))
    c, who = c[order], who[order]
    return adoptions(c, who, (who >= sources).astype(np.int64) * 60), seen, p


def recovery(people: int, cascades: int, *, seed: int) -> Recovery:
    """How well EM finds the probabilities that made a world."""
    actions, exposures, p = world(people, cascades, seed=seed)
    found = learn_em(actions, exposures, count(actions, exposures))
    many = (found.trials >= 100) & (found.successes >= 10) & np.isfinite(found.standard_error)
    few = ~many & (found.trials > 0)
    close = np.abs(found.probability - p) <= 2 * found.standard_error
    held = (found.low <= p) & (p <= found.high)
    return Recovery(
        float(np.nanmean((found.probability - p)[found.trials > 0])),
        float(close[many].mean()),
        int(many.sum()),
        float(held[few].mean()),
        int(few.sum()),
    )


def measure(size: str) -> list[Row]:
    """Goals: bias within .001, coverage 93 to 97 %, 5 million pairs a second and thread."""
    people, cascades, larger = SIZES[size]
    found = [recovery(people, cascades, seed=seed) for seed in range(5)]
    bias = float(np.mean([r.bias for r in found]))
    rows = [
        Row("EM, synthetic truth: mean bias of p", "the goal: at most .001 either way",
            abs(bias), None, "probability", None, 0.001, abs(bias) <= 0.001, None),
    ]  # fmt: skip
    for name in ("wald", "profile"):
        over = np.array([getattr(r, f"{name}_over") for r in found])
        share = np.array([getattr(r, name) for r in found])
        covered = float((share * over).sum() / over.sum())
        what = {"wald": "2 standard errors", "profile": "profile intervals"}[name]
        rows.append(
            Row(f"EM, {what} cover the truth, {over.sum()} exposures", "the goal: .93 to .97",
                covered, None, "share", None, 0.95, 0.93 <= covered <= 0.97, float(np.ptp(share)))
        )  # fmt: skip
    return [*rows, *(_speed(cascades, larger))]


def _speed(cascades: int, larger: int) -> list[Row]:
    """Pairs (action, source seen) counted a second of CPU, and the growth to the larger log."""
    rates = []
    for number in (larger // 10, larger):
        actions, exposures = _random_log(number)
        seen = int(np.diff(exposures.first)[actions.person].sum())
        count(actions.only(np.arange(actions.cascades) < 10), exposures)  # compiled
        seconds = []
        for _ in range(5):
            begun = time.thread_time()
            count(actions, exposures)
            seconds.append(time.thread_time() - begun)
        rates.append((seen / median(seconds), np.ptp(seconds) / median(seconds)))
    (small, _), (large, spread) = rates
    return [
        Row("counts for every exposure, pairs of an action and a source seen",
            f"the goal: 5 million/s; on a tenth of the log {small / 1e6:.3g} million/s",
            large, 5e6, "pairs/s", large / 5e6, 1.0, None, float(spread)),
    ]  # fmt: skip


def _random_log(
    cascades: int, *, people: int = 20_000, each: int = 12
) -> tuple[Adoptions, Exposures]:
    rng = np.random.default_rng(7)
    c = np.repeat(np.arange(cascades), each)
    who, at = rng.integers(0, people, c.size), rng.integers(0, 10_000, c.size)
    order = np.lexsort((at, c))
    edges = rng.integers(0, people, (2, people * 20))
    return adoptions(c, who[order], at[order]), exposures(*edges[::-1], n=people)
