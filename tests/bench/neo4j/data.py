"""The events of a benchmark: made or read, given topics, ingested and scored by the engine itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine import pipeline
from graphengine.eventlog import EventLog
from graphengine.job import load_job
from graphengine.pipeline.publication import run_scores
from graphengine.projection import LogGraph
from graphengine.runs import load_run
from graphengine.workspace import open_workspace
from tests.bench.synthetic import write_events
from tests.support.data import data_root

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from graphengine.job import Job
    from graphengine.stores.ports import GraphSource, GraphTables, RunScores

__all__ = ["SIZES", "TOPICS", "DataSet", "Quiet", "Until", "make"]

SIZES = {"small": 20_000, "higgs": 0, "large": 5_000_000}
TOPICS = (0.4, 0.3, 0.2, 0.1)  # how many of the events each topic gets
SHARES = (
    0.97,
    0.01,
    0.01,
    0.01,
)  # of the events, in the order of time: the first load, three nights
JOB = """\
name = "bench"
network = "x"

[[sources]]
name = "events"
files = ["events-*.csv"]
columns = { event = "event", actor = "actor", target = "target", kind = "kind", at = "at", topic = "topic" }
time = { format = "epoch_s" }

[validation]
cuts = []

[publish]
to = ["neo4j"]
"""
_WORDS = {"RT": "retweet", "MT": "mention", "RE": "reply"}


class Quiet:
    """Nobody is told how far the engine has come."""

    def stage(self, name: str) -> None: ...
    def advance(self, done: int, total: int | None, unit: str) -> None: ...
    def note(self, text: str) -> None: ...


@dataclass(frozen=True)
class Until:
    """A graph as it stood after the first ``last`` batches of its log."""

    graph: GraphSource
    last: int

    @property
    def last_batch(self) -> int:
        """The last batch that is shown."""
        return self.last

    def identity(self, batch: int) -> str:
        """As the whole graph's."""
        return self.graph.identity(batch)

    def since(self, batch: int, *, upto: int | None = None) -> Iterator[GraphTables]:
        """As the whole graph's, but never beyond the last batch."""
        yield from self.graph.since(batch, upto=min(self.last, upto or self.last))


@dataclass(frozen=True)
class DataSet:
    """Events, what the engine made of them, and the events as GDS gets them.

    ``pairs`` [actor, target, topic, w, at]: account keys, the topic's number, without events on
    oneself; in the order of time.
    """

    name: str
    job: Job
    graph: GraphSource
    run: RunScores
    pairs: pl.DataFrame
    batches: int
    events: int

    @property
    def late(self) -> int:
        """The time from which on the last hundredth of the pairs happened."""
        return int(self.pairs["at"][int(len(self.pairs) * 0.99)])

    def renamed(self, number: int) -> RunScores:
        """The run's scores as those of another run, so that they can be published once more."""
        return replace(self.run, run=f"{self.run.run[:10]}-{number:012x}")


def make(name: str, folder: Path) -> DataSet:
    """The data set ``name`` of SIZES, its files and its workspace in ``folder``."""
    frame = _higgs() if name == "higgs" else _synthetic(SIZES[name], folder)
    frame = _with_topics(frame.sort("at", "event", maintain_order=True))
    _write_parts(frame, folder)
    path = folder / "job.toml"
    path.write_text(JOB, "utf-8")
    job = load_job(path)
    pipeline.ingest(job, progress=Quiet())
    scored = pipeline.score(job, as_of=None, progress=Quiet())
    workspace = open_workspace(job, create=False)
    log = EventLog(workspace.log)
    return DataSet(
        name=name,
        job=job,
        graph=LogGraph(log, scheme=job.topic_scheme),
        run=run_scores(load_run(workspace, scored.run), job=job),
        pairs=_pairs(frame),
        batches=log.last_batch,
        events=len(frame),
    )


def _higgs() -> pl.DataFrame:
    names = ["actor", "target", "at", "word"]
    path = data_root() / "higgs" / "higgs-activity_time.txt.gz"
    frame = pl.read_csv(path, has_header=False, separator=" ", new_columns=names)
    return frame.with_row_index("event").with_columns(
        kind=pl.col("word").replace_strict(_WORDS)
    ).drop("word")  # fmt: skip


def _synthetic(events: int, folder: Path) -> pl.DataFrame:
    path = folder / "all.csv"
    write_events(path, events)
    frame = pl.read_csv(path).drop("topic")
    path.unlink()
    return frame


def _with_topics(frame: pl.DataFrame) -> pl.DataFrame:
    drawn = np.random.default_rng(4).choice(len(TOPICS), size=len(frame), p=TOPICS)
    return frame.with_columns(topic=pl.Series(drawn))


def _write_parts(frame: pl.DataFrame, folder: Path) -> None:
    ends = (np.cumsum(SHARES) * len(frame)).round().astype(int).tolist()
    words = frame.with_columns(pl.format("topic {}", "topic").alias("topic"))
    for number, (begin, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
        words[begin:end].write_csv(folder / f"events-{number}.csv")


def _pairs(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("actor") != pl.col("target")).select(
        pl.format("x:{}", "actor").alias("actor"),
        pl.format("x:{}", "target").alias("target"),
        "topic",
        w=pl.lit(1.0),
        at=pl.col("at").cast(pl.Int64),
    )
