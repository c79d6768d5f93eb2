"""What only the Neo4j store does: chunks and their ledger, shared databases, errors of a server."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from neo4j.exceptions import IncompleteCommit
from support.neo4j_cases import Log, everything, large_graph, large_run, small_chunks, store_of
from support.neo4j_server import wipe
from support.store_cases import BATCHES, Parts, run_scores

from graphengine.errors import (
    BusyError,
    ConfigurationError,
    InputError,
    NotPermittedError,
)
from graphengine.model import RELATIONSHIPS
from graphengine.stores.neo4j.chunks import Chunk
from graphengine.stores.neo4j.faults import Address
from graphengine.stores.neo4j.ledger import Ledger
from graphengine.stores.neo4j.link import Link, open_link
from graphengine.stores.neo4j.load import chunks_of
from graphengine.stores.neo4j.schema import SCHEMA_VERSION, prepare, rules
from graphengine.stores.neo4j.statements import statement
from graphengine.stores.neo4j.store import TOP_BY_INDEX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neo4j import Session
    from support.neo4j_server import Neo4jServer

    from graphengine.stores.neo4j import Neo4jStore
    from graphengine.stores.ports import GraphSource

SCANS = ("AllNodesScan", "NodeByLabelScan", "TypeScan", "AllRelationshipsScan")


class StoppedError(Exception):
    """Somebody pulled the plug."""


@pytest.fixture
def store(empty_neo4j: Neo4jServer) -> Iterator[Neo4jStore]:
    opened = store_of(empty_neo4j)
    yield opened
    opened.close()


def publish(store: Neo4jStore, number: int, graph: GraphSource | None = None, **run: Any) -> str:
    scores = run_scores(number, **run)
    return store.publish(scores, graph or Log(), previous=None, keep=2).run


def sent(server: Neo4jServer, text: str, **parameters: Any) -> list[list[Any]]:
    with server.driver() as driver, driver.session(database=server.database) as session:
        return session.run(text, parameters).values()


# the door


def test_a_wrong_password_is_told_without_the_password(neo4j_server: Neo4jServer) -> None:
    with pytest.raises(NotPermittedError, match="password_env") as said:
        store_of(replace(neo4j_server, password="correct-horse"))
    assert "correct-horse" not in str(said.value)
    store_of(neo4j_server).close()


def test_too_many_wrong_passwords_ask_for_patience(neo4j_server: Neo4jServer) -> None:
    system = replace(neo4j_server, database="system")
    sent(system, "CREATE USER stranger IF NOT EXISTS SET PASSWORD 'right-one' CHANGE NOT REQUIRED")
    stranger = replace(neo4j_server, user="stranger", password="correct-horse")
    try:
        for _ in range(3):
            with pytest.raises(NotPermittedError, match="wrong"):
                store_of(stranger)
        with pytest.raises(NotPermittedError, match="wait") as said:
            store_of(replace(stranger, password="right-one"))
    finally:
        sent(system, "DROP USER stranger IF EXISTS")
    assert "right-one" not in str(said.value)


def test_an_unknown_database_is_a_mistake_in_the_job_file(neo4j_server: Neo4jServer) -> None:
    with pytest.raises(ConfigurationError, match=r'"elsewhere".*neo4j\.database'):
        store_of(replace(neo4j_server, database="elsewhere"))


def test_a_newer_version_is_left_alone(store: Neo4jStore, empty_neo4j: Neo4jServer) -> None:
    publish(store, 1)
    newer = {"version": SCHEMA_VERSION + 1}
    sent(empty_neo4j, "MATCH (s:GraphengineSchema) SET s.version = $version", **newer)
    before = everything(empty_neo4j)
    with pytest.raises(ConfigurationError, match="newer"):
        publish(store, 2)
    with pytest.raises(ConfigurationError, match="newer"):
        store_of(empty_neo4j)
    assert everything(empty_neo4j) == before


def test_nothing_is_said_on_stderr(store: Neo4jStore, capfd: pytest.CaptureFixture[str]) -> None:
    asked = "MATCH (a:Nowhere)-[r:NOTHING]->() RETURN a.nope AS n"
    assert store.query(asked, {}, timeout_s=10, row_limit=10).rows == ()
    assert capfd.readouterr() == ("", "")


# the schema


def test_every_rule_is_there_after_a_publication(
    store: Neo4jStore, empty_neo4j: Neo4jServer
) -> None:
    publish(store, 1)
    shown = sent(empty_neo4j, "SHOW INDEXES YIELD name, state WHERE state = 'ONLINE' RETURN name")
    assert {name for (name,) in shown} >= {rule.name for rule in rules()}


@pytest.mark.parametrize(
    "foreign",
    [
        "CREATE CONSTRAINT graphengine_account_key FOR (x:Customer) REQUIRE x.key IS UNIQUE",
        "CREATE INDEX FOR (x:Account) ON (x.key)",
        "UNWIND [1, 2] AS i CREATE (:Account {key: 'twice'})",
    ],
    ids=["the name is taken", "an index is in the way", "data are in the way"],
)
def test_what_stands_in_the_schema_s_way_is_named(
    store: Neo4jStore, empty_neo4j: Neo4jServer, foreign: str
) -> None:
    sent(empty_neo4j, foreign)
    with pytest.raises(ConfigurationError, match="graphengine needs"):
        publish(store, 1)


def test_no_statement_that_writes_scans(empty_neo4j: Neo4jServer) -> None:
    link = _link(empty_neo4j)
    prepare(link)
    link.close()
    values = {"prefix": "t/", "run": "r", "rows": 10, "job": "j", "owner": "o", "done": 0,
              "changes": {}, "properties": {}, "accounts": ["x"], "topics": ["t"],
              "state": "s", "previous": "", "version": 1, "method_version": "1",
              "anchors_version": "1"}  # fmt: skip
    with empty_neo4j.driver() as driver, driver.session() as session:
        for name, kind in _statements():
            text = statement(name, kind)
            lists = {column: ["x"] for column in _parameters(text) - values.keys()}
            assert not _scans(session, text, values | lists), (name, kind)
        for text in ("MATCH (a:Account) RETURN a", "MATCH ()-[s:SCORED]->() RETURN s"):
            assert _scans(session, text, {})


def _scans(session: Session, text: str, parameters: dict[str, Any]) -> list[str]:
    plan = session.run("EXPLAIN " + text, parameters).consume().plan
    return [name for name in _operators(plan) if any(scan in name for scan in SCANS)]


def _statements() -> Iterator[tuple[str, str]]:
    for room in ("load", "publish"):
        for file in sorted(files("graphengine").joinpath("cypher", room).iterdir(), key=str):
            name = f"{room}/{file.name.removesuffix('.cypher')}"
            if name == "publish/old-runs":  # there are as many Run nodes as runs
                continue
            typed = ":TYPE" in file.read_text(encoding="utf-8")
            ends = "Post" if "post" in name else "Account"
            kinds = [r.type for r in RELATIONSHIPS if r.start == ends] if typed else [""]
            if name in ("load/outdated", "load/standing", "load/interactions"):
                kinds = [r.type for r in RELATIONSHIPS if r.unique]
            yield from ((name, kind) for kind in kinds)


def _parameters(text: str) -> set[str]:
    return set(re.findall(r"\$(\w+)", text))


def _operators(plan: dict[str, Any]) -> list[str]:
    inner = [name for child in plan.get("children", ()) for name in _operators(child)]
    return [plan["operatorType"], *inner]


# loads that were cut off


def _link(server: Neo4jServer) -> Link:
    return open_link(Address(server.uri, server.user, server.database), server.password)


def _stop_at(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    """Raise StoppedError in the transaction of chunk number ``chunk``."""
    write, seen = Chunk.write, iter(range(1_000_000))

    def stopping(self: Chunk, tx: Any, *, over: bool = False) -> None:
        write(self, tx, over=over)
        if next(seen) == chunk:
            raise StoppedError

    monkeypatch.setattr(Chunk, "write", stopping)


@pytest.mark.parametrize("chunk", [0, 9, 12, 18])
def test_a_load_goes_on_where_it_was_though_the_log_has_grown(
    store: Neo4jStore, empty_neo4j: Neo4jServer, chunk: int
) -> None:
    """Cut off over two batches, then repeated over three: as if the three had come at once."""
    with pytest.MonkeyPatch.context() as patch:
        small_chunks(patch, 2)
        _stop_at(patch, chunk)
        with pytest.raises(StoppedError):
            publish(store, 1, Log(BATCHES[:2]))
    assert store.published("j") is None
    publish(store, 1)
    found = everything(empty_neo4j)
    wipe(empty_neo4j)
    publish(store, 1, Parts())
    assert found == everything(empty_neo4j)


def test_a_repeated_load_writes_only_the_rest(
    store: Neo4jStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_chunks(monkeypatch, 2)
    with pytest.MonkeyPatch.context() as patch:
        _stop_at(patch, 10)
        with pytest.raises(StoppedError):
            publish(store, 1)
    written: list[int] = []
    write = Chunk.write

    def counting(self: Chunk, tx: Any, *, over: bool = False) -> None:
        written.append(self.frame.height)
        write(self, tx, over=over)

    monkeypatch.setattr(Chunk, "write", counting)
    publish(store, 1)
    rest = len(written)
    written.clear()
    publish(store, 1)
    assert written == []
    publish(store, 2)
    scores = len(written)
    assert scores == 4
    all_chunks = sum(1 for _ in _all_chunks())
    assert rest == all_chunks - 10 + scores


def _all_chunks() -> Iterator[Chunk]:
    for part in Log().since(0):
        yield from chunks_of(part, scheme="t")


def test_scores_that_were_cut_off_are_completed_or_written_afresh(
    store: Neo4jStore, empty_neo4j: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_chunks(monkeypatch, 2)
    for number in (1, 3):
        publish(store, number)
    _cut_off_scores(store, 2)
    publish(store, 2)
    assert _scores_of(empty_neo4j, 2) == [[6, 2]]
    _cut_off_scores(store, 4)
    assert _scores_of(empty_neo4j, 4) == [[4, 2]]
    publish(store, 3)  # in between another run goes out, and takes the rest away
    assert _scores_of(empty_neo4j, 4) == [[0, 0]]
    publish(store, 4)
    assert _scores_of(empty_neo4j, 4) == [[6, 2]]
    assert sent(empty_neo4j, "MATCH ()-[s:SCORED]->() RETURN count(s)") == [[12]]


def _cut_off_scores(store: Neo4jStore, number: int) -> None:
    served = store.published("j")
    with pytest.MonkeyPatch.context() as patch:
        _stop_at(patch, 2)
        with pytest.raises(StoppedError):
            publish(store, number)
    assert store.published("j") == served


def _scores_of(server: Neo4jServer, number: int) -> list[list[Any]]:
    rows = "MATCH ()-[s:SCORED]->() WHERE s.run = $run RETURN count(s), count(DISTINCT s.raw)"
    return sent(server, rows, run=run_scores(number).run)


@pytest.mark.parametrize("came_through", [True, False])
def test_a_commit_of_unknown_end_is_looked_up_before_anything_is_sent_again(
    store: Neo4jStore, empty_neo4j: Neo4jServer, monkeypatch: pytest.MonkeyPatch,
    came_through: bool,
) -> None:  # fmt: skip
    small_chunks(monkeypatch, 2)
    publish(store, 1, Parts())
    wanted = everything(empty_neo4j)
    wipe(empty_neo4j)
    write, told = Link._write, set()

    def lost(self: Link, work: Any) -> Any:
        """Every transaction's first attempt ends with a lost connection."""
        first = id(work) not in told
        told.add(id(work))
        keep.append(work)
        if not first:
            return write(self, work)
        if came_through:
            write(self, work)
        raise IncompleteCommit("the connection was lost")

    keep: list[Any] = []  # so that no two attempts share an id
    monkeypatch.setattr(Link, "_write", lost)
    publish(store, 1, Parts())
    assert len(keep) > 40
    assert everything(empty_neo4j) == wanted


