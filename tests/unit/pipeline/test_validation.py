"""Validation of a log: nothing later is known at a cut, and every trap of looking back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from support.foretold import DAY, START, event, foretold_job, write_world
from support.log_rows import feed
from support.run_job import Silent

from graphengine.errors import InputError
from graphengine.eventlog import EventLog
from graphengine.pipeline import validation
from graphengine.pipeline.cascades import forest_of, links_of
from graphengine.pipeline.diffusion import exposed_pairs, learned_influence
from graphengine.pipeline.validation import validate_log, validation_table
from graphengine.scoring.parts import PartKey
from graphengine.scoring.validation import VALIDATION_COLUMNS, Judge, learned_score

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from graphengine.job import Job
    from graphengine.scoring.validation import Moment, Period

EVENTS = 2_400
LAST = START + 20 * DAY


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> EventLog:
    return write_world(tmp_path_factory.mktemp("world"))


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return foretold_job(tmp_path / "job")


def _validated(log: EventLog, job: Job, *cuts: float, **more: Any) -> pl.DataFrame:
    return validate_log(log, job=job, as_of=None, cuts=cuts, progress=Silent(), **more)


def _moments(
    log: EventLog, job: Job, *cuts: float, monkeypatch: pytest.MonkeyPatch
) -> dict[str, list[tuple[Period, Moment | None]]]:
    """What was known at each cut, by topic; the judging itself is left out."""
    seen: dict[str, list[tuple[Period, Moment | None]]] = {}

    class Watched(Judge):
        def judge(
            self, period: Period, earlier: Sequence[Moment] = ()
        ) -> tuple[pl.DataFrame, Moment | None]:
            rows, found = Judge.judge(self, period)
            seen.setdefault(period.topic, []).append((period, found))
            return rows, found

    with monkeypatch.context() as patch:
        patch.setattr(validation, "Judge", Watched)
        patch.setattr("graphengine.scoring.validation.table.Judge._judged", _no_rows)
        _validated(log, job, *cuts)
    return seen


def _no_rows(*_: object) -> pl.DataFrame:
    return pl.DataFrame(schema=VALIDATION_COLUMNS)


def _at(moments: dict[str, list[tuple[Period, Moment | None]]], topic: str) -> Moment:
    (_, found), *_ = moments[topic]
    assert found is not None
    return found


def test_the_score_of_a_world_with_lasting_differences_foretells(log: EventLog, job: Job) -> None:
    table = _validated(log, job, 0.7, 0.5)
    assert dict(table.schema) == {n: kind() for n, kind in VALIDATION_COLUMNS.items()}
    assert table["topic"].unique().sort().to_list() == ["toy/chess", "toy/overall"]
    assert table["cut"].unique().sort().to_list() == [0.5, 0.7]
    overall = table.filter(topic="toy/overall", cut=0.7)
    assert overall["verdict"].unique().to_list() == ["judged"]
    figures = {(r["measure"], r["metric"]): r for r in overall.iter_rows(named=True)}
    score = figures["score", "spearman"]
    assert 0.3 < score["low"] <= score["value"] <= score["high"]
    assert {m for m, _ in figures} == {
        "score", "score, published weights", "log followers", "in-degree", "distinct endorsers",
        "events received", "mean cascade size", "PageRank", "reach", "amplification", "network",
        "score less in-degree", "score less log followers",
    }  # fmt: skip
    assert figures["score", "R² by log followers"]["high"] < 1.0
    assert figures["score", "partial R² above log followers"]["value"] >= 0.0
    difference = score["value"] - figures["in-degree", "spearman"]["value"]
    assert figures["score less in-degree", "spearman"]["value"] == pytest.approx(difference)
    first = table.filter(topic="toy/overall", cut=0.5, measure="score, published weights")
    assert first.is_empty()  # there is no earlier cut to learn from: the score has them itself


def test_the_score_has_the_weights_that_the_job_asks_for(log: EventLog, job: Job) -> None:
    method = job.method.model_copy(update={"score_weights": "published"})
    tables = [
        _validated(log, one, 0.5, 0.7) for one in (job, job.model_copy(update={"method": method}))
    ]
    learned, published = (
        {
            (r["measure"]): r["value"]
            for r in table.filter(topic="toy/overall", cut=0.7, metric="spearman").iter_rows(
                named=True
            )
        }
        for table in tables
    )
    assert learned["score"] == published["score, learned weights"]
    assert published["score"] == learned["score, published weights"]
    assert learned["score"] != published["score"]


def test_the_same_rows_whatever_the_threads_and_other_topics(
    log: EventLog, job: Job, tmp_path: Path
) -> None:
    one = _validated(log, job.model_copy(update={"threads": 1}), 0.6)
    assert _validated(log, job.model_copy(update={"threads": 3}), 0.6).equals(one)
    chess = _validated(log, job, 0.6, keys={"toy/chess"})
    assert chess.equals(one.filter(topic="toy/chess"))
    other = job.model_copy(update={"method": job.method.model_copy(update={"random_state": 1})})
    drawn = _validated(log, other, 0.6, keys={"toy/chess"})
    assert drawn["value"].equals(chess["value"])
    assert not drawn["low"].equals(chess["low"])


def _later() -> list[dict[str, Any]]:
    """As many events again, all after the last: of old people, new people, a new topic."""
    rows = [
        event(f"l{n}", f"u{n % 90}", f"u{(7 * n) % 160}", LAST + 60 * n, parent=f"x:q{n % 50}")
        for n in range(EVENTS - 200)
    ]
    rows += [
        event(f"n{n}", f"new{n % 9}", f"new{n % 31}", LAST + n, topics=["go"]) for n in range(100)
    ]
    # told again, more strongly, after the cut: the act of then stays what it was then
    rows += [
        event(f"s{n}", f"u{n}", f"u{n + 1}", LAST + n, post=f"x:r{n}", kind="quote")
        for n in range(100)
    ]
    return rows


def test_what_comes_after_a_cut_changes_nothing_that_was_known_at_it(
    log: EventLog, job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = [{"post": f"x:q{n}", "author": f"x:u{n}", "at": LAST + n} for n in range(50)]
    posts += [
        {"post": f"x:r{n}", "parent": "x:q1", "kind": "quote", "author": "x:u1", "at": LAST + n}
        for n in range(100)
    ]
    counts = [{"account": f"x:u{n}", "at": LAST, "followers": 1} for n in range(160)]
    longer = write_world(
        tmp_path / "longer", further=_later(), tables=[("posts", posts), ("accounts", counts)]
    )
    was = _moments(log, job, 0.5, 0.7, monkeypatch=monkeypatch)
    whole = validation.topic_evidence(longer, job=job, as_of=None, keys={"toy/overall"})
    n = whole["toy/overall"].events.height
    now = _moments(longer, job, EVENTS * 0.5 / n, EVENTS * 0.7 / n, monkeypatch=monkeypatch)
    assert "toy/go" in now
    for topic in ("toy/overall", "toy/chess"):
        for (then, old), (still, new) in zip(was[topic], now[topic], strict=True):
            assert then.cut == still.cut
            assert old is not None
            assert new is not None
            assert new.outcome.accounts.equals(old.outcome.accounts)
            for key, part in old.values.items():
                assert (new.values[key] == part).all(), key
            for name, measure in old.measures.items():
                np.testing.assert_array_equal(new.measures[name], measure, err_msg=name)
    learned = [_learned(moments["toy/overall"], job) for moments in (was, now)]
    assert (learned[0] == learned[1]).all()


def _learned(moments: list[tuple[Period, Moment | None]], job: Job) -> np.ndarray:
    (_, earlier), (_, later) = moments
    assert earlier is not None
    assert later is not None
    found = learned_score(later, [earlier], validation.model_of(job))
    assert found is not None
    return found


def test_half_lives_are_days_before_the_cut_and_no_share_of_the_log(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = START + 10 * DAY
    rows = [event(f"a{n}", f"u{n}", "once", cut - DAY) for n in range(3)]
    rows += [event("b", "u9", "u0", cut)]
    more = [event(f"c{n}", f"u{n}", "u0", LAST + 900 * DAY) for n in range(10)]
    for name, further in (("short", rows), ("long", [*rows, *more])):
        log = write_world(tmp_path / name, further=further)
        at = log.interactions().frame["at"].sort()
        share = float((at <= cut).mean())  # type: ignore[arg-type]
        found = _at(_moments(log, job, share, monkeypatch=monkeypatch), "toy/overall")
        assert found.sides.cut == cut
        place = found.outcome.accounts.to_list().index("x:once")
        assert found.values[PartKey("R", 1.0)][place] == pytest.approx(3 * 0.5)
        assert found.values[PartKey("R", 8.0)][place] == pytest.approx(3 * 2 ** (-1 / 8))


def test_followers_are_the_last_count_before_the_cut(
    log: EventLog, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = _at(_moments(log, job, 0.7, monkeypatch=monkeypatch), "toy/overall")
    fame = found.log_followers
    assert fame is not None
    told = log.accounts().frame.filter(at=START)
    known = dict(zip(told["account"], told["followers"], strict=True))
    assert np.expm1(fame) == pytest.approx([known[who] for who in found.outcome.accounts])


def test_followers_without_a_time_or_known_later_are_not_known(job: Job, tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log")
    world = write_world(tmp_path / "world")
    feed(log, "interactions", *(r for r in _rows_of(world)))
    feed(log, "accounts", *({"account": f"x:u{n}", "at": None, "followers": n} for n in range(160)))
    feed(log, "accounts", *({"account": f"x:u{n}", "at": LAST, "followers": n} for n in range(160)))
    table = _validated(log, job, 0.7)
    assert not table["measure"].str.contains("followers").any()
    assert not table["metric"].str.contains("R²").any()


def _rows_of(log: EventLog) -> list[dict[str, Any]]:
    return [dict(row) for row in log.interactions().frame.iter_rows(named=True)]


def test_an_exposure_made_by_a_reaction_counts_for_nothing(
    log: EventLog, job: Job, tmp_path: Path
) -> None:
    """Who follows whom, or came to by reacting, is no part of a score, before the cut or after."""
    follows = [
        {"actor": f"x:u{n % 160}", "target": f"x:u{(3 * n) % 160}", "at": START + n * DAY}
        for n in range(25)
    ]
    seen = write_world(tmp_path / "seen", tables=[("exposure", follows)])
    past = job.diffusion.model_copy(update={"exposure": ["past"]})
    table = _validated(log, job, 0.6)
    assert _validated(seen, job, 0.6).equals(table)
    assert _validated(seen, job.model_copy(update={"diffusion": past}), 0.6).equals(table)


def test_follows_that_endorse_do_so_from_the_day_they_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = foretold_job(tmp_path / "job", endorsements=["retweet", "follow"])
    follows = [
        {"actor": f"x:f{n}", "target": "x:u159", "at": START + (n + 10) * DAY} for n in range(10)
    ]
    log = write_world(tmp_path / "world", tables=[("exposure", follows)])
    found = _at(_moments(log, job, 0.7, monkeypatch=monkeypatch), "toy/overall")
    before = sum(row["at"] <= found.sides.cut for row in follows)
    assert 0 < before < 10
    pairs = found.sides.before.filter(pl.col("actor").str.starts_with("x:f"))
    assert pairs.height == before


def test_posts_from_before_the_cut_are_left_out_after_it(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = START + 15 * DAY
    silent = {"post": "x:silent", "author": "x:u3", "at": cut - 10}
    fresh = {"post": "x:fresh", "author": "x:u3", "at": cut + 10}
    rows = [event("cut", "u1", "u3", cut, parent="x:running", post="x:answer")]
    rows += [
        event(f"t{n}", f"t{n}", "u3", cut + 100 + n, parent=f"x:{parent}")
        for n, parent in enumerate(["running", "silent", "answer", "fresh"])
    ]
    rows += [event("m", "t4", "u3", cut + 200, parent=None, post=None, kind="mention")]
    log = write_world(tmp_path / "world", further=rows, tables=[("posts", [silent, fresh])])
    at = log.interactions().frame["at"].sort()
    found = _at(
        _moments(log, job, float((at <= cut).mean()), monkeypatch=monkeypatch),  # type: ignore[arg-type]
        "toy/overall",
    )
    assert found.sides.cut == cut
    kept = found.sides.after.filter(pl.col("actor").str.starts_with("x:t"))
    assert kept["actor"].sort().to_list() == ["x:t3", "x:t4"]  # of the fresh post, and of none


def test_new_reactors_and_newcomers_stand_apart(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [event(f"w{n}", f"u{n}", "star", LAST - 3600 + n) for n in range(9)]
    log = write_world(tmp_path / "world", further=rows)
    found = _at(_moments(log, job, 0.6, monkeypatch=monkeypatch), "toy/overall")
    assert "x:star" not in found.outcome.accounts.to_list()
    assert found.outcome.newcomers >= 1
    assert (found.outcome.new <= found.outcome.reactors).all()
    assert found.outcome.new.sum() < found.outcome.reactors.sum()
    assert min(found.measures["in-degree"]) == job.method.min_endorsers


def test_authors_of_posts_whose_reshares_never_arrived_are_not_judged(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [
        {"post": f"x:said{n}", "author": f"x:u{n}", "at": START + n, "reshares": 40}
        for n in range(30)
    ]
    arrived = [
        {"post": f"x:again{n}", "parent": f"x:said{n}", "kind": "retweet", "author": "x:u9",
         "at": START + 60 + n} for n in range(28)
    ]  # fmt: skip
    one = write_world(tmp_path / "one", tables=[("posts", [*said, *arrived])])
    found = _at(_moments(one, job, 0.7, monkeypatch=monkeypatch), "toy/overall")
    assert not {"x:u28", "x:u29"} & set(found.outcome.accounts)
    assert {"x:u26", "x:u27"} & set(found.outcome.accounts)
    none = write_world(tmp_path / "none", tables=[("posts", said)])  # reshares are no part of it
    found = _at(_moments(none, job, 0.7, monkeypatch=monkeypatch), "toy/overall")
    assert {"x:u28", "x:u29"} & set(found.outcome.accounts)


def test_followers_of_some_are_judged_among_these_alone(job: Job, tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log")
    world = write_world(tmp_path / "world")
    feed(log, "interactions", *_rows_of(world))
    counts = world.accounts().frame.filter(at=START).head(150)
    feed(log, "accounts", *(dict(row) for row in counts.iter_rows(named=True)))
    table = _validated(log, job, 0.4, keys={"toy/overall"})
    by = {(r["measure"], r["metric"]): r for r in table.iter_rows(named=True)}
    everybody, some = by["score", "spearman"], by["log followers", "spearman"]
    assert some["people"] < everybody["people"]
    assert by["score, followers known", "spearman"]["people"] == some["people"]
    assert by["score, followers known", "spearman"]["value"] != everybody["value"]
    assert ("score, followers known less log followers", "spearman") in by
    assert ("score less log followers", "spearman") not in by
    assert by["score", "R² by log followers"]["people"] == some["people"]


def test_a_topic_of_two_people_is_too_few_to_judge(job: Job, tmp_path: Path) -> None:
    rows = [
        event(f"p{n}", f"u{n % 2}", f"u{1 - n % 2}", START + n * DAY, topics=["go"])
        for n in range(20)
    ]
    table = _validated(write_world(tmp_path / "world", further=rows), job, 0.5, keys={"toy/go"})
    assert table.rows() == [
        ("toy/go", 0.5, table["at"][0], 0, 0, "too few to judge", None, None, None, None, None)
    ]


@pytest.mark.parametrize("people", [1, 2])
def test_one_or_two_people_are_too_few(people: int, job: Job, tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log")
    feed(log, "interactions", *(
        event(str(n), f"u{n % people}", f"u{(n + 1) % people}", START + n) for n in range(10)
    ))  # fmt: skip
    if people == 1:  # who reacts to nobody else reacts to nobody
        with pytest.raises(InputError, match="holds no interaction that counts"):
            _validated(log, job, 0.5)
    else:
        table = _validated(log, job, 0.5)
        assert table["verdict"].unique().to_list() == ["too few to judge"]
        assert table["value"].null_count() == table.height


def test_what_cannot_be_looked_at_says_why(log: EventLog, job: Job, tmp_path: Path) -> None:
    for bad in ((), (0.0,), (1.0,), (-0.5,), (0.5, 2.0), (float("nan"),)):
        with pytest.raises(InputError, match="between 0 and 1"):
            _validated(log, job, *bad)
    with pytest.raises(InputError, match=r"Nothing happened after the cut at 0\.99999"):
        _validated(log, job, 0.5, 0.99999)
    with pytest.raises(InputError, match="holds no interaction that counts"):
        _validated(EventLog(tmp_path / "empty"), job, 0.5)
    timeless = EventLog(tmp_path / "timeless")
    feed(timeless, "interactions", *(event(str(n), f"u{n}", "u0", None) for n in range(1, 5)))
    with pytest.raises(InputError, match="has a time"):
        _validated(timeless, job, 0.5)


def test_a_run_keeps_what_there_is_and_says_what_is_missing(
    log: EventLog, job: Job, tmp_path: Path
) -> None:
    told: list[str] = []

    class Told(Silent):
        def note(self, text: str) -> None:
            told.append(text)

    empty = validation_table(EventLog(tmp_path / "empty"), job=job, as_of=None, progress=Told())
    assert empty.is_empty()
    assert dict(empty.schema) == {n: kind() for n, kind in VALIDATION_COLUMNS.items()}
    assert told[0].startswith("no validation: ")
    none = job.model_copy(update={"validation": job.validation.model_copy(update={"cuts": []})})
    assert validation_table(log, job=none, as_of=None, progress=Told()).is_empty()
    assert len(told) == 1
    one = job.model_copy(update={"validation": job.validation.model_copy(update={"cuts": [0.6]})})
    table = validation_table(log, job=one, as_of=None, progress=Silent())
    assert table.equals(_validated(log, one, 0.6))
    files = validation.draw_validation(table, tmp_path)
    assert [file.name for file in files] == ["validation.png", "validation.svg"]


def test_an_earlier_as_of_sees_nothing_later(log: EventLog, job: Job, tmp_path: Path) -> None:
    """A run of an earlier day has the validation of that day, whatever came in since."""
    shorter = EventLog(tmp_path / "log")
    end = START + 12 * DAY
    feed(shorter, "interactions", *(r for r in _rows_of(log) if r["at"] <= end))
    feed(shorter, "posts", *(dict(r) for r in log.posts().frame.iter_rows(named=True)))
    feed(shorter, "accounts", *(dict(r) for r in log.accounts().frame.iter_rows(named=True)))
    whole = validate_log(log, job=job, as_of=end, cuts=[0.5], progress=Silent())
    assert validate_log(shorter, job=job, as_of=end, cuts=[0.5], progress=Silent()).equals(whole)


def test_an_exposure_from_a_reaction_does_not_explain_that_reaction(tmp_path: Path) -> None:
    """Twelve people in turn: the first time each makes an exposure, and only later ones count."""
    job = foretold_job(tmp_path / "job")
    past = {"exposure": ["past"], "estimator": "bernoulli"}
    settings = job.diffusion.model_copy(update=past)
    job = job.model_copy(update={"diffusion": settings})
    posts = [
        {"post": f"x:p{n}", "author": "x:a", "at": START + n * DAY, "topics": ["chess"]}
        for n in range(60)
    ]
    acts = [
        event(str(n), f"f{n % 12}", "a", START + n * DAY + 60, parent=f"x:p{n}") for n in range(60)
    ]
    log = EventLog(tmp_path / "log")
    feed(log, "posts", *posts)
    feed(log, "interactions", *acts)
    for days, reactions in ((12, 0.0), (60, 48.0)):
        as_of = START + days * DAY - 1
        known = validation.told(log, as_of=as_of)
        pairs = exposed_pairs(log, known.interactions, job=job, as_of=as_of)
        assert pairs.height == days
        assert pairs["since"].max() <= as_of  # type: ignore[operator]
        links = links_of(known.posts, known.interactions, as_of=as_of)
        forest = forest_of(links, topic="toy/chess", job=job)
        assert forest is not None
        found = learned_influence(forest, pairs, settings=settings, threads=1)
        told = 0.0 if isinstance(found, str) else found.said["reactions"]
        assert told == reactions, found
