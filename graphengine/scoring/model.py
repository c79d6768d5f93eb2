"""The model of the score: which parts count, how much, and how they add up to one number.

log-score = Σ_k β_k·log(1 + part_k), with log h for h, β ≥ 0 and Σβ = 1. So exp(log-score) is a
weighted geometric mean of the parts: 1 where there is no evidence, and 1e10 only where every part
is 1e10, which is where the anchors end. More of any part never lowers a score.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from graphengine.errors import ConfigurationError
from graphengine.scoring.parts import PART_NAMES, PartKey, Passing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from graphengine.scoring.anchors import Anchors

__all__ = [
    "BUNDLED_MODEL",
    "SUB_SCORES",
    "ScoreModel",
    "checked_anchors",
    "load_model",
    "log_features",
]

BUNDLED_MODEL = "2"
SUB_SCORES = {"reach": "R", "amplification": "A", "network": "h"}
_LIMITS = {
    "kappa": (0, 1e9),
    "alpha": (1e-9, 1),
    "damping": (0, 0.999),
    "posts_prior": (1e-9, 1e9),
}
_NUMBERS = tuple(_LIMITS)
_KEYS = {"version", "anchors", "source", "kinds", "weights", *_NUMBERS}
_NEEDED = (
    'version, anchors, source, kappa, alpha, damping, posts_prior and weights = [["h", 30, 1]]'
)


@dataclass(frozen=True, slots=True)
class ScoreModel:
    """Everything that decides a score besides the events, frozen under ``version``.

    weights: β of each part at each half-life (days), ≥ 0, sum 1. kinds: what an event weighs by
    its kind (1 unless named). anchors: the version of the map to 1–100 that was fitted with it.
    learned: whether the weights come from the data's own past (see ``scoring.weights``). level:
    where learned log-scores lie on the scale of the published ones (see ``Anchors.levelled``).
    """

    version: str
    anchors: str
    source: str
    passing: Passing
    weights: Mapping[PartKey, float]
    kinds: Mapping[str, float]
    learned: bool = False
    level: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        """Check the weights."""
        bad = {k: b for k, b in self.weights.items() if not (math.isfinite(b) and b >= 0.0)}
        total = math.fsum(self.weights.values())
        if bad or abs(total - 1.0) > 1e-6:
            raise ValueError(
                f"weights must be finite, >= 0 and sum to 1; they sum to {total:.9g}"
                + (f", and these are out of range: {bad}" if bad else "")
            )

    @property
    def wanted(self) -> list[PartKey]:
        """The parts to compute, in the order of the file."""
        return list(self.weights)

    def log_score(self, values: Mapping[PartKey, NDArray[np.float64]]) -> NDArray[np.float64]:
        """The log-score of n people from their parts (n each).

        Raises:
            ValueError: a part is missing, negative or not a number, or an h is not above 0.

        >>> key = PartKey("R", math.inf)
        >>> model = ScoreModel("toy", "1", "", Passing(), {key: 1.0}, {})
        >>> np.exp(model.log_score({key: np.array([0.0, 9.0])})).round(9).tolist()
        [1.0, 10.0]
        """
        beta = np.array(list(self.weights.values()))
        return np.asarray(log_features(values, self.wanted) @ beta, dtype=np.float64)

    def anchored(self, anchors: Anchors) -> Anchors:
        """The map from this model's raw scores to 1–100: ``anchors``, at the level of its weights.

        >>> from graphengine.scoring.anchors import load_anchors
        >>> load_model().anchored(load_anchors()) == load_anchors()
        True
        """
        return anchors.levelled(self.level)

    def contributions(
        self, values: Mapping[PartKey, NDArray[np.float64]]
    ) -> dict[PartKey, NDArray[np.float64]]:
        """β_k·log(1 + part_k) of each part (n each): they sum to the log-score."""
        columns = log_features(values, self.wanted).T
        return {
            key: column * beta
            for (key, beta), column in zip(self.weights.items(), columns, strict=True)
        }

    def sub_score(
        self, name: str, values: Mapping[PartKey, NDArray[np.float64]]
    ) -> NDArray[np.float64]:
        """*reach*, *amplification* or *network* of n people: the blend of that part's half-lives.

        On the scale of the part itself: exp of the weighted mean of its log features, less the 1
        that log(1 + part) adds; h itself for network. 0 (network: 1) where the model has none.

        >>> key = PartKey("R", math.inf)
        >>> model = ScoreModel("toy", "1", "", Passing(), {key: 1.0}, {})
        >>> model.sub_score("reach", {key: np.array([9.0])}).round(9).tolist()
        [9.0]
        """
        part = SUB_SCORES[name]
        keys = [key for key in self.wanted if key.name == part]
        n = len(next(iter(values.values()))) if values else 0
        plus = 0.0 if part == "h" else 1.0
        if not keys:
            return np.full(n, 1.0 - plus)
        beta = np.array([self.weights[key] for key in keys])
        beta = beta / beta.sum() if beta.sum() > 0.0 else np.full(len(keys), 1.0 / len(keys))
        return np.asarray(np.exp(log_features(values, keys) @ beta) - plus, dtype=np.float64)


def log_features(
    values: Mapping[PartKey, NDArray[np.float64]], keys: list[PartKey]
) -> NDArray[np.float64]:
    """log(1 + part), and log h, of n people: an n × len(keys) matrix.

    Raises:
        ValueError: a part is missing, negative or not a number, or an h is not above 0.
    """
    columns = []
    for key in keys:
        if key not in values:
            raise ValueError(f"the part {key.name} at {key.half_life} days was not computed")
        part = np.asarray(values[key], dtype=np.float64)
        if not (np.isfinite(part) & ((part > 0.0) | ((part == 0.0) & (key.name != "h")))).all():
            raise ValueError(
                f"the part {key.name} at {key.half_life} days must be finite and "
                f"{'> 0' if key.name == 'h' else '>= 0'} for everybody who is scored"
            )
        columns.append(np.log(part) if key.name == "h" else np.log1p(part))
    return np.stack(columns, axis=1)


def checked_anchors(model: ScoreModel, anchors: Anchors) -> Anchors:
    """``anchors`` as they came, unless they are those of another model, on another scale.

    Raises:
        ConfigurationError: they carry the version of bundled anchors that ``model`` does not use.

    >>> from graphengine.scoring.anchors import load_anchors
    >>> checked_anchors(load_model(), load_anchors()).version
    '2'
    """
    version = anchors.version.split("+")[0]
    bundled = {place.stem for place in (Path(__file__).parent / "anchors").glob("*.toml")}
    if version != model.anchors and version in bundled:
        raise ConfigurationError(
            f"The anchors {anchors.version} were made for another model: what they call a score is "
            f"none of the model {model.version}, which needs anchors {model.anchors}. Leave out "
            "[method] anchors, or name a file that was fitted with python -m graphengine.scoring.fit "
            "and carries a version of its own."
        )
    return anchors


def load_model(path: Path | None = None) -> ScoreModel:
    """The bundled model, or one of a file, checked.

    Raises:
        ConfigurationError: the file cannot be read or breaks a rule; the message names the place.

    >>> load_model().version
    '2'
    """
    place = path or Path(__file__).parent / "models" / f"{BUNDLED_MODEL}.toml"
    try:
        raw = tomllib.loads(place.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(
            f"The model file {place} cannot be read: {error}. It must be a TOML file with {_NEEDED}."
        ) from error
    wrong = _wrong(raw)
    if wrong:
        lines = "".join(f"\n  - {line}" for line in wrong)
        raise ConfigurationError(
            f"The model file {place} cannot be used:{lines}\nNeeded: {_NEEDED}."
        )
    rows = [(PartKey(name, float(days)), float(beta)) for name, days, beta in raw["weights"]]
    total = math.fsum(beta for _, beta in rows)
    return ScoreModel(
        raw["version"], raw["anchors"], raw["source"].strip(),
        Passing(**{name: float(raw[name]) for name in _NUMBERS}),
        {key: beta / total for key, beta in rows},
        {kind: float(weight) for kind, weight in raw.get("kinds", {}).items()},
    )  # fmt: skip


def _wrong(raw: dict[str, Any]) -> list[str]:
    wrong = [
        *(f"{key} is missing" for key in sorted(_KEYS - {"kinds"} - raw.keys())),
        *(f"{key} is not a key of models" for key in sorted(raw.keys() - _KEYS)),
    ]
    wrong += [
        f"{key} must be a text with something in it, not {raw[key]!r}"
        for key in ("version", "anchors", "source")
        if key in raw and not (isinstance(raw[key], str) and raw[key].strip())
    ]
    wrong += [
        f"{key} must be a number from {low} to {high}, not {raw[key]!r}"
        for key, (low, high) in _LIMITS.items()
        if key in raw and not (_number(raw[key]) and low <= raw[key] <= high)
    ]
    kinds = raw.get("kinds", {})
    if not isinstance(kinds, dict) or not all(_number(w) and w >= 0 for w in kinds.values()):
        wrong.append("kinds must map kinds of events to numbers >= 0")
    return wrong + (_wrong_weights(raw["weights"]) if "weights" in raw else [])


def _wrong_weights(rows: object) -> list[str]:
    if not isinstance(rows, list) or not rows:
        return [f"weights must be a list of [part, half-life in days, weight], not {rows!r}"]
    wrong = [
        f"weight {n} must be [part, half-life above 0 days or inf, weight >= 0] with a part of "
        f"{', '.join(PART_NAMES)}, not {row!r}"
        for n, row in enumerate(rows, start=1)
        if not _is_weight(row)
    ]
    if wrong:
        return wrong
    if len({(row[0], float(row[1])) for row in rows}) < len(rows):
        wrong.append("weights names a part and half-life twice")
    if math.fsum(row[2] for row in rows) <= 0:
        wrong.append("weights must not all be 0")
    return wrong


def _is_weight(row: object) -> bool:
    return (
        isinstance(row, list)
        and len(row) == 3
        and row[0] in PART_NAMES
        and isinstance(row[1], int | float)
        and not isinstance(row[1], bool)
        and row[1] > 0
        and _number(row[2])
        and row[2] >= 0
    )


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
