"""Every named query on both engines over the toy graph: the rows that were worked out by hand.

tests/contract/analyst/<name>.json holds the parameters and the rows; see tests/support/toy_graph.py
for the graph that they follow from.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import neo4j
import pytest
from support.neo4j_server import wipe
from support.toy_graph import JOB, PUBLISHED, ToyGraph, publish_toy, toy_run

from graphengine.errors import InputError, NotPermittedError
from graphengine.stores.embedded import EmbeddedStore
from graphengine.stores.neo4j import Neo4jStore
from graphengine.stores.queries import Engine, NamedQuery, named_queries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.neo4j_server import Neo4jServer

    from graphengine.stores.ports import Answer, CypherReader

EXPECTED = Path(__file__).parent / "analyst"
ENGINES: tuple[Engine, ...] = ("embedded", "neo4j")


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    store = EmbeddedStore(tmp_path_factory.mktemp("toy"))
    publish_toy(store)
    yield store
    store.close()


@pytest.fixture(scope="module")
def neo4j_toy(neo4j_server: Neo4jServer) -> Iterator[Neo4jStore]:
    wipe(neo4j_server, keep_rules=True)
    store = Neo4jStore.connect(
        neo4j_server.uri,
        user=neo4j_server.user,
        password=neo4j_server.password,
        database=neo4j_server.database,
    )
    publish_toy(store)
    yield store
    store.close()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> tuple[Engine, CypherReader]:
    fixture = "embedded" if request.param == "embedded" else "neo4j_toy"
    return request.param, request.getfixturevalue(fixture)


@pytest.fixture(params=named_queries(), ids=lambda query: query.name)
def query(request: pytest.FixtureRequest) -> NamedQuery:
    return request.param


def _ask(store: CypherReader, statement: str, parameters: dict[str, Any]) -> Answer:
    return store.query(statement, parameters, timeout_s=30, row_limit=1000)


def _expected(query: NamedQuery) -> dict[str, Any]:
    return json.loads((EXPECTED / f"{query.name}.json").read_text("utf-8"))


def _comparable(rows: Any) -> list[list[Any]]:
    return [[pytest.approx(v) if isinstance(v, float) else v for v in row] for row in rows]


def test_rows_worked_out_by_hand(engine: tuple[Engine, CypherReader], query: NamedQuery) -> None:
    name, store = engine
    expected = _expected(query)
    answer = _ask(
        store,
        query.statement_for(name),
        {"job": JOB, "scheme": f"{JOB}/", **expected["parameters"]},
    )
    assert answer.columns == query.columns
    assert [list(row) for row in answer.rows] == _comparable(expected["rows"])
    assert answer.rows


def test_types_are_the_same(
    embedded: EmbeddedStore, neo4j_toy: Neo4jStore, query: NamedQuery
) -> None:
    parameters = {"job": JOB, "scheme": f"{JOB}/", **_expected(query)["parameters"]}
    rows = [
        _ask(store, query.statement_for(name), parameters).rows
        for name, store in (("embedded", embedded), ("neo4j", neo4j_toy))
    ]
    kinds = [[[type(value) for value in row] for row in answer] for answer in rows]
    assert kinds[0] == kinds[1]


def test_neo4j_has_nothing_to_remark(
    neo4j_server: Neo4jServer, neo4j_toy: Neo4jStore, query: NamedQuery
) -> None:
    parameters = {"job": JOB, "scheme": f"{JOB}/", **_expected(query)["parameters"]}
    with (
        neo4j_server.driver(notifications_min_severity="INFORMATION") as driver,
        driver.session(
            database=neo4j_server.database, default_access_mode=neo4j.READ_ACCESS
        ) as session,
    ):
        summary = session.run(query.statement_for("neo4j"), parameters).consume()
    assert [s.status_description for s in summary.gql_status_objects if s.is_notification] == []


def test_every_parameter_has_an_example(query: NamedQuery) -> None:
    assert set(_expected(query)["parameters"]) == {p.name for p in query.parameters}


def test_every_expectation_belongs_to_a_query() -> None:
    assert {path.stem for path in EXPECTED.iterdir()} == {query.name for query in named_queries()}


def _answer(
    engine: tuple[Engine, CypherReader], name: str, **parameters: Any
) -> list[tuple[Any, ...]]:
    (query,) = (q for q in named_queries() if q.name == name)
    defaults = {p.name: p.default for p in query.parameters if p.default is not None}
    given = {"job": JOB, "scheme": f"{JOB}/", **defaults, **parameters}
    return list(_ask(engine[1], query.statement_for(engine[0]), given).rows)


def test_an_event_with_two_topics_counts_once(engine: tuple[Engine, CypherReader]) -> None:
    rows = {row[0]: row[3] for row in _answer(engine, "amplifiers", account="toy:ada")}
    assert rows == {"toy:ben": 2, "toy:cleo": 1, "toy:dan": 1, "toy:eve": 1}


@pytest.mark.parametrize("topic", ["", "toy/overall"])
def test_overall_is_every_topic(engine: tuple[Engine, CypherReader], topic: str) -> None:
    rows = _answer(engine, "activity", topic=topic)
    assert sum(row[1] for row in rows) == 17  # one has no time, and is in no window
    assert len(rows) == 8


def test_a_window_has_its_end_and_not_its_beginning(engine: tuple[Engine, CypherReader]) -> None:
    at_its_end, after = (_answer(engine, "daily", days=1, ago=ago) for ago in (1, 0))
    assert at_its_end == [(0, 1, 1, 1)]  # as of 86500, a day before: the event at 100
    assert after == [(86400, 1, 1, 1), (0, 15, 10, 5)]


def test_without_an_earlier_run_nothing_has_changed(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "store")
    store.publish(toy_run(PUBLISHED), ToyGraph(), previous=None, keep=2)
    assert _answer(("embedded", store), "changed", topic="toy/storms") == []
    assert _answer(("embedded", store), "surely-changed", topic="toy/storms") == []
    assert len(_answer(("embedded", store), "top", topic="toy/storms")) == 4
    store.close()


@pytest.mark.parametrize(
    ("above", "people"),
    [(0.0, ["ada", "cleo", "ben"]), (24.0, ["ada", "cleo"]), (26.0, ["ada"]), (60, ["ada"]),
     (61.0, []), (100.0, [])],
)  # fmt: skip
def test_surely_above_is_the_whole_interval_and_not_its_end(
    engine: tuple[Engine, CypherReader], above: float, people: list[str]
) -> None:
    rows = _answer(engine, "surely-above", topic="toy/storms", above=above)
    assert [row[1] for row in rows] == [f"toy:{who}" for who in people]
    assert rows == _answer(engine, "surely-above", topic="toy/storms", above=above, n=50)


def test_reasons_are_of_one_person_and_one_topic(engine: tuple[Engine, CypherReader]) -> None:
    assert _answer(engine, "reasons", account="toy:ada", topic="toy/elections") == []
    assert _answer(engine, "reasons", account="toy:cleo", topic="toy/storms") == []
    rows = _answer(engine, "reasons", account="toy:ben", topic="toy/elections")
    assert rows == [(1, "toy:finn", "Finn", "Finn Toy", 0.5, 1, 8.0, 55.0, 47.0)]


def test_another_job_has_no_rows(engine: tuple[Engine, CypherReader]) -> None:
    assert _answer(engine, "top", topic="toy/storms", job="another") == []


def test_unknown_people_give_no_rows(engine: tuple[Engine, CypherReader]) -> None:
    for name in ("card", "amplifiers", "exposure", "cascades-of"):
        assert _answer(engine, name, account="toy:nobody") == []


def test_people_without_events_give_zeros(engine: tuple[Engine, CypherReader]) -> None:
    assert _answer(engine, "exposure", account="toy:lou") == [(0, 0, 0, 0.0, 0)]
    overlap = _answer(engine, "audience-overlap", account="toy:lou", other="toy:kim")
    assert overlap == [(0, 0, 0, 0.0, 0.0)]


def test_a_self_interaction_amplifies_nobody(engine: tuple[Engine, CypherReader]) -> None:
    assert "toy:ada" not in [row[0] for row in _answer(engine, "amplifiers", account="toy:ada")]
    assert _answer(engine, "amplified-by", account="toy:hana") == []


def test_nobody_is_within_two_hops_of_oneself(engine: tuple[Engine, CypherReader]) -> None:
    rows = _answer(engine, "within-two-hops", account="toy:ada", topic="toy/storms")
    assert rows == [("toy:ben", "Ben", "Ben Toy", 1, 3, 30.0, 24.0, 37.0)]


def test_plans(engine: tuple[Engine, CypherReader], query: NamedQuery) -> None:
    name, store = engine
    given = {p.name: p.default if p.default is not None else "" for p in query.parameters}
    plan = store.explain(
        query.statement_for(name), {"job": JOB, "scheme": f"{JOB}/", **given}, timeout_s=30
    )
    text = "\n".join(str(row[0]) for row in plan.rows)
    if name == "embedded":
        assert plan.columns == ("plan",)
        assert "Physical Plan" in text
        assert "ExecutionTime" not in text
    else:
        assert plan.columns == ("operator", "details", "estimated_rows", "index")
        assert text.startswith("ProduceResults\n")
        assert any(row[3] for row in plan.rows)


@pytest.mark.parametrize("word", ["EXPLAIN", "PROFILE"])
def test_the_word_is_ours_to_add(engine: tuple[Engine, CypherReader], word: str) -> None:
    for ask in (
        lambda text: _ask(engine[1], text, {}),
        lambda text: engine[1].explain(text, {}, timeout_s=30),
    ):
        with pytest.raises(NotPermittedError, match=f"{word} at line 1"):
            ask(f"{word} MATCH (t:Topic) RETURN t.key AS topic")


def test_only_statements_that_read_are_explained(engine: tuple[Engine, CypherReader]) -> None:
    with pytest.raises(NotPermittedError, match="SET at line 1"):
        engine[1].explain("MATCH (t:Topic) SET t.name = 'x'", {}, timeout_s=30)
    with pytest.raises(InputError, match="xyz"):
        engine[1].explain("MATCH (t:Topic) RETURN xyz AS n", {}, timeout_s=30)
