"""What the score foretells: against in-degree, and against the best of a closed list of measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graphengine.scoring.validation.judged import FEWEST
from tests.bench.record import Row
from tests.bench.validation.sets import PRIMARY, load
from tests.bench.validation.study import candidates, cuts_of, differences, left_out, log_score

if TYPE_CHECKING:
    from tests.bench.validation.study import Cut

__all__ = ["measure"]

RESAMPLES = 1000


def measure() -> list[Row]:
    """A row a set, and the mean difference to in-degree over all of them with its 95 % interval."""
    cuts = {n: [c for c in cuts_of(load(n)) if c.people.some >= FEWEST] for n in PRIMARY}
    good = {n: kept for n, kept in cuts.items() if kept}
    options = candidates()
    table = {
        option: {n: _mean(good[n], [log_score(c, weights) for c in good[n]]) for n in good}
        for option, weights in options.items()
    }
    rows, draws = [], []
    for number, (n, kept) in enumerate(good.items()):
        ours = [log_score(c, options[left_out(table, n)]) for c in kept]
        rows.append(_beside_the_best(n, kept, ours))
        found = differences(kept, ours, "in-degree", draws=RESAMPLES, seed=number)
        rows.append(_difference(n, found))
        draws.append(found)
    return [*rows, _difference("mean of all sets", np.mean(draws, axis=0))]


def _mean(cuts: list[Cut], scores: list[np.ndarray]) -> float:
    return float(np.mean([c.metric(score) for c, score in zip(cuts, scores, strict=True)]))


def _beside_the_best(name: str, cuts: list[Cut], ours: list[np.ndarray]) -> Row:
    everywhere = [
        measure
        for measure in cuts[0].measures
        if all(np.isfinite(c.measures[measure]).all() for c in cuts)
    ]
    found = {m: _mean(cuts, [c.measures[m] for c in cuts]) for m in everywhere}
    best = max(found, key=lambda m: found[m])
    mine = _mean(cuts, ours)
    return Row(
        f"foretold, {name}, {len(cuts)} cuts", f"best single measure: {best}", mine, found[best],
        "correlation", mine / found[best], None, None, None,
    )  # fmt: skip


def _difference(name: str, found: np.ndarray) -> Row:
    low, high = np.percentile(found[1:], [2.5, 97.5])
    return Row(
        f"foretold, {name}: ours less in-degree, 95 % from {low:+.3f} to {high:+.3f}", "",
        float(found[0]), None, "correlation", None, None, None, None,
    )  # fmt: skip
