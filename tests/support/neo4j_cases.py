"""What the tests of the Neo4j store share: all rows of a database, a log that grows, a child."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from graphengine.bolt.faults import Address
from graphengine.bolt.link import Link, open_link
from graphengine.model import BOOKKEEPING
from graphengine.stores.merge import merged
from graphengine.stores.neo4j import Neo4jStore, chunks
from graphengine.stores.neo4j.chunks import Chunk

from .neo4j_server import MARKER
from .store_cases import BATCHES, Parts, run_scores

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphengine.stores.ports import GraphSource, GraphTables, RunScores

    from .neo4j_server import Neo4jServer

__all__ = [
    "Log",
    "StoppedError",
    "child_main",
    "everything",
    "large_graph",
    "large_run",
    "link_to",
    "publish",
    "sent",
    "small_chunks",
    "stop_at",
    "store_of",
]

PEOPLE, EVENTS = 60, 150


def store_of(server: Neo4jServer) -> Neo4jStore:
    """A store on the tests' server; the caller closes it."""
    return Neo4jStore.connect(
        server.uri, user=server.user, password=server.password, database=server.database
    )


def link_to(server: Neo4jServer) -> Link:
    """A bare link to the tests' server; the caller closes it."""
    return open_link(Address(server.uri, server.user, server.database), server.password)


def publish(store: Neo4jStore, number: int, graph: GraphSource | None = None, **run: Any) -> str:
    """Publish run ``number`` over the whole small log, or over another source."""
    scores = run_scores(number, **run)
    return store.publish(scores, graph or Log(), previous=None, keep=2).run


def sent(server: Neo4jServer, text: str, **parameters: Any) -> list[list[Any]]:
    """Rows of a statement that is sent as it is, past the store."""
    with server.driver() as driver, driver.session(database=server.database) as session:
        return session.run(text, parameters).values()


def everything(server: Neo4jServer) -> list[str]:
    """Every node and relationship with its properties, sorted; the store's bookkeeping excepted."""
    own = [n.label for n in BOOKKEEPING] + [MARKER]
    nodes = (
        "MATCH (n) WHERE NOT labels(n)[0] IN $own RETURN labels(n) AS what, properties(n) AS has"
    )
    links = (
        "MATCH (a)-[r]->(b) RETURN [type(r), a.key, b.key] AS what, properties(r) AS has"
    )  # fmt: skip
    rows: list[list[Any]] = []
    with server.driver() as driver, driver.session(database=server.database) as session:
        for text in (nodes, links):
            rows += session.run(text, own=own).values()
    return sorted(f"{what} {sorted(has.items())}" for what, has in rows)


@dataclass(frozen=True)
class Log:
    """A source like the event log: whatever changed since a batch comes as one part.

    Outdated are only events that the batch knew: since(0) calls none so.
    """

    parts: tuple[GraphTables, ...] = BATCHES

    @property
    def last_batch(self) -> int:
        return self.parts[-1].batch

    def identity(self, batch: int) -> str:
        """The name that stands for every state of this graph."""
        return f"parts {batch}"

    def since(self, batch: int, *, upto: int | None = None) -> Iterator[GraphTables]:
        last = self.last_batch if upto is None else upto
        later = [part for part in self.parts if batch < part.batch <= last]
        whole = merged(later)
        if whole is not None:
            known = merged(part for part in self.parts if part.batch <= batch)
            outdated = pl.concat(part.outdated for part in later).unique(maintain_order=True)
            old = whole.interactions.clear() if known is None else known.interactions
            yield replace(
                whole,
                outdated=outdated.join(
                    old, on=["type", "event_id"], how="semi", maintain_order="left"
                ),
            )


def small_chunks(monkeypatch: Any, rows: int) -> None:
    """Chunks of a few rows, so that a small graph takes many transactions."""
    monkeypatch.setattr(chunks, "CHUNK_ROWS", rows)


class StoppedError(Exception):
    """Somebody pulled the plug."""


def stop_at(monkeypatch: Any, chunk: int) -> None:
    """Raise StoppedError in the transaction of chunk number ``chunk``."""
    write, seen = Chunk.write, iter(range(1_000_000))

    def stopping(self: Chunk, tx: Any, *, over: bool = False) -> None:
        write(self, tx, over=over)
        if next(seen) == chunk:
            raise StoppedError

    monkeypatch.setattr(Chunk, "write", stopping)


def large_graph() -> Parts:
    """Sixty people and 150 events in two batches; the second changes and retracts some."""
    first = BATCHES[0]
    accounts = [(f"x:{i}", "x", str(i), f"H{i}", f"h{i}", None, i, None) for i in range(PEOPLE)]
    events = [
        ("RETWEETED" if i % 3 else "REPLIED", f"x:e{i}", f"x:{i % PEOPLE}",
         f"x:{(i * 7 + 1) % PEOPLE}", f"t/{'ab'[i % 2]}", 1.0, 1_400_000_000 + i, 1.0, None)
        for i in range(EVENTS)
    ]  # fmt: skip
    changed = [(*row[:4], "t/c", *row[5:]) for row in events[:20]]
    gone = [row[:2] for row in events[:30]]
    one = replace(
        first,
        accounts=_rows(first.accounts, accounts),
        interactions=_rows(first.interactions, events),
    )
    two = replace(
        BATCHES[1],
        interactions=_rows(first.interactions, changed),
        outdated=_rows(first.outdated, gone),
    )
    return Parts((one, two))


def large_run(number: int) -> RunScores:
    """Scores of all sixty in two topics; rank groups and amplification are known of nobody."""
    run = run_scores(number)
    rows = [
        (f"x:{i}", topic, i + 1, 99.0 - i, 0.5, 3, number + i / 1000, 0.01, None,
         98.5 - i if i % 3 else None, 99.5 - i, i + 1, i + 3, None, i, 1.5 * i, None, 2.0 * i,
         i, None, 2 * i, 3.0 * i if i % 2 else None, None, 4.0 * i)
        for topic in ("t/a", "t/overall")
        for i in range(PEOPLE)
    ]  # fmt: skip
    return replace(run, scores=_rows(run.scores, rows))


def _rows(like: pl.DataFrame, rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=like.schema, orient="row")


def child_main() -> None:
    """Publish the large graph and run 2 in chunks of ten rows; a line on stdout per transaction."""
    chunks.CHUNK_ROWS = 10
    write = Link.write

    def loud(self: Link, work: Any) -> Any:
        sys.stdout.write("a transaction begins\n")
        sys.stdout.flush()
        return write(self, work)

    Link.write = loud  # type: ignore[method-assign]
    store = Neo4jStore.connect(
        os.environ["CHILD_URI"],
        user=os.environ["CHILD_USER"],
        password=os.environ["CHILD_PASSWORD"],
        database=os.environ["CHILD_DATABASE"],
    )
    try:
        keep = int(os.environ.get("CHILD_KEEP", "2"))
        store.publish(large_run(2), large_graph(), previous=None, keep=keep)
    finally:
        store.close()
