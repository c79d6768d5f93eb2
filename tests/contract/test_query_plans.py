"""What every named query costs on Neo4j, on a graph of Higgs's size: leaves and database hits.

Every plan begins at index seeks, and its hits stay under the bound in the query's header, which is
no more than three times of what was measured for the person who costs the most.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import neo4j
import polars as pl
import pytest
from support.imported import imported_server, publish_both
from support.large_graph import JOB, PUBLISHED, LargeGraph, large_graph
from support.neo4j_server import wipe

import graphengine
from graphengine.stores.lookups import CARD
from graphengine.stores.neo4j.store import TOP_BY_INDEX
from graphengine.stores.queries import NamedQuery, named_queries, named_query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.neo4j_server import Neo4jServer

EVENTS = "RETWEETED|QUOTED|REPLIED|COMMENTED|MENTIONED|LIKED|CLICKED|MESSAGED|ENDORSED"
SEEKS = {
    "Argument",  # the rows of what stands above it: no look-up of its own
    "NodeUniqueIndexSeek", "NodeUniqueIndexSeekByRange", "NodeIndexSeek", "NodeIndexSeekByRange",
    "DirectedRelationshipIndexSeek", "DirectedRelationshipUniqueIndexSeek",
    "DirectedRelationshipIndexSeekByRange", "DirectedRelationshipUniqueIndexSeekByRange",
}  # fmt: skip
SLACK = 3
LOOK_UPS = {"top": 20, "card": 4}  # name: rows

_SAVED = Path(graphengine.__file__).parent / "cypher" / "browser"
_TEXTS = {
    **{query.name: query.statement_for("neo4j") for query in named_queries()},
    **{f"browser/{path.stem}": path.read_text("utf-8") for path in _SAVED.glob("*.cypher")},
    "lookups/top": TOP_BY_INDEX,
    "lookups/card": CARD,
}
_OF_A_RUN = r":(SCORED|UNRATED|SEED|REASON)\b"
BY_POINTER = {
    name: text
    for name, text in sorted(_TEXTS.items())
    if ":Pointer" in text and re.search(_OF_A_RUN, text)
}
_ANYTHING = dict.fromkeys(("job", "scheme", "topic", "other", "account"), "") | {
    "n": 1,
    "ranks": 1,
    "above": 60.0,
}

WINDOW = (
    "MATCH (u:Run {key: $run}) WITH u.as_of - 86400 * $ago AS until "
    f"MATCH ()-[r:{EVENTS}]->() WHERE r.at > until - 86400 * $days AND r.at <= until"
)
# how many there are of each kind that a bound speaks of
THINGS = {
    "topic": "MATCH (t:Topic) WHERE t.scheme = $job RETURN count(t)",
    "row": "RETURN $n",
    "pair of rows": "RETURN $n * ($n + 1) / 2",
    "event of the window": f"{WINDOW} RETURN count(r)",
    "event of the topic in the window": f"{WINDOW} AND ($topic = '' OR r.topic = $topic) "
    "RETURN count(r)",
    "event received": f"MATCH (:Account {{key: $account}})<-[r:{EVENTS}]-() RETURN count(r)",
    "event given": f"MATCH (:Account {{key: $account}})-[r:{EVENTS}]->() RETURN count(r)",
    "event of the other": f"MATCH (:Account {{key: $other}})<-[r:{EVENTS}]-() RETURN count(r)",
    "event between": f"MATCH (:Account {{key: $account}})-[r:{EVENTS}]->(:Account {{key: $other}}) "
    "RETURN count(r)",
    "event within two hops": f"MATCH (:Account {{key: $account}})-[r:{EVENTS}]->(a) "
    f"RETURN count(r) + sum(COUNT {{ (a)-[:{EVENTS}]->() }})",
    "account within two hops": f"MATCH (:Account {{key: $account}})-[:{EVENTS}*1..2]->(a) "
    "RETURN count(DISTINCT a)",
    "follower": "MATCH (:Account {key: $account})<-[r:FOLLOWED|SAW]-() RETURN count(r)",
    "person scored": "MATCH ()-[s:SCORED]->() WHERE s.run = $run AND s.topic = $topic "
    "AND s.rank >= 1 RETURN count(s)",
    "person of these ranks": "MATCH ()-[s:SCORED]->() WHERE s.run = $run AND s.topic = $topic "
    "AND s.rank >= 1 AND s.rank <= $ranks RETURN count(s)",
    "person above": "MATCH ()-[s:SCORED]->() WHERE s.run = $run AND s.topic = $topic "
    "AND s.rank >= 1 AND s.score > $above RETURN count(s)",
    "person unrated": "MATCH ()-[u:UNRATED]->() WHERE u.run = $run AND u.topic = $topic "
    "RETURN count(u)",
    "score of the run": "MATCH ()-[s:SCORED]->() WHERE s.run = $run AND s.topic >= '' "
    "AND s.rank >= 1 WITH count(s) AS n MATCH ()-[u:UNRATED]->() WHERE u.run = $run "
    "AND u.topic >= '' WITH n, count(u) AS unrated RETURN n + unrated",
    "account that begins so": "MATCH (a:Account) WHERE a.handle_lc STARTS WITH $text "
    "RETURN count(a)",
    "post of the cascade": "MATCH (x:Post {key: $post}) MATCH (c:Post) WHERE c.root = x.root "
    "RETURN count(c)",
    "post of the person's cascades": "MATCH (:Account {key: $account})-[:POSTED]->(x:Post) "
    "OPTIONAL MATCH (c:Post) WHERE c.root = x.key AND x.depth = 0 RETURN count(DISTINCT x) + count(c)",
}


class Plans:
    """Plans and hits of statements on one server."""

    def __init__(self, session: neo4j.Session) -> None:
        self._session = session

    def count(self, statement: str, parameters: dict[str, Any]) -> int:
        """The number that a statement returns."""
        return int(self._session.run(statement, parameters).single(strict=True)[0])

    def steps(self, text: str) -> list[str]:
        """What the plan of a statement does, in the order in which it is done."""
        plan = self._session.run(neo4j.Query("EXPLAIN " + text), _ANYTHING).consume().plan
        return list(_steps(plan))

    def of(self, query: NamedQuery, parameters: dict[str, Any]) -> tuple[int, set[str], int]:
        """Database hits, the operators that everything begins at, and the number of rows."""
        result = self._session.run(
            neo4j.Query("PROFILE " + query.statement_for("neo4j")), parameters
        )
        rows = len(list(result))
        profile = result.consume().profile
        return _hits(profile), _leaves(profile), rows


def _hits(operator: Any) -> int:
    below = sum(_hits(child) for child in operator.get("children", ()))
    return int(operator["args"].get("DbHits", 0)) + below


def _steps(operator: Any) -> Iterator[str]:
    """The left branch of a fork is read before the right one."""
    for child in operator.get("children", ()):
        yield from _steps(child)
    yield f"{operator['operatorType'].partition('@')[0]} {operator['args'].get('Details', '')}"


def _leaves(operator: Any) -> set[str]:
    children = operator.get("children", ())
    if not children:
        return {operator["operatorType"].partition("@")[0]}
    return set().union(*(_leaves(child) for child in children))


@dataclass(frozen=True)
class Cast:
    """People and a post of a graph, by how much happens around them."""

    popular: str  # most events received
    second: str
    ordinary: str
    busy: str  # most events given
    pair: tuple[str, str]  # most events from the one to the other
    post: str  # of a large cascade


def _cast(graph: LargeGraph) -> Cast:
    events = graph.tables.interactions
    received = _by_number(events, "target")
    pair = _by_number(events.filter(pl.col("actor") != pl.col("target")), "actor", "target")
    post = _by_number(graph.tables.posts, "root")["root"][0]
    return Cast(
        popular=received["target"][0],
        second=received["target"][1],
        ordinary=received["target"][200],
        busy=_by_number(events, "actor")["actor"][0],
        pair=(pair["actor"][0], pair["target"][0]),
        post=post,
    )


def _by_number(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
    return frame.group_by(columns).len().sort("len", *columns, descending=[True, *[False] * len(columns)])  # fmt: skip


@pytest.fixture(scope="module")
def graph() -> LargeGraph:
    return large_graph()


@pytest.fixture(scope="module")
def cast(graph: LargeGraph) -> Cast:
    return _cast(graph)


@pytest.fixture(scope="module")
def small_hits(neo4j_server: Neo4jServer) -> Iterator[dict[str, int]]:
    """Hits of the look-ups among 10,000 people, by plans that were made among 3,000."""
    for people in (3_000, 10_000):
        wipe(neo4j_server, keep_rules=True)
        small = large_graph(people=people)
        publish_both(neo4j_server, small)
        with _plans(neo4j_server) as plans:
            hits = {name: _look_up(plans, name, _cast(small))[0] for name in LOOK_UPS}
    yield hits
    wipe(neo4j_server, keep_rules=True)


@pytest.fixture(scope="module")
def plans(graph: LargeGraph) -> Iterator[Plans]:
    """The large graph on a server of its own: throwing it away is faster than deleting it."""
    with imported_server(graph) as server, _plans(server) as plans:
        yield plans


@contextmanager
def _plans(server: Neo4jServer) -> Iterator[Plans]:
    with (
        server.driver(notifications_min_severity="OFF") as driver,
        driver.session(database=server.database) as session,
    ):
        yield Plans(session)


def _look_up(plans: Plans, name: str, cast: Cast) -> tuple[int, int]:
    query = named_query(name)
    hits, _, rows = plans.of(query, _parameters(query, cast, popular=True))
    return hits, rows


def _parameters(query: NamedQuery, cast: Cast, *, popular: bool) -> dict[str, Any]:
    """What somebody would ask about a person whom everybody reacts to, or about an ordinary one."""
    given: dict[str, Any] = {
        "job": JOB, "scheme": f"{JOB}/", "run": PUBLISHED, "n": 20, "ranks": 100, "topic": f"{JOB}/boson",
        "account": cast.popular if popular else cast.ordinary, "other": cast.second,
        "text": "user1234", "post": cast.post, "days": 2, "ago": 0,
        "above": 95.0 if popular else 60.0,
    }  # fmt: skip
    if "ago" in {p.name for p in query.parameters} and not popular:
        given |= {"topic": "", "days": 1, "ago": 5}
    if any(p.name == "other" and p.type == "topic" for p in query.parameters):
        given["other"] = f"{JOB}/cern"
    if query.name == "events-between":
        given["account"], given["other"] = cast.pair
    if query.name in {"amplified-by", "within-two-hops"}:
        given["account"] = cast.busy if popular else cast.pair[0]
    return given


@pytest.mark.parametrize("popular", [True, False], ids=["popular", "ordinary"])
@pytest.mark.parametrize("query", named_queries(), ids=lambda query: query.name)
def test_seeks_only_and_as_cheap_as_its_header_says(
    plans: Plans, cast: Cast, query: NamedQuery, popular: bool
) -> None:
    parameters = _parameters(query, cast, popular=popular)
    hits, leaves, rows = plans.of(query, parameters)
    things = {kind: plans.count(THINGS[kind], parameters) for _, kind in query.hits.per}
    bound = query.hits.bound(things)
    assert leaves <= SEEKS
    assert hits <= bound, f"{hits} hits for {things}; {query.hits} is {bound}"
    if popular:
        assert rows
        assert bound <= SLACK * hits, f"{query.hits} is {bound}, far above {hits} for {things}"


@pytest.mark.parametrize("name", BY_POINTER)
def test_the_pointer_is_read_before_any_row(plans: Plans, name: str) -> None:
    """Once, in a step of its own; else a reader who is held up may find two runs' rows, or none."""
    text = BY_POINTER[name]
    steps = plans.steps(text)
    rows = [at for at, step in enumerate(steps) if re.search(_OF_A_RUN, step)]
    (taken,) = (
        at for at, step in enumerate(steps) if re.match(r"Projection .*\bp\.run\]? AS", step)
    )
    assert taken < min(rows), "\n".join(steps)
    assert text.count("p.run") == 1


def test_the_pointer_is_asked_by_a_dozen_queries_and_more() -> None:
    assert len(BY_POINTER) >= 15


@pytest.mark.parametrize("name", LOOK_UPS)
def test_look_ups_cost_the_same_among_thirty_times_more_people(
    plans: Plans, cast: Cast, small_hits: dict[str, int], name: str
) -> None:
    hits, rows = _look_up(plans, name, cast)
    assert rows == LOOK_UPS[name]
    assert hits <= 1.2 * small_hits[name]  # that person may have had a score less


def test_every_kind_of_thing_is_used() -> None:
    assert {kind for q in named_queries() for _, kind in q.hits.per} == set(THINGS)
