from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from graphengine.plots.distribution import BINS, distribution, histogram
from graphengine.plots.markup import html_of

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET


def _path(picture: ET.Element, kind: str) -> str:
    (found,) = [p.get("d", "") for p in picture if p.get("class") == kind]
    return found


def _heights(picture: ET.Element) -> list[float]:
    base = max(float(y) for y in re.findall(r"M[\d.]+ ([\d.]+)V", _path(picture, "area")))
    return [round(base - float(y), 1) for y in re.findall(r"V([\d.]+)h", _path(picture, "area"))]


def test_everybody_is_counted_once() -> None:
    scores = np.random.default_rng(1).uniform(1.0, 100.0, 5000)
    steps = histogram(scores, scores[:100])
    assert steps.height == BINS
    assert (steps["people"].sum(), steps["before"].sum()) == (5000, 100)
    for low, high, people in steps.select("from", "to", "people").iter_rows():
        assert people == ((scores >= low) & (scores < high)).sum()


def test_the_edges_belong_to_the_upper_step_and_100_to_the_last() -> None:
    steps = histogram(np.array([5.0, 99.99, 100.0]))
    assert steps["people"].to_list() == [0, 1, *[0] * 17, 2]


@pytest.mark.parametrize("wrong", [np.nan, 100.01, -0.5, np.inf])
def test_what_is_no_score_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="no number from 0 to 100"):
        histogram(np.array([50.0, wrong]))


def test_columns_are_as_high_as_their_counts() -> None:
    heights = _heights(distribution(histogram(np.array([10.0] * 8 + [20.0] * 4)), name="x"))
    assert heights[0] == pytest.approx(2 * heights[1], abs=0.2)
    assert len(heights) == 2


def test_an_earlier_run_is_a_dashed_line_over_its_own_steps() -> None:
    steps = histogram(np.array([12.0]), np.array([32.0, 42.0]))
    line = _path(distribution(steps, name="x"), "before")
    ends = [float(x) for x in re.findall(r"[MH]([\d.]+)", line)]
    assert ends == [229.2, 257.4, 285.6, 313.8]  # 30, 35, 40 and 45 on an axis from 60 to 624
    assert re.findall(r"V([\d.]+)H", line) == ["89", "156", "89"]  # one of two, none, one
    alone = distribution(histogram(np.array([12.0])), name="x")
    assert "before" not in [part.get("class") for part in alone]


def test_nobody_and_the_same_picture_twice() -> None:
    nobody = histogram(np.array([]), np.array([]))
    assert html_of(distribution(nobody, name="x")) == html_of(distribution(nobody, name="x"))
    assert not _heights_or_none(distribution(nobody, name="x"))


def _heights_or_none(picture: ET.Element) -> list[str]:
    return re.findall(r"h[\d.]+V", _path(picture, "area"))


def test_the_name_is_what_a_screen_reader_says() -> None:
    picture = distribution(histogram(np.array([3.0])), name="Scores in a < b", median=3.0)
    assert (picture.get("role"), picture.get("aria-label")) == ("img", "Scores in a < b")


@pytest.mark.parametrize("median", [1.0, 50.0, 100.0])
def test_the_median_s_word_stays_in_the_picture(median: float) -> None:
    picture = distribution(histogram(np.array([median])), name="x", median=median)
    (word,) = [p for p in picture if p.text == "median"]
    x = float(word.get("x", "nan"))
    room = (640 - x) if word.get("text-anchor") == "start" else x
    assert room > 45
