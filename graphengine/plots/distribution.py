"""How many people have which score: a histogram, an earlier run's as a dashed outline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.plots.markup import element

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET

    from numpy.typing import NDArray

__all__ = ["BINS", "distribution", "histogram"]

BINS = 20  # of five points each; the last takes in 100 itself
_WIDTH, _HEIGHT = 640, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 16, 22, 44
_EDGES = np.arange(0, BINS + 1) * 5.0


def histogram(
    scores: NDArray[np.float64], before: NDArray[np.float64] | None = None
) -> pl.DataFrame:
    """How many of ``scores`` (n, each 1 to 100) lie in each step of five points.

    Columns from, to (scores, the upper end excluded but for 100), people and, where ``before``
    (another n, scores of an earlier run) is given, before. Steps are 20 rows, whoever is there.

    Raises:
        ValueError: a score that is no number from 0 to 100.

    >>> histogram(np.array([1.0, 4.9, 5.0, 100.0]))["people"].to_list()[:2]
    [2, 1]
    """
    columns = {"people": _counts(scores)}
    if before is not None:
        columns["before"] = _counts(before)
    return pl.DataFrame({"from": _EDGES[:-1], "to": _EDGES[1:], **columns})


def _counts(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    if not ((scores >= 0.0) & (scores <= 100.0)).all():
        raise ValueError("a score that is no number from 0 to 100 has no place in the histogram")
    return np.histogram(scores, _EDGES)[0].astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where counts lie: ``top`` is the count at the upper end."""

    top: float

    def x(self, score: float) -> float:
        return round(_LEFT + score / 100.0 * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, count: float) -> float:
        return round(_HEIGHT - _BOTTOM - count / self.top * (_HEIGHT - _TOP - _BOTTOM), 1)


def distribution(steps: pl.DataFrame, *, name: str, median: float | None = None) -> ET.Element:
    """The histogram of ``steps`` (as ``histogram`` gives) as SVG; ``name`` is what it is called.

    ``median`` is marked. Columns are drawn in the colour of the text.

    >>> found = distribution(histogram(np.array([20.0])), name="Scores in a")
    >>> found.get("role"), found.get("aria-label")
    ('img', 'Scores in a')
    """
    counts = [steps[column] for column in ("people", "before") if column in steps.columns]
    highest = max(int(column.max() or 0) for column in counts)  # type: ignore[arg-type]
    frame = _Frame(_round_up(max(highest, 1)))
    parts = [*_axes(frame), _columns(frame, steps["people"])]
    if "before" in steps.columns:
        parts.append(_outline(frame, steps["before"]))
    if median is not None:
        parts += _median(frame, median)
    return element(
        "svg", parts, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", class_="plot", role="img",
        aria_label=name,
    )  # fmt: skip


def _round_up(count: int) -> int:
    """The next of 2, 4, 10, 20, 40, 100, …: halves of it are whole numbers.

    >>> [_round_up(n) for n in (1, 3, 9, 11, 41)]
    [2, 4, 10, 20, 100]
    """
    power = 1
    while True:
        for step in (2, 4, 10):
            if count <= step * power:
                return step * power
        power *= 10


def _axes(frame: _Frame) -> list[ET.Element]:
    base = frame.y(0)
    levels = (0.0, frame.top / 2, frame.top)
    lines = "".join(f"M{_LEFT} {frame.y(level):g}H{_WIDTH - _RIGHT}" for level in levels)
    ticks = "".join(f"M{frame.x(score):g} {base:g}v4" for score in range(0, 101, 10))
    return [
        element("path", d=lines, class_="grid"),
        element("path", d=ticks, class_="line"),
        *(
            element("text", f"{level:,.0f}", x=_LEFT - 6, y=frame.y(level) + 4, text_anchor="end")
            for level in levels
        ),
        *(
            element("text", str(score), x=frame.x(score), y=base + 17, text_anchor="middle")
            for score in range(0, 101, 20)
        ),
        element("text", "score", x=frame.x(50), y=_HEIGHT - 8, text_anchor="middle"),
        element(
            "text", "people", x=14, y=frame.y(frame.top / 2), text_anchor="middle",
            transform=f"rotate(-90 14 {frame.y(frame.top / 2):g})",
        ),
    ]  # fmt: skip


def _columns(frame: _Frame, counts: pl.Series) -> ET.Element:
    base, wide = frame.y(0), frame.x(5) - frame.x(0) - 2
    shapes = "".join(
        f"M{frame.x(5 * i) + 1:g} {base:g}V{frame.y(n):g}h{wide:g}V{base:g}z"
        for i, n in enumerate(counts)
        if n
    )
    return element("path", d=shapes, class_="area")


def _outline(frame: _Frame, counts: pl.Series) -> ET.Element:
    """Steps from the first count to the last: what is empty on either side has no line."""
    filled = [i for i, n in enumerate(counts) if n]
    kept = range(filled[0], filled[-1] + 1) if filled else range(0)
    steps = "".join(f"V{frame.y(counts[i]):g}H{frame.x(5 * i + 5):g}" for i in kept)
    start = f"M{frame.x(5 * kept.start):g} {frame.y(0):g}"
    return element("path", d=f"{start}{steps}V{frame.y(0):g}", class_="before")


def _median(frame: _Frame, median: float) -> list[ET.Element]:
    x, right = frame.x(median), median < 80
    return [
        element("path", d=f"M{x:g} {frame.y(0):g}V6", class_="line"),
        element(
            "text", "median", x=x + (4 if right else -4), y=14,
            text_anchor="start" if right else "end",
        ),
    ]  # fmt: skip
