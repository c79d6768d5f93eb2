"""What bad input gets: an error that says what to change, or "not enough evidence"; no number."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from graphengine import scoring
from graphengine.errors import ConfigurationError
from graphengine.job import Job, load_job
from graphengine.scoring.anchors import load_anchors
from graphengine.scoring.intervals import INTERVAL_COLUMNS, Sampling, Scoring, score_intervals
from graphengine.scoring.model import checked_anchors, load_model
from graphengine.scoring.parts import Evidence, Parts, score_parts
from graphengine.scoring.score import SCORE_COLUMNS, ScoreTable, percentile_table, score_table
from graphengine.scoring.validation import cut_times, judged, outcome_of, sides

MODEL, HOUSE = load_model(), Path(scoring.__file__).parent
ANCHORS = load_anchors(HOUSE / "anchors" / "2.toml")
NOW = 10 * 86_400
EVENTS = {"actor": pl.String, "target": pl.String, "at": pl.Int64, "weight": pl.Float64}
FIGURES = [name for name in INTERVAL_COLUMNS if name != "account"]


def _evidence(*pairs: tuple[str, str], at: int | None = NOW) -> Evidence:
    rows = [(actor, target, at, 1.0) for actor, target in pairs]
    return Evidence(pl.DataFrame(rows, schema=EVENTS, orient="row"))


def _parts(evidence: Evidence) -> Parts:
    return score_parts(evidence, as_of=NOW, wanted=MODEL.wanted, passing=MODEL.passing)


def _table(evidence: Evidence, *, fewest: int = 3) -> ScoreTable:
    parts = _parts(evidence)
    people = pl.DataFrame(
        {
            "account": parts.accounts,
            "raw": np.exp(MODEL.log_score(parts.values)),
            "endorsers": parts.endorsers,
        },
        schema_overrides={"account": pl.String},
    ).with_columns(pagerank=pl.lit(0.0), credit=pl.lit(0.0))
    return score_table(people, topic="t/a", anchors=ANCHORS, min_endorsers=fewest)


def _intervals(evidence: Evidence, *, draws: int = 50, fewest: int = 3) -> pl.DataFrame:
    return score_intervals(
        evidence, parts=_parts(evidence), scoring=Scoring(MODEL, ANCHORS, fewest), as_of=NOW,
        sampling=Sampling(draws),
    ).table  # fmt: skip


@pytest.mark.parametrize(
    "evidence",
    [_evidence(), _evidence(("a", "a")), _evidence(("a", "a"), ("a", "a"), at=None)],
    ids=["nobody", "one person", "one person without times"],
)
def test_one_person_is_nobody_to_score(evidence: Evidence) -> None:
    table = _table(evidence, fewest=1)
    assert table.scores.is_empty()
    assert table.unrated.is_empty()
    assert list(table.scores.columns) == list(SCORE_COLUMNS)
    assert percentile_table(table.scores).is_empty()
    assert _intervals(evidence, fewest=1).is_empty()


@pytest.mark.parametrize("at", [NOW, 0, None])
def test_two_people_have_not_enough_evidence(at: int | None) -> None:
    evidence = _evidence(("a", "b"), ("b", "a"), ("a", "b"), at=at)
    table = _table(evidence)
    assert table.scores.is_empty()
    assert table.unrated.rows() == [("a", "t/a", 1), ("b", "t/a", 1)]
    assert _intervals(evidence).is_empty()


def test_two_people_are_scored_where_a_job_takes_one_endorser_for_enough() -> None:
    evidence = _evidence(("a", "b"), ("b", "a"), ("a", "b"))
    scores = _table(evidence, fewest=1).scores
    assert scores["account"].to_list() == ["b", "a"]
    assert ((scores["score"] > 1.0) & (scores["score"] < 30.0)).all()
    found = _intervals(evidence, fewest=1).join(scores.select("account", "score"), on="account")
    known = found.drop_nulls("low")
    assert ((known["low"] <= known["score"]) & (known["score"] <= known["high"])).all()


def test_no_draws_are_no_intervals_but_null() -> None:
    crowd = _evidence(*((f"f{i}", "a") for i in range(9)))
    table = _intervals(crowd, draws=0)
    assert table["account"].to_list() == ["a"]
    assert table.select(FIGURES).null_count().row(0) == (1,) * len(FIGURES)


@pytest.mark.parametrize("draws", [-1, -200])
def test_fewer_draws_than_none_are_refused(draws: int) -> None:
    with pytest.raises(ValueError, match=f"draws >= 0.*got {draws}"):
        Sampling(draws)


@pytest.mark.parametrize(
    "exposure",
    [None, pl.DataFrame(schema={"source": pl.String, "target": pl.String, "since": pl.Int64})],
    ids=["none known", "an empty table"],
)
def test_without_exposures_an_interval_is_around_the_score_or_null(exposure) -> None:
    pairs = [(f"f{i}", f"a{j}") for i, j in itertools.product(range(9), range(4)) if i >= 2 * j]
    evidence = _evidence(*pairs, at=NOW - 86_400)
    found = score_intervals(
        evidence, parts=_parts(evidence), scoring=Scoring(MODEL, ANCHORS), as_of=NOW,
        exposure=exposure, sampling=Sampling(60),
    ).table  # fmt: skip
    scores = _table(evidence).scores.select("account", "score", "rank")
    both = found.join(scores, on="account", how="full", coalesce=True)
    assert both.height == scores.height == found.height == 4
    known = both.drop_nulls("low")
    assert ((known["low"] <= known["score"]) & (known["score"] <= known["high"])).all()
    assert ((known["rank_low"] <= known["rank"]) & (known["rank"] <= known["rank_high"])).all()
    unknown = both.filter(pl.col("low").is_null())
    assert unknown.select(pl.all_horizontal(pl.col(FIGURES).is_null()).all()).item()


def test_a_period_without_events_after_the_cut_is_an_error_with_the_counts() -> None:
    events = _evidence(("b", "a"), ("c", "a"), ("d", "a")).events
    (cut,) = cut_times(events["at"], [0.7])
    with pytest.raises(ValueError, match=r"3 events lie before the cut \d+ and 0 after it"):
        sides(events, cut)
    with pytest.raises(ValueError, match="needs events with times"):
        cut_times(_evidence(("b", "a"), at=None).events["at"], [0.7])


def test_two_people_after_a_cut_are_too_few_to_judge() -> None:
    events = pl.concat(_evidence(("b", "a"), ("a", "b"), at=at).events for at in (1, 2, 3))
    outcome = outcome_of(sides(events, 2))
    found = judged(outcome, {"score": np.ones(2)}, rng=np.random.default_rng(1))
    assert (found.people, found.with_outcome, found.verdict) == (2, 2, "too few to judge")
    assert found.table.is_empty()


def test_missing_anchors_are_named_with_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.toml cannot be read.*\[method\] anchors"):
        load_anchors(tmp_path / "none.toml")


def test_anchors_of_another_version_are_refused(tmp_path: Path) -> None:
    """A copy in the job's own folder does not hide what it is."""
    copy = tmp_path / "ours.toml"
    copy.write_bytes((HOUSE / "anchors" / "1.toml").read_bytes())
    for place in (copy, HOUSE / "anchors" / "1.toml"):
        with pytest.raises(
            ConfigurationError, match=r"anchors 1\+.*model 2, which needs anchors 2"
        ):
            checked_anchors(MODEL, load_anchors(place))
    assert checked_anchors(MODEL, ANCHORS) is ANCHORS
    text = copy.read_text("utf-8").replace('version = "1"', 'version = "house"')
    copy.write_text(text, "utf-8")
    assert checked_anchors(MODEL, load_anchors(copy)).version.startswith("house+")


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"version = ", b"[weights]"])
def test_an_unreadable_model_file_is_named(tmp_path: Path, content: bytes | None) -> None:
    place = tmp_path / "model.toml"
    if content is not None:
        place.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"model\.toml cannot be (read|used)") as raised:
        load_model(place)
    assert "weights = [[" in str(raised.value)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_model(tmp_path)


