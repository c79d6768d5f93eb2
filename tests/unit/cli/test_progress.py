"""Bars on a terminal, lines elsewhere."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.console import Console

from graphengine.cli import progress
from graphengine.cli.progress import Bars, Lines, reporting

if TYPE_CHECKING:
    import pytest


def test_lines_speak_at_most_every_ten_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    lines = Lines(clock=lambda: now[0])
    lines.stage("rank")
    for second in range(1, 26):
        now[0] = float(second)
        lines.advance(second * 100, 5000, "edges")
    lines.note("a\x1b[2Jnote")
    assert capsys.readouterr().err.splitlines() == [
        "rank",
        "rank: 1,000 of 5,000 edges, 100/s, about 40 s left",
        "rank: 2,000 of 5,000 edges, 100/s, about 30 s left",
        "a\\x1b[2Jnote",
    ]


def test_what_was_done_before_is_no_speed(capsys: pytest.CaptureFixture[str]) -> None:
    """A load that goes on where it was, and then a second series within the stage."""
    now = [0.0]
    lines = Lines(clock=lambda: now[0])
    lines.stage("load")
    for second, done, total in ((1, 90_000, 100_000), (11, 91_000, 100_000), (12, 10, 700_010),
                                (22, 1_010, 700_010), (32, 2_010, None)):  # fmt: skip
        now[0] = float(second)
        lines.advance(done, total, "rows")
    assert capsys.readouterr().err.splitlines() == [
        "load",
        "load: 91,000 of 100,000 rows, 100/s, about 2 min left",
        "load: 1,010 of 700,010 rows, 100/s, about 116 min left",
        "load: 2,010 rows",
    ]


class _Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_bars_with_rate_and_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = _Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    wide = Console(file=screen, width=120, force_terminal=True, highlight=False, markup=False)
    monkeypatch.setattr(progress, "console", lambda *, stderr: wide)
    with reporting() as bars:
        assert isinstance(bars, Bars)
        bars.stage("ingest [x].csv")
        bars.advance(50, 100, "rows")
        bars.stage("rank")
        bars.note("reused 3 graphs")
        bars.advance(3, None, "topics")
    shown = screen.getvalue()
    assert "ingest [x].csv" in shown
    assert "50/50 rows" in shown
    assert "3/3 topics" in shown
    assert shown.count("✓") >= 2
    assert "reused 3 graphs" in shown


def test_a_dumb_terminal_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", _Terminal())
    monkeypatch.setenv("TERM", "dumb")
    with reporting() as lines:
        assert isinstance(lines, Lines)
