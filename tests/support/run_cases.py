"""Small runs for tests: the same inputs give the same run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from graphengine.runs import run_id
from graphengine.scoring import load_anchors, percentile_table, score_table

if TYPE_CHECKING:
    from graphengine.runs import Run
    from graphengine.workspace import Workspace

__all__ = ["manifest", "tables", "write_case"]


def manifest(**changes: Any) -> dict[str, Any]:
    """A manifest with every input of a run id."""
    plain = {
        "job": "demo",
        "parameters": {"damping": 0.85, "half_life_days": None},
        "method_version": "1",
        "anchors_version": "1",
        "code_version": "0.1.0",
        "watermark": "a1",
        "last_batch": 3,
        "as_of": 1404950400,
        "topics": [{"key": "demo/a", "certificates": {"raw": {"error_bound": 1e-10}}}],
    }
    return {**plain, **changes}


def tables(people: int = 40) -> dict[str, pl.DataFrame]:
    """A seeded score table of ``people`` accounts, with all that belongs to it."""
    random = np.random.default_rng(people)
    table = score_table(
        pl.DataFrame({
            "account": [f"x:{i}" for i in range(people)],
            "raw": 1 + random.lognormal(1, 1, people),
            "pagerank": random.dirichlet(np.ones(people)),
            "credit": random.integers(0, 9, people).astype(float),
            "endorsers": random.integers(0, 9, people),
        }),
        topic="demo/a",
        anchors=load_anchors(),
        min_endorsers=3,
    )  # fmt: skip
    return {
        "scores": table.scores,
        "unrated": table.unrated,
        "percentiles": percentile_table(table.scores),
    }


def write_case(ws: Workspace, *, people: int = 40, **changes: Any) -> Run:
    """Write the run of these inputs."""
    from graphengine.runs import write_run

    facts = manifest(**changes)
    return write_run(ws, id=id_of(facts), manifest=facts, tables=tables(people))


def id_of(facts: dict[str, Any]) -> str:
    """The id that a manifest leads to."""
    names = ("as_of", "job", "method_version", "anchors_version", "watermark")
    return run_id(**{name: facts[name] for name in names}, params=facts["parameters"])


def story(ws: Workspace) -> None:
    """Three runs, two publications, a rollback, a prune: repeating it ends in the same state."""
    from graphengine.runs import protected_runs, prune_runs, record_published, record_rollback

    first, second, third = (write_case(ws, as_of=n * 86400).id for n in range(3))
    record_published(ws, "embedded", first)
    record_published(ws, "embedded", second)
    record_published(ws, "embedded", third)
    record_rollback(ws, "embedded", rolled_back=third, published=second)
    prune_runs(ws, keep=1, protect=protected_runs(ws))
