"""The guide docs/first-ten-questions.md as it is typed, on both stores: it prints what it shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from support.neo4j_server import wipe
from support.question_pages import FIRST_RUN, GUIDE, SECOND_RUN, Demo, demo_in, refreshed

if TYPE_CHECKING:
    from pathlib import Path

    from support.neo4j_server import Neo4jServer

PASSWORD = "GRAPHENGINE_TEN_QUESTIONS_PASSWORD"  # the name of a variable
TEXT = GUIDE.read_text("utf-8")


def test_it_begins_with_the_two_runs_and_asks_ten_questions() -> None:
    lines = re.findall(r"^\$ graphengine (.+)", TEXT, re.MULTILINE)
    assert lines[:2] == [" ".join(FIRST_RUN), " ".join(SECOND_RUN)]
    assert len(lines) == 2 + 10
    assert re.findall(r"^## (\d+)\. ", TEXT, re.MULTILINE) == [str(n) for n in range(1, 11)]


def test_on_the_embedded_store(demo: Demo) -> None:
    assert refreshed(TEXT, demo) == TEXT


@pytest.mark.soak  # the questions' own tests ask both stores in every run
def test_on_neo4j(
    tmp_path: Path, neo4j_server: Neo4jServer, monkeypatch: pytest.MonkeyPatch, demo: Demo
) -> None:
    wipe(neo4j_server, keep_rules=True)
    monkeypatch.setenv(PASSWORD, neo4j_server.password)
    section = {
        "uri": neo4j_server.uri, "user": neo4j_server.user, "database": neo4j_server.database,
        "password_env": PASSWORD,
    }  # fmt: skip
    there = "\n".join(f'{key} = "{value}"' for key, value in section.items())
    assert refreshed(TEXT, demo_in(tmp_path, neo4j=there, like=demo)) == TEXT


def test_a_changed_output_is_noticed(demo: Demo) -> None:
    wrong = re.sub(r"pheme:11128  [\d,]+ followers", "pheme:11128  7 followers", TEXT)
    assert wrong != TEXT
    assert refreshed(wrong, demo) == TEXT


@pytest.mark.parametrize("number", range(1, 10))
def test_every_question_leads_to_a_page(number: int) -> None:
    (section,) = re.findall(rf"^## {number}\. .+?(?=^## )", TEXT, re.MULTILINE | re.DOTALL)
    assert "(questions/" in section
