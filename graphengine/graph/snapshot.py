"""Per-topic graphs of the event log, kept on disk, and only changed where events changed.

    snapshots/<topic>/<fingerprint>/ plan.json and what save_graph writes
    snapshots/_events/               see kept_events

A fingerprint covers the batches that touched the topic and every parameter that its graph
depends on. A folder with the right name is the right graph, whether it was built in full or
patched from an older one: both give the same bytes, but that a large graph, which is kept as it is
solved, keeps the order of its people when it is patched. Folders appear whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from graphengine.errors import InputError
from graphengine.eventlog.topics import topics_of
from graphengine.graph.endorsements import (
    exposure_as_interactions,
    influence_events,
    topic_events,
    weighted,
)
from graphengine.graph.kept_events import KeptEvents
from graphengine.graph.patching import patches
from graphengine.graph.plans import Plan, exposure_kinds, planned, unusual, with_decay
from graphengine.graph.topic_graph import TopicGraph, load_graph, save_graph
from graphengine.model import NO_TOPIC, OVERALL, topic_key
from graphengine.workspace import write_folder_atomically, writing_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from graphengine.eventlog import EventLog
    from graphengine.job import Job
    from graphengine.workspace import Workspace

__all__ = ["Snapshot", "build_graphs"]

_KEPT = "_events"
_RECORD = "plan.json"
_TOPICS = {"topic": pl.String, "word": pl.String}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The graphs by topic key, overall among them, and what was done to have them.

    ``scale`` is what a topic's stored weights are times at the time asked for (1 without decay);
    ``fingerprints`` name the graphs: the same name is the same graph. ``looks_back``: there are
    events later than the time asked for, and they were left out.
    """

    graphs: dict[str, TopicGraph]
    scale: dict[str, float]
    fingerprints: dict[str, str]
    rebuilt: tuple[str, ...]
    patched: tuple[str, ...]
    reused: tuple[str, ...]
    looks_back: bool


def build_graphs(log: EventLog, ws: Workspace, *, job: Job, as_of: int | None) -> Snapshot:
    """The influence graph of every topic of the log, and of all events together, as of a time.

    ``as_of`` is in epoch seconds; later events are left out, and ages are counted from it (None:
    the time of the latest event). A topic whose events and parameters are as before is read from
    the disk; where events came, changed or went, their pairs are replaced in the stored graph;
    anything else is built in full. Events without a topic count in overall only.

    Raises:
        ConfigurationError: A source's topic has a name that cannot be its key.
        CannotWriteError: The disk refuses a snapshot.
        InputError: What lies in a folder is cut short, damaged, or of another version.
    """
    names = topics_of(log, job.topic_scheme).filter(~pl.col("slug").is_in([NO_TOPIC, OVERALL]))
    build = _Build(log, ws.snapshots, job=job, words=dict(names.select("key", "name").iter_rows()))
    plans = build.plans(as_of)
    folders = {plan.key: build.folder(plan) for plan in plans}
    stale = [plan for plan in plans if not folders[plan.key].is_dir()]
    patched = set()
    for plan, graph in build.patched(stale):
        patched.add(plan.key)
        _save(graph, plan, folders[plan.key])
    left = [plan for plan in stale if plan.key not in patched]
    for plan, graph in build.built(left):
        _save(graph, plan, folders[plan.key])
    looks_back = any(plan.as_of is not None for plan in plans)
    build.tidy(set(folders.values()), looking_back=looks_back)
    return Snapshot(
        graphs={key: load_graph(folder) for key, folder in folders.items()},
        scale={plan.key: plan.scale for plan in plans},
        fingerprints={plan.key: plan.fingerprint for plan in plans},
        rebuilt=tuple(plan.key for plan in left),
        patched=tuple(plan.key for plan in stale if plan.key in patched),
        reused=tuple(plan.key for plan in plans if plan not in stale),
        looks_back=looks_back,
    )


def _save(graph: TopicGraph, plan: Plan, folder: Path) -> None:
    with write_folder_atomically(folder) as made:
        save_graph(graph.laid(), made)
        (made / _RECORD).write_text(json.dumps(plan.record, sort_keys=True) + "\n", "utf-8")


