"""One topic of a run: parts, model, scores, their intervals, and the account of how they came about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from graphengine.eventlog.topics import topics_of
from graphengine.pipeline.evidence import evidence_of, topic_evidence
from graphengine.pipeline.learning import TopicModel, model_for_topic
from graphengine.pipeline.parts import people_of, topic_parts
from graphengine.scoring import score_table
from graphengine.scoring.intervals import Sampling, Scoring, score_intervals
from graphengine.scoring.reasons import REASON_COLUMNS, number_evidence, stored_reasons

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphengine.eventlog import EventLog
    from graphengine.graph import TopicGraph
    from graphengine.influence.ranking import Solution
    from graphengine.job import Job
    from graphengine.pipeline.cascades import Cascades
    from graphengine.pipeline.reports import Progress
    from graphengine.pipeline.solutions import Kept
    from graphengine.pipeline.told import Told
    from graphengine.scoring import Anchors, ScoreTable
    from graphengine.scoring.intervals import Intervals
    from graphengine.scoring.model import ScoreModel
    from graphengine.scoring.parts import Evidence, Parts

__all__ = ["Scorer", "TopicScores"]


@dataclass(frozen=True, slots=True)
class TopicScores:
    """One topic's tables, and what its row in the manifest says of it."""

    key: str
    name: str
    table: ScoreTable
    reasons: pl.DataFrame
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scorer:
    """What the scores of all topics of a run have in common."""

    log: EventLog
    job: Job
    anchors: Anchors
    cascades: Cascades
    threads: int
    model: ScoreModel  # published; what a topic learned takes its place there

    def every(
        self,
        known: Told,
        graphs: Mapping[str, TopicGraph],
        solved: Mapping[str, Kept],
        *,
        progress: Progress,
    ) -> list[TopicScores]:
        """The scores of all topics, by key; one topic's events are in memory at a time."""
        progress.stage("score")
        words = dict(topics_of(self.log, self.job.topic_scheme).select("key", "name").iter_rows())
        told = evidence_of(
            known, job=self.job, words=words,
            credit=self.cascades.faded_credit(), roots=self.cascades.roots,
        )  # fmt: skip
        scored: list[TopicScores] = []
        for key, evidence in told:
            weighed = self._model(key, evidence, known)
            scored.append(
                self._scores(graphs[key], solved[key], evidence, weighed, name=words[key])
            )
            progress.advance(len(scored), len(solved), "topics")
        return scored

    def _scores(
        self,
        graph: TopicGraph,
        kept: Kept,
        evidence: Evidence,
        weighed: TopicModel,
        *,
        name: str,
    ) -> TopicScores:
        """The scores of one topic, from the solutions of its graph and its events."""
        anchors, fewest = weighed.model.anchored(self.anchors), self.job.method.min_endorsers
        parts = topic_parts(kept, evidence, model=weighed.model, as_of=self.cascades.as_of)
        scoring = Scoring(weighed.model, anchors, fewest)
        intervals = self._intervals(evidence, parts, scoring)
        people = people_of(
            parts, kept, model=weighed.model,
            credit=self.cascades.credit_of(parts.accounts, graph.topic),
        )  # fmt: skip
        table = score_table(
            people.join(intervals.table, on="account", how="left", maintain_order="left"),
            topic=graph.topic, anchors=anchors, min_endorsers=fewest,
            beside=self.cascades.figures_of(graph.topic),
        )  # fmt: skip
        said = {
            "people": len(parts.accounts),
            "edges": graph.m,
            "scored": table.scores.height,
            "unrated": table.unrated.height,
            "certificates": _certificates(kept),
            "model": weighed.said(),
            "intervals": _said_of(intervals),
        }
        reasons = self._reasons(evidence, parts, scoring, table)
        return TopicScores(graph.topic, name, table, reasons, said)

    def _reasons(
        self, evidence: Evidence, parts: Parts, scoring: Scoring, table: ScoreTable
    ) -> pl.DataFrame:
        """Those of the topic's first people, as many as the job asks for."""
        first = table.scores["account"].head(self.job.method.reasons)
        if first.is_empty():
            return pl.DataFrame(schema=REASON_COLUMNS)
        numbered = number_evidence(evidence, model=scoring.model, as_of=self.cascades.as_of or 0)
        return stored_reasons(
            numbered, parts, topic=table.scores["topic"][0], people=first, threads=self.threads,
            anchors=scoring.anchors,
        )  # fmt: skip

    def _model(self, topic: str, evidence: Evidence, known: Told) -> TopicModel:
        model, method = self.model, self.job.method
        if method.score_weights == "published":
            return TopicModel(model, "the published weights are asked for")
        return model_for_topic(
            evidence, model, as_of=self.cascades.as_of, min_endorsers=method.min_endorsers,
            then=lambda cut: topic_evidence(
                self.log, job=self.job, as_of=cut, keys=[topic], known=known
            )[topic],
        )  # fmt: skip

    def _intervals(self, evidence: Evidence, parts: Parts, scoring: Scoring) -> Intervals:
        method = self.job.method
        return score_intervals(
            evidence,
            parts=parts,
            scoring=scoring,
            as_of=self.cascades.as_of or 0,
            exposure=self.cascades.exposed,
            sampling=Sampling(method.draws, method.random_state, self.threads),
        )


def _certificates(kept: Kept) -> dict[str, dict[str, float | int]]:
    reach = kept.parts["reach"]
    width = (kept.parts["reach_high"] - kept.parts["reach_low"]) / np.maximum(reach, 1.0)
    return {
        "visits": _certificate(kept.visits),
        "pagerank": _certificate(kept.pagerank),
        "reach": {"widest_bracket": float(width.max(initial=0.0))},
    }


def _certificate(solution: Solution) -> dict[str, float | int]:
    """What travels with a vector: how far from the exact answer it can be, in L1, and its cost."""
    size = float(np.abs(solution.value).sum())
    return {
        "residual": solution.residual,
        "error_bound": solution.error_bound,
        "relative_error_bound": solution.error_bound / size if size else 0.0,
        "sweeps": solution.sweeps,
    }


def _said_of(intervals: Intervals) -> dict[str, Any]:
    return {
        "draws": intervals.draws,
        "widened": intervals.widened,
        "unknown": intervals.unknown,
        "pooled": intervals.pooled,
        "error": intervals.error,
    }
