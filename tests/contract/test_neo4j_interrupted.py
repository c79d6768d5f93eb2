"""Loads and publications that were cut off, doubled or raced: nothing is lost, nothing twice."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from neo4j import Transaction
from neo4j.exceptions import IncompleteCommit
from support.neo4j_cases import (
    Log,
    StoppedError,
    everything,
    large_graph,
    large_run,
    link_to,
    publish,
    sent,
    small_chunks,
    stop_at,
    store_of,
)
from support.neo4j_server import wipe
from support.store_cases import BATCHES, Parts, run_scores

from graphengine.errors import BusyError, InputError
from graphengine.stores.neo4j.chunks import Chunk
from graphengine.stores.neo4j.ledger import Ledger
from graphengine.stores.neo4j.load import chunks_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.neo4j_server import Neo4jServer

    from graphengine.stores.neo4j import Neo4jStore


@pytest.fixture
def store(empty_neo4j: Neo4jServer) -> Iterator[Neo4jStore]:
    opened = store_of(empty_neo4j)
    yield opened
    opened.close()


@pytest.mark.parametrize("chunk", [0, 9, 12, 18])
def test_a_load_goes_on_where_it_was_though_the_log_has_grown(
    store: Neo4jStore, empty_neo4j: Neo4jServer, chunk: int
) -> None:
    """Cut off over two batches, then repeated over three: as if the three had come at once."""
    with pytest.MonkeyPatch.context() as patch:
        small_chunks(patch, 2)
        stop_at(patch, chunk)
        with pytest.raises(StoppedError):
            publish(store, 1, Log(BATCHES[:2]))
    assert store.published("j") is None
    publish(store, 1)
    found = everything(empty_neo4j)
    wipe(empty_neo4j, keep_rules=True)
    publish(store, 1, Parts())
    assert found == everything(empty_neo4j)


def test_a_repeated_load_writes_only_the_rest(
    store: Neo4jStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_chunks(monkeypatch, 2)
    with pytest.MonkeyPatch.context() as patch:
        stop_at(patch, 10)
        with pytest.raises(StoppedError):
            publish(store, 1)
    written: list[int] = []
    write = Chunk.write

    def counting(self: Chunk, tx: Any, *, over: bool = False) -> None:
        written.append(self.frame.height)
        write(self, tx, over=over)

    monkeypatch.setattr(Chunk, "write", counting)
    publish(store, 1)
    rest = len(written)
    written.clear()
    publish(store, 1)
    assert written == []
    publish(store, 2)
    scores = len(written)
    assert scores == 9  # three each of scores and reasons, two of seeds, one of unrated people
    all_chunks = sum(1 for _ in _all_chunks())
    assert all_chunks + scores - rest in (10, 11)  # the other lane may have ended its step


def _all_chunks() -> Iterator[Chunk]:
    for part in Log().since(0):
        yield from chunks_of(part, scheme="t", job="j")


def test_scores_that_were_cut_off_are_completed_or_written_afresh(
    store: Neo4jStore, empty_neo4j: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_chunks(monkeypatch, 2)
    for number in (1, 3):
        publish(store, number)
    _cut_off_scores(store, 2)
    publish(store, 2)
    assert _scores_of(empty_neo4j, 2) == [[6, 2]]
    _cut_off_scores(store, 4)
    assert _scores_of(empty_neo4j, 4) == [[4, 2]]
    publish(store, 3)  # in between another run goes out, and takes the rest away
    assert _scores_of(empty_neo4j, 4) == [[0, 0]]
    publish(store, 4)
    assert _scores_of(empty_neo4j, 4) == [[6, 2]]
    assert sent(empty_neo4j, "MATCH ()-[s:SCORED]->() RETURN count(s)") == [[12]]


def _cut_off_scores(store: Neo4jStore, number: int) -> None:
    served = store.published("j")
    with pytest.MonkeyPatch.context() as patch:
        stop_at(patch, 2)
        with pytest.raises(StoppedError):
            publish(store, number)
    assert store.published("j") == served


def _scores_of(server: Neo4jServer, number: int) -> list[list[Any]]:
    rows = "MATCH ()-[s:SCORED]->() WHERE s.run = $run RETURN count(s), count(DISTINCT s.raw)"
    return sent(server, rows, run=run_scores(number).run)


@pytest.mark.parametrize("stranger", ["a:0", "z:0"])  # the first of all rows, the last
def test_of_a_run_that_scores_a_stranger_nothing_stays_whichever_writer_finds_him(
    store: Neo4jStore, empty_neo4j: Neo4jServer, monkeypatch: pytest.MonkeyPatch, stranger: str
) -> None:
    small_chunks(monkeypatch, 10)
    run = large_run(1)
    odd = run.scores.with_columns(pl.col("account").replace("x:0", stranger))
    with pytest.raises(InputError, match=f"'{stranger}', which is no account"):
        store.publish(replace(run, scores=odd), large_graph(), previous=None, keep=2)
    assert sent(empty_neo4j, "MATCH ()-[s:SCORED|UNRATED|SEED|REASON]->() RETURN count(s)") == [[0]]
    assert sent(empty_neo4j, "MATCH (r:Run) RETURN count(r)") == [[0]]


@pytest.mark.parametrize("came_through", [True, False])
def test_a_commit_of_unknown_end_is_looked_up_before_anything_is_sent_again(
    store: Neo4jStore, empty_neo4j: Neo4jServer, monkeypatch: pytest.MonkeyPatch,
    came_through: bool,
) -> None:  # fmt: skip
    small_chunks(monkeypatch, 2)
    publish(store, 1, Parts())
    wanted = everything(empty_neo4j)
    wipe(empty_neo4j, keep_rules=True)
    commit, here, lost = Transaction.commit, threading.local(), []

    def losing(self: Transaction) -> None:
        """Every transaction's first commit ends with a lost connection."""
        here.again = not getattr(here, "again", False)
        if not here.again or came_through:
            commit(self)
        else:
            self.rollback()
        if here.again:
            lost.append(self)
            raise IncompleteCommit("the connection was lost")

    monkeypatch.setattr(Transaction, "commit", losing)
    publish(store, 1, Parts())
    assert len(lost) > 40
    assert everything(empty_neo4j) == wanted


def test_the_one_that_claims_last_goes_on(store: Neo4jStore, empty_neo4j: Neo4jServer) -> None:
    publish(store, 1)
    link = link_to(empty_neo4j)
    first, second = Ledger(link, "j"), Ledger(link, "j")
    wrote: list[str] = []
    with pytest.raises(BusyError, match=r'"j".*Try again later'):
        first.step(0, 3, lambda tx: wrote.append("first"))
    with pytest.raises(BusyError):
        first.record(published="")
    second.step(0, 3, lambda tx: wrote.append("second"))
    second.step(0, 3, lambda tx: wrote.append("again"))
    assert second.token == first.token + 1
    link.close()
    assert wrote == ["second"]
    assert store.published("j").run == run_scores(1).run  # type: ignore[union-attr]
