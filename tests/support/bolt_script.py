"""A Bolt server that does as a script says: what no real server can be made to do on time.

Without a rule it answers everything well: RUN names one column, PULL gives one row, COMMIT commits.
The first rule that fits a message and is not used up decides instead.
"""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .packstream import Message, pack, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["DROP", "HANG", "Failure", "Rule", "ScriptedBolt", "Seen", "scripted"]

NAMES = {
    0x01: "HELLO", 0x02: "GOODBYE", 0x0F: "RESET", 0x10: "RUN", 0x11: "BEGIN", 0x12: "COMMIT",
    0x13: "ROLLBACK", 0x2F: "DISCARD", 0x3F: "PULL", 0x54: "TELEMETRY", 0x66: "ROUTE",
    0x6A: "LOGON", 0x6B: "LOGOFF",
}  # fmt: skip
_SUCCESS, _RECORD, _IGNORED, _FAILURE = 0x70, 0x71, 0x7E, 0x7F
_MAGIC = b"\x60\x60\xb0\x17"
_POLL_S = 0.01

DROP = "drop the connection"
HANG = "say nothing more"


@dataclass(frozen=True)
class Failure:
    """What the server answers instead of success."""

    code: str
    message: str = "so the script says"


@dataclass
class Rule:
    """What becomes of the messages ``on``: a Failure, DROP or HANG, so many ``times``.

    containing: only where the message's first field (the statement of RUN) has this in it.
    first: what is done before, such as remembering that a commit came through.
    """

    on: str
    then: Failure | str
    times: int = 1_000_000
    containing: str = ""
    first: Callable[[], None] = lambda: None

    def fits(self, seen: Seen) -> bool:
        """Whether it decides on this message; uses itself up."""
        if self.on != seen.name or not self.times:
            return False
        if self.containing and self.containing not in str(seen.fields[0]):
            return False
        self.times -= 1
        return True


@dataclass(frozen=True)
class Seen:
    """A message that came: the number of its connection, its name and its fields."""

    connection: int
    name: str
    fields: list[Any] = field(repr=False)


