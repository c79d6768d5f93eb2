"""What the graph of each topic depends on; the same plan is the same graph, to the bit.

A plan names the batches that touched the topic, the parameters of the method that an edge depends
on, and how far decay has come: the latest half-life whose events have left, and the half-life that
weights are stored against. The time itself is in it only where it decides more than that: where
events later than it are left out, and where undated events, which do not fade, stand beside
others under a half-life.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from graphengine.events import EXPOSURE_KINDS
from graphengine.graph.decay import first_step, fraction_left, reference_step, step_of, weights_at
from graphengine.graph.topic_graph import TopicGraph, compress
from graphengine.model import OVERALL, topic_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graphengine.eventlog import Batch
    from graphengine.job import Job

__all__ = ["Plan", "exposure_kinds", "origins", "planned", "unusual", "with_decay"]

_FORMAT = 2  # of the folders; part of every plan
_DAY = 86_400.0
_COUNTED = ("interactions", "retractions")


@dataclass(frozen=True, slots=True)
class Plan:
    """One topic's graph before it is built.

    ``stated`` are the parameters, ``batches`` those that touched the topic; ``as_of`` is what the
    graph is cut at (None: nothing is later), ``now`` the time that it is read at. ``left`` is the
    latest step whose events have left (None: none has), ``reference`` the step that weights are
    stored against, and ``steady`` says that weights are those at ``now`` instead.
    """

    key: str
    batches: tuple[Batch, ...]
    stated: str
    now: int | None
    as_of: int | None
    half_life: float | None
    reference: int | None = None
    left: int | None = None
    steady: bool = False

    @property
    def fingerprint(self) -> str:
        """A hash of everything that the graph depends on."""
        at = self.now if self.steady else self.as_of
        return _hashed([self.key, origins(self.batches), self.stated, at, self.left])

    @property
    def record(self) -> dict[str, Any]:
        """What a folder says of the graph in it, for a later patch."""
        return {
            "stated": self.stated,
            "origins": origins(self.batches),
            "patchable": self.as_of is None and not self.steady,
            "left": self.left,
            "reference": self.reference,
        }

    @property
    def scale(self) -> float:
        """What stored weights are times at ``now``."""
        if self.half_life is None or self.reference is None or self.now is None or self.steady:
            return 1.0
        return fraction_left(self.now, self.half_life, reference=self.reference)

    def graph(self, events: pl.DataFrame) -> TopicGraph:
        """The graph of the topic's events [actor, target, at, weight], those in force."""
        if self.as_of is not None:
            events = events.filter(pl.col("at").is_null() | (pl.col("at") <= self.as_of))
        if self.half_life is not None and self.reference is not None:
            events = self._faded(events, self.half_life, self.reference)
        return compress(self.key, events.select("actor", "target", "weight"))

    def _faded(self, events: pl.DataFrame, half_life: float, reference: int) -> pl.DataFrame:
        undated = events.filter(pl.col("at").is_null())
        dated = events.filter(pl.col("at").is_not_null())
        if self.left is not None:
            dated = dated.filter(step_of(pl.col("at"), half_life) > self.left)
        weight = weights_at(dated, half_life, reference=reference)
        if self.steady and self.now is not None:
            weight *= fraction_left(self.now, half_life, reference=reference)
        return pl.concat([undated, dated.with_columns(weight=pl.Series(weight, dtype=pl.Float64))])


def origins(batches: Sequence[Batch]) -> str:
    """A hash of where events came from."""
    return _hashed(sorted({(b.number, b.sha256, b.mapping) for b in batches}))


def exposure_kinds(job: Job) -> list[str]:
    """The kinds of exposure that the job counts as endorsements."""
    return [kind for kind in EXPOSURE_KINDS if kind in job.method.endorsements]


def planned(
    batches: Sequence[Batch], words: Mapping[str, str], *, job: Job, as_of: int | None
) -> list[Plan]:
    """A plan a topic of ``words`` (topic key: the source's word), overall last, decay apart."""
    touching = _touching(batches, words, job=job)
    counted = touching[topic_key(job.topic_scheme, OVERALL)]
    latest = max((b.at_max for b in counted if b.at_max is not None), default=None)
    now = latest if as_of is None else as_of
    cut = now if now is not None and latest is not None and now < latest else None
    days = job.method.half_life_days
    half_life = None if days is None else days * _DAY
    stated = _stated(job)
    return [
        Plan(key, tuple(theirs), stated, now, cut, half_life) for key, theirs in touching.items()
    ]


def unusual(events: pl.LazyFrame, plan: Plan) -> pl.DataFrame:
    """[at, topics] of the ``events`` that are undated, or gone since long ago."""
    some = pl.col("at").is_null()
    if plan.half_life is not None and plan.now is not None:
        some |= pl.col("at") < first_step(plan.now, plan.half_life) * plan.half_life
    return events.filter(some).select("at", "topics").collect()


def with_decay(plan: Plan, events: pl.DataFrame, *, word: str | None, exposed: bool) -> Plan:
    """The plan with what decay adds to it; ``events`` [at, topics] are the ``unusual`` ones.

    ``word`` is the topic's (None: overall); ``exposed``: follows and the like count in it.
    """
    times = [b.at_max for b in plan.batches if b.at_max is not None]
    if plan.half_life is None or plan.now is None or not times:
        return plan
    ours = events if word is None else events.filter(pl.col("topics").list.contains(word))
    steps = ours.select(step=step_of(pl.col("at"), plan.half_life))["step"].drop_nulls().to_list()
    oldest = first_step(plan.now, plan.half_life)
    return replace(
        plan,
        reference=reference_step(min(max(times), plan.now), plan.half_life),
        left=max((step for step in steps if step < oldest), default=None),
        steady=exposed or ours["at"].null_count() > 0,
    )


def _stated(job: Job) -> str:
    method = job.method
    return _hashed(
        [
            _FORMAT,
            sorted(set(method.endorsements)),
            dict(sorted(method.weights.items())),
            method.half_life_days,
        ]
    )


def _touching(
    batches: Sequence[Batch], words: Mapping[str, str], *, job: Job
) -> dict[str, list[Batch]]:
    """The batches that could have changed each topic's graph, overall last."""
    by_word: dict[str, list[Batch]] = {word: [] for word in words.values()}
    for batch in batches:
        for word in batch.topics_touched if batch.table in _COUNTED else ():
            by_word.setdefault(word, []).append(batch)
    tables = {*_COUNTED, "exposure"} if exposure_kinds(job) else set(_COUNTED)
    return {
        **{key: by_word[word] for key, word in words.items()},
        topic_key(job.topic_scheme, OVERALL): [b for b in batches if b.table in tables],
    }


def _hashed(parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]
