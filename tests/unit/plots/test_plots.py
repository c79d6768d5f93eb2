"""Pictures: the same bytes for the same input, no colour, and what is drawn is what is told."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from graphengine.errors import CannotWriteError
from graphengine.plots.base import figure, label, panels, png_of, save, svg_of
from graphengine.plots.comparison import MOST_TOPICS, comparison_figure
from graphengine.plots.validation import judged_topics, validation_figure, write_validation
from graphengine.scoring.comparison import movers

if TYPE_CHECKING:
    from pathlib import Path


def _table(topics: tuple[str, ...] = ("t/overall", "t/chess")) -> pl.DataFrame:
    rows = [
        (topic, cut, 500, 300, "judged", measure, metric, value, value - 0.1, value + 0.1)
        for topic in topics
        for cut in (0.5, 0.7, 0.85)
        for place, measure in enumerate(("score", "in-degree", "PageRank"))
        for metric, value in (("spearman", 0.5 - 0.1 * place), ("people reached by 100", 2e4 + cut))
    ]
    rows.append(
        ("t/overall", 0.5, 5, 3, "judged", "score less in-degree", "spearman", 0.1, 0.0, 0.2)
    )
    rows.append(("t/overall", 0.5, 5, 3, "judged", "score", "R² by log followers", 0.1, 0.0, 0.2))
    rows.append(("t/few", 0.5, 5, 3, "too few to judge", None, None, None, None, None))
    schema = ["topic", "cut", "people", "with_outcome", "verdict", "measure", "metric", "value",
              "low", "high"]  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _scores(seed: int, n: int, *topics: str) -> pl.DataFrame:
    draw = np.random.default_rng(seed)
    return pl.concat([
        pl.DataFrame({"account": [f"x:{i}" for i in range(n)], "topic": topic,
                      "score": 1.0 + 99.0 * draw.beta(2, 5, n)})
        for topic in topics
    ])  # fmt: skip


def _colours(svg: str) -> set[str]:
    return set(re.findall(r"#[0-9a-f]{6}", svg)) | set(re.findall(r"#[0-9a-f]{3}\b", svg))


@pytest.mark.parametrize("make", [
    lambda: validation_figure(_table(), topic="t/overall"),
    lambda: comparison_figure(
        _scores(1, 50, "t/a"), _scores(2, 60, "t/a"),
        movers(_scores(1, 50, "t/a"), _scores(2, 60, "t/a"), n=5),
    ),
])  # fmt: skip
def test_the_same_bytes_every_time_and_nothing_but_grey(make) -> None:  # type: ignore[no-untyped-def]
    once, again = svg_of(make()), svg_of(make())
    assert once == again
    assert png_of(make()) == png_of(make())
    found = _colours(once)
    assert found
    for colour in found:
        red, green, blue = to_rgb(colour)
        assert red == green == blue, colour
    ET.fromstring(once)  # one well-formed element
    assert "<date>" not in once
    assert "DOCTYPE" not in once


def test_dots_differ_by_more_than_their_shade() -> None:
    axes = validation_figure(_table(), topic="t/overall").axes[0]
    drawn = [line for line in axes.lines if line.get_marker() not in ("None", "")]
    assert len({line.get_marker() for line in drawn}) == 3  # one a cut


def test_every_dot_and_interval_is_where_the_table_says() -> None:
    table = _table()
    fig = validation_figure(table, topic="t/chess")
    first, second = fig.axes
    told = table.filter(topic="t/chess", metric="spearman").sort("cut", maintain_order=True)
    dots = np.concatenate([line.get_xdata() for line in first.lines])
    assert dots.tolist() == told["value"].to_list()
    ends = [s[:, 0].tolist() for c in first.collections for s in c.get_segments()]  # type: ignore[attr-defined]
    assert ends == [list(pair) for pair in told.select("low", "high").iter_rows()]
    names = [text.get_text() for text in first.get_yticklabels()]
    assert names == ["score", "in-degree", "PageRank"]
    assert first.get_ylim()[0] > first.get_ylim()[1]  # the first stands at the top
    assert "reached" in second.get_title()


def test_differences_and_shares_have_no_place_among_the_dots() -> None:
    text = [axes.get_title() for axes in validation_figure(_table(), topic="t/overall").axes]
    assert len(text) == 2
    names = validation_figure(_table(), topic="t/overall").axes[0].get_yticklabels()
    assert not any(" less " in name.get_text() for name in names)


def test_overall_first_and_too_few_told_in_words(tmp_path: Path) -> None:
    table = _table()
    assert judged_topics(table) == ["t/overall", "t/chess"]
    files = write_validation(table, tmp_path, every_topic=True)
    assert [file.name for file in files] == [
        "validation.png", "validation.svg", "validation-chess.png", "validation-chess.svg",
    ]  # fmt: skip
    assert all(file.is_file() for file in files)
    few = table.filter(topic="t/few")
    assert judged_topics(few) == []
    fig = validation_figure(few, topic="t/few")
    (said,) = fig.axes[0].texts
    assert said.get_text() == "t/few: too few people with an outcome to judge"
    assert len(write_validation(few, tmp_path)) == 2


def test_the_picture_has_the_size_it_was_asked_for(tmp_path: Path) -> None:
    fig, axes = figure(4.0, 2.0)
    axes.plot([1, 2], [3, 4])
    png, svg = save(fig, tmp_path / "a.b")
    assert (png.name, svg.name) == ("a.b.png", "a.b.svg")
    assert imread(png).shape[:2] == (300, 600)
    assert ET.parse(svg).getroot().get("viewBox") == "0 0 288 144"
    with pytest.raises(CannotWriteError, match="cannot be written"):
        save(fig, tmp_path / "nowhere" / "plot")


ODD = ("$x^$", "a\nb\tc\x1b[31m", "日本語", "x" * 500, r"\frac{", "<b>&amp;", "مرحبا", "💬")


def test_names_of_the_data_are_shown_as_they_are() -> None:
    """No formula, no control character, no warning where a letter has no shape, no broken file."""
    fig, plots = panels(2, 4)
    for axes, text in zip((a for row in plots for a in row), ODD, strict=True):
        axes.set_title(label(text))
        assert len(label(text)) <= 42
        assert label(text).isprintable()
    ET.fromstring(svg_of(fig))
    assert len(png_of(fig)) > 1_000
    assert svg_of(validation_figure(_table(("t/" + "".join(ODD),)), topic="t/" + "".join(ODD)))


def test_this_machines_settings_change_nothing() -> None:
    import matplotlib as mpl

    plain = svg_of(validation_figure(_table(), topic="t/chess"))
    with mpl.rc_context({"axes.facecolor": "red", "font.size": 30, "svg.hashsalt": "x"}):
        assert svg_of(validation_figure(_table(), topic="t/chess")) == plain
        assert mpl.rcParams["font.size"] == 30  # and theirs stay as they were


def test_shares_of_people_before_and_after_and_arrows_of_movers() -> None:
    one, two = _scores(1, 40, "t/a", "t/b"), _scores(2, 80, "t/a", "t/b")
    who = movers(one, two, n=4)
    fig = comparison_figure(one, two, who, names=("first", "second"))
    left, right, *_ = fig.axes
    assert len(fig.axes) == 4
    before, after = (patch.get_data() for patch in left.patches)  # type: ignore[attr-defined]
    assert sum(before.values) == pytest.approx(1.0)
    assert sum(after.values) == pytest.approx(1.0)
    assert before.edges[1] - before.edges[0] == 5.0
    told = who.filter(topic="t/a")
    drawn = [(a.xyann[0], a.xy[0]) for a in right.texts if hasattr(a, "xyann")]
    assert drawn == list(told.select("score_before", "score").iter_rows())
    assert [t.get_text() for t in right.get_yticklabels()] == told["account"].to_list()
    styles = {patch.get_linestyle() for patch in left.patches}
    assert len(styles) == 2
    assert [text.get_text() for text in fig.legends[0].texts] == ["first", "second"]


def test_runs_without_scores_and_runs_with_many_topics() -> None:
    none = _scores(1, 1, "t/a").clear()
    nobody = movers(none, none, n=1)
    assert svg_of(comparison_figure(none, none, nobody))
    came = comparison_figure(none, _scores(1, 9, "t/a"), nobody)
    assert len(came.axes[0].patches) == 1
    many = _scores(3, 3, *(f"t/{n:02d}" for n in range(MOST_TOPICS + 3)))
    assert len(comparison_figure(many, many, nobody).axes) == 2 * MOST_TOPICS
