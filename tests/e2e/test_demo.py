"""The demo as it is typed: what it prints, and the next commands exactly as it prints them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from support.run_job import checkout, command

if TYPE_CHECKING:
    from pathlib import Path

DEMO = "bash jobs/demo.sh"
TOPICS = ("ferguson", "sydneysiege", "germanwings-crash")
NEXT = "Try next"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkout(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def first(folder: Path) -> str:
    """What the first demo prints."""
    code, out, err = command(folder, shell=DEMO)
    assert code == 0, err
    return out


def _tables(text: str) -> list[list[list[str]]]:
    """The cells of each table: the lines between a rule and an empty line."""
    found = re.findall(r"^─+\n((?:.+\n)*)", text, re.MULTILINE)
    return [[line.split() for line in table.splitlines()] for table in found]


def _next_commands(text: str) -> list[str]:
    return [line.strip() for line in text.partition(NEXT)[2].splitlines()[1:] if line.strip()]


def test_counts_reconcile(first: str) -> None:
    numbers = r"([\d,]+) read = +([\d,]+) accepted \+ +([\d,]+) duplicate \+ +([\d,]+) rejected"
    found = [tuple(int(n.replace(",", "")) for n in line) for line in re.findall(numbers, first)]
    assert found == [
        (54_215, 54_215, 0, 0),
        (50_605, 50_605, 0, 0),
        (50_605, 50_602, 3, 0),
        (94_353, 94_353, 0, 0),
        (249_778, 249_775, 3, 0),
    ]


def test_three_tops_of_ten_and_a_card(first: str) -> None:
    topics, *tops, card, parts = _tables(first)
    assert len(topics) == 10
    assert [row[0] for row in parts] == [row[0] for row in card]
    assert [[int(row[0]) for row in top] for top in tops] == [[*range(1, 11)]] * 3
    scores = [[float(row[3]) for row in top] for top in tops]
    assert all(re.fullmatch(r"\d+–\d+", row[4]) for top in tops for row in top)  # its interval
    assert all(s[0] <= 100 and s == sorted(s, reverse=True) and s[-1] >= 1 for s in scores)
    assert len(card) >= 3
    assert card[0][0] == "overall"
    (line,) = (text for text in first.splitlines() if text.startswith("pheme:"))
    person = line.split()[0]
    ranks = {row[0]: re.sub(r"\D", "", row[3]) for row in card}
    for topic, top in zip(TOPICS, tops, strict=True):
        place = [row[0] for row in top if row[2] == person]
        assert place == [ranks[topic]] if place else topic not in ranks or int(ranks[topic]) > 10


@pytest.mark.parametrize("number", range(3))
def test_next_commands_run_as_printed(folder: Path, first: str, number: int) -> None:
    commands = _next_commands(first)
    assert len(commands) == 3
    code, out, err = command(folder, shell=commands[number])
    assert code == 0, err
    tables = _tables(out)  # too wide for the screen, a row is told line by line
    (told,) = re.findall(r"^(\d+) rows$", out, re.MULTILINE) or [len(tables[-1])]
    assert int(told) >= 3


def test_a_second_time_does_nothing_and_shows_the_same(folder: Path, first: str) -> None:
    code, out, err = command(folder, shell=DEMO)
    assert code == 0, err
    assert "nothing to do" in err
    again, tables = _tables(out), _tables(first)
    assert again[0] == [row[:4] for row in tables[0]]  # what was done to the graphs is not repeated
    assert again[1:] == tables[1:]
    assert out.partition(NEXT)[2] == first.partition(NEXT)[2] != ""
    assert command(folder, "run", "jobs/demo.toml")[0] == 99
