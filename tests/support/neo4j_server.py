"""A real Neo4j for the tests: a given one, else one from Docker, else one from Maven.

A given database (``GRAPHENGINE_TEST_NEO4J_URI``, ``_USER``, ``_PASSWORD``) is used only when it is
empty or carries this suite's marker node. ``NEO4J_URI`` is never read: it may be somebody's data.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import neo4j

from .neo4j_jars import fetched_jars, java_of, wanted_release
from .neo4j_machines import DATABASE, USER, Container, Jvm, Setup, docker_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MARKER = "GraphengineTestSuite"
NO_NEO4J = (
    "no Neo4j {release.name} for these tests: install Java {release.java} or later and Maven "
    "(the server is then fetched once), "
    "or start a Docker engine, "
    "or set GRAPHENGINE_TEST_NEO4J_URI, _USER and _PASSWORD to an empty database"
)

OWN_RULES = "graphengine_"  # what the names of our constraints and indexes begin with
_SCHEMA = {
    "CONSTRAINT": "SHOW CONSTRAINTS YIELD name",
    "INDEX": "SHOW INDEXES YIELD name, type, owningConstraint "
    "WHERE type <> 'LOOKUP' AND owningConstraint IS NULL RETURN name",
}


class NoNeo4j(RuntimeError):  # noqa: N818
    """None of the three ways to a server is open; the text says what to install."""


class ForeignDatabaseError(RuntimeError):
    """The given database holds something that is not this suite's."""


@dataclass(frozen=True)
class Neo4jServer:
    """A running server: where it answers and how it came to be."""

    uri: str
    user: str
    password: str = field(repr=False)
    database: str = DATABASE
    how: Literal["given", "docker", "maven"] = "given"
    machine: Jvm | Container | None = field(default=None, repr=False, compare=False)

    @property
    def pid(self) -> int | None:
        """Process id of the running JVM (Maven way only)."""
        return self.machine.pid if isinstance(self.machine, Jvm) else None

    @property
    def home(self) -> Path | None:
        """The server's home folder (Maven way only)."""
        return self.machine.home if isinstance(self.machine, Jvm) else None

    def driver(self, **config: Any) -> neo4j.Driver:
        """A new driver to this server; the caller closes it."""
        return neo4j.GraphDatabase.driver(self.uri, auth=(self.user, self.password), **config)

    def kill(self) -> None:
        """SIGKILL the JVM and wait for its end. RuntimeError unless ``how`` is 'maven'."""
        self._jvm().kill()

    def halt(self) -> None:
        """Stop the JVM in order and keep its home. RuntimeError unless ``how`` is 'maven'."""
        self._jvm().halt()

    def admin(self, *arguments: str) -> str:
        """What neo4j-admin prints for ``arguments``, as it is called beside this server's jars."""
        return self._jvm().admin(*arguments)

    @property
    def admin_words(self) -> tuple[str, ...]:
        """The words that start neo4j-admin as `admin` does."""
        return self._jvm().admin_words

    def restart(self) -> None:
        """Start the killed or halted JVM again, same home and address; returns once Bolt answers."""
        self._jvm().start()

    def stop(self) -> None:
        """Stop what this process started and remove its data; a given server is left alone."""
        if self.machine is not None:
            self.machine.stop()

    def _jvm(self) -> Jvm:
        if not isinstance(self.machine, Jvm):
            raise RuntimeError(f"a server of the way '{self.how}' cannot be killed from here")
        return self.machine


@contextmanager
def running_server(
    setup: Setup | None = None, *, first: Callable[[Jvm], None] = lambda _: None
) -> Iterator[Neo4jServer]:
    """A server for as long as the block runs. Takes and raises what `start` does."""
    server = start(setup, first=first)
    try:
        yield server
    finally:
        server.stop()


def start(
    setup: Setup | None = None, *, first: Callable[[Jvm], None] = lambda _: None
) -> Neo4jServer:
    """A server by the first way that is open; the caller stops it.

    With ``setup``, a JVM that runs it, and no other way. ``first`` is done in a JVM's home before
    its first start; a database that it fills holds the suite's marker.

    Raises NoNeo4j, DidNotStartError, ForeignDatabaseError (a given one), or what the driver raises.
    """
    uri = os.environ.get("GRAPHENGINE_TEST_NEO4J_URI")
    if setup is not None:
        server = _own_server(setup, first=first)
    elif uri:
        user = os.environ.get("GRAPHENGINE_TEST_NEO4J_USER", USER)
        server = Neo4jServer(uri, user, os.environ.get("GRAPHENGINE_TEST_NEO4J_PASSWORD", ""))
    else:
        server = _own_server(first=first)
    try:
        _claim(server)
    except BaseException:
        server.stop()
        raise
    return server


def wipe(server: Neo4jServer, *, keep_rules: bool = False) -> None:
    """Remove all constraints, indexes, relationships and nodes except the suite's marker.

    With ``keep_rules``, the constraints and indexes of our own schema stay: making them anew costs
    more than most tests.
    """
    # Relationships first: one node of a test can hold more than a transaction may delete.
    steps = (("()-[x]->()", "DELETE"), (f"(x:!{MARKER})", "DETACH DELETE"))
    with server.driver() as driver, driver.session(database=server.database) as session:
        for kind, show in _SCHEMA.items():
            for name in session.run(show).value():
                if keep_rules and name.startswith(OWN_RULES):
                    continue
                session.run(f"DROP {kind} `{name.replace('`', '``')}` IF EXISTS").consume()
        for pattern, delete in steps:
            session.run(
                f"MATCH {pattern} CALL (x) {{ {delete} x }} IN TRANSACTIONS OF 10000 ROWS"
            ).consume()


def _own_server(setup: Setup | None = None, *, first: Callable[[Jvm], None]) -> Neo4jServer:
    """From Docker, else from Maven; NoNeo4j without both, DidNotStartError if that way fails."""
    machine: Jvm | Container
    how: Literal["docker", "maven"]
    release = setup.release if setup else wanted_release()
    docker = None if setup else docker_engine()
    java = None if docker else java_of(release.java)
    jars = fetched_jars(release) if java else None
    if docker:
        machine, how = Container(docker, release.image), "docker"
    elif java and jars:
        machine, how = Jvm(java, jars, setup or Setup(release)), "maven"
    else:
        raise NoNeo4j(NO_NEO4J.format(release=release))
    try:
        if isinstance(machine, Jvm):
            machine.prepare()
            first(machine)
        machine.start()
    except BaseException:
        machine.stop()
        raise
    return Neo4jServer(machine.uri, USER, machine.password, how=how, machine=machine)


def _claim(server: Neo4jServer) -> None:
    """Put the suite's marker into an empty database; ForeignDatabaseError if it is not ours."""
    with server.driver() as driver, driver.session(database=server.database) as session:
        # The label as a parameter: in a pattern it would warn until the first marker exists.
        nodes, markers = session.run(
            "MATCH (n) RETURN count(n), count(CASE WHEN $marker IN labels(n) THEN 1 END)",
            marker=MARKER,
        ).values()[0]
        if markers:
            return
        schema = sum(len(session.run(show).value()) for show in _SCHEMA.values())
        if nodes or schema:
            held = f"{nodes} nodes" if nodes else f"{schema} constraints and indexes"
            raise ForeignDatabaseError(
                f"the database at {server.uri} holds {held} that are not this suite's; "
                "give an empty one"
            )
        session.run(f"CREATE (:{MARKER} {{key: 'marker'}})").consume()
