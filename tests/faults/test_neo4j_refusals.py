"""What a real server refuses: passwords, certificates, databases, memory, writes; said and called right."""

from __future__ import annotations

import shutil
import subprocess
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from support.neo4j_cases import (
    Parts,
    everything,
    large_graph,
    large_run,
    link_to,
    sent,
    small_chunks,
    store_of,
)
from support.neo4j_machines import Setup
from support.neo4j_server import Neo4jServer, NoNeo4j, running_server, wipe
from support.store_cases import BATCHES

from graphengine.bolt import Address, TooLargeError, open_link
from graphengine.bolt.opening import RETRY_S
from graphengine.errors import (
    ConfigurationError,
    GraphengineError,
    InputError,
    NotPermittedError,
)
from graphengine.stores.neo4j.chunks import Chunk
from graphengine.stores.neo4j.ledger import Ledger
from graphengine.stores.neo4j.load import load_graph
from graphengine.stores.neo4j.schema import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from graphengine.bolt import Link

SILENCE_S = 2  # what the server names as the longest silence of a living connection

EVENTS = 3_000  # of long texts: more than a transaction of the server may hold

LOCKED_S = 2  # how long a user is locked out after three wrong passwords


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neo4jServer]:
    """A server with TLS of its own making, little memory for a transaction, and short silences."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    _certificate(openssl, folder)
    tls = {
        "enabled": "true", "base_directory": str(folder), "private_key": "private.key",
        "public_certificate": "public.crt", "client_auth": "NONE",
    }  # fmt: skip
    setup = Setup(
        settings=(
            *(f"dbms.ssl.policy.bolt.{name}={value}" for name, value in tls.items()),
            "server.bolt.tls_level=OPTIONAL",
            f"server.bolt.connection_keep_alive={SILENCE_S // 2}s",
            "server.bolt.connection_keep_alive_probes=2",
            "db.memory.transaction.max=4m",
            f"dbms.security.auth_lock_time={LOCKED_S}s",
        )
    )
    try:
        with running_server(setup) as server:
            yield server
    except NoNeo4j as missing:
        pytest.skip(str(missing))


def _certificate(openssl: str, folder: Path) -> None:
    """A key, and a certificate that nobody has signed but itself."""
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-keyout", "private.key", "-out", "public.crt"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip


@contextmanager
def linked(server: Neo4jServer, **other: str) -> Iterator[Link]:
    """A link to the server, with another scheme, user, password or database."""
    where = server.uri.partition("://")[2]
    address = Address(
        f"{other.get('scheme', 'bolt')}://{where}",
        other.get("user", server.user),
        other.get("database", server.database),
    )
    opened = open_link(address, other.get("password", server.password))
    try:
        yield opened
    finally:
        opened.close()


class TestTls:
    """A certificate of its own making."""

    @pytest.mark.parametrize("scheme", ["bolt+s", "neo4j+s"])
    def test_it_is_not_trusted_and_the_way_out_is_named(
        self, strict: Neo4jServer, scheme: str
    ) -> None:
        with (
            pytest.raises(NotPermittedError, match=r"certificate.*\+ssc") as said,
            linked(strict, scheme=scheme),
        ):
            raise AssertionError
        assert said.value.exit_code == 77

    @pytest.mark.parametrize("scheme", ["bolt+ssc", "neo4j+ssc", "bolt", "neo4j"])
    def test_any_certificate_is_taken_where_that_is_said(
        self, strict: Neo4jServer, scheme: str
    ) -> None:
        with linked(strict, scheme=scheme) as opened:
            assert opened.rows("RETURN 1 AS one") == [{"one": 1}]


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_a_database_that_is_not_there(strict: Neo4jServer, scheme: str) -> None:
    with (
        pytest.raises(ConfigurationError, match='no database "nosuch"') as said,
        linked(strict, scheme=scheme, database="nosuch"),
    ):
        raise AssertionError
    assert said.value.exit_code == 78


def test_a_transaction_that_needs_more_memory_is_not_tried_again(strict: Neo4jServer) -> None:
    tries: list[int] = []

    def work(tx: Any) -> None:
        tries.append(1)
        tx.run("UNWIND range(1, 100000) AS i CREATE (:X {s: toString(i)})").consume()

    with linked(strict) as opened, pytest.raises(TooLargeError, match=r"4\.0 MiB") as said:
        opened.write(work)
    assert said.value.exit_code == 65
    assert len(tries) == 1
    assert sent(strict, "MATCH (x:X) RETURN count(x)") == [[0]]


def test_a_load_goes_on_in_halves(strict: Neo4jServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chunk is refused by the server itself, and all rows are there once in the end."""
    wipe(strict)
    rows = [
        ("LIKED", f"x:LIKED:{i}", f"x:{1 + i % 4}", f"x:{1 + i % 3}", "t/a", 1.0, i, 1.0, "p" * 300)
        for i in range(EVENTS)
    ]
    events = pl.DataFrame(rows, schema=BATCHES[0].interactions.schema, orient="row")
    part = replace(BATCHES[0], interactions=events)
    sizes: list[int] = []
    write = Chunk.write

    def counting(self: Chunk, tx: object, *, over: bool = False) -> None:
        sizes.append(self.frame.height)
        write(self, tx, over=over)  # type: ignore[arg-type]

    monkeypatch.setattr(Chunk, "write", counting)
    link = link_to(strict)
    try:
        prepare(link)
        with pytest.raises(InputError, match="memory"):
            link.rows("UNWIND range(1, 1000000) AS i RETURN collect('text ' + i)")
        ledger = Ledger(link, "j")
        load_graph(ledger, Parts((part,)))
        assert ledger.entry.batch == 1
    finally:
        link.close()
    assert sent(strict, "MATCH ()-[r:LIKED]->() RETURN count(r), sum(r.at)") == [
        [EVENTS, EVENTS * (EVENTS - 1) // 2]
    ]
    assert sizes.count(EVENTS // 2) == 2  # each lane's half was refused once
    assert EVENTS // 4 in sizes
    few = "MATCH ()-[r]->() CALL (r) { DELETE r } IN TRANSACTIONS OF 200 ROWS"
    sent(strict, few)  # the server refuses to wipe that many at once
    wipe(strict)


def test_the_server_names_the_longest_silence(strict: Neo4jServer) -> None:
    """The only limit on a stalled read that the driver knows."""
    with linked(strict) as opened:
        (many,) = opened.driver._pool.connections.values()
        assert many[0].socket.get_read_timeout() == SILENCE_S


def test_a_query_longer_than_the_longest_silence_is_not_cut(strict: Neo4jServer) -> None:
    """While it works the server says so, and the client waits."""
    slow = (
        "UNWIND range(1, 4) AS i CALL (i) { WITH i UNWIND range(1, 4000000) AS j "
        "RETURN sum(sin(j) * i) AS s } RETURN count(s) AS n"
    )
    with linked(strict) as opened:
        begun = time.monotonic()
        while time.monotonic() - begun < SILENCE_S + 1:
            assert opened.rows(slow) == [{"n": 4}]


class TestWrongPassword:
    """Last with this server but one: it locks the user out."""

    def test_three_times_and_then_not_even_the_right_one(self, strict: Neo4jServer) -> None:
        for _ in range(3):
            with (
                pytest.raises(NotPermittedError, match="password is wrong") as wrong,
                linked(strict, password="not it"),
            ):
                raise AssertionError
            assert wrong.value.exit_code == 77
        with pytest.raises(NotPermittedError, match="wait a little") as locked, linked(strict):
            raise AssertionError
        assert locked.value.exit_code == 77

    def test_a_user_that_is_not_there(self, strict: Neo4jServer) -> None:
        with pytest.raises(NotPermittedError), linked(strict, user="nobody"):
            raise AssertionError


@pytest.fixture(scope="module")
def read_only(strict: Neo4jServer) -> tuple[Neo4jServer, list[str]]:
    """The server, and what it holds: a run that is served."""
    assert strict.home is not None
    time.sleep(LOCKED_S + 0.5)
    with pytest.MonkeyPatch.context() as patch:
        small_chunks(patch, 100)
        _publish(strict, 1)
    held = everything(strict)
    strict.halt()  # in order: a database to be recovered cannot be opened for reading only
    conf = strict.home / "conf" / "neo4j.conf"
    with conf.open("a", encoding="utf-8") as file:
        file.write("server.databases.read_only=neo4j\n")
    strict.restart()
    return strict, held


class TestReadOnly:
    """The same server, started anew with its database for reading only."""

    @pytest.mark.parametrize("number", [1, 2])
    def test_publishing_is_refused_at_once(
        self, read_only: tuple[Neo4jServer, list[str]], number: int
    ) -> None:
        server, held = read_only
        begun = time.monotonic()
        with pytest.raises(NotPermittedError, match="for reading only") as said:
            _publish(server, number)
        assert said.value.exit_code == 77
        assert time.monotonic() - begun < RETRY_S  # not tried again
        assert everything(server) == held

    def test_reading_goes_on(self, read_only: tuple[Neo4jServer, list[str]]) -> None:
        store = store_of(read_only[0])
        try:
            assert len(store.top("j", "t/a", 10).rows) == 10
            with pytest.raises(GraphengineError) as said:
                store.rollback("j")
        finally:
            store.close()
        assert said.value.exit_code == 77


def _publish(server: Neo4jServer, number: int) -> None:
    store = store_of(server)
    try:
        store.publish(large_run(number), large_graph(), previous=None, keep=2)
    finally:
        store.close()
