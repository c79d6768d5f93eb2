"""Fit anchors anew: a method release does this once, a run never.

    python -m graphengine.scoring.fit VERSION NAME=scores.parquet NAME=scores.parquet ...

prints an anchors file for the score tables of those runs (their ``raw`` is what counts; the scores
they had do not matter).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine import __version__
from graphengine.errors import GraphengineError, InputError, UsageError
from graphengine.scoring.anchors import LAST_PART, Anchors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["Shape", "fit_anchors", "main", "shape_of"]

MEAN, P95 = 20.0, 50.0  # the shape aimed at, among people with evidence
_MEAN_SLACK = 1.0  # a mean this near 20 is not worth a further corner


@dataclass(frozen=True, slots=True)
class Shape:
    """How scores lie: people, their mean, median, 95th percentile and highest score."""

    people: int
    mean: float
    median: float
    p95: float
    top: float


def fit_anchors(parts: Mapping[str, NDArray[np.float64]], *, version: str, source: str) -> Anchors:
    """The fewest anchors under which the people of ``parts`` have mean 20 and 95th percentile 50.

    ``parts`` maps a data set's name to the parts of its people with evidence (n, above 1). Every
    data set weighs the same, however many people it has. The rule: (1, 1); the pooled 95th
    percentile, in two significant digits, at 50; (1e10, 100). Only where the mean then lies more
    than one point off 20, a corner at the pooled median, with the whole score that brings the mean
    nearest to 20.

    Raises:
        InputError: a data set without people, or a 95th percentile where no anchor can stand.

    >>> parts = {"toy": np.exp(np.linspace(0.01, 5.0, 1000) ** 2 / 5)}
    >>> fit_anchors(parts, version="toy", source="made up").points
    ((1.0, 1.0), (91.0, 50.0), (10000000000.0, 100.0))
    """
    for name, values in parts.items():
        if len(values) == 0:
            raise InputError(f"{name} has nobody with evidence; fit on data sets that have.")
    raw = np.concatenate(list(parts.values()))
    weight = np.concatenate([np.full(len(v), 1 / (len(v) * len(parts))) for v in parts.values()])
    order = np.argsort(raw, kind="stable")
    raw, weight = raw[order], weight[order]
    p95 = _round2(_quantile(raw, weight, 0.95))
    if not 1 < p95 < LAST_PART:
        raise InputError(f"The 95th percentile is {p95:g}; it must lie between 1 and 1e10.")
    line = Anchors(version, source, ((1.0, 1.0), (p95, P95), (LAST_PART, 100.0)))
    if abs(_mean(line, raw, weight) - MEAN) <= _MEAN_SLACK:
        return line
    return _with_corner(line, raw, weight)


def _with_corner(line: Anchors, raw: NDArray[np.float64], weight: NDArray[np.float64]) -> Anchors:
    first, *rest = line.points
    median = _round2(_quantile(raw, weight, 0.5))
    if not first[0] < median < rest[0][0]:
        raise InputError(f"The median {median:g} leaves no room for a corner below {rest[0][0]:g}.")
    candidates = [
        Anchors(line.version, line.source, (first, (median, float(score)), *rest))
        for score in range(2, int(P95))
    ]
    return min(candidates, key=lambda c: abs(_mean(c, raw, weight) - MEAN))


def _quantile(raw: NDArray[np.float64], weight: NDArray[np.float64], q: float) -> float:
    place = int(np.searchsorted(np.cumsum(weight), q * weight.sum()))
    return float(raw[min(place, len(raw) - 1)])


def _mean(anchors: Anchors, raw: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    return float(np.average(anchors.score(raw), weights=weight))


def _round2(value: float) -> float:
    return float(f"{value:.2g}")


def shape_of(raw: NDArray[np.float64], anchors: Anchors) -> Shape:
    """How the scores of ``raw`` (n ≥ 1) lie under ``anchors``.

    >>> from graphengine.scoring import load_anchors
    >>> shape_of(np.array([1.0, 1e10]), load_anchors()).top
    100.0
    """
    scores = anchors.score(raw)
    median, p95 = np.quantile(scores, [0.5, 0.95])
    return Shape(len(scores), float(scores.mean()), float(median), float(p95), float(scores.max()))


def main(arguments: Sequence[str]) -> str:
    """The anchors file fitted on ``arguments``: a version, then NAME=scores.parquet each.

    Raises:
        UsageError: the arguments have another form.
        InputError: a file that is no score table.
    """
    version, *named = arguments or [""]
    if not version or not named or not all("=" in word for word in named):
        raise UsageError("Usage: python -m graphengine.scoring.fit VERSION NAME=scores.parquet ...")
    parts = {name: _raw(Path(path)) for name, path in (word.split("=", 1) for word in named)}
    source = f"graphengine {__version__}, graphengine.scoring.fit on {', '.join(parts)}"
    anchors = fit_anchors(parts, version=version, source=source)
    shapes = {name: shape_of(raw, anchors) for name, raw in parts.items()}
    notes = [
        f"# {name}: {s.people} scored, mean {s.mean:.2f}, median {s.median:.2f}, "
        f"95th percentile {s.p95:.2f}, top {s.top:.2f}"
        for name, s in shapes.items()
    ]
    points = [f"  [{part:.12g}, {score:.12g}]," for part, score in anchors.points]
    head = [f'version = "{version}"', f'source = "{source}"', "points = [", *points, "]"]
    return "\n".join([*head, *notes])


def _raw(path: Path) -> NDArray[np.float64]:
    try:
        return pl.read_parquet(path, columns=["raw"])["raw"].to_numpy()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(f"{path} is no score table with a column raw: {error}") from error


if __name__ == "__main__":
    try:
        print(main(sys.argv[1:]))
    except GraphengineError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
