"""Counts of published data sets, through the readers into the log and out again."""

from __future__ import annotations

import gzip
import hashlib
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from support.data import dataset

from graphengine.eventlog import EventLog
from graphengine.job import Job
from graphengine.projection import LogGraph
from graphengine.readers import read_source

if TYPE_CHECKING:
    from pathlib import Path

    from graphengine.eventlog import Batch


def ingest(root: Path, settings: dict[str, Any], path: Path) -> tuple[EventLog, Batch]:
    job = Job.model_validate({**settings, "path": root / "job.toml"})
    [source] = job.sources
    log = EventLog(root / "log")
    batch = log.append(
        read_source(source, path, job=job), source=source.name, file=path.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(), mapping="m", table=source.table,
    )  # fmt: skip
    return log, batch


def test_enron(tmp_path: Path) -> None:
    path = dataset("enron") / "emails.csv.gz"
    settings = {
        "name": "enron", "network": "enron", "no_topic": ["outlier"],
        "window": {"earliest": "1998-01-01"},
        "sources": [{
            "name": "mail", "files": [str(path)],
            "columns": {"actor": "sender", "target": "recipient", "kind": "kind",
                        "at": "sent_at", "topic": "topic"},
            "kinds": {"to": "message", "cc": "message", "bcc": "message"},
        }],
    }  # fmt: skip
    log, batch = ingest(tmp_path, settings, path)
    assert (batch.read, batch.accepted, batch.duplicate, batch.rejected) == (
        125_409, 46_363, 78_872, 174,
    )  # fmt: skip
    assert batch.conflicts == 0
    rejects = pl.read_csv(tmp_path / "rejects" / "000001-emails.csv.gz.csv")
    assert rejects.height == 174
    [tables] = LogGraph(log, scheme="enron").since(0)
    assert tables.accounts.height == 184
    assert tables.topics.height == 32 + 2
    assert tables.interactions["share"].sum() == pytest.approx(46_363)
    assert tables.interactions["event_id"].n_unique() == 46_363


def test_higgs(tmp_path: Path) -> None:
    folder = dataset("higgs")
    path = folder / "higgs-activity_time.txt.gz"
    settings = {
        "name": "higgs",
        "sources": [{
            "name": "activity", "files": [str(path)], "format": "space", "header": False,
            "column_names": ["actor", "target", "at", "kind"],
            "columns": {name: name for name in ("actor", "target", "at", "kind")},
            "kinds": {"RT": "retweet", "MT": "mention", "RE": "reply"},
            "time": {"format": "epoch_s"},
        }],
    }  # fmt: skip
    log, batch = ingest(tmp_path, settings, path)
    assert (batch.read, batch.accepted, batch.duplicate) == (563_069, 563_069, 0)
    assert len(batch.parts) == 7
    counts = log.select("interactions", ["word", "actor", "target"]).group_by(pl.all()).len()
    for word, name in (("RT", "retweet"), ("MT", "mention"), ("RE", "reply")):
        with gzip.open(folder / f"higgs-{name}_network.edgelist.gz") as file:
            published = pl.read_csv(
                file, has_header=False, separator=" ", new_columns=["actor", "target", "len"]
            )
        got = counts.filter(pl.col("word") == word).select(
            pl.col("actor", "target").str.strip_prefix("x:").cast(pl.Int64),
            pl.col("len").cast(pl.Int64),
        )
        assert got.sort("actor", "target").equals(published.sort("actor", "target")), name
