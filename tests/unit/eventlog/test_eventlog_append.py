"""What an append writes, counts and leaves behind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest
from support.log_rows import DEFAULTS, feed, frame_of, reading_of, tree

from graphengine.errors import CannotWriteError, ConfigurationError, GraphengineError
from graphengine.eventlog import EventLog

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    return EventLog(tmp_path / "log")


def append(log: EventLog, frame: pl.DataFrame, *, file: str = "f.csv", rejected: int = 0) -> None:
    log.append(
        reading_of(frame, rejected=rejected), source="s", file=file, sha256=file, mapping="m",
        table="interactions",
    )  # fmt: skip


def test_an_empty_log(log: EventLog) -> None:
    assert log.batches() == ()
    assert log.last_batch == 0
    assert len(log.interactions()) == len(log.posts()) == len(log.exposure()) == 0
    assert log.latest_accounts().height == 0
    assert log.latest_time is None
    assert log.verify() == []


def test_parts_lie_by_utc_day_and_events_without_a_time_apart(log: EventLog) -> None:
    feed(log, "interactions", {"event_id": "a", "at": DAY - 1}, {"event_id": "b", "at": DAY},
         {"event_id": "c", "at": None}, {"event_id": "d", "at": -1})  # fmt: skip
    assert [part.path for part in log.batches()[0].parts] == [
        "interactions/1969-12-31/000001.parquet",
        "interactions/1970-01-01/000001.parquet",
        "interactions/1970-01-02/000001.parquet",
        "interactions/undated/000001.parquet",
    ]
    assert log.interactions().frame["event_id"].to_list() == ["d", "a", "b", "c"]
    assert (log.earliest_time, log.latest_time) == (-1, DAY)


def test_late_events_add_files_to_old_days(log: EventLog) -> None:
    feed(log, "interactions", {"event_id": "b", "at": DAY})
    before = tree(log.root / "interactions")
    feed(log, "interactions", {"event_id": "a", "at": DAY})
    after = tree(log.root / "interactions")
    assert before.items() <= after.items()
    assert sorted(after) == [
        "1970-01-02/",
        "1970-01-02/000001.parquet",
        "1970-01-02/000002.parquet",
    ]
    assert log.interactions().frame["event_id"].to_list() == ["a", "b"]


def test_a_repeat_with_a_further_topic_adds_it_and_is_a_duplicate(log: EventLog) -> None:
    feed(log, "interactions", {"event_id": "a", "topics": ["x"]})
    batch = feed(log, "interactions", {"event_id": "a", "topics": ["w"], "at": 5, "source": "t"})
    assert (batch.accepted, batch.duplicate, batch.conflicts) == (0, 1, 1)
    assert batch.topics_touched == ("w", "x")
    row = log.interactions().frame.row(0, named=True)
    assert row["topics"] == ["w", "x"]
    assert (row["at"], row["source"]) == (DEFAULTS["interactions"]["at"], "s")
    stored = pl.read_parquet(log.root / batch.parts[0].path)
    assert stored["topics"].to_list() == [["w"]]
    assert stored["at"].to_list() == [DEFAULTS["interactions"]["at"]]


def test_a_topic_for_an_event_that_had_none_touches_both(log: EventLog) -> None:
    feed(log, "interactions", {"event_id": "a"})
    batch = feed(log, "interactions", {"event_id": "a", "topics": ["x"]})
    assert log.batches()[0].topics_touched == ("",)
    assert batch.topics_touched == ("", "x")
    assert log.interactions().frame["topics"].to_list() == [["x"]]


@pytest.mark.parametrize(
    ("column", "other"),
    [
        ("at", 7),
        ("at", None),
        ("post", "x:p"),
        ("parent", "x:p"),
        ("weight", 2.0),
        ("kind", "reply"),
    ],
)
def test_any_other_difference_is_a_conflict_and_the_first_wins(
    log: EventLog, column: str, other: object
) -> None:
    same_file = feed(log, "interactions", {"event_id": "a"}, {"event_id": "a", column: other})
    next_file = feed(log, "interactions", {"event_id": "a", column: other}, {"event_id": "a"})
    assert (same_file.accepted, same_file.duplicate, same_file.conflicts) == (1, 1, 1)
    assert (next_file.accepted, next_file.duplicate, next_file.conflicts) == (0, 2, 1)
    assert next_file.parts == ()
    held = log.interactions().frame[column].to_list()
    assert held == [DEFAULTS["interactions"][column]]


def test_a_repeat_on_another_day_is_found(log: EventLog) -> None:
    feed(log, "interactions", {"event_id": "a", "at": 0})
    batch = feed(log, "interactions", {"event_id": "a", "at": 9 * DAY})
    assert (batch.duplicate, batch.conflicts) == (1, 1)


def test_a_retraction_before_its_event_wins_too(log: EventLog) -> None:
    back = feed(log, "interactions", {"event_id": "a", "op": "retract"})
    again = feed(log, "interactions", {"event_id": "a", "op": "retract", "weight": 3.0})
    event = feed(log, "interactions", {"event_id": "a", "topics": ["x"]})
    assert (back.accepted, back.retracted, back.retracts) == (1, 0, 1)
    assert (again.accepted, again.duplicate, again.conflicts) == (0, 1, 0)
    assert (event.accepted, event.retracted) == (1, 1)
    assert len(log.interactions()) == 0


def test_taking_an_account_back_takes_all_of_it_past_and_future(log: EventLog) -> None:
    feed(log, "interactions", {"event_id": "a", "actor": "x:q", "topics": ["t"]},
         {"event_id": "b", "target": "x:q"}, {"event_id": "c"})  # fmt: skip
    feed(log, "posts", {"post": "x:p", "author": "x:q", "topics": ["u"]}, {"post": "x:o"})
    feed(log, "accounts", {"account": "x:q", "name": "Q"})
    back = feed(log, "retractions", {"account": "x:q"})
    feed(log, "interactions", {"event_id": "d", "actor": "x:q"})
    feed(log, "exposure", {"actor": "x:q"}, {"actor": "x:r"})
    assert (back.retracted, back.topics_touched) == (2, ("", "t", "u"))
    assert log.interactions().frame["event_id"].to_list() == ["c"]
    assert log.posts().frame["post"].to_list() == ["x:o"]
    assert log.exposure().frame["actor"].to_list() == ["x:r"]
    assert log.latest_accounts().height == 0


def test_only_events_until_a_time_and_those_without_one(log: EventLog) -> None:
    feed(log, "interactions", *({"event_id": f"{at}", "at": at} for at in (1, 2, 3, None)))
    assert log.interactions(upto_time=2).frame["at"].to_list() == [1, 2, None]
    feed(log, "interactions", {"event_id": "new", "at": 2}, {"event_id": "late", "at": 9})
    assert log.interactions(after=1, upto_time=2).frame["event_id"].to_list() == ["new"]


def test_the_latest_known_value_of_each_attribute_holds(log: EventLog) -> None:
    feed(log, "accounts", {"at": 9, "name": "new"}, {"at": 5, "name": "old", "followers": 5},
         {"at": None, "handle": "h", "followers": 1})  # fmt: skip
    batch = feed(log, "accounts", {"at": 9, "created_at": 3}, {"at": 9, "name": "other"})
    assert (batch.accepted, batch.duplicate, batch.conflicts) == (0, 2, 1)
    assert log.latest_accounts().rows() == [("x:a", "h", "new", 5, 3)]


def test_one_post_with_two_parents_is_two_rows_and_topics_add_up(log: EventLog) -> None:
    batch = feed(log, "posts", {"parent": "x:a", "topics": ["t"]}, {"parent": "x:b"}, {},
                 {"topics": ["u"]}, {"parent": "x:a", "topics": ["u"]})  # fmt: skip
    assert (batch.accepted, batch.duplicate, batch.conflicts) == (3, 2, 0)
    assert log.posts().frame.select("parent", "topics").rows() == [
        ("x:a", ["t", "u"]), ("x:b", []), (None, ["u"]),
    ]  # fmt: skip


def test_rejected_rows_are_written_before_the_batch_counts(log: EventLog) -> None:
    append(log, frame_of("interactions", [{"event_id": "a"}]), rejected=2)
    written = log.rejects / "000001-f.csv.csv"
    assert written.read_text("utf-8") == "file,line,reason,text\nf,0,bad,?\nf,1,bad,?\n"
    batch = log.batches()[0]
    assert (batch.read, batch.accepted, batch.rejected) == (3, 1, 2)


def test_rows_that_do_not_add_up_are_an_internal_error(log: EventLog) -> None:
    reading = reading_of(frame_of("interactions", [{}]))
    wrong = type(reading)(reading.frame, reading.rejects, read=2)
    with pytest.raises(GraphengineError, match="2 rows were read, but 1 were given") as raised:
        log.append(wrong, source="s", file="f", sha256="1", mapping="m", table="interactions")
    assert raised.value.exit_code == 70
    assert not log.root.exists()


def test_a_file_is_known_by_its_bytes_its_source_and_its_mapping(log: EventLog) -> None:
    append(log, frame_of("interactions", [{}]), file="f")
    assert log.has("f", "s", "m")
    assert not log.has("g", "s", "m")
    assert not log.has("f", "other", "m")
    with pytest.raises(ConfigurationError, match="read with other settings"):
        log.has("f", "s", "changed")
    with pytest.raises(GraphengineError, match="ask `has`"):
        append(log, frame_of("interactions", [{}]), file="f")


def test_the_same_rows_give_the_same_bytes_whatever_their_chunks(tmp_path: Path) -> None:
    rows = [{"event_id": f"{n:03}", "at": n, "topics": ["t"] * (n % 2)} for n in range(300)]
    whole = frame_of("interactions", rows)
    pieces = pl.concat([frame_of("interactions", rows[:7]), frame_of("interactions", rows[7:])],
                       rechunk=False)  # fmt: skip
    assert pieces.n_chunks() > 1
    one, two = EventLog(tmp_path / "one" / "log"), EventLog(tmp_path / "two" / "log")
    append(one, whole)
    append(two, pieces)
    assert tree(tmp_path / "one") == tree(tmp_path / "two")
    assert one.watermark == two.watermark


def test_the_watermark_moves_with_every_batch(log: EventLog) -> None:
    marks = [log.watermark]
    for n in range(3):
        feed(log, "interactions", {"event_id": str(n)})
        marks.append(log.watermark)
    assert len(set(marks)) == 4
    assert EventLog(log.root).watermark == marks[-1]


def test_what_a_killed_append_left_is_invisible_and_swept(log: EventLog) -> None:
    append(log, frame_of("interactions", [{"event_id": "a"}]), file="f", rejected=1)
    whole = tree(log.root.parent)
    day = log.root / "interactions" / "2014-05-13"
    (day / "000002.parquet").write_bytes(b"half")
    (day / ".000002.parquet.tmp").write_bytes(b"")
    (log.root / "ledger" / ".000002.json.tmp").write_bytes(b"{")
    (log.root / "posts" / "undated").mkdir(parents=True)
    (log.rejects / "000002-g.csv").write_bytes(b"")
    (log.rejects / ".000002-g.csv.tmp").write_bytes(b"")
    again = EventLog(log.root)
    assert len(again.interactions()) == again.last_batch == 1
    again.sweep()
    assert tree(log.root.parent) == whole


def test_a_full_disk_leaves_the_log_as_it_was(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(log, "interactions", {"event_id": "a"})
    whole = tree(log.root.parent)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(CannotWriteError, match="No space left"):
            feed(log, "interactions", {"event_id": "b", "at": 0})
    assert log.last_batch == 1
    log.sweep()
    assert tree(log.root.parent) == whole


def test_a_ledger_entry_holds_no_clock_and_no_path_of_this_machine(log: EventLog) -> None:
    feed(log, "interactions", {"event_id": "a"})
    text = (log.root / "ledger" / "000001.json").read_text("utf-8")
    assert set(json.loads(text)) == {
        "format", "number", "source", "file", "sha256", "mapping", "table", "read", "accepted",
        "duplicate", "rejected", "skipped", "conflicts", "retracted", "retracts",
        "topics_touched", "parts", "at_min", "at_max",
    }  # fmt: skip
    assert str(log.root) not in text