class _Build:
    """One build: the log's events are read when something first needs them."""

    def __init__(
        self, log: EventLog, snapshots: Path, *, job: Job, words: Mapping[str, str]
    ) -> None:
        self._log, self._snapshots, self._job, self._words = log, snapshots, job, words
        self._kept: KeptEvents | None = None
        self._overall = topic_key(job.topic_scheme, OVERALL)
        self._exposed = bool(exposure_kinds(job))

    @property
    def kept(self) -> KeptEvents:
        if self._kept is None:
            self._kept = KeptEvents(self._log, self._snapshots / _KEPT)
        return self._kept

    def plans(self, as_of: int | None) -> list[Plan]:
        plans = planned(self._log.batches(), self._words, job=self._job, as_of=as_of)
        if self._job.method.half_life_days is None:
            return plans
        events = unusual(self.kept.rows(), plans[-1])
        exposed = {self._overall} if self._exposed else set()
        return [
            with_decay(p, events, word=self._words.get(p.key), exposed=p.key in exposed)
            for p in plans
        ]

    def folder(self, plan: Plan) -> Path:
        return self._snapshots / _folder_name(plan.key) / plan.fingerprint

    def patched(self, stale: Sequence[Plan]) -> Iterator[tuple[Plan, TopicGraph]]:
        """The graphs that follow from stored ones; a plan that does not come back needs a build."""
        able = [plan for plan in stale if not (self._exposed and plan.key == self._overall)]
        stored = {plan.key: self._stored(plan) for plan in able}
        if any(stored.values()):
            yield from patches(able, stored, kept=self.kept, events_of=self._events_of)

    def _stored(self, plan: Plan) -> list[tuple[Path, dict[str, Any]]]:
        place = self._snapshots / _folder_name(plan.key)
        records = sorted(place.glob(f"*/{_RECORD}")) if place.is_dir() else []
        return [(path.parent, _read(path)) for path in records]

    def built(self, stale: Sequence[Plan]) -> Iterator[tuple[Plan, TopicGraph]]:
        """The graphs of ``stale`` from all their events, one after the other."""
        if not stale:
            return
        events = self._events_of(
            self.kept.rows().collect(), [plan.key for plan in stale], exposure=True
        )
        for plan in stale:
            yield plan, plan.graph(events.pop(plan.key))

    def _events_of(
        self, rows: pl.DataFrame, keys: Sequence[str], *, exposure: bool = False
    ) -> dict[str, pl.DataFrame]:
        """The events that count in each topic of ``keys``, with their share of the weight."""
        weights, kinds = self._job.method.weights, set(self._job.method.endorsements)
        parts: dict[str, pl.DataFrame] = {}
        if self._overall in keys:
            told = [rows]
            if exposure and self._exposed:
                told.append(
                    exposure_as_interactions(self._log.exposure().frame).select(rows.columns)
                )
            parts[self._overall] = influence_events(
                pl.concat(told), weights=weights, endorsements=kinds
            )
        words = {key: word for key, word in self._words.items() if key in set(keys)}
        if words:
            if len(words) < len(self._words):
                wanted = pl.lit(list(words.values()))
                rows = rows.filter(pl.col("topics").list.set_intersection(wanted).list.len() > 0)
            topics = pl.DataFrame(
                {"topic": list(self._words), "word": list(self._words.values())}, _TOPICS
            )
            shared = topic_events(weighted(rows, weights=weights, endorsements=kinds), topics)
            shared = shared.with_columns(pl.col("weight") * pl.col("share"))
            found = shared.partition_by("topic", as_dict=True)
            parts |= {key: found.get((key,), shared.clear()) for key in words}
        return parts

    def tidy(self, current: set[Path], *, looking_back: bool) -> None:
        """Remove what no topic needs now: older fingerprints, topics that are gone, torn folders.

        A look back at an earlier time leaves the graphs that the next night starts from.
        """
        if self._kept is not None:
            self._kept.tidy()
        with writing_to(self._snapshots):
            for topic in sorted(self._snapshots.glob("[!_]*/")):
                for folder in sorted(topic.glob("*/")):
                    if folder not in current and not (looking_back and _serves_later(folder)):
                        shutil.rmtree(folder)
                if not any(topic.iterdir()):
                    topic.rmdir()


def _serves_later(folder: Path) -> bool:
    record = folder / _RECORD
    return record.is_file() and bool(_read(record)["patchable"])


def _read(record: Path) -> dict[str, Any]:
    """What a folder says of its graph."""
    try:
        return dict(json.loads(record.read_text("utf-8")))
    except (ValueError, TypeError) as error:
        raise InputError(
            f"{record} is cut short or damaged. Remove the folder {record.parent}: the next run "
            "builds it again."
        ) from error


def _folder_name(key: str) -> str:
    """The topic's slug, shortened where a file system would refuse it; never empty."""
    name = key.rpartition("/")[2]
    if 0 < len(name.encode()) <= 120:
        return name
    return f"{name[:20]}_{hashlib.sha256(name.encode()).hexdigest()[:16]}"
