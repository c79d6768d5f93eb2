"""The stream road into Neo4j: halves where memory is short, one lease, two jobs in one database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from support.log_rows import feed
from support.neo4j_cases import StoppedError, everything, sent, small_chunks
from support.neo4j_server import wipe
from support.stream_cases import ACTS, FOLLOWS, lanes_of, ledger_of, linked, load, log_in

from graphengine.bolt import TooLargeError
from graphengine.errors import BusyError, InputError
from graphengine.projection import LogGraph
from graphengine.stores.neo4j.chunks import Chunk, cut, write_rest
from graphengine.stores.neo4j.columns import as_parameters
from graphengine.stores.neo4j.ledger import LANES, Ledger

if TYPE_CHECKING:
    from pathlib import Path

    from support.neo4j_server import Neo4jServer

    from graphengine.eventlog import EventLog


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    return log_in(tmp_path / "one", *ACTS)


# a transaction that the server has no memory for


def test_a_chunk_that_is_too_large_goes_in_halves(
    empty_neo4j: Neo4jServer, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(empty_neo4j, log)
    wanted = everything(empty_neo4j)
    wipe(empty_neo4j, keep_rules=True)
    heights = _limited(monkeypatch, rows=1)
    load(empty_neo4j, log)
    assert everything(empty_neo4j) == wanted
    assert max(heights) > 3
    assert heights.count(1) > 10


def test_halves_are_counted_one_by_one(
    empty_neo4j: Neo4jServer, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off between halves, a load goes on behind the last, in chunks of another size."""
    load(empty_neo4j, log)
    wanted = everything(empty_neo4j)
    for stop in range(1, 12, 2):
        wipe(empty_neo4j, keep_rules=True)
        with pytest.MonkeyPatch.context() as patch:
            heights = _limited(patch, rows=1, stop_at=stop)
            with pytest.raises(StoppedError):
                load(empty_neo4j, log)
        assert sum(lanes_of(empty_neo4j)) == stop
        heights.clear()
        small_chunks(monkeypatch, 3)
        load(empty_neo4j, log)
        assert everything(empty_neo4j) == wanted


