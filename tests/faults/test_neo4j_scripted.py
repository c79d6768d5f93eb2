"""Every failure a server may answer, and what becomes of it: tried again or not, and called what."""

from __future__ import annotations

import socket
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from neo4j.exceptions import TransientError
from support.bolt_script import DROP, HANG, Failure, Rule, ScriptedBolt, scripted

from graphengine.bolt import Address, StandsInTheWayError, TooLargeError, link, open_link, opening
from graphengine.errors import (
    BusyError,
    CannotWriteError,
    ConfigurationError,
    GraphengineError,
    InputError,
    NotPermittedError,
    StoreUnavailableError,
)
from graphengine.stores.neo4j import Neo4jStore
from graphengine.stores.neo4j.read import ask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neo4j import Transaction

    from graphengine.bolt import Link

SECRET = "correct-horse"

DEADLOCK = "Neo.TransientError.Transaction.DeadlockDetected"
RETRIED = {  # what is raised when it does not end
    DEADLOCK: BusyError,
    "Neo.TransientError.Transaction.LockAcquisitionTimeout": BusyError,
    "Neo.TransientError.Transaction.MaximumTransactionLimitReached": BusyError,
    "Neo.TransientError.General.OutOfMemoryError": BusyError,
    "Neo.TransientError.Request.NoThreadsAvailable": BusyError,
    "Neo.TransientError.Cluster.ReplicationFailure": BusyError,
    "Neo.TransientError.General.DatabaseUnavailable": StoreUnavailableError,
    "Neo.TransientError.Database.DatabaseUnavailable": StoreUnavailableError,
    "Neo.ClientError.Security.AuthorizationExpired": NotPermittedError,
}
REFUSED = {
    "Neo.ClientError.Security.Unauthorized": NotPermittedError,
    "Neo.ClientError.Security.Forbidden": NotPermittedError,
    "Neo.ClientError.Security.CredentialsExpired": NotPermittedError,
    "Neo.ClientError.Security.AuthenticationRateLimit": NotPermittedError,
    "Neo.ClientError.Security.TokenExpired": NotPermittedError,
    "Neo.ClientError.Statement.AccessMode": NotPermittedError,
    "Neo.ClientError.Statement.SyntaxError": InputError,
    "Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration": BusyError,
    "Neo.ClientError.Transaction.TransactionTimedOut": BusyError,
    "Neo.ClientError.Transaction.Terminated": BusyError,
    "Neo.TransientError.Transaction.Terminated": BusyError,
    "Neo.TransientError.Transaction.LockClientStopped": BusyError,
    "Neo.ClientError.Database.DatabaseNotFound": ConfigurationError,
    "Neo.ClientError.Schema.IndexAlreadyExists": ConfigurationError,
    "Neo.DatabaseError.Schema.ConstraintCreationFailed": ConfigurationError,
    "Neo.ClientError.Schema.ConstraintValidationFailed": StandsInTheWayError,
    "Neo.ClientError.General.WriteOnReadOnlyAccessDatabase": NotPermittedError,
    "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase": NotPermittedError,
    "Neo.ClientError.Cluster.NotALeader": NotPermittedError,
    "Neo.TransientError.General.MemoryPoolOutOfMemoryError": TooLargeError,
    "Neo.TransientError.General.TransactionMemoryLimit": TooLargeError,
    "Neo.ClientError.General.TransactionOutOfMemoryError": TooLargeError,
    "Neo.DatabaseError.Transaction.TransactionCommitFailed": CannotWriteError,
    "Neo.DatabaseError.Transaction.TransactionStartFailed": StoreUnavailableError,
    "Neo.DatabaseError.General.UnknownError": CannotWriteError,
    "Neo.DatabaseError.Statement.ExecutionFailed": GraphengineError,
}
EXIT = {
    NotPermittedError: 77, InputError: 65, BusyError: 75, ConfigurationError: 78,
    StoreUnavailableError: 69, CannotWriteError: 73, GraphengineError: 70,
    StandsInTheWayError: 70, TooLargeError: 65,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Transactions are tried again for a moment only, in short steps."""
    monkeypatch.setattr(opening, "RETRY_S", 0.1)
    monkeypatch.setattr(opening, "PAUSE_S", 0.02)


@contextmanager
def linked(server: ScriptedBolt, scheme: str = "bolt") -> Iterator[Link]:
    """A link to the server, closed at the end."""
    uri = server.uri.replace("bolt", scheme, 1)
    opened = open_link(Address(uri, "ann", "neo4j"), SECRET)
    try:
        yield opened
    finally:
        opened.close()


def write(opened: Link) -> list[dict[str, Any]]:
    """A transaction of one statement."""
    return opened.write(lambda tx: tx.run("CREATE (:X)").data())


class TestFailures:
    """On the messages of a transaction that writes."""

    @pytest.mark.parametrize("on", ["BEGIN", "RUN", "PULL", "COMMIT"])
    @pytest.mark.parametrize("code", RETRIED)
    def test_what_passes_is_tried_again(self, code: str, on: str) -> None:
        with scripted() as server, linked(server) as opened:
            server.rules.append(Rule(on, Failure(code), times=1))
            assert write(opened) == [{"answer": 1}]
            assert server.count("BEGIN") == 2
            assert server.commits == 1

    @pytest.mark.parametrize(("code", "kind"), RETRIED.items())
    def test_what_does_not_pass_ends(self, code: str, kind: type[GraphengineError]) -> None:
        with scripted() as server, linked(server) as opened:
            server.rules.append(Rule("RUN", Failure(code)))
            with pytest.raises(GraphengineError) as said:
                write(opened)
            assert 2 <= server.count("BEGIN") <= 5
            assert server.commits == 0
        _check_error(said.value, kind)

    @pytest.mark.parametrize("road", ["write", "read"])
    def test_whose_connection_another_has_by_then_is_tried_again(self, road: str) -> None:
        """A transaction that failed gives its connection away, and another thread is first."""
        with scripted() as server, linked(server) as opened, opened.session("READ") as other:
            server.rules.append(Rule("RUN", Failure(DEADLOCK), times=1))

            def work(tx: Transaction) -> list[Any]:
                try:
                    return tx.run("CREATE (:X)").values()
                except TransientError:
                    other.begin_transaction().run("RETURN 1")
                    raise

            if road == "write":
                assert opened.write(work) == [[1]]
            else:
                assert opened.read(work)[0] == [[1]]
            assert server.count("ROLLBACK") == 0
            assert len({seen.connection for seen in server.seen if seen.name == "BEGIN"}) == 2

    @pytest.mark.parametrize(
        ("on", "code", "kind"),
        [(on, code, kind) for on in ("RUN", "PULL", "COMMIT") for code, kind in REFUSED.items()],
    )
    def test_what_stays_is_tried_once(
        self, on: str, code: str, kind: type[GraphengineError]
    ) -> None:
        with scripted() as server, linked(server) as opened:
            server.rules.append(Rule(on, Failure(code)))
            with pytest.raises(GraphengineError) as said:
                write(opened)
            assert server.count("BEGIN") == 1
            assert server.commits == 0
        _check_error(said.value, kind)

    @pytest.mark.parametrize(("code", "kind"), [*RETRIED.items(), *REFUSED.items()])
    def test_a_question_is_asked_once(self, code: str, kind: type[GraphengineError]) -> None:
        with scripted() as server, linked(server) as opened:
            server.rules.append(Rule("RUN", Failure(code)))
            asked = server.count("RUN")
            with pytest.raises(GraphengineError) as said:
                ask(opened, "RETURN 1", {}, timeout_s=5, row_limit=10)
            assert server.count("RUN") == asked + 1
        _check_error(said.value, kind)


def _check_error(error: GraphengineError, kind: type[GraphengineError]) -> None:
    assert type(error) is kind
    assert error.exit_code == EXIT[kind]
    said = str(error)
    assert SECRET not in said
    assert "neo4j_code" not in said


class TestLostConnections:
    """Gone at each message: in the middle, or after COMMIT was sent, when nobody knows."""

    @pytest.mark.parametrize("on", ["BEGIN", "RUN", "PULL"])
    def test_before_the_commit_the_transaction_is_tried_again(self, on: str) -> None:
        with scripted() as server, linked(server) as opened:
            server.rules.append(Rule(on, DROP, times=1))
            write(opened)
            assert server.commits == 1

    def test_gone_for_good_is_unavailable(self) -> None:
        with scripted() as server, linked(server) as opened:
            server.rules += [Rule("BEGIN", DROP), Rule("HELLO", DROP)]
            with pytest.raises(StoreUnavailableError):
                write(opened)

    @pytest.mark.parametrize("came_through", [True, False])
    def test_a_commit_of_unknown_end_is_looked_after(self, came_through: bool) -> None:
        book = Book(through=came_through)
        with scripted(answers=book.answer) as server, linked(server) as opened:
            server.rules.append(Rule("COMMIT", DROP, times=1, first=book.lost))
            _step(opened)
            assert server.count("COMMIT") == 2
            book.commit()
        assert book.written == 1

    def test_commits_that_never_answer_end(self) -> None:
        book = Book(through=False)
        with scripted(answers=book.answer) as server, linked(server) as opened:
            server.rules.append(Rule("COMMIT", DROP, first=book.lost))
            with pytest.raises(StoreUnavailableError):
                _step(opened)
            assert server.count("COMMIT") == link._AMBIGUOUS
        assert book.written == 0

    def test_a_server_that_falls_silent_is_given_up(self) -> None:
        with (
            scripted(hints={"connection.recv_timeout_seconds": 1}) as server,
            linked(server) as opened,
        ):
            server.rules += [Rule("PULL", HANG, times=1)]
            begun = time.monotonic()
            write(opened)
            assert 0.9 < time.monotonic() - begun < 8


@dataclass
class Book:
    """A ledger in the manner of Ledger.step: the count of steps, written with what a step writes."""

    through: bool
    done: int = 0
    written: int = 0
    _open: list[str] = field(default_factory=list)

    def answer(self, text: str, _given: dict[str, Any]) -> list[dict[str, Any]]:
        """Remember what the transaction would write."""
        if text == "the count":
            self._open = []
            return [{"done": self.done}]
        self._open.append(text)
        return [{"ok": 1}]

    def commit(self) -> None:
        """What is open is written."""
        if self._open:
            self.done, self.written, self._open = self.done + 1, self.written + 1, []

    def lost(self) -> None:
        """The connection goes while the commit is under way."""
        if self.through:
            self.commit()
        self._open = []


def _step(opened: Link) -> None:
    def once(tx: Any) -> None:
        if tx.run("the count").single()["done"] == 0:
            tx.run("the rows").consume()

    opened.write(once)


class TestOpening:
    """Before anything is read or written."""

    @pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
    @pytest.mark.parametrize(
        ("code", "says"),
        [
            ("Unauthorized", "password is wrong"),
            ("AuthenticationRateLimit", "wait"),
            ("CredentialsExpired", "another password"),
            ("Forbidden", "does not allow"),
        ],
    )
    def test_a_password_is_tried_once(self, code: str, says: str, scheme: str) -> None:
        failure = Failure(f"Neo.ClientError.Security.{code}")
        with scripted(Rule("LOGON", failure)) as server:
            with (
                pytest.raises(NotPermittedError, match=says) as said,
                linked(server, scheme),
            ):
                raise AssertionError
            assert server.count("LOGON") == 1
        assert SECRET not in str(said.value)

    @pytest.mark.parametrize(
        ("code", "kind", "routed"),
        [
            ("Neo.ClientError.Security.Forbidden", NotPermittedError, 1),
            ("Neo.ClientError.Database.DatabaseNotFound", ConfigurationError, 1),
            ("Neo.TransientError.General.DatabaseUnavailable", StoreUnavailableError, 1),
            ("Neo.ClientError.Procedure.ProcedureNotFound", StoreUnavailableError, 1),
        ],
    )
    def test_a_route_that_is_refused(
        self, code: str, kind: type[GraphengineError], routed: int
    ) -> None:
        with scripted(Rule("ROUTE", Failure(code))) as server:
            with pytest.raises(kind), linked(server, "neo4j"):
                raise AssertionError
            assert server.count("ROUTE") == routed

    def test_a_cluster_is_asked_for_its_routes(self) -> None:
        with scripted() as server, linked(server, "neo4j") as opened:
            write(opened)
            assert server.count("ROUTE") == 1
            assert server.commits == 1

    def test_a_leader_that_changes_is_looked_for(self) -> None:
        with scripted() as server, linked(server, "neo4j") as opened:
            failure = Failure("Neo.ClientError.Cluster.NotALeader")
            server.rules.append(Rule("RUN", failure, times=1, containing="CREATE"))
            write(opened)
            assert server.count("ROUTE") == 2

    @pytest.mark.parametrize(
        ("version", "says"),
        [
            (b"\0\0\0\0", "older than Neo4j 5"),
            ((4, 4), "older than Neo4j 5"),
            ((3, 0), "older than Neo4j 5"),
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", 'begins with "HTTP/1.1 400 Bad Request"'),
            (b"SSH-2.0-OpenSSH_9.9\r\n", 'begins with "SSH-2.0-OpenSSH_9.9"'),
            (b"\xff\xfe\x00\x01 noise", "another product"),
        ],
    )
    def test_what_is_no_bolt_of_today(self, version: Any, says: str) -> None:
        with (
            scripted(version=version) as server,
            pytest.raises(ConfigurationError, match=says),
            linked(server),
        ):
            raise AssertionError

    @pytest.mark.parametrize(
        ("agent", "says"),
        [
            ("Neo4j/4.1.0", "version 4.1.0"),
            ("Neo4j/5.4.0", "version 5.4.0"),
            ("Neo4j/5.2.0 compatible graph database server - Memgraph", "Memgraph"),
            ("FalkorDB/4.0", "FalkorDB"),
            ("", 'itself ""'),
        ],
    )
    def test_a_server_that_is_too_old_or_none_of_neo4j(self, agent: str, says: str) -> None:
        with (
            scripted(agent=agent) as server,
            pytest.raises(ConfigurationError, match=says),
            linked(server),
        ):
            raise AssertionError

    @pytest.mark.parametrize("agent", ["Neo4j/5.26.30", "Neo4j/2026.10.1", "Neo4j/5.27-aura"])
    def test_a_server_that_is_one(self, agent: str) -> None:
        with scripted(agent=agent) as server, linked(server):
            assert server.count("RUN") == 1

    def test_hung_up_at_once(self) -> None:
        with (
            scripted(version=b"") as server,
            pytest.raises(StoreUnavailableError, match="hangs up"),
            linked(server),
        ):
            raise AssertionError

    @pytest.mark.parametrize("on", ["HELLO", "LOGON", "RUN"])
    def test_lost_while_it_opens(self, on: str) -> None:
        with (
            scripted(Rule(on, DROP)) as server,
            pytest.raises(StoreUnavailableError),
            linked(server),
        ):
            raise AssertionError

    @pytest.mark.parametrize("on", ["HELLO", "LOGON"])
    def test_silence_in_the_handshake_is_bounded(
        self, monkeypatch: pytest.MonkeyPatch, on: str
    ) -> None:
        monkeypatch.setattr(opening, "_HANDSHAKE_S", 0.5)
        begun = time.monotonic()
        with (
            scripted(Rule(on, HANG)) as server,
            pytest.raises(StoreUnavailableError),
            linked(server),
        ):
            raise AssertionError
        assert time.monotonic() - begun < 5

    def test_tls_where_there_is_none(self) -> None:
        with (
            scripted() as server,
            pytest.raises(StoreUnavailableError, match="TLS"),
            linked(server, "bolt+s"),
        ):
            raise AssertionError

    def test_a_store_that_is_refused_leaves_no_connection(self) -> None:
        rule = Rule("RUN", Failure("Neo.ClientError.Security.Forbidden"), containing="Schema")
        with scripted(rule) as server:
            with pytest.raises(NotPermittedError):
                Neo4jStore.connect(server.uri, user="ann", password=SECRET, database="neo4j")
            deadline = time.monotonic() + 5
            while server.connected and time.monotonic() < deadline:
                time.sleep(0.01)
            assert not server.connected


def test_nobody_at_the_address_of_a_cluster() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        uri = f"neo4j://127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(StoreUnavailableError):
        open_link(Address(uri, "ann", "neo4j"), SECRET)
