"""Two runs in one picture: how scores are spread before and after, and who moved most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from graphengine.plots.base import GREYS, label, panels
from graphengine.plots.distribution import histogram

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["MOST_TOPICS", "comparison_figure"]

MOST_TOPICS = 12  # more would be too small to read; those with the most people are drawn
_MOST_MOVERS = 15  # of a topic: more arrows than these cannot be told apart
_HEIGHT = 1.9  # inches a topic


def comparison_figure(
    before: pl.DataFrame,
    after: pl.DataFrame,
    movers: pl.DataFrame,
    *,
    names: tuple[str, str] = ("before", "after"),
) -> Figure:
    """A row a topic: the distribution of scores before and after, and arrows for those who moved.

    ``before`` and ``after`` are score tables [account, topic, score, ...]; ``movers`` [topic,
    account, score_before, score], in the order in which they are drawn from the top; ``names`` are
    what the two runs are called. Of more than 12 topics, those with the most people are drawn; of movers, the first 15.

    >>> one = pl.DataFrame({"account": ["a", "b"], "topic": "t/x", "score": [9.0, 2.0]})
    >>> none = pl.DataFrame(schema={"topic": pl.String, "account": pl.String,
    ...     "score_before": pl.Float64, "score": pl.Float64})
    >>> len(comparison_figure(one, one, none).axes)
    2
    """
    topics = _topics(before, after)
    fig, plots = panels(
        max(len(topics), 1), 2, width=9.0, height=0.9 + _HEIGHT * max(len(topics), 1)
    )
    if not topics:
        for axes in plots[0]:
            axes.set_axis_off()
        plots[0][0].text(0.5, 0.5, "Neither run has a score.", ha="center", fontsize=9)
    for topic, (left, right) in zip(topics, plots, strict=False):
        tables = [table.filter(pl.col("topic") == topic) for table in (before, after)]
        _distributions(left, tables[0], tables[1], names=names)
        left.set_title(_headline(topic, tables), fontsize=8, loc="left")
        _arrows(right, movers.filter(pl.col("topic") == topic).head(_MOST_MOVERS))
    if topics:
        handles, texts = plots[0][0].get_legend_handles_labels()
        fig.legend(handles, texts, loc="outside lower left", ncols=2, fontsize=8, frameon=False)
    return fig


def _topics(before: pl.DataFrame, after: pl.DataFrame) -> list[str]:
    people = pl.concat([before.select("topic"), after.select("topic")]).group_by("topic").len()
    most = people.sort("len", "topic", descending=[True, False]).head(MOST_TOPICS)
    return most["topic"].sort().to_list()


def _headline(topic: str, tables: Sequence[pl.DataFrame]) -> str:
    counts = " and then ".join(f"{table.height:,}" for table in tables)
    return f"{label(topic)}: {counts} people"


def _distributions(
    axes: Axes, before: pl.DataFrame, after: pl.DataFrame, *, names: tuple[str, str]
) -> None:
    """Shares of people, so that two runs of different size are compared by their shape."""
    styles = (
        {"linestyle": "--", "color": GREYS[1], "linewidth": 1.6},
        {"linestyle": "-", "color": GREYS[0], "linewidth": 1.2},
    )
    for table, name, style in zip((before, after), names, styles, strict=True):
        scores = table["score"].to_numpy()
        if not len(scores):
            continue
        steps = histogram(scores)
        share = (steps["people"] / len(scores)).to_list()
        edges = [*steps["from"], steps["to"][-1]]
        axes.stairs(share, edges, label=label(name), **style)  # type: ignore[arg-type]
        median = table["score"].median()
        axes.axvline(median, ymax=0.06, **style)  # type: ignore[arg-type]
    axes.set_xlim(0, 100)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.locator_params(axis="y", nbins=4)
    axes.set_xlabel("score; short strokes: the medians", fontsize=7)


def _arrows(axes: Axes, movers: pl.DataFrame) -> None:
    """An arrow from each one's score before to that after, the largest move at the top."""
    axes.set_xlim(0, 100)
    axes.set_title("who moved most" if movers.height else "nobody moved", fontsize=8, loc="left")
    axes.set_xlabel("score", fontsize=7)
    axes.set_ylim(max(movers.height, 1) - 0.4, -0.6)
    accounts = [label(name, most=24) for name in movers["account"]]
    axes.set_yticks(range(movers.height), accounts, fontsize=6)
    axes.grid(axis="x", color=GREYS[3], linewidth=0.6)
    axes.set_axisbelow(True)
    for place, row in enumerate(movers.iter_rows(named=True)):
        axes.annotate(
            "", xy=(row["score"], place), xytext=(row["score_before"], place),
            arrowprops={"arrowstyle": "-|>", "color": GREYS[0], "linewidth": 0.9,
                        "shrinkA": 0, "shrinkB": 0, "mutation_scale": 7},
        )  # fmt: skip
