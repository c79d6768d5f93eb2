"""Random sequences of batches: the log says what a dictionary says, and order does not matter."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.eventlog import LogOracle
from support.log_rows import DEFAULTS, TABLES, feed

from graphengine.eventlog import EventLog

if TYPE_CHECKING:
    import polars as pl

DAY = 86_400
PEOPLE = ("x:a", "x:b", "x:c", "x:d")
WORDS = st.lists(st.sampled_from(["", "news", "sport", "arts"]), max_size=2, unique=True).map(
    lambda words: sorted(filter(None, words))
)

# everything about an event but its topics follows from its number, so that repeats agree
EVENT = st.builds(
    lambda n, topics, op: {
        "event_id": f"x:{n}", "actor": PEOPLE[n % 4], "target": PEOPLE[n // 3 % 4],
        "at": None if n == 5 else n * DAY // 2, "post": f"x:p{n}" if n % 2 else None,
        "topics": topics, "op": op,
    },
    st.integers(0, 11), WORDS, st.sampled_from(["add", "add", "add", "add", "retract"]),
)  # fmt: skip
POST = st.builds(
    lambda n, parent, topics: {
        "post": f"x:p{n}", "parent": f"x:p{parent}" if parent else None, "kind": "reply",
        "author": PEOPLE[n % 4], "at": n * DAY, "topics": topics,
    },
    st.integers(0, 4), st.integers(0, 3), WORDS,
)  # fmt: skip
EXPOSURE = st.builds(
    lambda a, b: {"actor": a, "target": b}, st.sampled_from(PEOPLE), st.sampled_from(PEOPLE)
)
ACCOUNT = st.builds(
    lambda who, at, name, count: {"account": who, "at": at, "name": name, "followers": count},
    st.sampled_from(PEOPLE), st.sampled_from([None, DAY]), st.sampled_from([None, "Ann"]),
    st.sampled_from([None, 7]),
)  # fmt: skip
RETRACTION = st.one_of(
    st.builds(lambda n: {"event_id": f"x:{n}"}, st.integers(0, 8)),
    st.sampled_from([{"account": "x:d"}]),
)
ROWS = {
    "interactions": EVENT, "posts": POST, "exposure": EXPOSURE, "accounts": ACCOUNT,
    "retractions": RETRACTION,
}  # fmt: skip
CLASHING = EVENT.flatmap(
    lambda row: st.sampled_from([row, {**row, "at": 3 * DAY}, {**row, "weight": 2.0}])
)


def batches(rows: dict[str, Any]) -> st.SearchStrategy[list[tuple[str, list[dict[str, Any]]]]]:
    one = st.sampled_from(["interactions", "interactions", *rows]).flatmap(
        lambda table: st.tuples(st.just(table), st.lists(rows[table], min_size=1, max_size=6))
    )
    return st.lists(one, min_size=1, max_size=5)


def run_log(sequence: list[tuple[str, list[dict[str, Any]]]], folder: Path) -> EventLog:
    log = EventLog(folder / "log")
    for table, rows in sequence:
        feed(log, table, *rows)
    return log


def states(log: EventLog) -> dict[str, pl.DataFrame]:
    return {
        "interactions": log.interactions().frame, "posts": log.posts().frame,
        "exposure": log.exposure().frame, "accounts": log.accounts().frame,
    }  # fmt: skip


def as_set(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(repr(sorted(row.items())) for row in rows)


@settings(max_examples=50)
@given(batches({**ROWS, "interactions": CLASHING}))
def test_the_log_says_what_the_oracle_says(
    sequence: list[tuple[str, list[dict[str, Any]]]],
) -> None:
    oracle = LogOracle()
    with tempfile.TemporaryDirectory() as folder:
        log = run_log(sequence, Path(folder))
        for batch, (table, rows) in zip(log.batches(), sequence, strict=True):
            counts = oracle.take(table, [{**DEFAULTS[table], **row} for row in rows])
            got = (batch.accepted, batch.duplicate, batch.conflicts)
            assert got == (counts.accepted, counts.duplicate, counts.conflicts)
            assert batch.read == batch.accepted + batch.duplicate + batch.rejected
        assert sum(batch.retracted for batch in log.batches()) == oracle.retracted()
        for table, frame in states(log).items():
            assert as_set(frame.to_dicts()) == as_set(oracle.state(table)), table
            loose = log.view().select(table, frame.columns, ordered=False)
            assert as_set(loose.to_dicts()) == as_set(frame.to_dicts()), table


@settings(max_examples=30)
@given(st.data(), batches(ROWS))
def test_order_of_arrival_changes_nothing(
    data: st.DataObject, sequence: list[tuple[str, list[dict[str, Any]]]]
) -> None:
    shuffled = data.draw(st.permutations(sequence))
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        first, second = run_log(sequence, Path(one)), run_log(shuffled, Path(two))
        for table, frame in states(first).items():
            assert frame.equals(states(second)[table]), table
        words = [{w for b in log.batches() for w in b.topics_touched} for log in (first, second)]
        assert words[0] - {""} == words[1] - {""}


@settings(max_examples=30)
@given(batches(ROWS), st.integers(0, 4))
def test_what_changed_brings_an_older_state_up_to_date(
    sequence: list[tuple[str, list[dict[str, Any]]]], since: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = run_log(sequence, Path(folder))
        after = min(since, log.last_batch)
        columns = list(TABLES["interactions"].SCHEMA)
        stored = {
            row["event_id"]: row
            for row in log.view(after).select("interactions", columns).to_dicts()
        }
        changed, outdated = log.changed(after)
        for event_id in outdated["event_id"]:
            stored.pop(event_id, None)
        assert not stored.keys() & set(changed.frame["event_id"])
        stored |= {row["event_id"]: row for row in changed.frame.to_dicts()}
        assert as_set(list(stored.values())) == as_set(log.interactions().frame.to_dicts())
