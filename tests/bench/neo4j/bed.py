"""The server that both sides share, and what is in it."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.neo4j.data import TOPICS, DataSet, make
from tests.support.neo4j_jars import fetched_gds
from tests.support.neo4j_machines import Setup
from tests.support.neo4j_server import NoNeo4j, running_server, wipe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import neo4j
    import polars as pl

    from tests.support.neo4j_server import Neo4jServer

__all__ = ["TYPES", "Bed", "laid", "pair_rows"]

TYPES = tuple(f"TOPIC_{number}" for number in range(len(TOPICS)))
CHUNK = 10_000
GDS_SETTINGS = ("dbms.security.procedures.unrestricted=gds.*",)
_PAIR = """
UNWIND range(0, size($actor) - 1) AS i
MATCH (a:Account {{key: $actor[i]}})
MATCH (b:Account {{key: $target[i]}})
CREATE (a)-[:{type} {{w: $w[i], at: $at[i]}}]->(b)
"""


@dataclass(frozen=True)
class Bed:
    """A running server with GDS, a driver to it, and a data set."""

    server: Neo4jServer
    driver: neo4j.Driver
    data: DataSet
    repeats: int = 3

    def rows(self, text: str, **parameters: Any) -> list[list[Any]]:
        """All rows of a statement, as it is."""
        with self.driver.session(database=self.server.database) as session:
            return session.run(text, parameters).values()

    def one(self, text: str, **parameters: Any) -> list[Any]:
        """The first row of a statement."""
        return self.rows(text, **parameters)[0]

    def empty(self) -> None:
        """Remove everything but the rules of our schema."""
        wipe(self.server, keep_rules=True)

    def add_pairs(self, pairs: pl.DataFrame) -> None:
        """Create the pairs as GDS likes them: a type a topic, numbers on it."""
        for number, name in enumerate(TYPES):
            text = _PAIR.format(type=name)
            mine = pairs.filter(pairs["topic"] == number).drop("topic")
            for some in mine.iter_slices(CHUNK):
                self.rows(text, **some.to_dict(as_series=False))

    def index_pairs(self) -> None:
        """Index the times of the pairs, as a team does that reads what is new every night."""
        for name in TYPES:
            self.rows(
                f"CREATE INDEX {name.lower()}_at IF NOT EXISTS FOR ()-[r:{name}]-() ON (r.at)"
            )
        self.rows("CALL db.awaitIndexes(600)")


def pair_rows(bed: Bed) -> int:
    """How many pairs the database holds."""
    return sum(bed.one(f"MATCH ()-[r:{name}]->() RETURN count(r)")[0] for name in TYPES)


@contextmanager
def laid(name: str, *, memory: Sequence[str] = ("2g", "1g"), repeats: int = 3) -> Iterator[Bed]:
    """A server for the data set ``name``, with ``memory`` for its heap and its page cache.

    What is timed is done ``repeats`` times once it is warm.

    Raises:
        NoNeo4j: Java or Maven are missing.
    """
    plugins = fetched_gds()
    if plugins is None:
        raise NoNeo4j("GDS comes by Maven, and there is no mvn on the path")
    heap, cache = memory
    setup = Setup(plugins=plugins, settings=GDS_SETTINGS, heap=heap, page_cache=cache)
    with tempfile.TemporaryDirectory(prefix="graphengine-bench-") as folder:
        data = make(name, Path(folder))
        with (
            running_server(setup) as server,
            server.driver(notifications_min_severity="OFF") as driver,
        ):
            yield Bed(server, driver, data, repeats)
