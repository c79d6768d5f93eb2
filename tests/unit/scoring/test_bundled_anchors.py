"""The bundled anchors are what the rule gives on the data that they name.

An obvious second computation of R and S, from the source files, with none of the engine's readers,
graphs or events; the news events, which have posts and cascades too, come from the engine.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import scipy.sparse as sp
from support.data import dataset
from support.run_job import Silent

from graphengine import pipeline
from graphengine.eventlog import EventLog
from graphengine.influence.ranking import first_visit_reach
from graphengine.job import load_job
from graphengine.pipeline.evidence import model_of, topic_evidence
from graphengine.scoring import load_anchors
from graphengine.scoring.fit import fit_anchors, shape_of
from graphengine.scoring.parts import score_parts

DAY = 86_400


def higgs() -> pl.DataFrame:
    path = dataset("higgs") / "higgs-activity_time.txt.gz"
    names = ["actor", "target", "at", "kind"]
    rows = pl.read_csv(path, separator=" ", has_header=False, new_columns=names)
    return rows.unique(["actor", "target", "at"])  # every reply stands there as a mention too


def collegemsg() -> pl.DataFrame:
    path = dataset("collegemsg") / "CollegeMsg.txt.gz"
    names = ["actor", "target", "at"]
    return pl.read_csv(path, separator=" ", has_header=False, new_columns=names).unique()


def gop_debate() -> pl.DataFrame:
    rows = pl.read_csv(dataset("gop-debate") / "interactions.tsv.gz", separator="\t")
    at = pl.col("created").str.to_datetime("%m/%d/%y %H:%M").dt.epoch("s")
    return rows.with_columns(at=at).unique(["actor", "target", "post"])


def enron() -> pl.DataFrame:
    rows = pl.read_csv(dataset("enron") / "emails.csv.gz").rename(
        {"sender": "actor", "recipient": "target"}
    )
    at = pl.col("sent_at").str.to_datetime("%Y-%m-%d %H:%M:%S").dt.epoch("s")
    rows = rows.filter(~pl.col("sent_at").str.starts_with("1979")).with_columns(at=at)
    weight = pl.when(pl.col("kind") == "to").then(1.0).otherwise(0.5).first()
    key = ["actor", "target", "at"]  # the first copy says which kind
    return rows.with_columns(weight=weight.over(key)).unique(key)


def raw_of(events: pl.DataFrame) -> np.ndarray:
    """exp(log-score) of everyone with three endorsers or more; C and A are 0 in these four."""
    events = events.filter(pl.col("actor") != pl.col("target"))
    if "weight" not in events.columns:
        events = events.with_columns(weight=pl.lit(1.0))
    age = (events["at"].max() - pl.col("at")) / DAY
    pairs = events.group_by("actor", "target").agg(
        youngest=age.min(), weight=(pl.col("weight") * 0.5 ** (age / 8)).sum()
    )
    people, ends = np.unique(pairs.select("actor", "target").to_numpy(), return_inverse=True)
    actor, target = ends.reshape(-1, 2).T
    n = len(people)
    weight, youngest = pairs["weight"].to_numpy(), pairs["youngest"].to_numpy()
    W = sp.csr_array((weight * (weight > 2.0**-80), (actor, target)), shape=(n, n))
    W.eliminate_zeros()
    root = W.power(0.5)
    P = sp.csr_array(sp.diags_array(1 / (1 + root.sum(axis=1))) @ root)
    log_raw = 0.05 * np.log(first_visit_reach(P).value) + 0.05 * np.log1p(P.sum(axis=0))
    for days in (1 / 64, 1 / 8, 1, 8, 64):
        R = np.bincount(target, weights=0.5 ** (youngest / days), minlength=n)
        log_raw += 0.16 * np.log1p(R)
    return np.exp(log_raw)[np.bincount(target, minlength=n) >= 3]


def pheme(folder: Path) -> np.ndarray:
    job = load_job(Path(__file__).parents[3] / "jobs" / "demo.toml")
    job = job.model_copy(update={"workspace": str(folder)})
    pipeline.ingest(job, progress=Silent())
    log = EventLog(folder / "log")
    end = log.latest_time
    assert end is not None
    overall = f"{job.topic_scheme}/overall"
    evidence = topic_evidence(log, job=job, as_of=end, keys=[overall])[overall]
    model = model_of(job)
    parts = score_parts(evidence, as_of=end, wanted=model.wanted, passing=model.passing)
    return np.exp(model.log_score(parts.values))[parts.endorsers >= 3]


def test_the_rule_gives_the_bundled_anchors(tmp_path: Path) -> None:
    parts = {f.__name__: raw_of(f()) for f in (enron, higgs, collegemsg, gop_debate)}
    parts["pheme"] = pheme(tmp_path / "demo")
    assert {name: len(p) for name, p in parts.items()} == {
        "enron": 177, "higgs": 15504, "collegemsg": 1224, "gop_debate": 503, "pheme": 398,
    }  # fmt: skip
    bundled = load_anchors()
    assert fit_anchors(parts, version="2", source=bundled.source) == bundled
    shapes = {name: shape_of(p, bundled) for name, p in parts.items()}
    assert np.mean([s.mean for s in shapes.values()]) == pytest.approx(19.83, abs=0.015)
    assert [round(s.p95, 1) for s in shapes.values()] == [11.9, 50.5, 21.3, 52.1, 44.2]
