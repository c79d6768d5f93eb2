"""The number that a run shows is the number that is explained, or there is an error that says why not."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from support.explained_job import QUICK, scored_twice
from support.log_rows import feed
from support.run_job import Ran
from support.small_job import write_small_job

from graphengine.errors import InputError
from graphengine.eventlog import EventLog
from graphengine.influence.cascades import credit_by_person
from graphengine.job import load_job
from graphengine.pipeline import explain_evidence
from graphengine.pipeline.cascades import forest_of, links_of
from graphengine.pipeline.explain_evidence import credit_of
from graphengine.pipeline.explaining import ExplainWish, explain_score
from graphengine.pipeline.told import told
from graphengine.runs import list_runs
from graphengine.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from graphengine.pipeline.explained import Explained


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Two runs of the small job: one, and one after a further file."""
    folder = tmp_path_factory.mktemp("explain")
    job = load_job(write_small_job(folder, text=QUICK))
    return scored_twice(job, folder)


def _explain(ran: Ran, who: str, topic: str = "chess", **wish: Any) -> Explained:
    workspace = open_workspace(ran.job, create=False)
    return explain_score(ran.job, workspace, wish=ExplainWish(who=who, topic=topic, **wish))


def _runs(ran: Ran) -> list[str]:
    return [run.id for run in list_runs(open_workspace(ran.job, create=False))]


def _elsewhere(ran: Ran, folder: Path) -> Workspace:
    """A copy of the workspace that a test may harm."""
    shutil.copytree(open_workspace(ran.job, create=False).root, folder / "copy")
    return Workspace(folder / "copy")


@pytest.mark.parametrize("place", [0, 1])
def test_every_fourth_number_of_every_topic_and_run_is_explained(ran: Ran, place: int) -> None:
    run = _runs(ran)[place]
    rows = ran.table("scores", of=run).gather_every(4)
    assert rows["topic"].n_unique() == 4
    for row in rows.iter_rows(named=True):
        found = _explain(ran, row["account"], row["topic"], run=run)
        assert found.standing.score == row["score"]
        assert found.standing.rank == row["rank"]
        assert found.reasons is not None
        assert found.reasons.score == pytest.approx(row["score"], abs=0.05)
        assert np.exp(found.reasons.log_score) == pytest.approx(row["raw"], rel=1e-3)
        people = found.reasons.people()["part"].sum()
        assert row["network"] == pytest.approx(people, rel=0.01)
        assert found.reasons.events == row["evidence"]


def test_stored_reasons_are_those_that_are_explained(ran: Ran) -> None:
    stored = ran.table("reasons", of=_runs(ran)[1])
    overall = stored.filter(pl.col("topic").str.ends_with("overall"), pl.col("place") == 1)
    for row in overall.head(5).iter_rows(named=True):
        found = _explain(ran, row["account"], row["topic"]).reasons
        assert found is not None
        own = dict(found.by_endorser().select("account", "own").iter_rows())
        assert row["part"] == pytest.approx(own[row["endorser"]], abs=0.001)


def test_credit_is_told_post_by_post(ran: Ran) -> None:
    log = EventLog(open_workspace(ran.job, create=False).log)
    known = told(log, as_of=None)
    links = links_of(known.posts, known.interactions, as_of=None)
    for topic in ("small/chess", "small/overall"):
        forest = forest_of(links, topic=topic, job=ran.job)
        assert forest is not None
        totals = credit_by_person(forest, rule="last").select("account", "total").rows()
        assert sum(total > 0.0 for _, total in totals) > 5
        for who, total in totals:
            assert credit_of(forest, links, who)["amount"].sum() == pytest.approx(total)


def test_by_default_it_is_the_published_run(ran: Ran) -> None:
    assert _explain(ran, "u1").standing.run == _runs(ran)[1]
    assert _explain(ran, "u1", run=_runs(ran)[0]).standing.run == _runs(ran)[0]


def test_people_are_found_by_key_id_and_handle(ran: Ran) -> None:
    for name in ("toy:u1", "u1", "Person1", "@person1"):
        at = _explain(ran, name).standing
        assert (at.account, at.handle, at.name) == ("toy:u1", "Person1", "Person No. 1")


def test_whoever_has_no_score_is_told_so(ran: Ran) -> None:
    row = ran.table("unrated", of=_runs(ran)[1]).row(0, named=True)
    found = _explain(ran, row["account"], row["topic"])
    assert found.standing.status == "unrated"
    assert found.standing.score is None
    assert (found.standing.endorsers, found.standing.needed) == (row["endorsers"], 2)
    assert found.reasons is not None
    assert found.reasons.endorsers == row["endorsers"]
    told = {a for n in ("scores", "unrated") for a in ran.table(n, of=_runs(ran)[1])["account"]}
    nobody = next(f"toy:u{n}" for n in range(40) if f"toy:u{n}" not in told)
    found = _explain(ran, nobody, "overall")
    assert (found.standing.status, found.reasons) == ("nobody", None)
    assert found.answer().rows[0][:4] == ("score", nobody, None, None)


def test_without_endorsers_posts_and_events(ran: Ran) -> None:
    reasons = _explain(ran, "u1").reasons
    assert reasons is not None
    u = reasons.by_endorser()["account"][0]
    event = reasons.case.column("event_id")[0]
    post = reasons.by_post()["post"][-1]
    for names, wanted in (
        ([u], {"endorsers": [u]}), ([event], {"events": [event]}), ([post], {"posts": [post]}),
        ([u.removeprefix("toy:"), event], {"endorsers": [u], "events": [event]}),
    ):  # fmt: skip
        undone = _explain(ran, "u1", without=names).undone
        assert undone is not None
        assert undone.left == reasons.without(**wanted)  # type: ignore[arg-type]
        assert undone.events >= 1
    with pytest.raises(InputError, match="nothing would change"):
        _explain(ran, "u1", without=["u1"])