class ScriptedBolt:
    """The server; ``with scripted(...) as server`` starts and ends it.

    rules: see above. agent: what it calls itself. version: of Bolt, or bytes that it answers a
    handshake with instead. hints: those of its answer to HELLO. answers: the rows of a statement.
    """

    def __init__(
        self,
        *rules: Rule,
        agent: str = "Neo4j/5.26.0",
        version: tuple[int, int] | bytes = (5, 4),
        hints: dict[str, Any] | None = None,
        answers: Callable[[str, dict[str, Any]], list[dict[str, Any]]] | None = None,
    ) -> None:
        self.rules = list(rules)
        self.agent = agent
        self.seen: list[Seen] = []
        self.commits = 0
        self.connected = 0  # clients at this moment
        self._version, self._hints = version, hints or {}
        self._answers = answers or (lambda _text, _given: [{"answer": 1}])
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_POLL_S)
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    @property
    def uri(self) -> str:
        """Its address over plain Bolt."""
        return f"bolt://127.0.0.1:{self.port}"

    def count(self, name: str) -> int:
        """How many messages called ``name`` came."""
        return sum(seen.name == name for seen in self.seen)

    def start(self) -> None:
        """Listen."""
        self._thread(self._accept)

    def stop(self) -> None:
        """Close everything and wait for the end."""
        self._ended.set()
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    def _thread(self, work: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        number = 0
        while not self._ended.is_set():
            with suppress(TimeoutError):
                connection, _ = self._listener.accept()
                number += 1
                self._thread(self._serve, number, connection)

    def _serve(self, number: int, connection: socket.socket) -> None:
        self.connected += 1
        with connection, suppress(ConnectionError):
            self._speak(number, connection)
        self.connected -= 1

    def _speak(self, number: int, connection: socket.socket) -> None:
        wire = _Wire(connection, self._ended)
        if isinstance(self._version, bytes):
            wire.take(20)
            connection.sendall(self._version)
            return
        magic = wire.take(4)
        wire.take(16)
        if magic != _MAGIC:
            return
        major, minor = self._version
        connection.sendall(bytes([0, 0, minor, major]))
        _Conversation(self, number, wire).hold()

    def rows(self, text: str, given: dict[str, Any]) -> list[dict[str, Any]]:
        """What the statement answers."""
        return self._answers(text, given)

    def hello(self) -> dict[str, Any]:
        """What it tells of itself."""
        return {"server": self.agent, "connection_id": "bolt-1", "hints": self._hints}

    def routes(self) -> dict[str, Any]:
        """The routing table of a cluster that it is alone in."""
        here = [f"127.0.0.1:{self.port}"]
        servers = [{"addresses": here, "role": role} for role in ("WRITE", "READ", "ROUTE")]
        return {"rt": {"ttl": 300, "db": "neo4j", "servers": servers}}


@contextmanager
def scripted(*rules: Rule, **options: Any) -> Iterator[ScriptedBolt]:
    """A running ScriptedBolt; see there."""
    server = ScriptedBolt(*rules, **options)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class _Wire:
    """Messages in chunks over a socket."""

    def __init__(self, connection: socket.socket, ended: threading.Event) -> None:
        self._socket, self._ended = connection, ended
        connection.settimeout(_POLL_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def take(self, count: int) -> bytes:
        """So many bytes. ConnectionError: the other side, or the test, has ended."""
        data = b""
        while len(data) < count:
            if self._ended.is_set():
                raise ConnectionAbortedError
            with suppress(TimeoutError):
                got = self._socket.recv(count - len(data))
                if not got:
                    raise ConnectionResetError
                data += got
        return data

    def receive(self) -> Any:
        """The next message."""
        data = b""
        while True:
            (size,) = struct.unpack(">H", self.take(2))
            if size:
                data += self.take(size)
            elif data:
                return unpack(data)

    def send(self, tag: int, *fields: Any) -> None:
        """A message, in chunks."""
        data = pack(Message(tag, *fields))
        parts = [data[i : i + 0xFFFF] for i in range(0, len(data), 0xFFFF)]
        framed = b"".join(struct.pack(">H", len(part)) + part for part in parts)
        self._socket.sendall(framed + b"\0\0")

    def wait(self) -> None:
        """Say nothing until the test ends or the client has gone."""
        while True:
            self.take(1)


class _Conversation:
    """One connection's state: failed or not, and the rows that wait to be pulled."""

    def __init__(self, server: ScriptedBolt, number: int, wire: _Wire) -> None:
        self._server, self._number, self._wire = server, number, wire
        self._failed = False
        self._rows: list[dict[str, Any]] = []

    def hold(self) -> None:
        while self._answer_one():
            pass

    def _answer_one(self) -> bool:
        """Answer one message; False when the connection is to end."""
        tag, fields = self._wire.receive()
        seen = Seen(self._number, NAMES[tag], fields)
        self._server.seen.append(seen)
        if seen.name in ("GOODBYE", "RESET"):
            self._failed = False
        elif self._failed:
            self._wire.send(_IGNORED)
            return True
        for rule in self._server.rules:
            if rule.fits(seen):
                return self._obey(rule)
        return self._succeed(seen)

    def _obey(self, rule: Rule) -> bool:
        rule.first()
        if isinstance(rule.then, Failure):
            self._failed = True
            self._wire.send(_FAILURE, {"code": rule.then.code, "message": rule.then.message})
            return True
        if rule.then == HANG:
            self._wire.wait()
        return False

    def _succeed(self, seen: Seen) -> bool:
        if seen.name == "GOODBYE":
            return False
        meta: dict[str, Any] = {}
        if seen.name == "HELLO":
            meta = self._server.hello()
        elif seen.name == "ROUTE":
            meta = self._server.routes()
        elif seen.name == "RUN":
            self._rows = self._server.rows(seen.fields[0], seen.fields[1])
            meta = {"fields": list(self._rows[0]) if self._rows else [], "t_first": 0}
        elif seen.name == "PULL":
            for row in self._rows:
                self._wire.send(_RECORD, list(row.values()))
            meta = {"type": "r", "t_last": 0, "db": "neo4j"}
        elif seen.name == "COMMIT":
            self._server.commits += 1
            meta = {"bookmark": "b:1"}
        self._wire.send(_SUCCESS, meta)
        return True
