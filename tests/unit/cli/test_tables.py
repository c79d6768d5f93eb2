"""A table in a file reads as the one on a screen that is wide enough."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from graphengine.cli import tables
from graphengine.cli.console import plain_width

if TYPE_CHECKING:
    from pathlib import Path

CELLS = (
    None, 3, 1.5, "a b", "日本", "é̂x", "", "x" * 50, "12%", "1,200", True, ["a", 2], "a\u200bb",
    "👩‍👩‍👧", "tab\t", "nbsp\u00a0x", "  lead", "trail  ", "\x1b[31mred",
)  # fmt: skip
TITLES = ("a", "half-life, days", "日本", "kind x")


def _tables() -> list[tuple[list[str], list[list[Any]]]]:
    draw = random.Random(5)
    found = []
    for _ in range(100):
        width, height = draw.randint(1, 6), draw.randint(0, 4)
        rows = [[draw.choice(CELLS) for _ in range(width)] for _ in range(height)]
        found.append(([draw.choice(TITLES) for _ in range(width)], rows))
    return found


def test_both_ways_write_the_same(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    for titles, rows in _tables():
        tables.print_table(titles, rows)
        plain = capfd.readouterr().out
        with monkeypatch.context() as by_rich:
            by_rich.setattr(tables, "plain_width", lambda: None)
            tables.print_table(titles, rows)
        assert capfd.readouterr().out == plain
        assert len(plain.splitlines()) == len(rows) + 2


@pytest.mark.parametrize("name", ["COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE"])
def test_what_is_told_to_be_a_screen_is_one(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for other in ("COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(other, raising=False)
    with (tmp_path / "out").open("w", encoding="utf-8") as file:
        monkeypatch.setattr("sys.stdout", file)
        assert plain_width() == 10_000
        monkeypatch.setenv(name, "1")
        assert plain_width() is None


def test_letters_that_a_file_cannot_show_are_left_to_rich(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "out").open("w", encoding="latin-1") as file:
        monkeypatch.setattr("sys.stdout", file)
        assert plain_width() is None
