"""A run read back from Neo4j before it is served: what differs is named, refused and written afresh."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from support.neo4j_cases import (
    large_graph,
    large_run,
    link_to,
    publish,
    sent,
    store_of,
)
from support.store_cases import run_scores

from graphengine.errors import GraphengineError, InputError
from graphengine.stores.neo4j import publish as publication
from graphengine.stores.neo4j import readback

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.neo4j_server import Neo4jServer

    from graphengine.stores.neo4j import Neo4jStore
    from graphengine.stores.ports import RunScores


@pytest.fixture
def store(empty_neo4j: Neo4jServer) -> Iterator[Neo4jStore]:
    with closing(store_of(empty_neo4j)) as opened:
        yield opened


def name(number: int) -> str:
    return run_scores(number).run


def verified(store: Neo4jStore, run: RunScores) -> str:
    return store.publish(run, large_graph(), previous=None, keep=2, verify=True).run


@pytest.mark.parametrize("rows", [7, 60, 20_000])
def test_what_was_written_is_found_again_bit_by_bit(
    store: Neo4jStore, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(readback, "PAGE_ROWS", rows)
    few = [(f"x:{n}", "t/b", 1 + n % 2) for n in range(60)]
    run = replace(
        large_run(1), unrated=pl.DataFrame(few, schema=large_run(1).unrated.schema, orient="row")
    )
    assert verified(store, run) == name(1)
    assert verified(store, run) == name(1)


TAMPERED = {
    "one bit of a score": "MATCH ()-[s:SCORED {run: $run, topic: 't/a', rank: 7}]->() "
    "SET s.score = s.score + 1e-14",
    "a missing value": "MATCH ()-[s:SCORED {run: $run, topic: 't/a', rank: 7}]->() SET s.credit = 0.0",
    "two ranks exchanged": "MATCH ()-[s:SCORED {run: $run, topic: 't/a'}]->() WHERE s.rank IN [7, 8] "
    "SET s.rank = 15 - s.rank",
    "another person": "MATCH (a)-[s:SCORED {run: $run, topic: 't/a', rank: 7}]->(t) "
    "MATCH (b:Account {key: 'x:9'}) CREATE (b)-[c:SCORED]->(t) SET c = properties(s) DELETE s",
    "another topic's node": "MATCH (a)-[s:SCORED {run: $run, topic: 't/a', rank: 7}]->() "
    "MATCH (t:Topic {key: 't/c'}) CREATE (a)-[c:SCORED]->(t) SET c = properties(s) DELETE s",
    "another version of the method": "MATCH ()-[s:SCORED {run: $run, topic: 't/a', rank: 7}]->() "
    "SET s.method_version = '0'",
    "a text for a number": "MATCH ()-[s:SCORED {run: $run, topic: 't/a', rank: 7}]->() "
    "SET s.endorsers = 'three'",
    "an unrated person changed": "MATCH ()-[u:UNRATED {run: $run, topic: 't/b'}]->() "
    "SET u.endorsers = 2",
    "a figure of cascades that was not known": "MATCH ()-[s:SCORED {run: $run, topic: 't/a', rank: 7}]"
    "->() SET s.spread = 0.0",
    "a figure of cascades that is lost": "MATCH ()-[s:SCORED {run: $run, topic: 't/a', rank: 7}]->() "
    "REMOVE s.cascades",
    "a figure of cascades with a fraction": "MATCH ()-[s:SCORED {run: $run, topic: 't/a', rank: 7}]->()"
    " SET s.passed_on = 12.5",
    "one bit of a reach's end": "MATCH ()-[s:SCORED {run: $run, topic: 't/a', rank: 7}]->() "
    "SET s.spread_high = s.spread_high + 1e-14",
    "one bit of an interval's end": "MATCH ()-[s:SCORED {run: $run, topic: 't/a', rank: 8}]->() "
    "SET s.low = s.low + 1e-13",
    "an interval where there was none": "MATCH ()-[s:SCORED {run: $run, topic: 't/a', rank: 7}]->() "
    "SET s.low = 0.0",
    "an interval that is lost": "MATCH ()-[s:SCORED {run: $run, topic: 't/a', rank: 8}]->() "
    "REMOVE s.high",
    "a value in a column without any": "MATCH ()-[s:SCORED {run: $run, topic: 't/a', rank: 7}]->() "
    "SET s.rank_group = 3",
    "values in a column without any": "MATCH ()-[s:SCORED {run: $run}]->() SET s.amplification = 0.5",
    "a text in a column without any": "MATCH ()-[s:SCORED {run: $run}]->() SET s.rank_group = 'no'",
    "two reasons exchanged": "MATCH ()-[r:REASON {run: $run, topic: 't/a'}]->(:Account {key: 'x:1'}) "
    "SET r.place = 4 - r.place",
    "another endorser": "MATCH (e)-[r:REASON {run: $run, topic: 't/b'}]->(a) "
    "MATCH (b:Account {key: 'x:9'}) CREATE (b)-[c:REASON]->(a) SET c = properties(r) DELETE r",
    "another endorsed": "MATCH (e)-[r:REASON {run: $run, topic: 't/b'}]->(a) "
    "MATCH (b:Account {key: 'x:9'}) CREATE (e)-[c:REASON]->(b) SET c = properties(r) DELETE r",
    "points that were not known": "MATCH ()-[r:REASON {run: $run, topic: 't/b'}]->() SET r.points = 0.0",
    "a reason less": "MATCH ()-[r:REASON {run: $run, topic: 't/a', place: 3}]->() DELETE r",
    "a reason more in a topic without": "MATCH (a:Account {key: 'x:1'}) "
    "CREATE (a)-[:REASON {run: $run, topic: 't/c', place: 1}]->(a)",
    "two seeds exchanged": "MATCH ()-[s:SEED {run: $run, topic: 't/a'}]->() SET s.place = 3 - s.place",
    "a seed's gain": "MATCH ()-[s:SEED {run: $run, topic: 't/a', place: 2}]->() SET s.gain = 1.5",
    "a seed that said little": "MATCH ()-[s:SEED {run: $run, topic: 't/b'}]->() SET s.low = 0.0",
    "why a search ended": "MATCH ()-[s:SEED {run: $run, topic: 't/b'}]->() SET s.stop = 'flat'",
    "a seed less": "MATCH ()-[s:SEED {run: $run, topic: 't/a', place: 2}]->() DELETE s",
    "a seed more in a topic without": "MATCH (a:Account {key: 'x:1'}) MATCH (t:Topic {key: 't/c'}) "
    "CREATE (a)-[:SEED {run: $run, topic: 't/c', place: 1}]->(t)",
    "the run's own node": "MATCH (r:Run {key: $run}) SET r.as_of = r.as_of + 1",
    "a row more in a topic without": "MATCH (a:Account {key: 'x:1'}) MATCH (t:Topic {key: 't/none'}) "
    "CREATE (a)-[:UNRATED {run: $run, topic: 't/none', endorsers: 1}]->(t)",
}  # fmt: skip


@pytest.mark.parametrize("tamper", TAMPERED.values(), ids=TAMPERED)
def test_what_differs_is_refused_and_written_afresh_the_next_time(
    store: Neo4jStore, empty_neo4j: Neo4jServer, monkeypatch: pytest.MonkeyPatch, tamper: str
) -> None:
    verified(store, large_run(1))
    write_run = publication.write_run

    def and_somebody_else(*given: Any) -> None:
        write_run(*given)
        sent(empty_neo4j, tamper, run=name(2))

    with monkeypatch.context() as patch:
        patch.setattr("graphengine.stores.neo4j.store.write_run", and_somebody_else)
        with pytest.raises(GraphengineError, match="before still is") as refused:
            verified(store, large_run(2))
    assert refused.value.exit_code == 70
    served = store.published("j")
    assert served is not None
    assert served.run == name(1)
    assert len(store.top("j", "t/a", 100).rows) == 60
    assert verified(store, large_run(2)) == name(2)


def test_the_message_names_topics_and_counts(store: Neo4jStore, empty_neo4j: Neo4jServer) -> None:
    verified(store, large_run(1))
    sent(empty_neo4j, "MATCH ()-[s:SCORED {topic: 't/a', rank: 7}]->() SET s.pct = 0.25")
    with pytest.raises(GraphengineError, match='topic "t/a" has 60 scores of 60, but not the same'):
        verified(store, large_run(1))
    sent(empty_neo4j, "MATCH ()-[s:SCORED {topic: 't/a', rank: 8}]->() SET s.run = 'elsewhere'")
    with closing(link_to(empty_neo4j)) as link:
        found = readback.written_otherwise(link, large_run(1))
    assert found[0] == 'the topic "t/a" has 59 scores of 60'


def test_a_served_run_keeps_its_rows_though_people_of_it_are_gone(
    store: Neo4jStore, empty_neo4j: Neo4jServer
) -> None:
    publish(store, 1)
    sent(empty_neo4j, "MATCH (a:Account {key: 'x:1'}) DETACH DELETE a")
    with pytest.raises(InputError, match="scores 'x:1', which is no account"):
        publish(store, 1)
    left = [row[1] for row in store.top("j", "t/a", 100).rows]
    assert left == ["x:2"]