def test_one_row_that_is_too_large_ends_it(
    empty_neo4j: Neo4jServer, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    _limited(monkeypatch, rows=0)
    with pytest.raises(TooLargeError, match=r"one row.*db\.memory\.transaction\.max.*goes on"):
        load(empty_neo4j, log)


def _limited(patch: pytest.MonkeyPatch, *, rows: int, stop_at: int = 1 << 40) -> list[int]:
    """Chunks above so many rows are refused after they were sent; their heights."""
    write = Chunk.write
    heights: list[int] = []

    def limited(self: Chunk, tx: Any, *, over: bool = False) -> None:
        heights.append(self.frame.height)
        write(self, tx, over=over)
        if self.frame.height > rows:
            raise TooLargeError("no memory")
        if sum(1 for height in heights if height <= rows) > stop_at:
            raise StoppedError

    patch.setattr(Chunk, "write", limited)
    return heights


# people whom many rows name


def test_people_whom_many_rows_name_are_looked_up_once_and_by_the_index(
    empty_neo4j: Neo4jServer, tmp_path: Path
) -> None:
    """The same graph as by a statement that looks for both ends of each row, and no scan."""
    acts = [{"actor": f"x:{n}", "target": f"x:{n % 3}", "topics": ["ab"[n % 2]]} for n in range(40)]
    log = log_in(tmp_path / "many", *acts)
    load(empty_neo4j, log)
    wanted = everything(empty_neo4j)
    (part,) = LogGraph(log, scheme="s-j").since(0)
    (chunk,) = cut("load/interactions", part.interactions)
    text, given = as_parameters(chunk.statement, chunk.frame, complete=True)
    assert "nodes_of_target" in text
    sent(empty_neo4j, "MATCH (:Account)-[r:RETWEETED]->(:Account) DELETE r")
    columns = chunk.frame.to_dict(as_series=False)
    assert sent(empty_neo4j, chunk.statement, **columns) == [[40]]
    assert everything(empty_neo4j) == wanted
    with empty_neo4j.driver() as driver, driver.session() as session:
        plan = session.run(f"EXPLAIN {text}", given).consume().plan
    assert "NodeUniqueIndexSeek" in str(plan)
    assert "Scan" not in str(plan)


def test_rows_that_name_nobody_are_refused_whole(empty_neo4j: Neo4jServer, log: EventLog) -> None:
    load(empty_neo4j, log)
    before = everything(empty_neo4j)
    (part,) = LogGraph(log, scheme="s-j").since(0)
    rows = part.interactions.head(1)
    for end in ("actor", "target"):
        odd = pl.concat([rows] * 9).with_columns(
            pl.Series("event_id", [f"x:n{n}" for n in range(9)]),
            pl.Series(end, ["x:1"] * 8 + ["x:99"]),
        )
        with linked(empty_neo4j) as link, pytest.raises(InputError, match=r"Some of 9 rows name"):
            write_rest(Ledger(link, "odd"), cut("load/interactions", odd))
        assert everything(empty_neo4j) == before


def test_a_first_load_of_people_whom_another_job_has_keeps_what_that_knew(
    empty_neo4j: Neo4jServer, log: EventLog, tmp_path: Path
) -> None:
    theirs = log_in(tmp_path / "theirs", *ACTS[:2])
    feed(theirs, "accounts", {"account": "x:1", "name": "One", "followers": 3})
    load(empty_neo4j, theirs, job="k")
    load(empty_neo4j, log)
    known = "MATCH (a:Account {key: 'x:1'}) RETURN a.name, a.followers, a.network"
    assert sent(empty_neo4j, known) == [["One", 3, "x"]]
    people = {a[end] for a in (*ACTS, *FOLLOWS) for end in ("actor", "target")}
    assert sent(empty_neo4j, "MATCH (a:Account) RETURN count(a)") == [[len(people)]]


# two who write


def test_the_late_writer_is_told_who_has_the_lease(empty_neo4j: Neo4jServer) -> None:
    with linked(empty_neo4j) as link:
        first = Ledger(link, "j")
        second = Ledger(link, "j")
        assert (first.token, second.token) == (1, 2)
        with pytest.raises(BusyError, match=r"process \d+ on .* since 20.* \(lease 2\).*lease 1"):
            first.step(0, 1, lambda tx: tx.run("CREATE (:Account {key: 'late'})"))
        with pytest.raises(BusyError):
            first.record(batch=7)
        second.record(scheme="s")
        sent(empty_neo4j, "MATCH (l:GraphengineLoad) DELETE l")
        with pytest.raises(BusyError, match="node is gone"):
            second.record(scheme="t")
    assert sent(empty_neo4j, "MATCH (a:Account) RETURN a.key") == []


@pytest.mark.parametrize("lane", range(LANES))
def test_the_late_writer_is_refused_in_every_lane(empty_neo4j: Neo4jServer, lane: int) -> None:
    with linked(empty_neo4j) as link:
        first = Ledger(link, "j")
        first.step(0, 2, lambda tx: None, lane=lane)
        second = Ledger(link, "j")
        with pytest.raises(BusyError, match=r"lease 2"):
            first.step(2, 3, lambda tx: tx.run("CREATE (:Account {key: 'late'})"), lane=lane)
        assert second.done == [2 * (number == lane) for number in range(LANES)]
        second.step(2, 3, lambda tx: None, lane=lane)
        second.record(loading="", done=0)
    assert lanes_of(empty_neo4j) == [0] * LANES
    assert sent(empty_neo4j, "MATCH (a:Account) RETURN a.key") == []


def test_a_load_that_was_begun_before_there_were_lanes_is_begun_again(
    empty_neo4j: Neo4jServer, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an older graphengine left it: rows counted in the ledger itself, under a name of its own."""
    load(empty_neo4j, log)
    wanted = everything(empty_neo4j)
    wipe(empty_neo4j, keep_rules=True)
    small_chunks(monkeypatch, 1)
    with pytest.MonkeyPatch.context() as patch:
        _limited(patch, rows=1, stop_at=9)
        with pytest.raises(StoppedError):
            load(empty_neo4j, log)
    sent(empty_neo4j, "MATCH (w:GraphengineLane) DELETE w")
    sent(empty_neo4j, "MATCH (l:GraphengineLoad) SET l.done = 9, l.loading = 'graph 2 0123456789'")
    sent(empty_neo4j, "MATCH (s:GraphengineSchema) SET s.version = 2")
    load(empty_neo4j, log)
    assert everything(empty_neo4j) == wanted
    assert ledger_of(empty_neo4j)["done"] == 0


# two jobs


def test_what_two_jobs_say_goes_with_the_last_of_them(
    empty_neo4j: Neo4jServer, log: EventLog, tmp_path: Path
) -> None:
    feed(log, "posts", {"post": "x:p1", "author": "x:1", "topics": ["a"]})
    theirs = log_in(tmp_path / "theirs", *ACTS[:2], follows=FOLLOWS[:2])
    load(empty_neo4j, theirs, job="k")
    alone = everything(empty_neo4j)
    load(empty_neo4j, log)
    for account in ("x:1", "x:2", "x:3", "x:4", "x:7", "x:8"):
        feed(log, "retractions", {"account": account})
    load(empty_neo4j, log)
    left = [row for row in everything(empty_neo4j) if "'s-j'" not in row]
    assert left == alone
    for account in ("x:1", "x:2", "x:3"):
        feed(theirs, "retractions", {"account": account})
    load(empty_neo4j, theirs, job="k")
    kinds = "MATCH (n) WHERE n:Account OR n:Post RETURN count(n)"
    assert sent(empty_neo4j, kinds) == [[0]]
    assert sent(empty_neo4j, "MATCH ()-[r]->() RETURN count(r)") == [[0]]
