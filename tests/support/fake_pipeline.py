"""A pipeline that does nothing and reports what a test wants: the command line's other half."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from graphengine import pipeline
from graphengine.pipeline.reports import (
    Check,
    FileReport,
    IngestReport,
    MissingReshares,
    PublishReport,
    RunInfo,
    RunReport,
    ScoreReport,
    StoreReport,
    TopicReport,
)
from graphengine.stores.ports import Answer

if TYPE_CHECKING:
    import pytest

RUN, BEFORE = "2014-11-30-0123456789ab", "2014-11-29-ba9876543210"
JOB_TEXT = """
name = "toy"
[[sources]]
name = "events"
files = ["events.csv"]
columns = { actor = "a", target = "b", kind = "k" }
"""

NEW_FILE = FileReport(
    file="data/events.csv", source="events", table="interactions", read=1000, accepted=900,
    duplicate=60, rejected=40, skipped=5, conflicts=2, known=False,
)  # fmt: skip
INGESTED = IngestReport(
    files=(NEW_FILE, replace(NEW_FILE, file="data/more.csv", read=7, accepted=7, duplicate=0,
                             rejected=0, skipped=0, conflicts=0)),
    rejects_files=("rejects/000001-events.csv",),
)  # fmt: skip
SCORED = ScoreReport(
    run=RUN,
    created=True,
    as_of=1417305600,
    topics=(
        TopicReport("toy/overall", "overall", 5000, 900, 300, False),
        TopicReport("toy/ferguson", "Ferguson", 4000, 700, 200, False),
        TopicReport("toy/gurlitt", "Gurlitt", 100, 7, 2, True),
    ),
    error_bound=3.2e-10,
    trees=1490,
    repairs={"rows": 4000, "several_parents": 12},
    missing=MissingReshares(posts=3, of=40, counted=1234),
)
PUBLISHED = PublishReport(run=RUN, stores=(StoreReport("embedded", RUN, BEFORE, True),))
UNCHANGED = PublishReport(run=RUN, stores=(StoreReport("embedded", RUN, BEFORE, False),))
KNOWN = IngestReport(files=(replace(NEW_FILE, known=True),), rejects_files=())

TOP = Answer(
    columns=("rank", "account", "handle", "name", "score", "pct", "endorsers"),
    rows=(
        (1, "x:1", None, "[bold]Ada[/]", 99.97, 99.96, 1234),
        (2, "x:2", None, None, 64.04, 99.0, 17),
    ),
)
CARD = Answer(
    columns=("topic", "name", "status", "score", "rank", "pct", "endorsers", "raw", "pagerank",
             "credit", "cascades", "cascade_size", "passed_on", "spread", "spread_low",
             "spread_high"),
    rows=(
        ("toy/ferguson", "Ferguson", "scored", 64.04, 2, 99.0, 17, 12.5, 0.001, None, *[None] * 6),
        ("toy/gurlitt", "Gurlitt", "unrated", None, None, None, 2, None, None, None, *[None] * 6),
    ),
)  # fmt: skip
ROWS = Answer(
    columns=("name", "n", "share", "who", "mixed"),
    rows=(
        ('a "b", c', 1, 0.5, ["x:1", "x:2"], 1),
        ("Zoë\x1b[31m", None, float("nan"), [], "two"),
    ),
)
PLAN = Answer(
    columns=("operator", "details", "estimated_rows", "index"),
    rows=(
        ("ProduceResults", "rank", 20.0, ""),
        ("  NodeUniqueIndexSeek", "UNIQUE p:Pointer(key) WHERE key = $job", 1.0, "p:Pointer(key)"),
    ),
)
RUNS = [
    RunInfo(BEFORE, None, 3, (), "previous", None),
    RunInfo(RUN, 1417305600, 900, ("embedded",), "published", "2026-01-01T00:00:00+00:00"),
]
CHECKS = [Check("python", True, "3.11.7"), Check("store neo4j", False, "no answer", "start it")]


class FakePipeline:
    """Put in the place of the use cases; ``answers`` by name, ``calls`` as they came."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Any] = {
            "ingest": INGESTED,
            "score": SCORED,
            "publish": PUBLISHED,
            "rollback": PUBLISHED,
            "run": RunReport(ingest=INGESTED, score=SCORED, publish=PUBLISHED),
            "plan": ["read data/events.csv", "score every topic"],
            "runs": RUNS,
            "verify": [],
            "prune": [BEFORE],
            "top": TOP,
            "show": CARD,
            "query": ROWS,
            "explain": PLAN,
            "doctor": CHECKS,
        }
        for name in self.answers:
            monkeypatch.setattr(pipeline, name, self._case(name))

    def _case(self, name: str) -> Any:
        def use_case(job: Any, **options: Any) -> Any:
            progress = options.pop("progress", None)
            self.calls.append((name, {"job": getattr(job, "name", None), **options}))
            if progress is not None:
                progress.stage(f"{name} events.csv")
                progress.advance(10, 20, "rows")
                progress.note("a note")
            answer = self.answers[name]
            if isinstance(answer, BaseException):
                raise answer
            return answer() if callable(answer) else answer

        return use_case
