"""What each measure foretold: a dot and its interval for every cut, a panel for every metric.

Dots and intervals instead of bars (Cleveland & McGill 1984): what is compared is a position on one
scale, and an interval that spans another's dot is seen at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from graphengine.plots.base import GREYS, MARKERS, label, panels, save

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["judged_topics", "validation_figure", "write_validation"]

_SHADES = ("0.0", "0.4", "0.55")
_LESS = " less "  # in the name of a difference between two measures
_TITLES = {
    "spearman": "rank correlation\n(Spearman)",
    "spearman, new reactors": "rank correlation,\nnew reactors alone",
}


def judged_topics(table: pl.DataFrame) -> list[str]:
    """The topics of a validation ``table`` with anything to draw: overall first, then by name.

    ``table`` has [topic, cut, people, with_outcome, measure, metric, value, low, high].

    >>> table = pl.DataFrame({"topic": ["t/b", "t/overall", "t/c"], "value": [0.5, 0.4, None],
    ...     "measure": "score", "metric": "spearman"})
    >>> judged_topics(table)
    ['t/overall', 't/b']
    """
    found = _drawn(table)["topic"].unique().to_list()
    return sorted(found, key=lambda topic: (not topic.endswith("/overall"), topic))


def validation_figure(table: pl.DataFrame, *, topic: str) -> Figure:
    """The plot of one topic of a validation ``table``; a sentence where too few were judged.

    >>> table = pl.DataFrame({"topic": ["t/a"] * 2, "cut": [0.5, 0.7], "measure": "score",
    ...     "metric": "spearman", "value": [0.5, 0.6], "low": [0.4, 0.5], "high": [0.6, 0.7]})
    >>> len(validation_figure(table, topic="t/a").axes)
    1
    """
    rows = _drawn(table).filter(pl.col("topic") == topic)
    if rows.is_empty():
        return _nothing(topic)
    measures = sorted(
        rows["measure"].unique(maintain_order=True), key=lambda name: not name.startswith("score")
    )
    metrics = rows["metric"].unique(maintain_order=True).to_list()
    cuts = rows["cut"].unique().sort().to_list()
    height = 1.2 + len(measures) * max(0.28, 0.11 * len(cuts) + 0.06)
    fig, ((*plots,),) = panels(1, len(metrics), width=2.4 + 1.75 * len(metrics), height=height)
    for axes, metric in zip(plots, metrics, strict=True):
        _panel(axes, rows.filter(pl.col("metric") == metric), measures=measures, cuts=cuts)
        axes.set_title(_TITLES.get(metric, metric.replace("people", "people\n")), fontsize=8)
    for axes in plots[1:]:
        axes.tick_params(labelleft=False)
    plots[0].set_yticks(range(len(measures)), [label(name) for name in measures])
    handles, names = plots[0].get_legend_handles_labels()
    fig.legend(
        handles, names, loc="outside lower center", ncols=len(cuts), fontsize=8, frameon=False
    )
    fig.suptitle(f"{label(topic)}: what was foretold of the time after each cut", fontsize=9)
    return fig


def write_validation(table: pl.DataFrame, folder: Path, *, every_topic: bool = False) -> list[Path]:
    """Write validation.png and .svg of overall (else of the first topic judged) into ``folder``.

    ``every_topic``: further files validation-<topic>.png and .svg for every other topic judged.
    Gives the files written.

    Raises:
        CannotWriteError: the disk refuses.
    """
    topics = judged_topics(table)
    first = topics[0] if topics else "overall"
    files = save(validation_figure(table, topic=first), folder / "validation")
    for topic in topics[1:] if every_topic else ():
        name = f"validation-{topic.rsplit('/', 1)[-1]}"
        files += save(validation_figure(table, topic=topic), folder / name)
    return files


def _drawn(table: pl.DataFrame) -> pl.DataFrame:
    """Rows with a value, without differences and shares of variance, which have other scales."""
    return table.filter(
        pl.col("value").is_not_null(),
        ~pl.col("measure").str.contains(_LESS, literal=True),
        ~pl.col("metric").str.contains("R²", literal=True),
    )


def _panel(axes: Axes, rows: pl.DataFrame, *, measures: list[str], cuts: list[float]) -> None:
    """One metric: measures from the top down, and within each its cuts."""
    place = {name: number for number, name in enumerate(measures)}
    step = 0.7 / max(len(cuts), 2)
    for number, cut in enumerate(cuts):
        at = rows.filter(pl.col("cut") == cut)
        shade = _SHADES[number % len(_SHADES)]
        y = [place[name] + step * (number - (len(cuts) - 1) / 2) for name in at["measure"]]
        axes.hlines(y, at["low"].to_list(), at["high"].to_list(), color=shade, linewidth=1.2)
        axes.plot(
            at["value"].to_list(), y, MARKERS[number % len(MARKERS)], color=shade, markersize=4,
            markerfacecolor="white" if number % 2 else shade, label=f"cut at {cut:.0%} of the events",
        )  # fmt: skip
    axes.set_ylim(len(measures) - 0.5, -0.5)
    axes.set_yticks(range(len(measures)))
    axes.grid(axis="x", color=GREYS[3], linewidth=0.6)
    axes.set_axisbelow(True)
    axes.locator_params(axis="x", nbins=4)
    axes.tick_params(axis="x", labelsize=7)
    if rows["value"].max() > 1_000:  # type: ignore[operator]
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")


def _nothing(topic: str) -> Figure:
    fig, ((axes,),) = panels(1, 1, height=1.2)
    axes.set_axis_off()
    text = f"{label(topic)}: too few people with an outcome to judge"
    axes.text(0.5, 0.5, text, ha="center", va="center", fontsize=9)
    return fig
