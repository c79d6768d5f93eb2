"""The toy graph put into both engines with bare drivers, and the same read-only question to both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ladybug
import neo4j

from graphengine.model import NODES, RELATIONSHIPS, NodeType, RelationshipType
from graphengine.stores.rows import to_answer

from .toy_graph import JOB, PREVIOUS, PUBLISHED, toy_run, toy_tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import polars as pl

    from graphengine.stores.ports import Answer

    from .neo4j_server import Neo4jServer

__all__ = ["EmbeddedToy", "Neo4jToy"]


class Neo4jToy:
    """The toy in an empty Neo4j. Its warnings are in ``notifications``."""

    def __init__(self, server: Neo4jServer) -> None:
        self._driver = server.driver(notifications_min_severity="WARNING")
        self._database = server.database
        self.notifications: list[str] = []
        for statement in _neo4j_schema():
            self._run(statement)
        for node, frame in _nodes():
            self._run(f"UNWIND $rows AS r CREATE (n:{node.label}) SET n = r", rows=frame.to_dicts())
        for link, frame in _links():
            start, end = _keys(link, frame)
            rows = [
                {"start": row.pop(start), "end": row.pop(end), "properties": row}
                for row in frame.to_dicts()
            ]
            self._run(
                f"UNWIND $rows AS r MATCH (a:{link.start} {{key: r.start}}) "
                f"MATCH (b:{link.end} {{key: r.end}}) CREATE (a)-[x:{link.type}]->(b) "
                "SET x = r.properties",
                rows=rows,
            )

    def query(self, statement: str, parameters: Mapping[str, Any]) -> Answer:
        with self._driver.session(
            database=self._database, default_access_mode=neo4j.READ_ACCESS
        ) as session:
            result = session.run(statement, dict(parameters))
            columns, rows = result.keys(), [record.values() for record in result]
            self.notifications += [
                status.status_description
                for status in result.consume().gql_status_objects
                if status.is_notification
            ]
        return to_answer(columns, rows, row_limit=1000)

    def close(self) -> None:
        self._driver.close()

    def _run(self, statement: str, **parameters: Any) -> None:
        with self._driver.session(database=self._database) as session:
            session.run(statement, parameters).consume()


class EmbeddedToy:
    """The toy in a fresh Ladybug file, opened read-only."""

    def __init__(self, path: Path) -> None:
        with self._open(path, read_only=False) as db, ladybug.Connection(db) as connection:
            for node, frame in _nodes():
                connection.execute(
                    f"CREATE NODE TABLE {node.label}({_columns(node)}, PRIMARY KEY(key))"
                )
                connection.execute(f"COPY {node.label} FROM $df", {"df": frame})
            for link, frame in _links():
                properties = _columns(link)
                connection.execute(
                    f"CREATE REL TABLE {link.type}(FROM {link.start} TO {link.end}, {properties})"
                )
                start, end = _keys(link, frame)
                names = [p.name for p in link.properties]
                frame = frame.select(start, end, *names)  # noqa: PLW2901
                connection.execute(f"COPY {link.type} FROM $df", {"df": frame})
            connection.execute("CREATE MACRO type(r) AS label(r)")
        self._db = self._open(path, read_only=True)

    def query(self, statement: str, parameters: Mapping[str, Any]) -> Answer:
        with ladybug.Connection(self._db) as connection:
            result = connection.execute(statement, dict(parameters))
            return to_answer(result.get_column_names(), result.get_all(), row_limit=1000)

    def close(self) -> None:
        self._db.close()

    @staticmethod
    def _open(path: Path, *, read_only: bool) -> ladybug.Database:
        return ladybug.Database(
            str(path), buffer_pool_size=128 << 20, max_db_size=1 << 30, read_only=read_only
        )


def _columns(element: NodeType | RelationshipType) -> str:
    return ", ".join(f"{p.name} {p.type}" for p in element.properties)


def _neo4j_schema() -> Iterator[str]:
    for node in NODES:
        yield f"CREATE CONSTRAINT FOR (n:{node.label}) REQUIRE n.key IS UNIQUE"
        for name in node.indexed:
            yield f"CREATE INDEX FOR (n:{node.label}) ON (n.{name})"
    for link in RELATIONSHIPS:
        if link.unique:
            names = ", ".join(f"r.{name}" for name in link.unique)
            yield f"CREATE CONSTRAINT FOR ()-[r:{link.type}]-() REQUIRE ({names}) IS UNIQUE"
        for index in link.indexes:
            names = ", ".join(f"r.{name}" for name in index)
            yield f"CREATE INDEX FOR ()-[r:{link.type}]-() ON ({names})"


def _nodes() -> Iterator[tuple[NodeType, pl.DataFrame]]:
    import polars as pl

    tables = toy_tables()
    runs = [toy_run(run).properties | {"state": "published"} for run in (PREVIOUS, PUBLISHED)]
    frames = {
        "Account": tables.accounts,
        "Topic": tables.topics,
        "Post": tables.posts,
        "Run": pl.DataFrame(runs),
        "Pointer": pl.DataFrame({"key": [JOB], "run": [PUBLISHED], "previous": [PREVIOUS]}),
    }
    for node in NODES:
        yield node, frames[node.label].select([p.name for p in node.properties])


def _links() -> Iterator[tuple[RelationshipType, pl.DataFrame]]:
    import polars as pl

    tables = toy_tables()
    runs = [toy_run(run) for run in (PREVIOUS, PUBLISHED)]
    same = {"method_version": "m1", "anchors_version": "a1"}
    frames = {
        "POSTED": tables.posted,
        "ABOUT": tables.about,
        "SCORED": pl.concat(
            r.scores.with_columns(
                run=pl.lit(r.run), to=pl.col("topic"), **{k: pl.lit(v) for k, v in same.items()}
            )
            for r in runs
        ),
        "UNRATED": pl.concat(
            r.unrated.with_columns(run=pl.lit(r.run), to=pl.col("topic")) for r in runs
        ),
    }
    for table in (tables.interactions, tables.exposure, tables.post_links):
        for (name,), rows in table.partition_by("type", as_dict=True, include_key=False).items():
            frames[name] = rows
    for link in RELATIONSHIPS:
        if link.type in frames:
            yield link, frames[link.type]
        else:
            ends = {"from": pl.String, "to": pl.String}
            yield link, pl.DataFrame(schema=ends | {p.name: pl.Float64 for p in link.properties})


def _keys(link: RelationshipType, frame: pl.DataFrame) -> tuple[str, str]:
    properties = {p.name for p in link.properties}
    start, *rest = [name for name in frame.columns if name not in properties]
    return start, rest[0]
