"""Frozen anchors: which score a part of the method stands for, whatever anybody else does.

A score is a piecewise-linear map of log(part). Its corners are fitted once, written to a file with
a version and never refitted inside a run; so a score means the same in every topic, on every day
and in every database. How the bundled ones came about: docs/decisions/0002-anchors.md.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from graphengine.errors import ConfigurationError, GraphengineError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["BUNDLED_VERSION", "LAST_PART", "Anchors", "load_anchors"]

BUNDLED_VERSION = "2"
LAST_PART = 1e10  # more people than live: nothing real reaches the last anchor
_APART = 1e-9  # corners nearer than this, in logs, are one
_KEYS = {"version", "source", "points"}
_EXAMPLE = "[[1, 1], [110, 50], [1e10, 100]]"


@dataclass(frozen=True, slots=True)
class Anchors:
    """A strictly increasing list of (part, score), from (first part, 1) to (1e10, 100).

    version: in every run and on every score. source: which data they were fitted on, when, by
    which rule.
    """

    version: str
    source: str
    points: tuple[tuple[float, float], ...]

    def score(self, raw: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scores in 1..100 of parts ``raw`` (n, each finite and above 0), unrounded.

        Strictly increasing in ``raw`` between the first anchor and the last; 1 below the first.

        Raises:
            GraphengineError: a part is not a finite number above 0.

        >>> import numpy as np
        >>> anchors = Anchors("toy", "a ruler", ((1.0, 1.0), (100.0, 50.0), (1e10, 100.0)))
        >>> anchors.score(np.array([0.5, 1.0, 10.0, 100.0, 1e10])).tolist()
        [1.0, 1.0, 25.5, 50.0, 100.0]
        """
        if not bool(np.all(np.isfinite(raw) & (raw > 0))):
            raise GraphengineError(
                "A part to be scored is 0, negative or not a number; exp(log-score) is 1 or more. "
                "This is a defect of graphengine: please report it."
            )
        parts, scores = np.array(self.points, np.float64).T
        logs = np.log(parts)
        x = np.log(raw)
        i = np.clip(np.searchsorted(logs, x, side="right") - 1, 0, len(logs) - 2)
        slope = (scores[i + 1] - scores[i]) / (logs[i + 1] - logs[i])
        # the clip keeps rounding from lifting a score above the corner that follows it
        score: NDArray[np.float64] = scores[i] + slope * (x - logs[i])
        return np.clip(score, scores[i], scores[i + 1])

    def levelled(self, level: Sequence[tuple[float, float]]) -> Anchors:
        """The same scores for log-scores on another scale.

        ``level``: rising pairs (log-score there, log-score here), straight in between, and on from
        (0, 0) and to (log 1e10, log 1e10), which are the same on both scales; none: the anchors
        as they are.

        >>> import math
        >>> anchors = Anchors("toy", "a ruler", ((1.0, 1.0), (100.0, 50.0), (1e10, 100.0)))
        >>> there = anchors.levelled([(math.log(4.0), math.log(100.0))])
        >>> there.score(np.array([1.0, 2.0, 4.0, 1e10])).round(9).tolist()
        [1.0, 25.5, 50.0, 100.0]
        """
        if not level:
            return self
        end = math.log(LAST_PART)
        there, here = np.array([(0.0, 0.0), *level, (end, end)]).T
        own = np.log(np.array(self.points)[:, 0])
        corners = np.where(own > 0.0, np.interp(own, here, there), own)
        bends = there[(there > corners[0]) & (there < end)]
        logs = np.unique(np.concatenate([corners[:-1], bends]))
        logs = np.append(logs[np.diff(logs, append=end) > _APART], end)
        scores = self.score(np.exp(np.where(logs > 0.0, np.interp(logs, there, here), logs)))
        points = zip(np.exp(logs[:-1]).tolist(), scores[:-1].tolist(), strict=True)
        return Anchors(self.version, self.source, (*points, self.points[-1]))


def load_anchors(path: Path | None = None) -> Anchors:
    """The bundled anchors, or those of a job's own file, checked.

    A job's own anchors get a version that also tells their content, as in "house+1f0c9d3a", so
    that an edited file never passes for the one before.

    Raises:
        ConfigurationError: the file cannot be read or breaks a rule; the message names the place.

    >>> load_anchors().version
    '2'
    """
    place = path or Path(__file__).parent / "anchors" / f"{BUNDLED_VERSION}.toml"
    anchors = _checked(_read(place), place)
    if path is None:
        return anchors
    content = json.dumps(anchors.points).encode()
    digest = hashlib.sha256(content).hexdigest()[:8]
    return Anchors(f"{anchors.version}+{digest}", anchors.source, anchors.points)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(
            f"The anchors file {path} cannot be read: {error}. It must be a TOML file with "
            f"version, source and points = {_EXAMPLE}; name another under [method] anchors."
        ) from error


def _checked(raw: dict[str, Any], path: Path) -> Anchors:
    wrong = [
        *(f"{key} is missing" for key in sorted(_KEYS - raw.keys())),
        *(f"{key} is not a key of anchors" for key in sorted(raw.keys() - _KEYS)),
        *(
            f"{key} must be a text with something in it, not {raw[key]!r}"
            for key in ("version", "source")
            if key in raw and not (isinstance(raw[key], str) and raw[key].strip())
        ),
    ]
    if "points" in raw:
        wrong += _wrong_points(raw["points"])
    if wrong:
        lines = "".join(f"\n  - {line}" for line in wrong)
        raise ConfigurationError(
            f"The anchors file {path} cannot be used:{lines}\n"
            f"Needed: version, source and points that rise in both numbers, like {_EXAMPLE}."
        )
    points = tuple((float(part), float(score)) for part, score in raw["points"])
    return Anchors(raw["version"].strip(), raw["source"].strip(), points)


def _wrong_points(points: object) -> list[str]:
    if not isinstance(points, list) or len(points) < 2:
        return [f"points must be a list of two pairs or more, not {points!r}"]
    wrong = [
        f"point {n} must be [part, score], two finite numbers, the part above 0, not {point!r}"
        for n, point in enumerate(points, start=1)
        if not _is_point(point)
    ]
    if wrong:
        return wrong
    if points[0][1] != 1:
        wrong.append(f"the first score must be 1, not {points[0][1]!r}")
    if points[-1] != [LAST_PART, 100]:
        wrong.append(f"the last point must be [1e10, 100], not {points[-1]!r}")
    for n, (low, high) in enumerate(itertools.pairwise(points), start=1):
        if not (low[0] < high[0] and low[1] < high[1]):
            wrong.append(f"point {n + 1} {high!r} does not rise above point {n} {low!r}")
    return wrong


def _is_point(point: object) -> bool:
    return (
        isinstance(point, list)
        and len(point) == 2
        and all(isinstance(x, int | float) and not isinstance(x, bool) for x in point)
        and all(abs(x) < 1e300 for x in point)  # neither infinite nor not a number
        and point[0] > 0
    )
