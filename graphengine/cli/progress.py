"""How far the work has come: bars with rate and time left on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from graphengine.cli.console import complain, console, printable, speaks_unicode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress as RichProgress
    from rich.progress import Task, TaskID

    from graphengine.pipeline.reports import Progress

__all__ = ["Bars", "Lines", "reporting"]

_EVERY = 10.0  # seconds between two plain lines of one stage


@contextmanager
def reporting() -> Iterator[Progress]:
    """Tell stderr how far the work has come, in the form that suits it."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield Lines()
        return
    with _rich_progress() as rich:
        bars = Bars(rich)
        yield bars
        bars.close()  # not after a failure: a stage that broke off is no finished one


class Lines:
    """One line a stage, another every ten seconds while it lasts."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._name = ""
        self._began = self._said = clock()
        self._first: tuple[int, int | None] | None = None  # what was done before, of how many

    def stage(self, name: str) -> None:
        """A new stage begins."""
        self._name = printable(name)
        self._began = self._said = self._clock()
        self._first = None
        complain(self._name)

    def advance(self, done: int, total: int | None, unit: str) -> None:
        """Say so if the last line is ten seconds old; what was done at first counts for no rate."""
        now = self._clock()
        if self._first is None or done < self._first[0] or total != self._first[1]:
            self._first, self._began = (done, total), now
        if now - self._said < _EVERY:
            return
        self._said = now
        of = f" of {total:,}" if total is not None else ""
        complain(f"{self._name}: {done:,}{of} {unit}{self._pace(done, total, now)}")

    def _pace(self, done: int, total: int | None, now: float) -> str:
        first = self._first[0] if self._first else 0
        if done <= first or now <= self._began:
            return ""
        rate = (done - first) / (now - self._began)
        left = "" if total is None or total < done else f", {_time_left((total - done) / rate)}"
        return f", {rate:,.0f}/s{left}"

    def note(self, text: str) -> None:
        """A line worth reading."""
        complain(printable(text))


def _time_left(seconds: float) -> str:
    if seconds < 90:
        return f"about {max(1, round(seconds))} s left"
    return f"about {round(seconds / 60):,} min left"


class Bars:
    """One bar a stage; a finished stage stays as a line."""

    def __init__(self, rich: RichProgress) -> None:
        self._rich = rich
        self._task: TaskID | None = None

    def stage(self, name: str) -> None:
        """Close the bar before, open a new one."""
        self.close()
        self._task = self._rich.add_task(printable(name), total=None, unit="")

    def advance(self, done: int, total: int | None, unit: str) -> None:
        """Move the bar."""
        if self._task is not None:
            self._rich.update(self._task, completed=done, total=total, unit=unit)

    def note(self, text: str) -> None:
        """A line above the bars."""
        self._rich.console.print(printable(text))

    def close(self) -> None:
        """The stage is done."""
        if self._task is None:
            return
        task = next(t for t in self._rich.tasks if t.id == self._task)
        self._rich.update(self._task, total=task.completed or 1, completed=task.completed or 1)


def _rich_progress() -> RichProgress:
    from rich.progress import (
        BarColumn,
        Progress,
        ProgressColumn,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        """What is done, of what, and how fast."""

        def render(self, task: Task) -> Text:
            unit = task.fields["unit"]
            if not unit:
                return Text("")
            of = f"/{task.total:,.0f}" if task.total else ""
            speed = task.finished_speed or task.speed
            rate = f"  {speed:,.0f}/s" if speed else ""
            return Text(f"{task.completed:,.0f}{of} {unit}{rate}")

    fancy = speaks_unicode(sys.stderr)
    return Progress(
        SpinnerColumn("dots" if fancy else "line", finished_text="✓" if fancy else "*"),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console(stderr=True),
    )
