"""Every page of docs/methods holds an example that runs and says what it prints."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

PAGES = Path(__file__).parents[4] / "docs" / "methods"
METHODS = sorted(page.stem for page in PAGES.glob("*.md") if page.stem != "README")


@pytest.mark.parametrize("name", METHODS)
def test_the_example_runs(name: str) -> None:
    failed, tried = doctest.testfile(str(PAGES / f"{name}.md"), module_relative=False)
    assert tried >= 5
    assert failed == 0


def test_the_list_names_every_page() -> None:
    text = (PAGES / "README.md").read_text("utf-8")
    assert len(METHODS) >= 13
    assert all(f"({name}.md)" in text for name in METHODS)
