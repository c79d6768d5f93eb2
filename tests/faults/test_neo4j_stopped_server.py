"""The server stopped in order, as for an update, and started again while we write: waited for or told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from support.neo4j_cases import everything, large_graph, large_run, small_chunks, store_of
from support.neo4j_server import Neo4jServer, wipe
from support.transactions import Transactions

from graphengine.bolt import opening
from graphengine.errors import GraphengineError

if TYPE_CHECKING:
    from concurrent.futures import Future

WHEN = {"load": 0.2, "publish": 0.6}  # which of a publication's transactions the stop comes upon
LONGER_S = 300.0  # than a stop and a start take
pytestmark = [pytest.mark.soak, pytest.mark.timeout(1200)]


@pytest.fixture
def server(empty_neo4j: Neo4jServer, monkeypatch: pytest.MonkeyPatch) -> Neo4jServer:
    """A JVM of our own, written to in chunks of a few rows."""
    if empty_neo4j.how != "maven":
        pytest.skip("only a JVM of our own can be stopped")
    small_chunks(monkeypatch, 10)
    return empty_neo4j


def _publish(server: Neo4jServer) -> None:
    with closing(store_of(server)) as store:
        store.publish(large_run(2), large_graph(), previous=None, keep=2)


def _stopped_and_started(
    server: Neo4jServer, begun: Transactions, transaction: int, *, wait: bool
) -> Future[None]:
    """How a publication ended that was at a transaction when the server stopped.

    wait: the server is back before the client gives up; else the client ends before it starts.
    """
    reached = begun.at(transaction)
    with ThreadPoolExecutor(1) as pool:
        publication = pool.submit(_publish, server)
        while not reached.wait(1):  # however busy the machine is
            assert not publication.done(), publication.exception()
        server.halt()
        if not wait:
            publication.exception(LONGER_S)
        server.restart()
    return publication


@pytest.mark.parametrize("when", WHEN)
def test_a_client_that_waits_goes_on(
    server: Neo4jServer, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    wanted, begun, count = _undisturbed(server, monkeypatch)
    monkeypatch.setattr(opening, "RETRY_S", LONGER_S)
    ended = _stopped_and_started(server, begun, int(count * WHEN[when]), wait=True)
    assert ended.exception() is None
    assert begun.seen == count  # it went on where it was, and began nothing again
    assert everything(server) == wanted


@pytest.mark.parametrize("when", WHEN)
def test_a_client_that_gives_up_says_so_and_the_next_completes(
    server: Neo4jServer, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    wanted, begun, count = _undisturbed(server, monkeypatch)
    monkeypatch.setattr(opening, "RETRY_S", 1.0)
    ended = _stopped_and_started(server, begun, int(count * WHEN[when]), wait=False)
    error = ended.exception()
    assert isinstance(error, GraphengineError)
    assert error.exit_code in (69, 75)
    assert "same command" in str(error)
    begun.at(0)
    _publish(server)
    assert 0 < begun.seen < count  # what was written is not written again
    assert everything(server) == wanted


def _undisturbed(
    server: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[str], Transactions, int]:
    """What the database holds after a publication; who counts transactions, and how many it took."""
    _publish(server)  # with its rules
    wipe(server, keep_rules=True)
    begun = Transactions(monkeypatch)
    _publish(server)
    wanted = everything(server)
    assert begun.seen > 40
    wipe(server, keep_rules=True)
    return wanted, begun, begun.seen
