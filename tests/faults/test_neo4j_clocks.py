"""The clocks of client and server hours apart: what is decided does not depend on either.

Who may write is decided by a number that grows; what is new, by batches of the log; a graph as a
source, by its own property. Times of ours are told to people, and one is compared, by the database's
clock: how long ago a run was served last.
"""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from support.neo4j_cases import everything, large_graph, large_run, link_to, sent, store_of
from support.neo4j_server import Neo4jServer, wipe

from graphengine.errors import BusyError
from graphengine.stores.neo4j import Neo4jStore, Terms
from graphengine.stores.neo4j.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

HOUR = 3600.0
APART = (-9 * HOUR, 9 * HOUR)  # the client's clock beside the server's, which is the true one
_TRUE = time.time


@pytest.fixture
def client_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the clock of this process so many seconds beside the true one."""

    def by(seconds: float) -> None:
        monkeypatch.setattr(time, "time", lambda: _TRUE() + seconds)

    return by


def _publish(server: Neo4jServer, number: int, *, grace_s: float = 0.0) -> None:
    terms = Terms(grace_s=grace_s)
    store = Neo4jStore.connect(
        server.uri, user=server.user, password=server.password,
        database=server.database, terms=terms,
    )  # fmt: skip
    with closing(store):
        store.publish(large_run(number), large_graph(), previous=None, keep=1)


def _runs(server: Neo4jServer) -> set[int]:
    rows = sent(server, "MATCH ()-[s:SCORED]->() RETURN DISTINCT s.run AS run")
    return {int(run[-12:]) for (run,) in rows}


@pytest.mark.parametrize("apart", APART)
def test_the_same_is_written_and_removed(
    empty_neo4j: Neo4jServer, client_clock: Callable[[float], None], apart: float
) -> None:
    for number in (1, 2):
        _publish(empty_neo4j, number)
    wanted = everything(empty_neo4j)
    wipe(empty_neo4j, keep_rules=True)
    client_clock(apart)
    for number in (1, 2):
        _publish(empty_neo4j, number)
    assert everything(empty_neo4j) == wanted
    assert _runs(empty_neo4j) == {2}


@pytest.mark.parametrize("apart", APART)
def test_the_lease_goes_to_the_later_claim_whatever_its_clock(
    empty_neo4j: Neo4jServer, client_clock: Callable[[float], None], apart: float
) -> None:
    with closing(store_of(empty_neo4j)) as store:
        store.publish(large_run(1), large_graph(), previous=None, keep=1)
    link = link_to(empty_neo4j)
    with closing(link):
        first = Ledger(link, "j")
        client_clock(apart)
        second = Ledger(link, "j")
        assert second.token == first.token + 1
        with pytest.raises(BusyError, match=f"lease {second.token}") as said:
            first.record(loading="")
        second.record(loading="")
        assert said.value.exit_code == 75
        ((since,),) = sent(empty_neo4j, "MATCH (l:GraphengineLoad {key: 'j'}) RETURN l.since")
    assert abs(since - _TRUE()) < HOUR  # told by the server, the same for all who ask


def test_the_grace_is_counted_by_the_database(
    empty_neo4j: Neo4jServer, client_clock: Callable[[float], None]
) -> None:
    """Clients that publish in turn, each with a clock of its own."""
    for number, apart in ((1, 9 * HOUR), (2, -9 * HOUR), (3, 9 * HOUR), (4, 0.0)):
        client_clock(apart)
        _publish(empty_neo4j, number, grace_s=HOUR)
    assert _runs(empty_neo4j) == {1, 2, 3, 4}
    ((retired,),) = sent(empty_neo4j, "MATCH (l:GraphengineLoad {key: 'j'}) RETURN l.retired")
    ends = [int(word.rpartition("@")[2]) for word in retired.split()]
    assert len(ends) == 3
    assert all(abs(end - _TRUE()) < HOUR for end in ends)
    _publish(empty_neo4j, 4, grace_s=0.0)
    assert _runs(empty_neo4j) == {4}
