"""The same worlds as ``rule_worlds``, fed to an event log and scored as a run does it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphengine.eventlog import EventLog
from graphengine.job import Job
from graphengine.pipeline.scored_run import score_log
from graphengine.runs import load_run
from graphengine.workspace import Workspace
from support.log_rows import feed
from support.rule_worlds import HOUR, NOW, World, named

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

__all__ = ["Logged", "Row", "rows_of", "tellable"]

Row = tuple[str, dict[str, Any]]  # table, what it says
_METHOD = {
    "min_endorsers": 1, "tolerance": 1e-11, "draws": 0, "weights": {"like": 0.25, "mention": 0.7},
}  # fmt: skip


class _Silent:
    def stage(self, name: str) -> None: ...
    def advance(self, done: int, total: int | None, unit: str) -> None: ...
    def note(self, text: str) -> None: ...


@dataclass(frozen=True)
class Logged:
    """A workspace in a folder of its own."""

    root: Path
    half_life_days: float | None = 8.0

    @property
    def job(self) -> Job:
        """A job of one network that publishes nothing."""
        return Job(
            name="t", sources=[{"name": "s", "files": ["f"]}], threads=1,
            method={**_METHOD, "half_life_days": self.half_life_days},
            diffusion={"spread": False}, validation={"cuts": []},
        )  # fmt: skip

    def add(self, rows: list[Row], *, batches: int = 1, seed: int | None = None) -> Logged:
        """Append ``rows``, in order or shuffled, table by table, in so many files each."""
        told = list(rows)
        if seed is not None:
            random.Random(seed).shuffle(told)
        log = EventLog(Workspace(self.root).log)
        for first in range(batches):
            for table in dict.fromkeys(table for table, _ in told):
                part = [row for name, row in told if name == table][first::batches]
                if part:
                    feed(log, table, *part)
        return self

    def scores(self, *, as_of: int = NOW) -> pl.DataFrame:
        """[topic, account, score, raw] of the run at ``as_of``."""
        workspace = Workspace(self.root)
        report = score_log(self.job, workspace, as_of=as_of, progress=_Silent())
        table = load_run(workspace, report.run).table("scores")
        return table.select("topic", "account", "score", "raw").sort("topic", "account")


def tellable(world: World) -> World:
    """The world as a log can tell it.

    A reaction to an original post needs one; and what somebody does to the same person at the same
    moment, by no post of its own, is one act.
    """
    authors = {post.author for post in world.posts if post.above is None}
    acts = {
        (act.actor, act.target, place if act.hour is None else act.hour, act.hour is None): act
        for place, act in enumerate(world.acts)
    }
    told = (a._replace(original=a.original and a.target in authors) for a in acts.values())
    return World(world.posts, tuple(told))


def rows_of(world: World, *, topic: str, network: str = "x") -> list[Row]:
    """A world as rows of posts and interactions of one topic; ids begin with the topic's name."""
    about, rows = {"topics": [topic]}, []

    def who(person: int) -> str:
        return named(person).replace("x:", f"{network}:")

    def at(hour: int | None) -> int | None:
        return None if hour is None else hour * HOUR

    ids = [f"{network}:{topic}{place}" for place in range(len(world.posts))]
    first = {post.author: name for post, name in zip(world.posts, ids, strict=True) if post.above is None}  # fmt: skip
    for post, name in zip(world.posts, ids, strict=True):
        told = {"post": name, "author": who(post.author), "at": at(post.hour), **about}
        if post.above is None:
            rows.append(("posts", told))
            continue
        parent = {"parent": ids[post.above]}
        rows.append(("posts", {**told, **parent, "kind": post.kind}))
        rows.append(("interactions", {
            "event_id": f"e{name}", "kind": post.kind, "word": post.kind, "weight": post.weight,
            "actor": who(post.author), "target": who(world.posts[post.above].author),
            "at": at(post.hour), "post": name, **parent, **about,
        }))  # fmt: skip
    for place, act in enumerate(world.acts):
        rows.append(("interactions", {
            "event_id": f"{network}:{topic}-{place}", "kind": act.kind, "word": act.kind,
            "actor": who(act.actor), "target": who(act.target), "at": at(act.hour),
            "weight": act.weight, "parent": first.get(act.target) if act.original else None, **about,
        }))  # fmt: skip
    return rows
