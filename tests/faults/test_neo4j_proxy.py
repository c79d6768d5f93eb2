"""A real server behind a wire that is slow, cut or dead: the same graph in the end, or a clear end."""

from __future__ import annotations

import random
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from support.neo4j_cases import everything, large_graph, large_run, small_chunks, store_of
from support.neo4j_server import Neo4jServer, wipe
from support.tcp_proxy import COMMIT, TcpProxy, proxied

from graphengine.bolt import Address, link, open_link, opening
from graphengine.errors import BusyError, GraphengineError, StoreUnavailableError
from graphengine.stores.neo4j import Neo4jStore, Terms
from graphengine.stores.neo4j.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphengine.bolt import Link

SEED = 20_261_124
CUTS = 6


@pytest.fixture
def proxy(empty_neo4j: Neo4jServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[TcpProxy]:
    """A wire to the server, whose transactions are small and tried again for a short time."""
    small_chunks(monkeypatch, 40)
    monkeypatch.setattr(opening, "RETRY_S", 2.0)
    monkeypatch.setattr(opening, "PAUSE_S", 0.05)
    with proxied(empty_neo4j.uri) as wire:
        yield wire


@pytest.fixture
def wanted(empty_neo4j: Neo4jServer, proxy: TcpProxy) -> list[str]:
    """What the database holds when nothing went wrong; it is empty again then."""
    store = store_of(empty_neo4j)
    try:
        store.publish(large_run(2), large_graph(), previous=None, keep=2)
    finally:
        store.close()
    rows = everything(empty_neo4j)
    wipe(empty_neo4j, keep_rules=True)
    return rows


@contextmanager
def through(
    proxy: TcpProxy, server: Neo4jServer, terms: Terms | None = None
) -> Iterator[Neo4jStore]:
    """A store whose connections take the wire."""
    store = Neo4jStore.connect(
        f"bolt://{proxy.address}",
        user=server.user,
        password=server.password,
        database=server.database,
        terms=terms,
    )
    try:
        yield store
    finally:
        store.close()


@contextmanager
def linked(proxy: TcpProxy, server: Neo4jServer) -> Iterator[Link]:
    """A bare link that takes the wire."""
    opened = open_link(
        Address(f"bolt://{proxy.address}", server.user, server.database), server.password
    )
    try:
        yield opened
    finally:
        opened.close()


def _publish(store: Neo4jStore) -> None:
    store.publish(large_run(2), large_graph(), previous=None, keep=2)


@pytest.mark.parametrize("kind", ["delayed", "throttled"])
def test_a_slow_wire_only_takes_longer(
    empty_neo4j: Neo4jServer, proxy: TcpProxy, wanted: list[str], kind: str
) -> None:
    with through(proxy, empty_neo4j) as store:
        if kind == "delayed":
            proxy.wire.delay_s = 0.01
        else:
            proxy.wire.bytes_per_s = 60_000
        _publish(store)
    assert everything(empty_neo4j) == wanted
    assert proxy.connections <= 2


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize("number", range(CUTS))
def test_a_wire_that_is_cut(
    empty_neo4j: Neo4jServer,
    proxy: TcpProxy,
    wanted: list[str],
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    *,
    again: bool,
) -> None:
    """Cut after a seeded number of bytes. again: there is a way back at once; else only later."""
    rng = random.Random(SEED + number)
    with through(proxy, empty_neo4j) as store:
        before = proxy.passed
        _publish(store)
        size = proxy.passed - before
    wipe(empty_neo4j, keep_rules=True)
    if not again:
        monkeypatch.setattr(opening, "RETRY_S", 0.1)
    cut = int(size * (number + rng.random()) / CUTS)
    print(f"seed {SEED}, cut after {cut} of {size} bytes")
    with through(proxy, empty_neo4j) as store:
        proxy.wire.cut_after = cut
        if again:
            _publish(store)
        else:
            guard = _refuse_after_cut(proxy)
            with pytest.raises((StoreUnavailableError, BusyError)) as said:
                _publish(store)
            guard.set()
            assert said.value.exit_code in (69, 75)
            assert "same command" in str(said.value)
            proxy.wire.refuse = False
    with through(proxy, empty_neo4j) as store:
        _publish(store)
    assert everything(empty_neo4j) == wanted


def _refuse_after_cut(proxy: TcpProxy) -> threading.Event:
    """Once the wire is cut nobody gets through any more, until the event is set."""
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            if proxy.wire.cut_after is None:
                proxy.wire.refuse = True
                proxy.cut()
                return
            time.sleep(0.001)

    threading.Thread(target=watch, daemon=True).start()
    return over


class TestCommitOfUnknownEnd:
    """The connection goes with COMMIT: before the server has it, or before the client hears of it."""

    @pytest.mark.parametrize("came_through", [True, False])
    def test_every_commit_once(
        self, empty_neo4j: Neo4jServer, proxy: TcpProxy, wanted: list[str], *, came_through: bool
    ) -> None:
        lost, commits, silent = 0, 0, -1  # silent: of how many connections the last is lost

        def seen(data: bytes, asked: bool) -> bool:
            """Lose every second commit, or its answer; of one writer, so that it is once each."""
            nonlocal lost, commits, silent
            if asked and data.endswith(COMMIT):
                commits += 1
                if commits % 2:
                    lost, silent = lost + 1, proxy.connections
                    return came_through
            return asked or proxy.connections != silent

        with through(proxy, empty_neo4j, Terms(writers=1)) as store:
            proxy.seen = seen
            _publish(store)
            proxy.seen = lambda _data, _asked: True
        assert lost > 5
        assert everything(empty_neo4j) == wanted

    def test_a_ledger_step_is_not_done_twice(
        self, empty_neo4j: Neo4jServer, proxy: TcpProxy
    ) -> None:
        with linked(proxy, empty_neo4j) as opened:
            ledger = Ledger(opened, "ambiguous")
            ledger.record(loading="x", done=0)
            committed, first, runs = threading.Event(), proxy.connections, 0

            def seen(data: bytes, asked: bool) -> bool:
                if asked and data.endswith(COMMIT):
                    committed.set()
                return asked or not committed.is_set() or proxy.connections > first

            def work(tx: Any) -> None:
                nonlocal runs
                runs += 1
                tx.run("CREATE (:Account {key: 'once'})").consume()

            proxy.seen = seen
            ledger.step(0, 1, work)
            assert committed.is_set()
            assert proxy.connections > first
            assert runs == 1
            assert opened.rows("MATCH (a:Account {key: 'once'}) RETURN count(a) AS n") == [{"n": 1}]


class TestSilence:
    """The wire takes everything and gives nothing back."""

    def test_before_the_handshake(
        self, empty_neo4j: Neo4jServer, proxy: TcpProxy, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(opening, "_HANDSHAKE_S", 1.0)
        proxy.wire.silent = True
        begun = time.monotonic()
        with (
            pytest.raises(StoreUnavailableError, match="does not answer") as said,
            through(proxy, empty_neo4j),
        ):
            raise AssertionError
        assert time.monotonic() - begun < 6
        assert said.value.exit_code == 69

    def test_a_connection_that_was_idle(
        self, empty_neo4j: Neo4jServer, proxy: TcpProxy, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The server's own limit on silence is what ends it: the driver has none."""
        monkeypatch.setattr(opening, "_HANDSHAKE_S", 1.0)
        monkeypatch.setattr(opening, "RETRY_S", 0.1)
        with linked(proxy, empty_neo4j) as opened:
            _shorten(opened)
            proxy.wire.silent = True
            begun = time.monotonic()
            with pytest.raises(StoreUnavailableError) as said:
                opened.rows("RETURN 1 AS one")
            assert time.monotonic() - begun < 8
        assert said.value.exit_code == 69

    def test_in_the_middle_of_a_transaction(
        self, empty_neo4j: Neo4jServer, proxy: TcpProxy, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(opening, "_HANDSHAKE_S", 1.0)
        monkeypatch.setattr(opening, "RETRY_S", 0.1)
        monkeypatch.setattr(link, "_LONGEST_S", 2.0)
        with linked(proxy, empty_neo4j) as opened:
            _shorten(opened)

            def work(tx: Any) -> None:
                tx.run("MERGE (a:Account {key: 'held'}) SET a.name = 'x'").consume()
                proxy.wire.silent = True
                tx.run("RETURN 1").consume()

            begun = time.monotonic()
            with pytest.raises(StoreUnavailableError):
                opened.write(work)
            assert time.monotonic() - begun < 12
        proxy.cut()
        proxy.wire.silent = False
        # the server ends what the lost client has begun, so that the next one does not wait for ever
        with linked(proxy, empty_neo4j) as opened:
            held = (
                "MERGE (a:Account {key: 'held'}) ON CREATE SET a.name = 'y' RETURN a.name AS name"
            )
            assert opened.write(lambda tx: tx.run(held).data()) == [{"name": "y"}]


def _shorten(opened: Link) -> None:
    """The limit that the server names (two minutes by default), of connections that are open."""
    for many in opened.driver._pool.connections.values():
        for one in many:
            assert one.connection_hints["connection.recv_timeout_seconds"] >= 1
            one.socket.set_read_timeout(1)


def test_refused_connections_end_at_once(empty_neo4j: Neo4jServer, proxy: TcpProxy) -> None:
    proxy.wire.refuse = True
    begun = time.monotonic()
    with pytest.raises(GraphengineError) as said, through(proxy, empty_neo4j):
        raise AssertionError
    assert time.monotonic() - begun < 5
    assert said.value.exit_code == 69


def test_a_wrong_password_makes_one_connection(empty_neo4j: Neo4jServer, proxy: TcpProxy) -> None:
    address = Address(f"bolt://{proxy.address}", empty_neo4j.user, empty_neo4j.database)
    with pytest.raises(GraphengineError) as said:
        open_link(address, "not it")
    assert said.value.exit_code == 77
    assert proxy.connections == 1
    open_link(address, empty_neo4j.password).close()  # so that the server forgets the wrong one
