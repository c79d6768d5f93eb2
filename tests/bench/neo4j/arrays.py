"""The pairs of the database as arrays: the engine's own reader of graphs, then dense positions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.job import Job
from graphengine.readers.graph import read_graph
from tests.bench.neo4j.bed import TYPES
from tests.bench.neo4j.ours import link_to

if TYPE_CHECKING:
    from tests.bench.neo4j.bed import Bed

__all__ = ["Arrays", "read_arrays", "read_late"]

_JOB = Job.model_validate(
    {
        "name": "pairs",
        "network": "x",
        "sources": [
            {
                "name": "pairs",
                "reader": "neo4j",
                "columns": {
                    "actor": "a.key",
                    "target": "b.key",
                    "topic": "type(r)",
                    "weight": "r.w",
                    "at": "r.at",
                },
                "constants": {"kind": "endorse"},
                "time": {"format": "epoch_s"},
                "neo4j": {
                    "path": f"(a:Account)-[r:{'|'.join(TYPES)}]->(b:Account)",
                    "watermark": "r.at",
                },
            }
        ],
    }
)


@dataclass(frozen=True)
class Arrays:
    """Pairs by position in ``keys``, which are sorted; ``topic`` is the topic's number."""

    keys: pl.Series
    actor: np.ndarray
    target: np.ndarray
    topic: np.ndarray
    w: np.ndarray


def read_arrays(bed: Bed) -> Arrays:
    """All pairs."""
    frame = _read(bed, None)
    keys = pl.concat([frame["actor"], frame["target"]]).unique().sort()
    return Arrays(keys, *positions(frame, keys))


def read_late(bed: Bed, since: int) -> pl.DataFrame:
    """The pairs [actor, target, topic, w] from the time ``since`` on, by the watermark."""
    mark = {"of": "r.at", "type": "INTEGER", "value": since, "ties": ""}
    return _read(bed, json.dumps(mark))


def positions(frame: pl.DataFrame, keys: pl.Series) -> tuple[np.ndarray, ...]:
    """Actor and target as positions in ``keys``, topic and number: columns of Arrays."""
    known = pl.DataFrame({"key": keys, "place": np.arange(len(keys))})
    ends = [
        frame.select(key=side).join(known, on="key", how="left", maintain_order="left")["place"]
        for side in ("actor", "target")
    ]
    return (*(end.to_numpy() for end in ends), frame["topic"].to_numpy(), frame["w"].to_numpy())


def _read(bed: Bed, mark: str | None) -> pl.DataFrame:
    with link_to(bed) as link:
        frame = read_graph(_JOB.sources[0], link, job=_JOB, mark=mark).reading.frame
    code = {name: number for number, name in enumerate(TYPES)}
    return frame.select(
        # an id of the source gets the network in front, and theirs has it already
        pl.col("actor").str.slice(2),
        pl.col("target").str.slice(2),
        topic=pl.col("topics").list.first().replace_strict(code, return_dtype=pl.Int64),
        w="weight",
    )
