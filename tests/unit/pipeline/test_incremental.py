"""A night's run against the same log scored from nothing: graphs to the bit, scores to 1e-9."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.log_rows import feed, tree

from graphengine.eventlog import EventLog
from graphengine.graph import build_graphs
from graphengine.job import Job
from graphengine.pipeline.scored_run import score_log
from graphengine.pipeline.solutions import STARTED_FROM, last_solutions
from graphengine.runs import list_runs
from graphengine.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from graphengine.graph import Snapshot
    from graphengine.pipeline.reports import ScoreReport

DAY = 86_400
PRECISE = 1e-10


class Silent:
    """Nobody is told."""

    def stage(self, name: str) -> None: ...
    def advance(self, done: int, total: int | None, unit: str) -> None: ...
    def note(self, text: str) -> None: ...


@dataclass
class Nights:
    """A workspace that is scored night by night."""

    root: Path
    method: dict[str, Any]
    threads: int = 2

    def __post_init__(self) -> None:
        self.ws = Workspace(self.root)
        self.log = EventLog(self.ws.log)
        self.job = Job(
            name="t", sources=[{"name": "s", "files": ["f"]}], threads=self.threads,
            method={
                "tolerance": PRECISE, "min_endorsers": 1, "draws": 0, "reasons": 0, **self.method
            },
            validation={"cuts": []},
        )  # fmt: skip

    def score(self, as_of: int | None = None) -> ScoreReport:
        return score_log(self.job, self.ws, as_of=as_of, progress=Silent())

    def graphs(self, as_of: int | None = None) -> Snapshot:
        return build_graphs(self.log, self.ws, job=self.job, as_of=as_of)

    def table(self, run: str) -> pl.DataFrame:
        (found,) = [r for r in list_runs(self.ws) if r.id == run]
        return found.table("scores").sort("topic", "account")

    def afresh(self, name: str = "afresh", threads: int = 2) -> Nights:
        """The same log, and nothing else."""
        other = self.root.with_name(name)
        shutil.rmtree(other, ignore_errors=True)
        shutil.copytree(self.ws.log, other / "log")
        return Nights(other, self.method, threads)


def _work(report: ScoreReport) -> dict[str, tuple[str, bool]]:
    """By slug: what became of the graph, and whether anything was swept."""
    return {
        t.key[2:]: (
            "reused" if t.reused else "patched" if t.patched else "rebuilt", t.sweeps > 0,
        )
        for t in report.topics
    }  # fmt: skip


def _same_graphs(a: Snapshot, b: Snapshot) -> None:
    assert a.fingerprints == b.fingerprints
    assert a.scale == b.scale
    for key, graph in a.graphs.items():
        other = b.graphs[key]
        assert graph.accounts.to_list() == other.accounts.to_list()
        for name in ("indptr", "indices", "weights", "events"):
            one, two = (np.asarray(getattr(g, name)) for g in (graph, other))
            assert one.dtype == two.dtype, name
            assert one.tobytes() == two.tobytes(), (key, name)


def _near(a: pl.DataFrame, b: pl.DataFrame) -> None:
    assert a.select("topic", "account").equals(b.select("topic", "account"))
    for name in ("raw", "pagerank", "score"):
        assert np.abs(a[name].to_numpy() - b[name].to_numpy()).max(initial=0.0) < 1e-9, name


PEOPLE = st.sampled_from([f"x:{c}" for c in "abcdef"])
EVENT = st.fixed_dictionaries({
    "event_id": st.integers(0, 30).map(lambda n: f"e{n}"),
    "kind": st.sampled_from(["retweet", "reply", "mention"]),
    "actor": PEOPLE, "target": PEOPLE,
    "at": st.integers(0, 60).map(lambda d: d * DAY + 7 * d),
    "post": st.sampled_from([None, "x:p", "x:q"]),
    "topics": st.sets(st.sampled_from(["A", "B", "C"])).map(sorted),
    "weight": st.sampled_from([1.0, 3.0, 0.1]),
})  # fmt: skip
BATCH = st.one_of(
    st.tuples(st.just("interactions"), st.lists(EVENT, min_size=1, max_size=8)),
    st.tuples(
        st.just("retractions"),
        st.lists(
            st.one_of(
                st.integers(0, 30).map(lambda n: {"event_id": f"e{n}"}),
                PEOPLE.map(lambda who: {"account": who}),
            ),
            min_size=1, max_size=2,
        ),
    ),
)  # fmt: skip
METHOD = st.fixed_dictionaries({
    "half_life_days": st.sampled_from([None, 10.0, 0.7]),
    "alpha": st.sampled_from([0.5, 1.0]),
    "kappa": st.sampled_from([0.0, 1.0]),
})  # fmt: skip


@settings(
    max_examples=8,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(
    st.lists(EVENT, min_size=4, max_size=12),
    st.lists(BATCH, min_size=1, max_size=4),
    METHOD,
    st.integers(0, 40),
)
def test_a_night_gives_what_a_new_start_gives(
    tmp_path: Path, first: list[Any], batches: list[Any], method: dict[str, Any], later: int
) -> None:
    shutil.rmtree(tmp_path / "n", ignore_errors=True)
    nights = Nights(tmp_path / "n", method)
    feed(nights.log, "interactions", *first)
    nights.score()
    for table, rows in batches:
        feed(nights.log, table, *rows)
        report = nights.score()
    last = nights.log.latest_time
    assert last is not None
    for as_of in (last, last + later * DAY):
        report = nights.score(as_of)
        afresh = nights.afresh()
        _same_graphs(nights.graphs(as_of), afresh.graphs(as_of))
        _near(nights.table(report.run), afresh.table(afresh.score(as_of).run))


def _some(nights: Nights) -> None:
    feed(
        nights.log, "interactions",
        *(
            {"event_id": f"{a}{b}{t}", "actor": f"x:{a}", "target": f"x:{b}", "at": 9 * DAY,
             "topics": [t]}
            for t in ("A", "B") for a, b in ("ab", "bc", "ca", "da", "eb")
        ),
    )  # fmt: skip


MORE = {"event_id": "n", "actor": "x:d", "target": "x:c", "at": 9 * DAY + 1, "topics": ["A"]}


def test_what_did_not_change_costs_nothing(tmp_path: Path) -> None:
    nights = Nights(tmp_path / "n", {"half_life_days": None})
    _some(nights)
    assert _work(nights.score()) == dict.fromkeys(("a", "b", "overall"), ("rebuilt", True))
    feed(nights.log, "interactions", MORE)
    report = nights.score()
    assert _work(report) == {
        "a": ("patched", True), "b": ("reused", False), "overall": ("patched", True),
    }  # fmt: skip
    again = nights.score()
    assert (again.run, again.created) == (report.run, False)
    assert _work(nights.score(99 * DAY)) == dict.fromkeys(("a", "b", "overall"), ("reused", False))


def test_time_alone_leaves_the_weights_and_lowers_the_scores(tmp_path: Path) -> None:
    nights = Nights(tmp_path / "n", {"half_life_days": 5.0})
    _some(nights)
    before = nights.table(nights.score(9 * DAY).run)
    stored = {p: p.stat().st_mtime_ns for p in nights.ws.snapshots.glob("[a-z]*/*/*.npy")}
    report = nights.score(14 * DAY)
    assert {key: graph for key, (graph, _) in _work(report).items()} == dict.fromkeys(
        ("a", "b", "overall"), "reused"
    )
    assert all(t.sweeps > 0 for t in report.topics)
    assert {p: p.stat().st_mtime_ns for p in nights.ws.snapshots.glob("[a-z]*/*/*.npy")} == stored
    after = nights.table(report.run)
    assert (after["raw"] < before["raw"]).all()
    assert (after["pagerank"] - before["pagerank"]).abs().max() < 1e-9  # shares do not fade


@pytest.mark.parametrize("steps", [1, 79, 81, 100, 1e6])
def test_half_lives_without_number(tmp_path: Path, steps: float) -> None:
    """Nothing overflows or vanishes: events leave first, and news after an age start anew."""
    nights = Nights(tmp_path / "n", {"half_life_days": 1.0})
    huge = {"event_id": "h", "actor": "x:z", "target": "x:y", "at": 9 * DAY, "weight": 1e300}
    _some(nights)
    feed(nights.log, "interactions", huge)
    nights.score()
    as_of = 9 * DAY + int(steps * DAY)
    idle = nights.graphs(as_of)
    assert idle.graphs["t/overall"].m == (0 if steps > 80 else 6)
    feed(nights.log, "interactions", {**MORE, "at": as_of})
    assert nights.score().created
    _same_graphs(nights.graphs(), nights.afresh().graphs())
    news = nights.graphs().graphs["t/a"]
    assert np.isfinite(np.asarray(news.weights)).all()
    assert (np.asarray(news.weights) > 0.0).all()
    assert news.m == (1 if steps > 80 else 6)


def test_other_parameters_and_looks_back_start_from_nothing(tmp_path: Path) -> None:
    nights = Nights(tmp_path / "n", {})
    _some(nights)
    nights.score()
    feed(nights.log, "interactions", MORE)
    nights.score()
    runs = {r.id: r.manifest["parameters"].get(STARTED_FROM) for r in list_runs(nights.ws)}
    assert sorted(map(str, runs.values())) == sorted(["None", next(iter(runs))])
    fresh = nights.afresh()
    back = nights.score(9 * DAY)
    assert (back.run, tree(nights.ws.runs / back.run)) == (
        fresh.score(9 * DAY).run, tree(fresh.ws.runs / back.run),
    )  # fmt: skip
    feed(nights.log, "interactions", {**MORE, "event_id": "m", "actor": "x:e"})
    assert _work(nights.score())["a"] == ("patched", True)
    other = Nights(nights.root, {"damping": 0.5})
    report = other.score()
    assert {r.id: r for r in list_runs(other.ws)}[report.run].manifest["parameters"].get(
        STARTED_FROM
    ) is None


def test_killed_between_solutions_and_run_and_then_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The repeated night starts where the killed one started, and ends in the same bytes."""
    whole = Nights(tmp_path / "whole", {})
    _some(whole)
    whole.score()
    feed(whole.log, "interactions", MORE)
    for name in ("run", "tidy"):
        shutil.copytree(whole.root, tmp_path / name)
    ends = []
    for name, where in (("whole", None), ("run", "write_run"), ("tidy", "tidy_solutions")):
        nights = Nights(tmp_path / name, {})
        if where:
            with monkeypatch.context() as patch:
                patch.setattr(f"graphengine.pipeline.scored_run.{where}", _killed)
                with pytest.raises(KeyboardInterrupt):
                    nights.score()
        nights.score()
        ends.append({**tree(nights.ws.snapshots), **tree(nights.ws.runs)})
    assert ends[0].keys() == ends[1].keys() == ends[2].keys()
    assert ends[0] == ends[1] == ends[2]


def _killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_threads_change_no_bit(tmp_path: Path) -> None:
    one = Nights(tmp_path / "one", {"half_life_days": 3.0}, threads=1)
    _some(one)
    three = one.afresh("three", threads=3)
    assert tree(one.ws.runs / one.score().run) == tree(three.ws.runs / three.score().run)


def test_solutions_of_a_log_that_is_another_now_are_not_used(tmp_path: Path) -> None:
    nights = Nights(tmp_path / "n", {})
    _some(nights)
    nights.score()
    shutil.rmtree(nights.ws.log)
    other = Nights(nights.root, {})
    feed(other.log, "interactions", MORE)
    report = other.score()
    assert _work(report)["a"][0] == "rebuilt"
    assert last_solutions(other.ws, {r.id for r in list_runs(other.ws)}) is not None
    fresh = other.afresh()
    assert tree(other.ws.runs / report.run) == tree(fresh.ws.runs / fresh.score().run)
