"""Per-topic graphs of the event log, kept on disk and rebuilt only where events changed.

    snapshots/<topic>/<fingerprint>/ accounts.arrow indptr.npy indices.npy weights.npy events.npy

A fingerprint covers the batches that touched the topic and every parameter that its graph
depends on. A folder with the right name is the right graph: folders appear whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from graphengine.eventlog.topics import topics_of
from graphengine.events import EXPOSURE_KINDS
from graphengine.graph.endorsements import (
    exposure_as_interactions,
    faded,
    influence_events,
    topic_events,
    weighted,
)
from graphengine.graph.topic_graph import TopicGraph, compress, load_graph, save_graph
from graphengine.model import NO_TOPIC, OVERALL, topic_key
from graphengine.workspace import write_folder_atomically, writing_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from graphengine.eventlog import Batch, EventLog
    from graphengine.job import Job
    from graphengine.workspace import Workspace

__all__ = ["Snapshot", "build_graphs"]

_FORMAT = 1  # of the folders; part of every fingerprint
_DAY = 86_400.0
_TOPICS = {"topic": pl.String, "word": pl.String}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The graphs by topic key, overall among them, and which of them had to be rebuilt."""

    graphs: dict[str, TopicGraph]
    rebuilt: tuple[str, ...]
    reused: tuple[str, ...]


def build_graphs(log: EventLog, ws: Workspace, *, job: Job, as_of: int | None) -> Snapshot:
    """The influence graph of every topic of the log, and of all events together, as of a time.

    ``as_of`` is in epoch seconds; later events are left out, and ages are counted from it (None:
    the time of the latest event). A topic whose events and parameters are as before is read from
    the disk. Events without a topic count in overall only.

    Raises:
        ConfigurationError: A source's topic has a name that cannot be its key.
        CannotWriteError: The disk refuses a snapshot.
    """
    batches = log.batches()
    latest = max((b.at_max for b in batches if b.at_max is not None), default=None)
    as_of = latest if as_of is None else as_of
    names = topics_of(log, job.topic_scheme).filter(~pl.col("slug").is_in([NO_TOPIC, OVERALL]))
    words = dict(names.select("key", "name").iter_rows())
    stated = _parameters(job, as_of=as_of, latest=latest)
    folders = {
        key: ws.snapshots / _folder_name(key) / _fingerprint([key, _origins(touching), stated])
        for key, touching in _touching(batches, words, job=job).items()
    }
    stale = tuple(key for key, folder in folders.items() if not folder.is_dir())
    for graph in _built(stale, words, log=log, job=job, as_of=as_of):
        with write_folder_atomically(folders[graph.topic]) as folder:
            save_graph(graph, folder)
    _remove_others(ws.snapshots, set(folders.values()))
    return Snapshot(
        graphs={key: load_graph(folder) for key, folder in folders.items()},
        rebuilt=stale,
        reused=tuple(key for key in folders if key not in stale),
    )


def _touching(
    batches: Sequence[Batch], words: dict[str, str], *, job: Job
) -> dict[str, list[Batch]]:
    """The batches that could have changed each topic's graph, overall last."""
    tables = {"interactions", "retractions"}
    by_word: dict[str, list[Batch]] = {word: [] for word in words.values()}
    for batch in batches:
        for word in batch.topics_touched if batch.table in tables else ():
            by_word.setdefault(word, []).append(batch)
    if _exposure_kinds(job):
        tables.add("exposure")
    return {
        **{key: by_word[word] for key, word in words.items()},
        topic_key(job.topic_scheme, OVERALL): [b for b in batches if b.table in tables],
    }


def _origins(batches: Sequence[Batch]) -> list[tuple[int, str, str]]:
    return sorted({(b.number, b.sha256, b.mapping) for b in batches})


def _parameters(job: Job, *, as_of: int | None, latest: int | None) -> dict[str, Any]:
    """What of the method an edge depends on; the time only where it decides something."""
    method = job.method
    cut = as_of is not None and latest is not None and as_of < latest
    return {
        "format": _FORMAT,
        "endorsements": sorted(set(method.endorsements)),
        "weights": dict(sorted(method.weights.items())),
        "half_life_days": method.half_life_days,
        "as_of": as_of if cut or method.half_life_days is not None else None,
    }


def _fingerprint(parts: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def _folder_name(key: str) -> str:
    """The topic's slug, shortened where a file system would refuse it; never empty."""
    name = key.rpartition("/")[2]
    if 0 < len(name.encode()) <= 120:
        return name
    return f"{name[:20]}_{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def _exposure_kinds(job: Job) -> list[str]:
    return [kind for kind in EXPOSURE_KINDS if kind in job.method.endorsements]


def _built(
    stale: Sequence[str],
    words: dict[str, str],
    *,
    log: EventLog,
    job: Job,
    as_of: int | None,
) -> Iterator[TopicGraph]:
    """The graphs of the topics in ``stale``, one after the other."""
    if not stale:
        return
    weights, kinds = job.method.weights, set(job.method.endorsements)
    half_life = None if job.method.half_life_days is None else job.method.half_life_days * _DAY
    events = log.interactions(upto_time=as_of).frame
    overall = topic_key(job.topic_scheme, OVERALL)
    if overall in stale:
        told = [events]
        if _exposure_kinds(job):
            told.append(exposure_as_interactions(log.exposure().frame))
        once = influence_events(pl.concat(told), weights=weights, endorsements=kinds)
        yield compress(overall, faded(once, as_of=as_of, half_life=half_life))
    topics = pl.DataFrame({"topic": list(words), "word": list(words.values())}, _TOPICS)
    shared = faded(
        topic_events(weighted(events, weights=weights, endorsements=kinds), topics),
        as_of=as_of,
        half_life=half_life,
    )
    parts = shared.with_columns(pl.col("weight") * pl.col("share")).partition_by(
        "topic", as_dict=True
    )
    for key in stale:
        if key != overall:
            yield compress(key, parts.get((key,), shared.clear()))


def _remove_others(snapshots: Path, current: set[Path]) -> None:
    """Remove what no topic needs now: older fingerprints, topics that are gone, torn folders."""
    with writing_to(snapshots):
        for topic in sorted(snapshots.glob("*/")):
            for folder in sorted(topic.glob("*/")):
                if folder not in current:
                    shutil.rmtree(folder)
            if not any(topic.iterdir()):
                topic.rmdir()
