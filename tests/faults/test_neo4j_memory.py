"""A server that allows a transaction little memory: a load goes on in smaller ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest
from support.neo4j_cases import Parts, link_to, sent
from support.neo4j_machines import Setup
from support.neo4j_server import NoNeo4j, running_server, wipe
from support.store_cases import BATCHES

from graphengine.errors import InputError
from graphengine.stores.neo4j.chunks import Chunk
from graphengine.stores.neo4j.ledger import Ledger
from graphengine.stores.neo4j.load import load_graph
from graphengine.stores.neo4j.schema import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.neo4j_server import Neo4jServer

EVENTS = 3_000


@pytest.fixture(scope="module")
def narrow() -> Iterator[Neo4jServer]:
    """A server that allows a transaction a few megabytes."""
    try:
        with running_server(Setup(settings=("db.memory.transaction.max=4m",))) as server:
            yield server
    except NoNeo4j as missing:
        pytest.skip(str(missing))


def test_a_load_goes_on_in_halves(narrow: Neo4jServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chunk is refused by the server itself, and all rows are there once in the end."""
    wipe(narrow)
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
    link = link_to(narrow)
    try:
        prepare(link)
        with pytest.raises(InputError, match="memory"):
            link.rows("UNWIND range(1, 1000000) AS i RETURN collect('text ' + i)")
        ledger = Ledger(link, "j")
        load_graph(ledger, Parts((part,)))
        assert ledger.entry.batch == 1
    finally:
        link.close()
    assert sent(narrow, "MATCH ()-[r:LIKED]->() RETURN count(r), sum(r.at)") == [
        [EVENTS, EVENTS * (EVENTS - 1) // 2]
    ]
    assert sizes.count(EVENTS // 2) == 2  # each lane's half was refused once
    assert EVENTS // 4 in sizes
