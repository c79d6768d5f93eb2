"""The figures of the method pages: as the script draws them, and each where a page shows it."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from graphengine.plots.base import svg_of

PAGES = Path(__file__).parents[3] / "docs" / "methods"
FIGURES = runpy.run_path(str(PAGES / "figures" / "draw.py"))["FIGURES"]


@pytest.mark.parametrize("name", FIGURES)
def test_the_figure_is_as_drawn(name: str) -> None:
    assert svg_of(FIGURES[name]()) == (PAGES / "figures" / f"{name}.svg").read_text("utf-8")


def test_every_figure_is_shown_and_every_one_shown_is_there() -> None:
    shown = {
        name
        for page in PAGES.glob("*.md")
        for name in re.findall(r"!\[[^\]]+\]\(figures/([\w-]+)\.svg\)", page.read_text("utf-8"))
    }
    assert shown == set(FIGURES) == {path.stem for path in (PAGES / "figures").glob("*.svg")}