JOB = """
name = "toy"
[[sources]]
name = "replies"
files = ["a.csv"]
columns = { actor = "a", target = "b", kind = "k" }
"""


def _job(folder: Path, text: str) -> Job:
    (folder / "job.toml").write_text(JOB + text, "utf-8")
    return load_job(folder / "job.toml")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[method]\ndraws = -1", "method.draws"),
        ("[method]\ndraws = 2.5", "method.draws"),
        ('[method]\ndraws = "many"', "method.draws"),
        ("[method]\nrandom_state = -3", "method.random_state"),
        ('[method]\nscore_weights = "leaned"', "method.score_weights"),
        ("[method]\nhalf_life_days = 0", "method.half_life_days"),
        ("[method]\nhalf_life_days = nan", "method.half_life_days"),
        ("[method]\nhalf_life_days = -inf", "method.half_life_days"),
        ("[validation]\ncuts = [0.5, 1.0]", "validation.cuts[1]"),
        ("[validation]\ncuts = [0]", "validation.cuts[0]"),
        ("[validation]\ncuts = 0.5", "validation.cuts"),
        ("[validation]\ncuts = [nan]", "validation.cuts[0]"),
        ("[method]\nreasons = -1", "method.reasons"),
    ],
)
def test_settings_of_the_score_that_make_no_sense_are_named(
    tmp_path: Path, text: str, place: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        _job(tmp_path, text)
    lines = [line.strip() for line in str(raised.value).splitlines()[1:]]
    assert [line.split(":")[0] for line in lines] == [place]


def test_settings_of_the_score_that_ask_for_nothing_are_fine(tmp_path: Path) -> None:
    job = _job(
        tmp_path,
        "[method]\ndraws = 0\nreasons = 0\nhalf_life_days = inf\n[validation]\ncuts = []",
    )
    assert (job.method.draws, job.method.half_life_days) == (0, None)
    assert (job.validation.cuts, job.method.reasons) == ([], 0)
