"""Numbers with their intervals as bars, each small enough to stand in a row of a table.

The bar is the interval, the dot the number (Cleveland & McGill 1984: positions along a common
scale are what eyes compare best). Nothing depends on colour: shapes say which is which, and the
lines take the colour of the text around them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphengine.plots.markup import element

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET

__all__ = ["SCORES", "Scale", "axis", "bar", "move"]

WIDTH, HEIGHT = 200, 16
_EDGE = 6  # room for a dot at either end
_MIDDLE = HEIGHT / 2


@dataclass(frozen=True, slots=True)
class Scale:
    """Numbers from ``low`` to ``high`` along a bar; ``ticks`` are named under it."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def x(self, value: float) -> float:
        """Where ``value`` lies, in units of the picture; what lies outside is at the edge.

        Raises:
            ValueError: the scale has no length.

        >>> SCORES.x(1.0), SCORES.x(100.0), SCORES.x(1e9)
        (6.0, 194.0, 194.0)
        """
        if not self.low < self.high:
            raise ValueError(f"a scale needs low < high, got {self.low} and {self.high}")
        share = (value - self.low) / (self.high - self.low)
        return round(_EDGE + min(max(share, 0.0), 1.0) * (WIDTH - 2 * _EDGE), 1)


SCORES = Scale(1.0, 100.0, (1.0, 25.0, 50.0, 75.0, 100.0))


def axis(scale: Scale) -> ET.Element:
    """The scale itself, for the head of a column of bars.

    >>> [tick.text for tick in axis(SCORES)]
    ['1', '25', '50', '75', '100']
    """
    last = len(scale.ticks) - 1
    names = [
        element(
            "text", f"{tick:g}", x=scale.x(tick), y=HEIGHT - 4,
            text_anchor="start" if i == 0 else "end" if i == last else "middle",
        )
        for i, tick in enumerate(scale.ticks)
    ]  # fmt: skip
    return _picture(names)


def bar(scale: Scale, value: float, interval: tuple[float, float] | None = None) -> ET.Element:
    """A dot at ``value`` on its ``interval`` (low, high); a ring where no interval is known.

    >>> [part.tag for part in bar(SCORES, 50.0, (40.0, 60.0))][-2:]
    ['path', 'circle']
    """
    at = scale.x(value)
    if interval is None:
        return _picture([_grid(scale), element("circle", cx=at, cy=_MIDDLE, r=3.5, class_="ring")])
    low, high = (scale.x(end) for end in interval)
    ends = " ".join(f"M{x:g} {_MIDDLE - 4:g}v8" for x in (low, high))
    line = element("path", d=f"M{low:g} {_MIDDLE:g}H{high:g} {ends}", class_="line")
    return _picture([_grid(scale), line, element("circle", cx=at, cy=_MIDDLE, r=3.5)])


def move(scale: Scale, before: float, after: float) -> ET.Element:
    """From a ring at ``before`` to a dot at ``after``.

    >>> [part.get("class") for part in move(SCORES, 20.0, 40.0)]
    ['grid', 'line', 'ring', None]
    """
    old, new = scale.x(before), scale.x(after)
    return _picture([
        _grid(scale),
        element("path", d=f"M{old:g} {_MIDDLE:g}H{new:g}", class_="line"),
        element("circle", cx=old, cy=_MIDDLE, r=3.5, class_="ring"),
        element("circle", cx=new, cy=_MIDDLE, r=3.5),
    ])  # fmt: skip


def _grid(scale: Scale) -> ET.Element:
    lines = "".join(f"M{scale.x(tick):g} 0V{HEIGHT}" for tick in scale.ticks)
    return element("path", d=lines, class_="grid")


def _picture(parts: list[ET.Element]) -> ET.Element:
    """Hidden from screen readers: the same numbers stand in the row."""
    return element(
        "svg", parts, viewBox=f"0 0 {WIDTH} {HEIGHT}", class_="bar", aria_hidden="true",
        focusable="false",
    )  # fmt: skip
