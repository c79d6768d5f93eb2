from __future__ import annotations

import re

import pytest

from graphengine.plots.intervals import SCORES, WIDTH, Scale, axis, bar, move
from graphengine.plots.markup import html_of


def _ends(picture: str) -> tuple[float, float]:
    low, high = re.findall(r'd="M([\d.]+) 8H([\d.]+)', picture)[0]
    return float(low), float(high)


def test_the_bar_runs_from_low_to_high_and_the_dot_is_the_value() -> None:
    picture = html_of(bar(SCORES, 50.0, (20.0, 90.0)))
    assert _ends(picture) == (SCORES.x(20.0), SCORES.x(90.0))
    assert f'cx="{SCORES.x(50.0):g}"' in picture
    assert "ring" not in picture


def test_positions_keep_order_and_proportion() -> None:
    places = [SCORES.x(value) for value in (1.0, 25.75, 50.5, 100.0)]
    assert places == sorted(places)
    assert places[1] - places[0] == pytest.approx((places[3] - places[0]) / 4, abs=0.1)
    assert places[0] > 0
    assert places[-1] < WIDTH


def test_what_lies_outside_is_at_the_edge() -> None:
    assert SCORES.x(-5.0) == SCORES.x(1.0)
    assert SCORES.x(101.0) == SCORES.x(100.0)


def test_without_an_interval_there_is_a_ring_and_no_line() -> None:
    picture = html_of(bar(SCORES, 50.0))
    assert 'class="ring"' in picture
    assert 'class="line"' not in picture


def test_a_move_begins_at_the_ring() -> None:
    picture = html_of(move(SCORES, 10.0, 60.0))
    assert _ends(picture) == (SCORES.x(10.0), SCORES.x(60.0))
    ring = re.search(r'<circle[^>]*class="ring"', picture)
    assert ring is not None
    assert f'cx="{SCORES.x(10.0):g}"' in ring.group()


def test_the_axis_names_its_ticks_where_the_bars_have_lines() -> None:
    scale = Scale(0.0, 2.0, (0.0, 1.0, 2.0))
    texts = re.findall(r'<text x="([\d.]+)"[^>]*>([^<]+)<', html_of(axis(scale)))
    assert texts == [(f"{scale.x(t):g}", f"{t:g}") for t in scale.ticks]


def test_bars_are_not_read_aloud() -> None:
    assert bar(SCORES, 3.0).get("aria-hidden") == "true"


def test_a_scale_without_length_is_refused() -> None:
    with pytest.raises(ValueError, match="low < high, got 1 and 1"):
        Scale(1, 1, ()).x(1.0)
