"""A small graph of the shape that Neo4j's own Twitter examples have, and sources that read graphs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphengine.bolt import Address, open_link
from graphengine.job import Job, SourceSettings
from graphengine.readers.graph import GraphReading, read_graph

if TYPE_CHECKING:
    from pathlib import Path

    from .neo4j_server import Neo4jServer

__all__ = ["LIKES", "TweetGraph", "graph_job", "likes_source", "read_likes", "tweet_graph"]

_START = 1_400_000_000

LIKES: dict[str, Any] = {
    "path": "(actor:Person)-[r:LIKES]->(target:Person)",
}


@dataclass(frozen=True)
class TweetGraph:
    """Cypher that makes the graph, and what it holds: [actor, target] of each relationship."""

    people: int
    retweets: list[tuple[int, int]]
    mentions: list[tuple[int, int]]


def tweet_graph(server: Neo4jServer, *, people: int = 12) -> TweetGraph:
    """User i is retweeted by all users before it, each tweet has a hashtag by its author."""
    retweets = [(a, b) for b in range(people) for a in range(b)]
    mentions = [(a, (a * 5 + 1) % people) for a in range(people)]
    statements = (
        ("UNWIND range(0, $people - 1) AS i CREATE (u:User {screen_name: 'u' + i, name: 'User ' + i,"
         " followers: i * 10})-[:POSTS]->(t:Tweet {id: i, text: 'hello', favorites: i,"
         " created_at: datetime({epochSeconds: $start + i})})"),
        ("MATCH (t:Tweet) MERGE (h:Hashtag {name: CASE t.id % 2 WHEN 0 THEN 'even' ELSE 'odd' END})"
         " CREATE (t)-[:TAGS]->(h)"),
        ("MATCH (h:Hashtag {name: 'odd'}) MERGE (g:Hashtag {name: 'late'}) WITH g"
         " MATCH (t:Tweet {id: $people - 1}) CREATE (t)-[:TAGS]->(g)"),
        ("UNWIND $retweets AS x MATCH (u:User {screen_name: 'u' + x[0]}) MATCH (p:Tweet {id: x[1]})"
         " CREATE (u)-[:POSTS]->(t:Tweet {id: 1000 + x[0] * 100 + x[1], text: 'RT',"
         " created_at: datetime({epochSeconds: $start + 1000 + x[0]})})-[:RETWEETS]->(p)"),
        ("UNWIND $mentions AS x MATCH (t:Tweet {id: x[0]}) MATCH (u:User {screen_name: 'u' + x[1]})"
         " CREATE (t)-[:MENTIONS]->(u) CREATE (u)-[:POSTS]->(s:Tweet {id: 90000 + x[0], text: 'yes',"
         " created_at: datetime({epochSeconds: $start + 5000})})-[:REPLY_TO]->(t)"),
        ("MATCH (a:User), (b:User {screen_name: 'u0'}) WHERE a <> b CREATE (a)-[:FOLLOWS]->(b)"),
    )  # fmt: skip
    values = {"people": people, "retweets": retweets, "mentions": mentions, "start": _START}
    with server.driver(notifications_min_severity="OFF") as driver, driver.session() as session:
        for statement in statements:
            session.run(statement, values).consume()
    return TweetGraph(people, retweets, mentions)


def likes_source(**source: Any) -> SourceSettings:
    """Interactions (actor.id)-[r:LIKES {id, at}]->(target.id), changed as the keywords say."""
    neo4j = {**LIKES, **source.pop("neo4j", {})}
    settings = {
        "name": "likes", "reader": "neo4j", "kinds": {"LIKES": "like"}, "neo4j": neo4j,
        "columns": {"actor": "actor.id", "target": "target.id", "kind": "type(r)"},
        **source,
    }  # fmt: skip
    return SourceSettings.model_validate(settings)


def graph_job(server: Neo4jServer, folder: Path, *sources: SourceSettings, **job: Any) -> Job:
    """A job over graphs on the tests' server; the password's variable is GRAPHENGINE_E2E_PASSWORD."""
    there = {
        "uri": server.uri, "user": server.user, "database": server.database,
        "password_env": "GRAPHENGINE_E2E_PASSWORD",
    }  # fmt: skip
    return Job.model_validate(
        {
            "name": "graph",
            "sources": list(sources),
            "neo4j": there,
            "path": folder / "job.toml",
            **job,
        }
    )


def read_likes(
    server: Neo4jServer,
    *,
    mark: str | None = None,
    job: dict[str, Any] | None = None,
    **source: Any,
) -> GraphReading:
    """One read of a source of likes."""
    settings = likes_source(**source)
    link = open_link(Address(server.uri, server.user, server.database), server.password)
    try:
        whole = Job(name="graph", sources=[settings], **(job or {}))
        return read_graph(settings, link, job=whole, mark=mark)
    finally:
        link.close()