def test_the_one_that_claims_last_goes_on(store: Neo4jStore, empty_neo4j: Neo4jServer) -> None:
    publish(store, 1)
    link = _link(empty_neo4j)
    first, second = Ledger(link, "j"), Ledger(link, "j")
    wrote: list[str] = []
    with pytest.raises(BusyError, match=r'"j".*Try again later'):
        first.step(0, lambda tx: wrote.append("first"))
    with pytest.raises(BusyError):
        first.record(published="")
    second.step(0, lambda tx: wrote.append("second"))
    second.step(0, lambda tx: wrote.append("again"))
    link.close()
    assert wrote == ["second"]
    assert store.published("j").run == run_scores(1).run  # type: ignore[union-attr]


# runs and their rows


def test_a_run_that_does_not_go_with_the_graph_is_refused(
    store: Neo4jStore, empty_neo4j: Neo4jServer
) -> None:
    publish(store, 1)
    before = everything(empty_neo4j)
    odd = run_scores(2)
    stranger = pl.when(pl.col("rank") == 2).then(pl.lit("x:99")).otherwise("account")
    odd = replace(odd, scores=odd.scores.with_columns(account=stranger))
    with pytest.raises(InputError, match="x:99"):
        store.publish(odd, Log(), previous=None, keep=2)
    assert everything(empty_neo4j) == before


