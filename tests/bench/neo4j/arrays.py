"""The pairs of the database as arrays: the engine's own reader of graphs, then dense positions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.job import Job
from graphengine.readers.graph import read_coded, read_graph
from tests.bench.neo4j.bed import TYPES
from tests.bench.neo4j.ours import link_to

if TYPE_CHECKING:
    from tests.bench.neo4j.bed import Bed

__all__ = ["Arrays", "positions", "read_arrays", "read_late", "read_rows"]

_ARRAYS = ("actor", "target", "topic", "w")
_COLUMNS = {"actor": "a.key", "target": "b.key", "topic": "type(r)", "weight": "r.w"}


def _job(columns: dict[str, str], **read: str) -> Job:
    path = f"(a:Account)-[r:{'|'.join(TYPES)}]->(b:Account)"
    source = {
        "name": "pairs",
        "reader": "neo4j",
        "columns": columns,
        "constants": {"kind": "endorse"},
        "time": {"format": "epoch_s"},
        "neo4j": {"path": path, **read},
    }
    return Job.model_validate({"name": "pairs", "network": "x", "sources": [source]})


_ALL = _job(_COLUMNS, compare="never")
_NEW = _job({**_COLUMNS, "at": "r.at"}, watermark="r.at")


@dataclass(frozen=True)
class Arrays:
    """Pairs by position in ``keys``; ``topic`` is the topic's number."""

    keys: pl.Series
    actor: np.ndarray
    target: np.ndarray
    topic: np.ndarray
    w: np.ndarray


def read_arrays(bed: Bed) -> Arrays:
    """All pairs."""
    ends = [_COLUMNS["actor"], _COLUMNS["target"]]
    with link_to(bed) as link:
        found = read_coded(_ALL.sources[0], link, job=_ALL, of=ends)
    frame = found.frame
    frame.columns = list(_COLUMNS)
    pairs = _coded(frame, "topic")
    return Arrays(found.values, *(pairs[name].to_numpy() for name in _ARRAYS))


def read_rows(bed: Bed) -> pl.DataFrame:
    """All pairs as a night's job reads them: checked, in order, each with the id of its event."""
    return _source(bed, None)


def read_late(bed: Bed, since: int) -> pl.DataFrame:
    """The pairs [actor, target, topic, w] from the time ``since`` on, by the watermark."""
    mark = {"of": "r.at", "type": "INTEGER", "value": since, "ties": ""}
    rows = _source(bed, json.dumps(mark)).with_columns(
        # an id of the source gets the network in front, and theirs has it already
        pl.col("actor", "target").str.slice(2),
        pl.col("topics").list.first(),
    )
    return _coded(rows, "topics")


def positions(frame: pl.DataFrame, keys: pl.Series) -> tuple[np.ndarray, ...]:
    """Actor and target as positions in ``keys``, topic and number: columns of Arrays."""
    known = pl.DataFrame({"key": keys, "place": np.arange(len(keys))})
    ends = [
        frame.select(key=side).join(known, on="key", how="left", maintain_order="left")["place"]
        for side in ("actor", "target")
    ]
    return (*(end.to_numpy() for end in ends), frame["topic"].to_numpy(), frame["w"].to_numpy())


def _source(bed: Bed, mark: str | None) -> pl.DataFrame:
    with link_to(bed) as link:
        return read_graph(_NEW.sources[0], link, job=_NEW, mark=mark).reading.frame


def _coded(frame: pl.DataFrame, topic: str) -> pl.DataFrame:
    """actor, target, the topic's number and w."""
    code = {name: number for number, name in enumerate(TYPES)}
    number = pl.col(topic).replace_strict(code, return_dtype=pl.Int64)
    return frame.select("actor", "target", topic=number, w="weight")
