"""What intervals cost against the point run of the same topic, and validation against its run."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.scoring.anchors import load_anchors
from graphengine.scoring.intervals import Sampling, Scoring, score_intervals
from graphengine.scoring.model import load_model
from graphengine.scoring.parts import Evidence, score_parts
from tests.bench.record import Row
from tests.bench.validation.sets import load
from tests.support.data import data_root
from tests.support.run_job import Silent

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["intervals", "validating"]

SETS = ("higgs", "collegemsg", "enron")
GOAL, DRAWS, REPEATS = 5.0, 200, 5
FOLLOWS = 1_000_000  # further exposures, without an event
JOBS = Path(__file__).parents[3] / "jobs" / "examples"


def intervals() -> list[Row]:
    """One row a set, and Higgs once more with exposures of everybody who reacted and a million more."""
    rows = [_interval_cost(name, load(name).events, None) for name in SETS]
    events = load("higgs").events
    seen = _exposures(events)
    name = f"higgs, {seen.height:,} exposures"
    return [*rows, _interval_cost(name, events, seen)]


def _exposures(events: pl.DataFrame) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    pairs = events.select(source="target", target="actor").unique(maintain_order=True)
    people = pl.concat([events["actor"], events["target"]]).unique().sort()
    more = pl.DataFrame({
        "source": pairs["source"].gather(rng.integers(0, pairs.height, FOLLOWS)),
        "target": people.gather(rng.integers(0, len(people), FOLLOWS)),
    })  # fmt: skip
    return pl.concat([pairs, more]).unique().with_columns(since=pl.lit(None, pl.Int64))


def _interval_cost(name: str, events: pl.DataFrame, exposure: pl.DataFrame | None) -> Row:
    model, evidence = load_model(), Evidence(events)
    as_of = int(events["at"].max())  # type: ignore[arg-type]
    scoring = Scoring(model, load_anchors())
    parts = score_parts(evidence, as_of=as_of, wanted=model.wanted, passing=model.passing)

    def point() -> None:
        score_parts(evidence, as_of=as_of, wanted=model.wanted, passing=model.passing)

    def ours() -> None:
        score_intervals(
            evidence, parts=parts, scoring=scoring, as_of=as_of, exposure=exposure,
            sampling=Sampling(DRAWS),
        )  # fmt: skip

    ours()
    pairs = [(_cpu(point), _cpu(ours)) for _ in range(REPEATS)]
    found = [b / a for a, b in pairs]
    return Row(
        f"intervals of everybody, {DRAWS} draws, {name}", "the goal", median(found), GOAL,
        "point runs", GOAL / median(found), 1.0, None, (max(found) - min(found)) / median(found),
    )  # fmt: skip


def _cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def validating() -> list[Row]:
    """Validation of a whole run against the rest of the run, ingestion left out."""
    return [_validation_cost(name) for name in ("collegemsg", "higgs")]


def _validation_cost(name: str) -> Row:
    from graphengine.job import load_job
    from graphengine.pipeline import ingest, score, scored_run

    os.environ.setdefault("GRAPHENGINE_DATA", str(data_root()))
    spent = []
    judge = scored_run.validation_table

    def timed(*given: object, **named: object) -> pl.DataFrame:
        start = time.process_time()
        table = judge(*given, **named)  # type: ignore[arg-type]
        spent.append(time.process_time() - start)
        return table

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "job.toml"
        text = (JOBS / f"{name}.toml").read_text("utf-8")
        file.write_text(f'workspace = "{folder}/workspace"\n{text}', "utf-8")
        job = load_job(file)
        ingest(job, progress=Silent())
        scored_run.validation_table = timed  # type: ignore[assignment]
        try:
            whole = _cpu(lambda: score(job, as_of=None, progress=Silent()))
        finally:
            scored_run.validation_table = judge
    rest = whole - spent[0]
    return Row(
        f"validation in a run, {name}: processor time", "the rest of the run", spent[0], rest, "s",
        rest / spent[0], None, None, None,
    )  # fmt: skip