def test_rows_that_somebody_removed_are_written_again(
    store: Neo4jStore, empty_neo4j: Neo4jServer
) -> None:
    publish(store, 1)
    before = everything(empty_neo4j)
    sent(empty_neo4j, "MATCH ()-[s:SCORED {topic: 't/a'}]->() DELETE s")
    publish(store, 1)
    assert everything(empty_neo4j) == before


def test_accounts_that_somebody_removed_are_missed(
    store: Neo4jStore, empty_neo4j: Neo4jServer
) -> None:
    publish(store, 1, Log(BATCHES[:2]))
    sent(empty_neo4j, "MATCH (a:Account {key: 'x:4'}) DETACH DELETE a")
    with pytest.raises(InputError, match=r"1 of 1 rows.*GraphengineLoad"):
        publish(store, 2)
    sent(empty_neo4j, "MATCH (l:GraphengineLoad {key: 'j'}) DELETE l")
    assert publish(store, 2) == run_scores(2).run
    assert store.published("j").previous == run_scores(1).run  # type: ignore[union-attr]


def test_two_jobs_share_people_and_keep_their_own_topics(
    store: Neo4jStore, empty_neo4j: Neo4jServer
) -> None:
    ours = Log(BATCHES[:1])
    publish(store, 1, ours, job="j")
    theirs = Log((_other_scheme(),))
    scores = run_scores(5, job="k")
    other = scores.scores.with_columns(topic=pl.lit("u/a")).unique("account", maintain_order=True)
    run = replace(scores, scores=other, unrated=scores.unrated.clear())
    store.publish(run, theirs, previous=None, keep=2)
    publish(store, 2, Log(), job="j")
    publish(store, 3, Log(), job="j")
    left = "MATCH ()-[r:RETWEETED|MENTIONED]->() WHERE r.topic STARTS WITH 'u/' RETURN count(r)"
    assert sent(empty_neo4j, left) == [[4]]
    assert store.published("k").run == run.run  # type: ignore[union-attr]
    assert {row[7] for row in store.card("k", "x:1").rows} == {5.001}
    assert sent(empty_neo4j, "MATCH (a:Account {key: 'x:1'}) RETURN a.name") == [["Anna"]]


def _other_scheme() -> Any:
    """The first batch as a job with the scheme u sees it; it does not know anybody's name."""
    part = BATCHES[0]
    topic = pl.col("topic").str.replace("t/", "u/", literal=True)
    return replace(
        part,
        accounts=part.accounts.with_columns(
            handle=pl.lit(None, pl.String), handle_lc=pl.lit(None, pl.String),
            name=pl.lit(None, pl.String), followers=pl.lit(None, pl.Int64),
        ),
        topics=part.topics.with_columns(
            key=pl.col("key").str.replace("t/", "u/", literal=True), scheme=pl.lit("u")
        ),
        interactions=part.interactions.with_columns(topic=topic),
        about=part.about.with_columns(topic=topic),
    )  # fmt: skip


def test_the_look_up_of_the_top_goes_by_the_index(
    store: Neo4jStore, empty_neo4j: Neo4jServer
) -> None:
    store.publish(large_run(1), large_graph(), previous=None, keep=2)
    with empty_neo4j.driver() as driver, driver.session() as session:
        plan = session.run("EXPLAIN " + TOP_BY_INDEX, job="j", topic="t/a", n=5).consume().plan
    assert any("DirectedRelationshipIndexSeek" in name for name in _operators(plan))
