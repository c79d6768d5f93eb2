"""What the guard refuses, a real engine would have run; what it passes, both engines run."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ladybug
import neo4j
import pytest
from support.neo4j_server import wipe
from support.toy_graph import JOB, PUBLISHED, publish_toy

from graphengine.stores.embedded import EmbeddedStore
from graphengine.stores.guard import check_read_only
from graphengine.stores.neo4j import Neo4jStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.neo4j_server import Neo4jServer

CORPUS = tomllib.loads(
    (Path(__file__).parents[1] / "unit" / "stores" / "guard_corpus.toml").read_text("utf-8")
)


def _refused(engine: str) -> list[str]:
    return [c["statement"] for c in CORPUS["refused"] if c.get("engine") in {engine, "both"}]


@pytest.fixture(scope="module")
def toy_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("toy")
    store = EmbeddedStore(folder)
    publish_toy(store)
    (file,) = (path for path in folder.glob("*.lbug") if PUBLISHED in path.name)
    return file


@pytest.fixture(scope="module")
def bolt(neo4j_server: Neo4jServer) -> Iterator[Callable[..., list[Any]]]:
    wipe(neo4j_server, keep_rules=True)
    store = Neo4jStore.connect(
        neo4j_server.uri,
        user=neo4j_server.user,
        password=neo4j_server.password,
        database=neo4j_server.database,
    )
    publish_toy(store)
    store.close()

    def ask(statement: str, **parameters: Any) -> list[Any]:
        with driver.session(
            database=neo4j_server.database, default_access_mode=neo4j.READ_ACCESS
        ) as session:
            return session.run(statement, parameters).values()

    with neo4j_server.driver(notifications_min_severity="OFF") as driver:
        yield ask


@pytest.mark.parametrize("statement", _refused("embedded"))
def test_ladybug_runs_it_read_only(statement: str, toy_file: Path, tmp_path: Path) -> None:
    with (
        ladybug.Database(str(toy_file), max_db_size=1 << 30, read_only=True) as database,
        ladybug.Connection(database) as connection,
    ):
        assert connection.execute(statement.replace("{folder}", str(tmp_path))) is not None
    if "{folder}" in statement:
        assert list(tmp_path.iterdir()), "it wrote nothing"


def test_ladybug_reads_some_comments_longer(toy_file: Path) -> None:
    given = "MATCH (p:Pointer) /***/ WHERE p.key = ' */ RETURN p.run AS x // ' RETURN p.key AS x"
    with (
        ladybug.Database(str(toy_file), max_db_size=1 << 30, read_only=True) as database,
        ladybug.Connection(database) as connection,
    ):
        assert connection.execute(given).get_all() == [[PUBLISHED]]
        assert connection.execute(check_read_only(given)).get_all() == []


@pytest.mark.parametrize("statement", _refused("neo4j"))
def test_neo4j_reads_it_as_a_statement(statement: str, bolt: Callable[..., list[Any]]) -> None:
    # A syntax error would mean that the case says nothing; what a server forbids differs.
    try:
        bolt(statement)
    except neo4j.exceptions.CypherSyntaxError as wrong:
        pytest.fail(f"the server cannot even read it: {wrong.message}")
    except neo4j.exceptions.ClientError:
        return


def test_neo4j_reads_escapes_as_the_characters(bolt: Callable[..., list[Any]]) -> None:
    assert bolt(r"RETURN 'a\u0027 AS x //'") == [["a"]]


@pytest.mark.parametrize("statement", [case["statement"] for case in CORPUS["allowed"]])
def test_both_engines_run_what_passes(
    statement: str, toy_file: Path, bolt: Callable[..., list[Any]]
) -> None:
    sent = check_read_only(statement)
    parameters = {"job": JOB, "topic": "toy/storms", "n": 2}
    used = {name: value for name, value in parameters.items() if f"${name}" in sent}
    with (
        ladybug.Database(str(toy_file), max_db_size=1 << 30, read_only=True) as database,
        ladybug.Connection(database) as connection,
    ):
        rows = connection.execute(sent, used).get_all()
    assert sorted(map(repr, rows)) == sorted(map(repr, bolt(sent, **used)))
