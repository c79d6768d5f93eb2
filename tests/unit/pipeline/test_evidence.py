"""What the log knows of a topic as the score takes it, and a run's parts against the pure library."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from support.log_rows import feed
from support.run_job import Silent

from graphengine.eventlog import EventLog
from graphengine.job import Job
from graphengine.pipeline.evidence import bare_evidence, model_of, topic_evidence
from graphengine.pipeline.scored_run import score_log
from graphengine.pipeline.told import told
from graphengine.runs import list_runs
from graphengine.scoring.parts import score_parts
from graphengine.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400


def job_of(**method: Any) -> Job:
    return Job(
        name="t", sources=[{"name": "s", "files": ["f"]}],
        method={"min_endorsers": 1, "draws": 0, **method}, validation={"cuts": []},
    )  # fmt: skip


def told_log(folder: Path) -> EventLog:
    """b and c reshare a's post p; d quotes c's reshare; e likes p; nobody answers a's post q."""
    log = EventLog(folder / "log")
    feed(
        log, "posts",
        {"post": "x:p", "author": "x:a", "at": 0, "topics": ["A"]},
        {"post": "x:q", "author": "x:a", "at": DAY, "topics": ["A", "B"]},
        {"post": "x:pb", "author": "x:b", "at": DAY, "kind": "retweet", "parent": "x:p", "topics": ["A"]},
        {"post": "x:pc", "author": "x:c", "at": 2 * DAY, "kind": None, "topics": ["A"]},
    )  # fmt: skip
    feed(
        log, "interactions",
        {"event_id": "1", "actor": "x:b", "target": "x:a", "at": DAY, "post": "x:pb", "topics": ["A"]},
        {"event_id": "2", "actor": "x:c", "target": "x:a", "at": 2 * DAY, "post": "x:pc", "parent": "x:p", "topics": ["A"]},
        {"event_id": "3", "actor": "x:d", "target": "x:c", "at": 8 * DAY, "post": "x:pd", "parent": "x:pc", "kind": "quote", "topics": ["A"]},
        {"event_id": "4", "actor": "x:e", "target": "x:a", "at": 8 * DAY, "kind": "like", "parent": "x:p", "weight": 3.0, "topics": ["A", "B"]},
        {"event_id": "5", "actor": "x:a", "target": "x:a", "at": 8 * DAY, "topics": ["A"]},
    )  # fmt: skip
    return log


def test_events_posts_and_credit_of_a_topic(tmp_path: Path) -> None:
    found = topic_evidence(told_log(tmp_path), job=job_of(), as_of=8 * DAY)
    assert sorted(found) == ["t/a", "t/b", "t/overall"]
    events = found["t/a"].events.sort("event_id")
    assert events["event_id"].to_list() == ["1", "2", "3", "4"]  # praising oneself is none
    assert events["parent"].to_list() == ["x:p", "x:p", "x:pc", "x:p"]  # the first by the posts
    assert events["original"].to_list() == [True, True, False, True]  # x:pc is a reshare
    assert events["cascade"].to_list() == ["x:p", "x:p", "x:p", None]
    assert events["weight"].to_list() == [1.0, 1.0, 1.0, 1.5]  # half of it is the topic B's
    assert found["t/a"].posts.sort("post").rows() == [("x:a", 0, "x:p"), ("x:a", DAY, "x:q")]
    assert found["t/b"].posts["post"].to_list() == ["x:q"]
    credit = dict(found["t/a"].credit.select("account", "amount").rows())
    assert credit["x:a"] == pytest.approx(2 ** (-7 / 8) + 2 ** (-6 / 8) + 1)
    assert credit["x:c"] == pytest.approx(1.0)


def test_bare_evidence_lacks_what_trees_say_and_nothing_else(tmp_path: Path) -> None:
    log = told_log(tmp_path)
    whole = topic_evidence(log, job=job_of(), as_of=8 * DAY)
    bare = bare_evidence(log, told(log, as_of=8 * DAY), job=job_of())
    assert list(bare) == list(whole)
    for key, evidence in whole.items():
        mine, theirs = (one[key].events.sort("event_id") for one in (bare, whole))
        assert mine.drop("cascade").equals(theirs.drop("cascade"))
        assert mine["cascade"].null_count() == mine.height
        assert bare[key].posts.sort("post").equals(evidence.posts.sort("post"))
        assert bare[key].credit is None
    some = bare_evidence(log, told(log, as_of=8 * DAY), job=job_of(), keys=["t/a"])
    assert list(some) == ["t/a"]


def test_up_to_a_moment_and_of_some_topics(tmp_path: Path) -> None:
    found = topic_evidence(told_log(tmp_path), job=job_of(), as_of=2 * DAY, keys=["t/a"])
    assert list(found) == ["t/a"]
    assert found["t/a"].events["event_id"].sort().to_list() == ["1", "2"]


def test_asking_for_one_topic_changes_no_weight(tmp_path: Path) -> None:
    log = told_log(tmp_path)
    every = topic_evidence(log, job=job_of(), as_of=8 * DAY)
    alone = topic_evidence(log, job=job_of(), as_of=8 * DAY, keys=["t/b"])
    assert alone["t/b"].events.equals(every["t/b"].events)
    assert alone["t/b"].events["weight"].to_list() == [1.5]


def test_the_jobs_half_life_is_that_of_all_but_the_ladder() -> None:
    keys = model_of(job_of(half_life_days=30.0)).wanted
    assert {k.half_life for k in keys if k.name != "R"} == {30.0}
    assert {k.half_life for k in keys if k.name == "R"} == {1 / 64, 1 / 8, 1.0, 8.0, 64.0}
    assert {k.half_life for k in model_of(job_of(half_life_days=None)).wanted[5:]} == {math.inf}


@pytest.mark.parametrize("half_life", [8.0, 0.25, None])
def test_a_run_scores_what_the_library_says(tmp_path: Path, half_life: float | None) -> None:
    log = told_log(tmp_path)
    job, ws = job_of(half_life_days=half_life), Workspace(tmp_path)
    end = 20 * DAY  # at a quarter of a day the first events have left the graph
    score_log(job, ws, as_of=end, progress=Silent())
    scores = list_runs(ws)[-1].table("scores")
    model = model_of(job)
    for key, evidence in topic_evidence(log, job=job, as_of=end).items():
        parts = score_parts(evidence, as_of=end, wanted=model.wanted, passing=model.passing)
        wanted = pl.DataFrame({
            "account": parts.accounts,
            "raw": np.exp(model.log_score(parts.values)),
            **{n: model.sub_score(n, parts.values) for n in ("reach", "amplification", "network")},
        }).filter(pl.Series(parts.endorsers >= 1))  # fmt: skip
        found = scores.filter(pl.col("topic") == key).sort("account")
        assert found["account"].to_list() == wanted.sort("account")["account"].to_list()
        for name in ("raw", "reach", "amplification", "network"):
            got, want = found[name].to_numpy(), wanted.sort("account")[name].to_numpy()
            assert got == pytest.approx(want, rel=1e-8, abs=1e-12), (key, name)
        assert found["evidence"].sum() == evidence.events.height
