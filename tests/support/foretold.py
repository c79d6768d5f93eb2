"""A small world whose people differ in how they draw reactions: enough of them to be judged."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from graphengine.eventlog import EventLog
from graphengine.job import load_job
from support.log_rows import feed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from graphengine.job import Job

__all__ = ["DAY", "START", "event", "foretold_job", "write_world"]

DAY, START = 86_400, 1_704_067_200  # 2024-01-01
_TEXT = """\
name = "toy"
network = "x"

[[sources]]
name = "s"
files = ["none.csv"]
columns = { actor = "a", target = "b", kind = "k" }
"""
_PEOPLE, _DAYS = 160, 20


def foretold_job(folder: Path, *, more: str = "", **method: Any) -> Job:
    """A job whose log lies in ``folder``; ``method`` changes its settings."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "job.toml").write_text(_TEXT + more, "utf-8")
    job = load_job(folder / "job.toml")
    return job.model_copy(update={"method": job.method.model_copy(update=method)})


def event(number: str, actor: str, target: str, at: int | None, **more: Any) -> dict[str, Any]:
    """A row of interactions: a retweet, as post r<number>, of whatever ``parent`` says."""
    return {
        "event_id": f"e{number}", "actor": f"x:{actor}", "target": f"x:{target}", "at": at,
        "post": f"x:r{number}", "topics": ["chess"], **more,
    }  # fmt: skip


def write_world(
    folder: Path,
    *,
    further: Iterable[dict[str, Any]] = (),
    tables: Iterable[tuple[str, list[dict[str, Any]]]] = (),
    events: int = 2_400,
) -> EventLog:
    """The log of the world, then ``further`` interactions and rows of other ``tables``.

    160 people, 20 days; two thirds of the events in topic chess, the others in none. Everybody posts once a day,
    and a reaction is to the post of its day. Followers are counted on the first day, and again,
    turned around, on the last.
    """
    draw = random.Random(11)
    drawn = [draw.paretovariate(2.0) for _ in range(_PEOPLE)]
    at = sorted(draw.randrange(_DAYS * DAY) for _ in range(events))
    targets = draw.choices(range(_PEOPLE), weights=drawn, k=events)
    rows = [
        event(
            str(n), f"u{(target + draw.randrange(1, _PEOPLE)) % _PEOPLE}", f"u{target}",
            START + second, parent=f"x:o{target}-{second // DAY}",
            topics=["chess"] if n % 3 else [],
        )
        for n, (second, target) in enumerate(zip(at, targets, strict=True))
    ]  # fmt: skip
    posts = [
        {"post": f"x:o{who}-{day}", "author": f"x:u{who}", "at": START + day * DAY}
        for who in range(_PEOPLE) for day in range(_DAYS)
    ]  # fmt: skip
    counts = [
        {"account": f"x:u{who}", "at": START + day * DAY, "followers": followers}
        for who in range(_PEOPLE)
        for day, followers in ((0, 10 + int(20 * drawn[who])), (_DAYS - 1, 10_000 - who))
    ]
    log = EventLog(folder / "log")
    feed(log, "interactions", *rows, *further)
    feed(log, "posts", *posts)
    feed(log, "accounts", *counts)
    for table, more in tables:
        feed(log, table, *more)
    return log
