"""The tests' own Neo4j: what it is, whose database it may use, what it says without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.neo4j_jars import wanted_release
from support.neo4j_server import MARKER, ForeignDatabaseError, Neo4jServer, NoNeo4j, start, wipe

if TYPE_CHECKING:
    from pathlib import Path


def _run(server: Neo4jServer, query: str) -> list[list[object]]:
    with server.driver() as driver, driver.session(database=server.database) as session:
        return session.run(query).values()


def _give(server: Neo4jServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHENGINE_TEST_NEO4J_URI", server.uri)
    monkeypatch.setenv("GRAPHENGINE_TEST_NEO4J_USER", server.user)
    monkeypatch.setenv("GRAPHENGINE_TEST_NEO4J_PASSWORD", server.password)


def test_our_own_server_is_community_of_the_wanted_release(neo4j_server: Neo4jServer) -> None:
    if neo4j_server.how == "given":
        pytest.skip("a given server may be of another version")
    components = (
        "CALL dbms.components() YIELD name, versions, edition WHERE name = 'Neo4j Kernel' "
        "RETURN versions[0], edition"
    )
    ((version, edition),) = _run(neo4j_server, components)
    assert str(version) == wanted_release().version
    assert edition == "community"


def test_a_foreign_database_is_refused_and_left_as_it_is(
    bare_neo4j: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _run(bare_neo4j, f"MATCH (n:{MARKER}) DETACH DELETE n")
    _run(bare_neo4j, "UNWIND range(1, 3) AS i CREATE (:Customer {key: i})")
    _give(bare_neo4j, monkeypatch)
    try:
        with pytest.raises(ForeignDatabaseError, match="holds 3 nodes that are not this suite's"):
            start()
        assert _run(bare_neo4j, "MATCH (n) RETURN DISTINCT labels(n), count(*)") == [
            [["Customer"], 3]
        ]
    finally:
        _run(bare_neo4j, "MATCH (n:Customer) DELETE n")
        _run(bare_neo4j, f"MERGE (:{MARKER} {{key: 'marker'}})")


def test_a_marked_database_is_taken_and_wiped_to_its_marker(
    bare_neo4j: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _run(bare_neo4j, "CREATE CONSTRAINT `odd``name` FOR (a:Account) REQUIRE a.key IS UNIQUE")
    _run(bare_neo4j, "CREATE INDEX FOR ()-[r:SCORED]-() ON (r.run, r.topic, r.rank)")
    _run(bare_neo4j, "CREATE (a:Account {key: 'x:1'})-[:SCORED]->(a) CREATE ()")
    _give(bare_neo4j, monkeypatch)
    given = start()
    assert given.how == "given"
    wipe(given)
    given.stop()
    assert _run(bare_neo4j, "MATCH (n) RETURN labels(n), n.key") == [[[MARKER], "marker"]]
    assert _run(bare_neo4j, "SHOW CONSTRAINTS YIELD name") == []
    assert _run(bare_neo4j, "SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'") == []


def test_a_killed_server_comes_back_with_what_it_had(bare_neo4j: Neo4jServer) -> None:
    if bare_neo4j.how != "maven":
        pytest.skip("only a JVM of our own can be killed")
    _run(bare_neo4j, "CREATE (:Account {key: 'x:1'})")
    before = bare_neo4j.pid
    bare_neo4j.kill()
    bare_neo4j.restart()
    assert before is not None
    assert bare_neo4j.pid != before
    assert _run(bare_neo4j, "MATCH (a:Account) RETURN a.key") == [["x:1"]]


def test_without_any_way_the_text_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GRAPHENGINE_TEST_NEO4J_URI", "JAVA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:1")
    java = wanted_release().java
    with pytest.raises(NoNeo4j, match=rf"install Java {java} or later and Maven.*Docker engine"):
        start()
