"""Runs of logs that say next to nothing: "not enough evidence", null, or an error; no made-up number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.log_rows import feed

from graphengine.errors import ConfigurationError, InputError
from graphengine.eventlog import EventLog
from graphengine.job import Job
from graphengine.pipeline.scored_run import score_log
from graphengine.runs import Run, load_run
from graphengine.scoring.intervals import INTERVAL_COLUMNS
from graphengine.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

FIGURES = [name for name in INTERVAL_COLUMNS if name != "account"]


class _Silent:
    def stage(self, name: str) -> None: ...
    def advance(self, done: int, total: int | None, unit: str) -> None: ...
    def note(self, text: str) -> None: ...


def _run(folder: Path, *acts: tuple[str, str], at: int | None = 86_400, **method: Any) -> Run:
    """The run of ``acts`` (actor, target), a minute apart, all of one topic."""
    workspace = Workspace(folder)
    rows = [
        {"event_id": f"e{n}", "actor": f"x:{actor}", "target": f"x:{target}", "topics": ["A"],
         "at": None if at is None else at + 60 * n}
        for n, (actor, target) in enumerate(acts)
    ]  # fmt: skip
    if rows:
        feed(EventLog(workspace.log), "interactions", *rows)
    job = Job(
        name="t", sources=[{"name": "s", "files": ["f"]}], threads=1,
        method={"draws": 20, **method}, diffusion={"spread": False},
    )  # fmt: skip
    report = score_log(job, workspace, as_of=None, progress=_Silent())
    return load_run(workspace, report.run)


CROWD = [(f"f{i}", "a") for i in range(6)] + [(f"f{i}", "b") for i in range(3)]


def test_a_log_without_interactions_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no interaction; scores need some"):
        _run(tmp_path)


@pytest.mark.parametrize("at", [86_400, None])
def test_one_person_is_nobody_to_score(tmp_path: Path, at: int | None) -> None:
    run = _run(tmp_path, ("a", "a"), ("a", "a"), at=at, min_endorsers=1)
    assert run.table("scores").is_empty()
    assert run.table("unrated").is_empty()


@pytest.mark.parametrize("at", [86_400, None])
def test_a_topic_of_two_people_has_not_enough_evidence(tmp_path: Path, at: int | None) -> None:
    run = _run(tmp_path, ("a", "b"), ("b", "a"), ("a", "b"), at=at)
    assert run.table("scores").is_empty()
    found = run.table("unrated").select("topic", "account", "endorsers").sort("topic", "account")
    assert found.rows() == [
        (topic, who, 1) for topic in ("t/a", "t/overall") for who in ("x:a", "x:b")
    ]


def test_without_draws_there_are_scores_and_no_intervals(tmp_path: Path) -> None:
    scores = _run(tmp_path, *CROWD, draws=0).table("scores")
    assert scores["account"].to_list() == ["x:a", "x:b"] * 2
    assert scores["score"].is_between(1.0, 100.0, closed="right").all()
    assert scores.select(FIGURES).null_count().row(0) == (4,) * len(FIGURES)


def test_without_exposures_an_interval_holds_its_score_or_is_null(tmp_path: Path) -> None:
    scores = _run(tmp_path, *CROWD).table("scores")
    known = scores.drop_nulls("low")
    assert (known["low"] <= known["score"]).all()
    assert (known["score"] <= known["high"]).all()
    for name in FIGURES:
        assert scores[name].is_null().equals(scores["low"].is_null()), name


def test_learning_from_too_little_keeps_the_published_weights_and_says_why(tmp_path: Path) -> None:
    run = _run(tmp_path / "a", *CROWD, draws=0)
    published = _run(tmp_path / "b", *CROWD, score_weights="published", draws=0)
    assert run.table("scores").equals(published.table("scores"))
    told = [topic["model"] for topic in run.manifest["topics"]]
    assert [model["learned"] for model in told] == [False, False]
    assert all("people had an outcome, 50 are needed" in model["why_not"] for model in told)


def test_missing_anchors_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.toml cannot be read"):
        _run(tmp_path, *CROWD, anchors=str(tmp_path / "none.toml"))