def test_since_an_earlier_run_the_steps_add_up(ran: Ran) -> None:
    before, now = (_explain(ran, "u1", run=run).reasons for run in _runs(ran))
    found = _explain(ran, "u1", since="last").changed
    assert found is not None
    assert before is not None
    assert now is not None
    assert found.since == _runs(ran)[0]
    difference = now.log_score - before.log_score
    assert found.steps["change"].sum() == pytest.approx(difference, abs=1e-9)
    named = _explain(ran, "u1", since=_runs(ran)[0]).changed
    assert named is not None
    assert named.steps.equals(found.steps)
    with pytest.raises(InputError, match="There is no run before"):
        _explain(ran, "u1", run=_runs(ran)[0], since="last")


def test_unknown_people_topics_and_runs(ran: Ran) -> None:
    with pytest.raises(InputError, match=r'nobody called "perso1n".*Did you mean "Person'):
        _explain(ran, "perso1n")
    with pytest.raises(InputError, match=r'no topic "chesss".*Did you mean "chess"'):
        _explain(ran, "u1", "chesss")
    with pytest.raises(InputError, match='There is no run "2001"'):
        _explain(ran, "u1", run="2001")


def test_another_method_is_not_explained(ran: Ran) -> None:
    method = ran.job.method.model_copy(update={"half_life_days": 3.0, "kappa": 2.0})
    other = Ran(ran.job.model_copy(update={"method": method}), ran.report)
    with pytest.raises(InputError, match=r"method\.half_life_days, method\.kappa"):
        _explain(other, "u1")


def test_a_log_that_is_another_is_an_error(ran: Ran, tmp_path: Path) -> None:
    workspace = _elsewhere(ran, tmp_path)
    entries = sorted((workspace.log / "ledger").iterdir())
    entries[-1].unlink()
    with pytest.raises(InputError, match=r"no longer what the run .* was made from"):
        explain_score(ran.job, workspace, wish=ExplainWish(who="u1", topic="chess"))


def test_what_was_taken_back_since_is_not_shown(ran: Ran, tmp_path: Path) -> None:
    workspace = _elsewhere(ran, tmp_path)
    feed(EventLog(workspace.log), "retractions", {"account": "toy:u35"})
    with pytest.raises(InputError, match=r"events that the run .* were taken back since"):
        explain_score(ran.job, workspace, wish=ExplainWish(who="u1", topic="chess"))


def test_a_number_that_the_log_does_not_give_is_not_explained(
    ran: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    from graphengine.runs import Run

    real = Run.table

    def wrong(run: Run, name: str) -> pl.DataFrame:
        found = real(run, name)
        return found.with_columns(raw=pl.col("raw") * 1.01) if name == "scores" else found

    monkeypatch.setattr(Run, "table", wrong)
    with pytest.raises(InputError, match="has changed; graphengine verify"):
        _explain(ran, "u1")


def test_before_the_first_run_there_is_nothing_to_explain(ran: Ran, tmp_path: Path) -> None:
    workspace = _elsewhere(ran, tmp_path)
    shutil.rmtree(workspace.runs)
    with pytest.raises(InputError, match="has no run to explain"):
        explain_score(ran.job, workspace, wish=ExplainWish(who="u1", topic="chess"))


def test_rows_are_one_table_with_all_sections(ran: Ran) -> None:
    answer = _explain(ran, "u1", without=["u35"], since="last", n=3).answer()
    sections = [row[0] for row in answer.rows]
    assert list(dict.fromkeys(sections)) == [
        "score", "part", "trail", "endorser", "post", "kind", "without", "change",
    ]  # fmt: skip
    assert sections.count("endorser") == sections.count("trail") == 3
    shares = [row[4] for row in answer.rows if row[0] == "part"]
    assert sum(shares) == pytest.approx(1.0)
    json.dumps(answer.rows)


PLAIN = """\
name = "plain"
network = "toy"
no_topic = ["-"]

[[sources]]
name = "interactions"
files = ["in/interactions-*"]
columns = { actor = "who", target = "whom", kind = "what", at = "at", topic = "topic" }
topic_separator = ";"

[method]
half_life_days = 3
draws = 0

[validation]
cuts = []
"""


def test_without_posts_the_run_s_own_graph_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = load_job(write_small_job(tmp_path, text=PLAIN))
    plain = scored_twice(job, tmp_path)
    workspace = open_workspace(job, create=False)
    people = plain.table("scores", of=_runs(plain)[1]).gather_every(7)
    asked = [
        ExplainWish(who=row["account"], topic=row["topic"]) for row in people.iter_rows(named=True)
    ]
    short = [explain_score(job, workspace, wish=wish) for wish in asked]
    taken = explain_evidence.moment_of
    counted: list[str] = []

    def counting(*given: Any, **named: Any) -> Any:
        counted.append(named["topic"])
        return taken(*given, **named)

    monkeypatch.setattr(explain_evidence, "moment_of", counting)
    explain_score(job, workspace, wish=asked[0])
    assert not counted
    monkeypatch.setattr(explain_evidence, "last_solutions", lambda *_: None)
    long = [explain_score(job, workspace, wish=wish) for wish in asked]
    assert len(counted) == len(asked) > 5
    for one, two in zip(short, long, strict=True):
        assert one.reasons is not None
        assert two.reasons is not None
        assert one.reasons.log_score == pytest.approx(two.reasons.log_score, abs=1e-9)
        a, b = (r.by_endorser().sort("account") for r in (one.reasons, two.reasons))
        assert a["account"].to_list() == b["account"].to_list()
        assert a["points"].to_list() == pytest.approx(b["points"].to_list(), abs=0.01)
