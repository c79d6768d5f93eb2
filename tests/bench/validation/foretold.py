"""What the score foretells: against in-degree, and against the best of a closed list of measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graphengine.scoring.validation.judged import FEWEST
from tests.bench.record import Row
from tests.bench.validation.sets import PRIMARY, load
from tests.bench.validation.study import (
    Option,
    candidates,
    cuts_of,
    differences,
    learned_options,
    left_out,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.bench.validation.study import Cut

__all__ = ["measure"]

RESAMPLES = 1000


def measure() -> list[Row]:
    """Rows of the score with weights learned from the past, then of published weights alone."""
    cuts = {n: [c for c in cuts_of(load(n)) if c.people.some >= FEWEST] for n in PRIMARY}
    good = {n: kept for n, kept in cuts.items() if kept}
    fixed = {name: Option(weights) for name, weights in candidates().items()}
    return [*_rows(good, learned_options(), "learned"), *_rows(good, fixed, "published")]


def _rows(good: dict[str, list[Cut]], options: Mapping[str, Option], how: str) -> list[Row]:
    """A row a set, and the mean difference to in-degree over all of them with its 95 % interval."""
    table = {
        name: {n: _mean(good[n], [option.score(c) for c in good[n]]) for n in good}
        for name, option in options.items()
    }
    rows, draws = [], []
    for number, (n, kept) in enumerate(good.items()):
        option = options[left_out(table, n, options=options if how == "learned" else None)]
        ours = [option.score(c) for c in kept]
        rows += _beside_the_best(f"{n}, {how} weights", kept, ours, option)
        found = differences(kept, ours, "in-degree", draws=RESAMPLES, seed=number)
        rows.append(_difference(f"{n}, {how} weights", found))
        draws.append(found)
    return [*rows, _difference(f"mean of all sets, {how} weights", np.mean(draws, axis=0))]


def _mean(cuts: list[Cut], scores: list[np.ndarray]) -> float:
    return float(np.mean([c.metric(score) for c, score in zip(cuts, scores, strict=True)]))


def _beside_the_best(
    name: str, cuts: list[Cut], ours: list[np.ndarray], option: Option
) -> Iterator[Row]:
    """Beside the best of the closed list and, apart from it, beside the score's own reach."""
    everywhere = [
        measure
        for measure in cuts[0].measures
        if all(np.isfinite(c.measures[measure]).all() for c in cuts)
    ]
    found = {m: _mean(cuts, [c.measures[m] for c in cuts]) for m in everywhere}
    best = max(found, key=lambda m: found[m])
    own = _mean(cuts, [option.model(c).sub_score("reach", c.values) for c in cuts])
    mine = _mean(cuts, ours)
    for what, theirs in ((f"best single measure: {best}", found[best]), ("its own reach", own)):
        yield Row(
            f"foretold, {name}, {len(cuts)} cuts", what, mine, theirs,
            "correlation", mine / theirs, None, None, None,
        )  # fmt: skip


def _difference(name: str, found: np.ndarray) -> Row:
    low, high = np.percentile(found[1:], [2.5, 97.5])
    return Row(
        f"foretold, {name}: ours less in-degree, 95 % from {low:+.3f} to {high:+.3f}", "",
        float(found[0]), None, "correlation", None, None, None, None,
    )  # fmt: skip
