"""A small graph in three batches, runs whose raw values say which run they are, and every adapter.

The adapters stand in STORES: a name and a context manager that gives a fresh, empty store. What
stands there passes tests/contract/test_stores.py.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import polars as pl

from graphengine.stores.embedded import EmbeddedStore
from graphengine.stores.memory import MemoryStore
from graphengine.stores.neo4j import Neo4jStore
from graphengine.stores.ports import CypherReader, GraphTables, Publisher, RunScores, ScoreReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    import pytest

__all__ = [
    "BATCHES",
    "CYPHER_STORES",
    "FIGURES",
    "INTERVALS",
    "MANY_JOBS",
    "STORES",
    "CypherStore",
    "Parts",
    "Store",
    "before_figures",
    "before_intervals",
    "rows_like",
    "run_scores",
]


class Store(Publisher, ScoreReader, Protocol):
    """What every adapter is."""

    def close(self) -> None:
        """Give back what it holds."""


class CypherStore(Store, CypherReader, Protocol):
    """An adapter that answers Cypher too."""


@contextmanager
def _memory(request: pytest.FixtureRequest) -> Iterator[Store]:
    store = MemoryStore()
    yield store
    store.close()


@contextmanager
def _embedded(request: pytest.FixtureRequest) -> Iterator[Store]:
    store = EmbeddedStore(request.getfixturevalue("tmp_path") / "store")
    yield store
    store.close()


@contextmanager
def _neo4j(request: pytest.FixtureRequest) -> Iterator[Store]:
    server = request.getfixturevalue("empty_neo4j")
    store = Neo4jStore.connect(
        server.uri, user=server.user, password=server.password, database=server.database
    )
    try:
        yield store
    finally:
        store.close()


STORES: dict[str, Callable[[pytest.FixtureRequest], AbstractContextManager[Store]]] = {
    "memory": _memory,
    "embedded": _embedded,
    "neo4j": _neo4j,
}
CYPHER_STORES = ("embedded", "neo4j")  # those that answer Cypher
MANY_JOBS = ("memory", "neo4j")  # those that serve several jobs at once

_NODES: dict[str, dict[str, Any]] = {
    "accounts": {
        "key": pl.String, "network": pl.String, "uid": pl.String, "handle": pl.String,
        "handle_lc": pl.String, "name": pl.String, "followers": pl.Int64, "created_at": pl.Int64,
    },
    "topics": {"key": pl.String, "slug": pl.String, "name": pl.String, "scheme": pl.String},
    "posts": {
        "key": pl.String, "network": pl.String, "at": pl.Int64, "root": pl.String,
        "depth": pl.Int64,
    },
}  # fmt: skip
_LINKS: dict[str, dict[str, Any]] = {
    "interactions": {
        "type": pl.String, "event_id": pl.String, "actor": pl.String, "target": pl.String,
        "topic": pl.String, "share": pl.Float64, "at": pl.Int64, "weight": pl.Float64,
        "post": pl.String,
    },
    "outdated": {"type": pl.String, "event_id": pl.String},
    "exposure": {"type": pl.String, "actor": pl.String, "target": pl.String, "at": pl.Int64},
    "posted": {"account": pl.String, "post": pl.String, "at": pl.Int64},
    "post_links": {"type": pl.String, "child": pl.String, "parent": pl.String, "at": pl.Int64},
    "about": {"post": pl.String, "topic": pl.String, "weight": pl.Float64},
}  # fmt: skip
_TABLES = _NODES | _LINKS


def _part(batch: int, **rows: list[tuple[Any, ...]]) -> GraphTables:
    frames = {
        name: pl.DataFrame(rows.get(name, []), schema=schema, orient="row")
        for name, schema in _TABLES.items()
    }
    return GraphTables(batch=batch, **frames)


def _account(number: int, handle: str | None, followers: int | None = None) -> tuple[Any, ...]:
    low = None if handle is None else handle.lower()
    return (f"x:{number}", "x", str(number), handle, low, handle, followers, None)


def _event(  # noqa: PLR0917  (a row of the tables below is read by position)
    kind: str,
    number: int,
    actor: int,
    target: int,
    topic: str,
    share: float = 1.0,
    at: int | None = 1_400_000_000,
    post: str | None = None,
) -> tuple[Any, ...]:
    event = (kind, f"x:{kind}:{number}", f"x:{actor}", f"x:{target}", f"t/{topic}")
    return (*event, share, at, 1.0, post)  # fmt: skip


_TOPICS = [
    ("t/a", "a", "A", "t"), ("t/b", "b", "B b", "t"), ("t/none", "none", "none", "t"),
    ("t/overall", "overall", "overall", "t"),
]  # fmt: skip

BATCHES = (
    _part(
        1,
        accounts=[
            _account(1, "Ann", 10), _account(2, "Żółć 😀"), _account(3, None), _account(4, "dee"),
        ],
        topics=_TOPICS,
        posts=[("x:p1", "x", 1_400_000_000, "x:p1", 0), ("x:p2", "x", None, "x:p1", 1)],
        interactions=[
            _event("RETWEETED", 1, 2, 1, "a", post="x:p2"),
            _event("RETWEETED", 2, 3, 1, "a", 0.5), _event("RETWEETED", 2, 3, 1, "b", 0.5),
            _event("REPLIED", 3, 4, 2, "none", at=None),
            _event("MENTIONED", 4, 1, 1, "b"),
        ],
        exposure=[("FOLLOWED", "x:2", "x:1", None), ("SAW", "x:3", "x:1", 1_400_000_001)],
        posted=[("x:1", "x:p1", 1_400_000_000), ("x:2", "x:p2", None)],
        post_links=[("RESHARE_OF", "x:p2", "x:p1", None)],
        about=[("x:p1", "t/a", 1.0)],
    ),
    _part(  # an event gains a topic, one is retracted, accounts change and come
        2,
        accounts=[_account(1, "Anna", 12), _account(5, "eve")],
        topics=[("t/c", "c", "C", "t")],
        interactions=[
            _event("RETWEETED", 1, 2, 1, "a", 0.5, post="x:p2"),
            _event("RETWEETED", 1, 2, 1, "c", 0.5, post="x:p2"),
            _event("QUOTED", 5, 5, 2, "c"),
        ],
        outdated=[("RETWEETED", "x:RETWEETED:1"), ("MENTIONED", "x:MENTIONED:4")],
        exposure=[("FOLLOWED", "x:2", "x:1", 7)],
        posts=[("x:p2", "x", 1_400_000_050, "x:p1", 1), ("x:p3", "x", 1_400_000_060, "x:p1", 2)],
        posted=[("x:2", "x:p2", 1_400_000_050), ("x:5", "x:p3", 1_400_000_060)],
        post_links=[("REPLY_TO", "x:p3", "x:p2", 1_400_000_060)],
        about=[("x:p1", "t/a", 0.5), ("x:p1", "t/c", 0.5)],
    ),
    _part(  # the retracted event is added again elsewhere, the changed one changes back
        3,
        interactions=[
            _event("RETWEETED", 1, 2, 1, "a", post="x:p2"), _event("MENTIONED", 6, 1, 4, "b"),
        ],
        outdated=[("RETWEETED", "x:RETWEETED:1")],
    ),
)  # fmt: skip

# what BATCHES come to: (type, event or pair, topic, share or time), written down by hand
FINAL_EVENTS = [
    ("MENTIONED", "x:MENTIONED:6", "t/b", 1.0),
    ("QUOTED", "x:QUOTED:5", "t/c", 1.0),
    ("REPLIED", "x:REPLIED:3", "t/none", 1.0),
    ("RETWEETED", "x:RETWEETED:1", "t/a", 1.0),
    ("RETWEETED", "x:RETWEETED:2", "t/a", 0.5),
    ("RETWEETED", "x:RETWEETED:2", "t/b", 0.5),
]


@dataclass(frozen=True)
class Parts:
    """A graph source that hands out its parts one by one."""

    parts: tuple[GraphTables, ...] = BATCHES

    @property
    def last_batch(self) -> int:
        return self.parts[-1].batch if self.parts else 0

    def identity(self, batch: int) -> str:
        """The name that stands for every state of this graph."""
        return f"parts {batch}"

    def since(self, batch: int, *, upto: int | None = None) -> Iterator[GraphTables]:
        last = self.last_batch if upto is None else upto
        yield from (part for part in self.parts if batch < part.batch <= last)


def rows_like(store: CypherStore, table: str, frame: pl.DataFrame) -> list[tuple[Any, ...]]:
    """All rows of a label or type through Cypher, with the columns of ``frame``, sorted."""
    if "source" in frame.columns:
        match = f"MATCH (source)-[x:{table}]->(target)"
        ends = ["source.key AS source_key", "target.key AS target_key"]
    else:
        match, ends = f"MATCH (x:{table})", []
    properties = [f"x.{c} AS p_{c}" for c in frame.columns if c not in ("source", "target")]
    statement = f"{match} RETURN {', '.join(ends + properties)}"
    return sorted(store.query(statement, {}, timeout_s=30, row_limit=1000).rows, key=repr)


_SCORES = {
    "account": pl.String, "topic": pl.String, "rank": pl.Int64, "score": pl.Float64,
    "pct": pl.Float64, "endorsers": pl.Int64, "raw": pl.Float64, "pagerank": pl.Float64,
    "credit": pl.Float64, "low": pl.Float64, "high": pl.Float64, "rank_low": pl.Int64,
    "rank_high": pl.Int64, "rank_group": pl.Int64, "evidence": pl.Int64, "reach": pl.Float64,
    "amplification": pl.Float64, "network": pl.Float64, "cascades": pl.Int64, "cascade_size": pl.Float64,
    "passed_on": pl.Int64, "spread": pl.Float64, "spread_low": pl.Float64,
    "spread_high": pl.Float64,
}  # fmt: skip
FIGURES = tuple(_SCORES)[-6:]  # of cascades
INTERVALS = tuple(_SCORES)[-15:-6]  # and what else the model of the score says beside it
_UNRATED = {"account": pl.String, "topic": pl.String, "endorsers": pl.Int64}
_SEEDS = {
    "topic": pl.String, "place": pl.Int64, "account": pl.String, "gain": pl.Float64,
    "k": pl.Int64, "share": pl.Float64, "stop": pl.String, "spread": pl.Float64,
    "low": pl.Float64, "high": pl.Float64,
}  # fmt: skip
_REASONS = {
    "account": pl.String, "topic": pl.String, "place": pl.Int64, "endorser": pl.String,
    "part": pl.Float64, "events": pl.Int64, "points": pl.Float64,
}  # fmt: skip


def run_scores(number: int, *, job: str = "j") -> RunScores:
    """Run ``2020-01-01-<number>``: its raw values are the number plus the rank / 1000.

    Odd runs rank x:1 before x:2, even ones the other way round; credit is missing in topic t/b,
    x:3 is unrated in t/a, x:4 is unrated in t/b and has nothing else. Figures of cascades are all
    there in t/a, some in t/overall and none in t/b; x:3 and x:1 are the seeds of t/a, x:2 that of
    t/b, whose search said little. Intervals are there in t/a alone, sub-scores in t/overall too.
    x:2, x:3 and itself are reasons for x:1 in t/a, x:1 for x:2 there and, points not known, in t/b.
    """
    first, second = ("x:1", "x:2") if number % 2 else ("x:2", "x:1")
    rows = [
        (account, topic, rank, 100.0 - 10 * rank - number / 8, 1 - rank / 4, 5 - rank,
         number + rank / 1000, 0.5 / rank, None if topic == "t/b" else float(rank),
         *_intervals(topic, rank), *_figures(topic, number + rank))
        for topic in ("t/a", "t/b", "t/overall")
        for rank, account in enumerate((first, second), start=1)
    ]  # fmt: skip
    return RunScores(
        job=job,
        run=f"2020-01-01-{number:012d}",
        properties={
            "job": job, "method_version": "1", "anchors_version": "1", "params_json": "{}",
            "as_of": 1_577_836_800 + number, "data_from": None, "data_to": 1_400_000_060,
        },
        scores=pl.DataFrame(rows, schema=_SCORES, orient="row"),
        unrated=pl.DataFrame(
            [("x:3", "t/a", 2), ("x:4", "t/b", 1)], schema=_UNRATED, orient="row"
        ),
        seeds=pl.DataFrame(
            [("t/a", 1, "x:3", number + 0.5, 2, 0.9, "certified", 4.0, 3.5, 4.5),
             ("t/a", 2, "x:1", 1.25, 2, 0.9, "certified", 4.0, 3.5, 4.5),
             ("t/b", 1, "x:2", None, 5, None, "spent", None, None, None)],
            schema=_SEEDS, orient="row",
        ),
        reasons=pl.DataFrame(
            [("x:1", "t/a", 1, "x:2", 0.5, 1, number + 0.25), ("x:1", "t/a", 2, "x:3", 0.25, 1, 0.5),
             ("x:1", "t/a", 3, "x:1", 0.125, 2, 0.0), ("x:2", "t/a", 1, "x:1", 1.0, 3, 1.5),
             ("x:2", "t/b", 1, "x:1", 0.75, 2, None)],
            schema=_REASONS, orient="row",
        ),
    )  # fmt: skip


def _intervals(topic: str, rank: int) -> tuple[float | None, ...]:
    if topic == "t/b":
        return (None,) * 9
    known = (60.0 / rank, 90.5 / rank, rank, rank + 1, 1) if topic == "t/a" else (None,) * 5
    return (*known, 7 - rank, 2.5 / rank, 0.25 * rank, 3.0 / rank)


def _figures(topic: str, number: int) -> tuple[float | None, ...]:
    if topic == "t/b":
        return (None,) * 6
    reach = (number * 1.5, number * 1.25, number * 1.75) if topic == "t/a" else (None,) * 3
    return (number, number / 2, 10 * number, *reach)


def before_figures(run: RunScores) -> RunScores:
    """The run as it was made before there were figures of cascades, and seeds."""
    return replace(before_intervals(run), scores=run.scores.drop(INTERVALS, FIGURES), seeds=None)


def before_intervals(run: RunScores) -> RunScores:
    """The run as it was made before scores had intervals, and people reasons."""
    return replace(run, scores=run.scores.drop(INTERVALS), reasons=None)
