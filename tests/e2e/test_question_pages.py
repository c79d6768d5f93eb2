"""A page for every named query, exactly as its file, its header and the demo make it."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest
from support.question_pages import FOLDER, pages
from support.run_job import ROOT

from graphengine.stores.queries import named_queries

if TYPE_CHECKING:
    from pathlib import Path

    from support.question_pages import Demo

NAMES = [query.name for query in named_queries()]


@pytest.fixture(scope="module")
def made(demo: Demo) -> dict[str, str]:
    return dict(pages(demo))


@pytest.mark.parametrize("name", NAMES)
def test_pages_are_as_made(made: dict[str, str], name: str) -> None:
    """Else: PYTHONPATH=tests python -m support.question_pages."""
    assert (FOLDER / f"{name}.md").read_text("utf-8") == made[f"{name}.md"]


@pytest.mark.parametrize("name", NAMES)
def test_examples_have_rows(made: dict[str, str], name: str) -> None:
    """All but those that questions.toml calls empty, which have none."""
    told = tomllib.loads((FOLDER / "questions.toml").read_text("utf-8"))
    has_rows = bool(re.search(r"^[1-9]\d* rows?$", made[f"{name}.md"], re.MULTILINE))
    assert has_rows != told[name].get("empty", False)


def test_every_page_belongs_to_a_query_and_is_linked() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.md")) == NAMES
    index = (ROOT / "docs" / "analysts.md").read_text("utf-8")
    assert sorted(set(re.findall(r"\(questions/([a-z-]+)\.md\)", index))) == NAMES


def _files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.cypher"))


def test_the_cypher_is_the_file_s(made: dict[str, str]) -> None:
    for path in _files(ROOT / "graphengine" / "cypher" / "analyst"):
        statement = path.read_text("utf-8").partition("\nMATCH")[2].rstrip()
        assert f"```cypher\nMATCH{statement}\n```" in made[f"{path.name.partition('.')[0]}.md"]
