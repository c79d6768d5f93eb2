"""Tables cut into transactions."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from support.store_cases import BATCHES, before_figures, run_scores

from graphengine.errors import GraphengineError
from graphengine.stores.neo4j import chunks
from graphengine.stores.neo4j.chunks import cut, fingerprint, write_rest
from graphengine.stores.neo4j.load import chunks_of
from graphengine.stores.neo4j.publish import score_chunks
from graphengine.stores.neo4j.statements import statement

if TYPE_CHECKING:
    from graphengine.stores.ports import RunScores

TABLES = ("accounts", "topics", "posts", "interactions", "outdated", "exposure", "posted",
          "post_links", "about")  # fmt: skip


def test_every_row_is_in_one_chunk_and_none_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CHUNK_ROWS", 2)
    part = BATCHES[0]
    found = list(chunks_of(part, scheme="t", job="j"))
    frames = [getattr(part, field.name) for field in fields(part) if field.name in TABLES]
    assert sum(chunk.frame.height for chunk in found) == sum(frame.height for frame in frames)
    assert {chunk.frame.height for chunk in found} == {1, 2}
    assert all("type" not in chunk.frame.columns for chunk in found)


def test_what_goes_goes_first_then_nodes_come_then_relationships() -> None:
    part = replace(BATCHES[1], gone=BATCHES[0])
    order = [chunk.statement for chunk in chunks_of(part, scheme="t", job="j")]
    assert order == [
        *(statement("load/gone-exposure", kind) for kind in ("FOLLOWED", "SAW")),
        statement("load/gone-posted"),
        statement("load/gone-post-links", "RESHARE_OF"),
        statement("load/gone-about"),
        *(statement("load/outdated", kind) for kind in ("RETWEETED", "MENTIONED")),
        *(
            statement(f"load/gone-{name}")
            for name in ("scored", "unrated", "seed", "reason", "posts", "accounts")
        ),
        *(statement(f"load/{name}") for name in ("accounts", "topics", "posts")),
        *(statement("load/interactions", kind) for kind in ("RETWEETED", "QUOTED")),
        statement("load/exposure", "FOLLOWED"),
        statement("load/posted"),
        statement("load/post-links", "REPLY_TO"),
        statement("load/about"),
    ]


def test_nodes_of_a_first_load_are_created_and_else_looked_for() -> None:
    part = BATCHES[0]
    first = list(chunks_of(part, scheme="t", job="j", first=True))
    again = {chunk.phase: chunk.again for chunk in first}
    for name in ("accounts", "posts"):
        assert again[f"load/new-{name}"] == statement(f"load/{name}")
    later = list(chunks_of(part, scheme="t", job="j"))
    assert [chunk.lane for chunk in first] == [chunk.lane for chunk in later]
    assert all(a.frame.equals(b.frame) for a, b in zip(first, later, strict=True))


def test_outdated_events_keep_what_other_schemes_say() -> None:
    found = {
        chunk.constants["prefix"]
        for chunk in chunks_of(BATCHES[1], scheme="t", job="j")
        if "$prefix" in chunk.statement
    }
    assert found == {"t/"}


def test_no_rows_are_no_chunks() -> None:
    empty = BATCHES[0].accounts.clear()
    assert list(cut("load/accounts", empty)) == []
    assert list(cut("load/interactions", BATCHES[0].interactions.clear())) == []


def test_what_lies_in_a_lane_does_not_depend_on_the_size_of_chunks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [("LIKED" if n % 9 else "QUOTED", f"x:e{n}", "x:1", "x:2", "t/a", 1.0, n, 1.0, None)
            for n in range(601)]  # fmt: skip
    events = pl.DataFrame(rows, schema=BATCHES[0].interactions.schema, orient="row")
    found = []
    for size in (7, 100, 10_000):
        monkeypatch.setattr(chunks, "CHUNK_ROWS", size)
        series = list(cut("load/interactions", events))
        found.append([
            [key for chunk in series if chunk.lane == lane for key in chunk.frame["event_id"]]
            for lane in (0, 1)
        ])  # fmt: skip
    assert found[0] == found[1] == found[2]
    assert sorted(found[0][0] + found[0][1]) == sorted(events["event_id"])
    assert abs(len(found[0][0]) - len(found[0][1])) <= 2


def test_relationships_that_lock_their_ends_and_removals_lie_in_one_lane() -> None:
    part = replace(BATCHES[1], gone=BATCHES[0])
    lanes = {c.phase: c.lane for c in chunks_of(part, scheme="t", job="j")}
    assert {lane for phase, lane in lanes.items() if phase != "load/interactions"} == {0}


@pytest.mark.parametrize("name", ["scores", "unrated", "reasons", "seeds"])
def test_a_run_s_rows_lie_in_both_lanes_but_seeds_which_are_few(name: str) -> None:
    run = run_scores(1)
    many = pl.concat([getattr(run, name)] * 60)
    rows = {"scores": run.scores.clear(), "unrated": run.unrated.clear(), name: many}
    found = list(score_chunks(replace(run, **{"seeds": None, "reasons": None} | rows)))
    sizes = [sum(c.frame.height for c in found if c.lane == lane) for lane in (0, 1)]
    if name == "seeds":
        assert sizes == [many.height, 0]
    else:
        assert sum(sizes) == many.height
        assert abs(sizes[0] - sizes[1]) <= 1


class _Counts:
    """A ledger that writes nothing, and notes what it was asked to."""

    def __init__(self, *done: int, writers: int = 2) -> None:
        self.done, self.writers = list(done), writers
        self.steps: list[tuple[int, int, int]] = []
        self.watch, self.told = self._told, []

    def _told(self, done: int, total: int) -> None:
        self.told.append((done, total))

    def step(self, begin: int, end: int, work: Any, *, lane: int) -> None:
        assert self.done[lane] == begin
        self.done[lane] = end
        self.steps.append((lane, begin, end))


@pytest.mark.parametrize("writers", [1, 2])
def test_what_the_lanes_have_counted_is_not_written_again(writers: int) -> None:
    people = pl.DataFrame({"key": [f"x:{n}" for n in range(100)]})
    ledger = _Counts(50, 20, writers=writers)
    write_rest(ledger, [*cut("load/accounts", people), *cut("load/posts", people)])  # type: ignore[arg-type]
    assert sorted(ledger.steps) == [(0, 50, 100), (1, 20, 50), (1, 50, 100)]
    assert ledger.steps[0] == (1, 20, 50)  # a phase ends before the next begins
    assert ledger.told[-1] == (200, 200)


def test_a_type_that_the_model_does_not_name_is_never_sent() -> None:
    odd = BATCHES[0].interactions.with_columns(type=pl.lit("X]->() DETACH DELETE a //"))
    with pytest.raises(GraphengineError, match="DETACH DELETE"):
        list(cut("load/interactions", odd))


def test_scores_carry_their_versions() -> None:
    scored, unrated, seed, reason = score_chunks(run_scores(1))
    assert scored.constants == {
        "run": run_scores(1).run, "method_version": "1", "anchors_version": "1",
    }  # fmt: skip
    for chunk in (unrated, seed, reason):
        assert chunk.constants == {"run": run_scores(1).run}
    assert [chunk.frame.height for chunk in (scored, unrated, seed, reason)] == [6, 2, 3, 5]


def test_a_run_without_seeds_and_reasons_writes_none() -> None:
    texts = [chunk.statement for chunk in score_chunks(before_figures(run_scores(1)))]
    assert texts == [statement("publish/scored"), statement("publish/unrated")]


def test_an_account_s_rows_lie_in_one_chunk_in_the_order_of_the_index(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scored, few = _many(40)
    run = replace(run_scores(1), scores=scored, unrated=few, seeds=None, reasons=None)
    monkeypatch.setattr(chunks, "BLOCK_ROWS", 12)
    series = list(score_chunks(run))
    assert max(chunk.frame.height for chunk in series) == 12
    for chunk in series:
        of_topics = chunk.frame.group_by("topic", maintain_order=True).agg("account")
        assert of_topics["topic"].is_sorted()
        assert all(len(set(names)) == len(names) for names in of_topics["account"])
        if "rank" in chunk.frame.columns:
            assert chunk.frame.equals(chunk.frame.sort("topic", "rank"))
        accounts = chunk.frame["account"].unique()
        assert accounts.len() <= 12 // 3 + 2  # of three topics each, but at the ends
    whole = pl.concat(chunk.frame for chunk in series if "rank" in chunk.frame.columns)
    assert whole.sort("topic", "rank").equals(scored.sort("topic", "rank"))


@pytest.mark.parametrize("size", [1, 5, 7, 20_000])
def test_the_order_of_a_run_s_rows_does_not_depend_on_the_size_of_chunks(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    scored, few = _many(40)
    run = replace(run_scores(1), scores=scored, unrated=few, seeds=None, reasons=None)
    monkeypatch.setattr(chunks, "BLOCK_ROWS", 12)
    wanted = _of_lanes(run)
    monkeypatch.setattr(chunks, "CHUNK_ROWS", size)
    assert max(chunk.frame.height for chunk in score_chunks(run)) == min(size, 12)
    assert _of_lanes(run) == wanted


def _many(people: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Scores and unrated people, everybody in three topics."""
    run = run_scores(1)
    rows = [(f"x:{n * 7 % people}", f"t/{topic}", n + 1, *run.scores.row(0)[3:])
            for topic in "bca" for n in range(people)]  # fmt: skip
    scored = pl.DataFrame(rows, schema=run.scores.schema, orient="row")
    few = scored.select("account", "topic", endorsers=pl.col("rank"))
    return scored, few


def _of_lanes(run: RunScores) -> list[list[tuple[Any, ...]]]:
    series = list(score_chunks(run))
    return [[row for c in series if c.lane == lane for row in c.frame.rows()] for lane in (0, 1)]


def test_a_fingerprint_sees_every_difference() -> None:
    frame = run_scores(1).scores
    same = fingerprint(frame)
    others = [
        fingerprint(frame.reverse()),
        fingerprint(frame.head(5)),
        fingerprint(frame.with_columns(credit=pl.lit(0.25))),
        fingerprint(frame.rename({"raw": "row"})),
        fingerprint(frame, frame),
        fingerprint(),
    ]
    assert fingerprint(frame.clone()) == same
    assert len({same, *others}) == 7


def test_part_of_a_part_is_another_load() -> None:
    part = BATCHES[0]
    cut_off = replace(part, posts=part.posts.head(1))
    assert fingerprint(part.posts) != fingerprint(cut_off.posts)
