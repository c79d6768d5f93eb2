"""What a run and the command seeds say of cascades, on a job whose cascades are known."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

import polars as pl
import pytest
from click.testing import CliRunner
from support.cascade_job import CHANCE, JOB, write_cascade_job
from support.run_job import Silent, read_rows

from graphengine import pipeline
from graphengine.cli import app
from graphengine.job import load_job
from graphengine.runs import load_run
from graphengine.workspace import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from graphengine.job import Job
    from graphengine.runs import Run


@dataclass(frozen=True)
class Relay:
    job: Job
    run: Run


def _scored(path: Path) -> Relay:
    job = load_job(path)
    pipeline.ingest(job, progress=Silent())
    report = pipeline.score(job, as_of=None, progress=Silent())
    return Relay(job, load_run(open_workspace(job, create=False), report.run))


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Relay:
    return _scored(write_cascade_job(tmp_path_factory.mktemp("relay")))


def _seeds(relay: Relay, *words: str) -> Result:
    return CliRunner().invoke(app, ["seeds", "--job", str(relay.job.path), *words])


def test_started_size_and_passed_on_are_what_one_counts_by_hand(relay: Relay) -> None:
    rows = [r for r in read_rows(relay.job.folder / "posts.csv") if r["topic"] == "chess"]
    parent = {r["post"]: r["parent"] for r in rows}
    author = {r["post"]: r["author"] for r in rows}
    size: dict[str, int] = defaultdict(int)
    moved: dict[str, set[str]] = defaultdict(set)
    for post in parent:
        above = post
        while parent[above]:
            above = parent[above]
            moved[author[above]].add(author[post])
        size[above] += 1
    started: dict[str, list[int]] = defaultdict(list)
    for root, posts in size.items():
        if posts > 1:
            started[author[root]].append(posts)
    scores = relay.run.table("scores").filter(pl.col("topic") == "relay/chess")
    assert scores.height > 10
    for row in scores.iter_rows(named=True):
        who = row["account"].removeprefix("toy:")
        assert row["cascades"] == len(started[who])
        assert row["cascade_size"] == (median(started[who]) if started[who] else None)
        assert row["passed_on"] == len(moved[who])


def test_spread_has_an_interval_and_follows_the_truth(relay: Relay) -> None:
    scores = relay.run.table("scores").filter(pl.col("topic") == "relay/overall")
    assert scores["spread"].null_count() == 0
    assert (scores["spread_low"] <= scores["spread"]).all()
    assert (scores["spread"] <= scores["spread_high"]).all()
    said = relay.run.manifest["diffusion"]["relay/overall"]
    assert said["cascades"] == 120
    assert said["held_out"][0]["estimator"] == said["estimator"]
    likelihoods = [one["log_likelihood"] for one in said["held_out"]]
    assert likelihoods == sorted(likelihoods, reverse=True)
    followers: dict[str, int] = defaultdict(int)
    for row in read_rows(relay.job.folder / "follows.csv"):
        followers[f"toy:{row['followed']}"] += 1
    first = scores.sort("spread", descending=True).row(0, named=True)
    assert 0.5 * CHANCE * followers[first["account"]] < first["spread"] < 40


def test_the_run_holds_a_seed_set_for_each_topic(relay: Relay) -> None:
    seeds = relay.run.table("seeds")
    assert seeds["topic"].unique().sort().to_list() == [
        "relay/chess", "relay/cooking", "relay/overall"
    ]  # fmt: skip
    for _, rows in seeds.group_by("topic"):
        assert rows["place"].to_list() == [1, 2, 3]
        assert rows["gain"].sum() == pytest.approx(rows["spread"][0])
        assert (rows["low"] <= rows["spread"]).all()
        assert 0.5 < rows["share"][0] <= 1.0


def test_the_same_log_gives_the_same_run(relay: Relay) -> None:
    report = pipeline.score(relay.job, as_of=None, progress=Silent())
    assert report.run == relay.run.id
    assert not report.created


def test_what_is_missing_is_said_and_left_empty(tmp_path: Path) -> None:
    text = JOB.replace("seeds = 3", 'exposure = ["follow"]')
    bare = _scored(write_cascade_job(tmp_path, text=text, follows=False))
    assert bare.run.manifest["missing_for_cascades"] == ["no exposures known"]
    told = _seeds(bare, "--topic", "chess", "--k", "2")  # a graph without edges
    assert told.exit_code == 65
    assert "nobody is known to have seen a post by anybody else. Seeds need posts" in told.stderr
    scores = bare.run.table("scores")
    assert scores["spread"].null_count() == scores.height
    assert scores["passed_on"].null_count() < scores.height  # parents are known
    assert "nobody is known to have seen" in str(bare.run.manifest["diffusion"])
    refused = _seeds(bare, "--topic", "chess", "--k", "1")
    assert refused.exit_code == 65
    assert "cannot be learned" in refused.stderr


def test_seeds_on_the_command_line(relay: Relay) -> None:
    shown = _seeds(relay, "--topic", "Chess", "--k", "3", "--json")
    assert shown.exit_code == 0
    found = json.loads(shown.stdout)
    assert len(found["accounts"]) == 3
    assert found["low"] <= found["spread"] <= found["high"]
    assert found["stop"] in ("certified", "flat", "spent")
    stored = relay.run.table("seeds").filter(pl.col("topic") == "relay/chess")
    assert found["accounts"] == stored["account"].to_list()
    text = _seeds(relay, "--topic", "chess", "--k", "3")
    assert "expected spread" in text.stdout
    assert "of the best possible" in text.stdout


def test_who_must_and_who_must_not_and_what_it_costs(relay: Relay) -> None:
    best, *_ = json.loads(_seeds(relay, "--topic", "chess", "--k", "1", "--json").stdout)[
        "accounts"
    ]
    without = _seeds(relay, "--topic", "chess", "--k", "2", "--exclude", best, "--json")
    assert best not in json.loads(without.stdout)["accounts"]
    kept = _seeds(relay, "--topic", "chess", "--k", "2", "--include", "u39", "--json")
    assert kept.exit_code in (0, 65)
    costs = relay.job.folder / "costs.csv"
    people = sorted({r["author"] for r in read_rows(relay.job.folder / "posts.csv")})
    followed = {r["followed"] for r in read_rows(relay.job.folder / "follows.csv")}
    everyone = sorted({*people, *followed, *(f"u{n}" for n in range(40))})
    costs.write_text("account,cost\n" + "".join(f"toy:{who},2\n" for who in everyone), "utf-8")
    bought = _seeds(relay, "--topic", "chess", "--budget", "5", "--costs", str(costs), "--json")
    assert bought.exit_code == 0, bought.stderr
    assert json.loads(bought.stdout)["cost"] == 4.0


def test_an_audience_by_topic(relay: Relay) -> None:
    file = relay.job.folder / "audience.csv"
    weights = "".join(f"toy:u{n},{n - 29},chess\n" for n in range(30, 40))
    file.write_text(f"account,weight,topic\n{weights}toy:u1,3,cooking\ntoy:gone,1,chess\n", "utf-8")
    asked = ("--topic", "chess", "--k", "2", "--audience", str(file))
    alone = json.loads(_seeds(relay, *asked, "--json").stdout)
    assert (alone["audience"], alone["high"] <= 55) == (10, True)  # the sum of the weights
    assert "10 people of the topic" in _seeds(relay, *asked).stdout
    both = _seeds(relay, *asked, "--topic", "cooking", "--share", "0.4", "--json")
    chess, cooking = json.loads(both.stdout)["topics"]
    assert chess["low"] <= alone["high"]
    assert alone["low"] <= chess["high"]
    assert (cooking["audience"], cooking["accounts"][0], cooking["spread"]) == (1, "toy:u1", 3.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("account,weight\ntoy:u1,-1\n", 'gives "toy:u1" the weight -1'),
        ("account,weight\ntoy:u1,nan\n", 'gives "toy:u1" the weight nan'),
        ("account,weight\ntoy:u1,1\ntoy:u1,2\n", "more than once"),
        ("account,weight\ntoy:u999,1\n", "takes part in the cascades of chess"),
        ("account,weight,topic\ntoy:u1,1,cooking\n", "and the topic as --topic does"),
        ("account,much\ntoy:u1,1\n", "cannot be read"),
        ("", "cannot be read"),
    ],
)
def test_an_audience_that_cannot_be(relay: Relay, text: str, said: str) -> None:
    file = relay.job.folder / "wrong.csv"
    file.write_text(text, "utf-8")
    told = _seeds(relay, "--topic", "chess", "--k", "2", "--audience", str(file))
    assert told.exit_code == 65
    assert said in told.stderr


def test_several_topics_in_one_search(relay: Relay) -> None:
    more = ("--model", "linear_threshold", "--share", "0.5")
    both = ("--topic", "cooking", "--topic", "Chess", *more)
    shown = json.loads(_seeds(relay, *both, "--k", "3", "--json").stdout)["topics"]
    assert [one["topic"] for one in shown] == ["relay/cooking", "relay/chess"]
    for one in shown:
        alone = json.loads(
            _seeds(relay, "--topic", one["topic"], "--k", "3", *more, "--json").stdout
        )
        assert one["low"] <= alone["high"]
        assert alone["low"] <= one["high"]
        assert one["share"] >= 0.5
        assert (one["cascades"], one["asked"]) == (alone["cascades"], alone["asked"])
        assert sum(one["gains"]) == pytest.approx(one["spread"])


def test_who_must_and_must_not_by_topic(relay: Relay) -> None:
    both = ("--topic", "chess", "--topic", "cooking", "--share", "0.4", "--json")
    seeds = relay.run.table("seeds").filter(pl.col("topic") == "relay/chess")
    best = seeds["account"][0].removeprefix("toy:")
    without = _seeds(relay, *both, "--budget", "2", "--exclude", f"chess={best}")
    chess, _ = json.loads(without.stdout)["topics"]
    assert f"toy:{best}" not in chess["accounts"]
    assert chess["cost"] == 2.0
    must = _seeds(relay, *both[:-1], "--k", "2", "--include", f"cooking={best}").stdout
    assert must.index("relay/chess") < must.index("relay/cooking")
    assert f"toy:{best}" in must[must.index("relay/cooking") :]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--topic", "chess"), 2, "--k"),
        (("--topic", "chess", "--k", "0"), 2, "0"),
        (("--topic", "chess", "--k", "2", "--costs", "x.csv"), 2, "--budget"),
        (("--topic", "chss", "--k", "2"), 65, 'Did you mean "chess"?'),
        (("--topic", "", "--k", "2"), 65, 'no topic ""'),
        (("--topic", "chess", "--budget", "nan"), 65, "finite number above 0, got nan"),
        (("--topic", "chess", "--k", "2", "--share", "1.5"), 2, "1.5"),
        (("--topic", "chess", "--k", "2", "--as-of", "1990-01-01"), 65, "it has no posts"),
        (("--topic", "chess", "--k", "9999"), 65, "9999"),
        (("--topic", "chess", "--k", "2", "--include", "nobody"), 65, '"toy:nobody" takes no part'),
        (("--topic", "chess", "--budget", "9", "--costs", "/no/such.csv"), 65, "cannot be read"),
        (("--topic", "chess", "--budget", "-1"), 65, "budget"),
        (("--topic", "chess", "--topic", "Chess", "--k", "2"), 65, "named twice"),
        (("--topic", "chess", "--topic", "cooking", "--k", "99"), 65, "topic relay/chess: k is 99"),
    ],
)
def test_mistakes_are_told(relay: Relay, words: tuple[str, ...], code: int, said: str) -> None:
    told = _seeds(relay, *words)
    assert told.exit_code == code
    assert said in told.stderr
    assert "Traceback" not in told.stderr
