"""How runs go out to Neo4j and away again: read back, copied onto nodes, kept for a while, flipped."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from support.neo4j_cases import (
    Log,
    StoppedError,
    everything,
    large_graph,
    large_run,
    link_to,
    publish,
    sent,
    small_chunks,
    stop_at,
    store_of,
)
from support.publications import publish_runs, reading, small_run
from support.store_cases import run_scores

from graphengine.bolt.link import Link
from graphengine.errors import ConfigurationError, GraphengineError, InputError
from graphengine.stores.neo4j import Neo4jStore, Pinned, Terms, readback
from graphengine.stores.neo4j import publish as publication
from graphengine.stores.neo4j.prefix import with_prefix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.neo4j_server import Neo4jServer

    from graphengine.stores.ports import RunScores


@pytest.fixture
def store(empty_neo4j: Neo4jServer) -> Iterator[Neo4jStore]:
    with closing(store_of(empty_neo4j)) as opened:
        yield opened


def with_terms(server: Neo4jServer, **terms: Any) -> Neo4jStore:
    return Neo4jStore(with_prefix(link_to(server), terms.get("prefix", "")), Terms(**terms))


def name(number: int) -> str:
    return run_scores(number).run


# read back


def verified(store: Neo4jStore, run: RunScores) -> str:
    return store.publish(run, large_graph(), previous=None, keep=2, verify=True).run


@pytest.mark.parametrize("rows", [7, 60, 20_000])
def test_what_was_written_is_found_again_bit_by_bit(
    store: Neo4jStore, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(readback, "PAGE_ROWS", rows)
    assert verified(store, large_run(1)) == name(1)
    assert verified(store, large_run(1)) == name(1)


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


# the copy on nodes


def pinned_of(server: Neo4jServer, label: str = "Account", key: str = "key") -> dict[Any, Any]:
    rows = sent(
        server,
        f"MATCH (n:{label}) WHERE n.influence_run IS NOT NULL RETURN n.{key}, properties(n)",
    )
    return {who: {p: v for p, v in has.items() if p.startswith("influence_")} for who, has in rows}


def wanted_of(run: RunScores, *topics: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for account, topic, score in run.scores.select("account", "topic", "score").iter_rows():
        slug = topic.removeprefix("t/")
        if not topics or slug in topics:
            found.setdefault(account, {"influence_run": run.run})[f"influence_{slug}"] = score
    return found


def test_scores_are_copied_onto_our_accounts_and_nothing_else_changes(
    empty_neo4j: Neo4jServer,
) -> None:
    with closing(store_of(empty_neo4j)) as plain:
        publish(plain, 1)
        before = everything(empty_neo4j)
    with closing(with_terms(empty_neo4j, pinned=Pinned())) as store:
        publish(store, 1)
        assert pinned_of(empty_neo4j) == wanted_of(run_scores(1))
        sent(empty_neo4j, "MATCH (n:Account) REMOVE n.influence_run, n.influence_a, "
             "n.influence_b, n.influence_overall")  # fmt: skip
        assert everything(empty_neo4j) == before
        publish(store, 1)  # the copy was complete: whoever took it away meant it
        assert everything(empty_neo4j) == before
        publish(store, 2)
        assert pinned_of(empty_neo4j) == wanted_of(run_scores(2))
        store.rollback("j")
        assert pinned_of(empty_neo4j) == wanted_of(run_scores(1))


def test_a_prefix_goes_before_our_own_label_only(bare_neo4j: Neo4jServer) -> None:
    sent(bare_neo4j, "CREATE INDEX FOR (n:Account) ON (n.id)")
    sent(bare_neo4j, "CALL db.awaitIndexes(60)")
    sent(bare_neo4j, "UNWIND ['1', '2', '3'] AS id CREATE (:Account {id: id})")
    with closing(with_terms(bare_neo4j, prefix="GE_", pinned=Pinned())) as store:
        store.publish(run_scores(1), Log(), previous=None, keep=2, verify=True)
        assert pinned_of(bare_neo4j, "GE_Account") == wanted_of(run_scores(1))
        assert pinned_of(bare_neo4j) == {}
    theirs = Pinned(label="Account", key="id", network="x")
    with closing(with_terms(bare_neo4j, prefix="GE_", pinned=theirs)) as store:
        publish(store, 2)
        store.rollback("j")
        assert pinned_of(bare_neo4j, "GE_Account") == {}
        found = {f"x:{n}": has for n, has in pinned_of(bare_neo4j, key="id").items()}
        assert found == wanted_of(run_scores(1))


def test_a_repeated_copy_sends_nothing(
    empty_neo4j: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(with_terms(empty_neo4j, pinned=Pinned())) as store:
        publish(store, 1)
        trips = counted(monkeypatch)
        publish(store, 1)
    assert trips.count("write") == 1  # the claim


def test_who_lost_the_score_loses_the_property(empty_neo4j: Neo4jServer) -> None:
    with closing(with_terms(empty_neo4j, pinned=Pinned())) as store:
        publish(store, 1)
        run = run_scores(2)
        fewer = run.scores.filter(
            (pl.col("account") != "x:1") & (pl.col("topic") != "t/b")
        ).with_columns(rank=pl.lit(1, pl.Int64))
        run = replace(run, scores=fewer)
        store.publish(run, Log(), previous=None, keep=2)
        assert pinned_of(empty_neo4j) == wanted_of(run)
        assert set(pinned_of(empty_neo4j)) == {"x:2"}
        publish(store, 3)
        assert pinned_of(empty_neo4j) == wanted_of(run_scores(3))


def test_other_topics_and_another_label_take_the_old_copy_away(empty_neo4j: Neo4jServer) -> None:
    _their_people(empty_neo4j, {"x:1": "x:1", "x:2": "x:2"})
    for pinned, ours, theirs in (
        (Pinned(), wanted_of(run_scores(1)), {}),
        (Pinned(topics=("a",)), wanted_of(run_scores(1), "a"), {}),
        (Pinned(label="Twitter `user`", key="the id"), {}, wanted_of(run_scores(1))),
        (Pinned(topics=("overall", "b")), wanted_of(run_scores(1), "overall", "b"), {}),
    ):
        with closing(with_terms(empty_neo4j, pinned=pinned)) as store:
            publish(store, 1)
        assert pinned_of(empty_neo4j) == ours
        assert pinned_of(empty_neo4j, "`Twitter ``user```", "`the id`") == theirs


def _their_people(server: Neo4jServer, ids: dict[Any, Any]) -> None:
    """Nodes of somebody else under a label and a key that need quoting."""
    sent(server, "CREATE INDEX graphengine_test_their_key IF NOT EXISTS "
         "FOR (n:`Twitter ``user```) ON (n.`the id`)")  # fmt: skip
    sent(server, "CALL db.awaitIndexes(60)")
    for given in ids.values():
        sent(
            server,
            "CREATE (n:`Twitter ``user```:Person {`the id`: $id, name: 'Zoë', since: date(), "
            "tags: ['a', 'b'], at: point({x: 1.0, y: 2.0})})-[:KNOWS {since: 1}]->(:Other)",
            id=given,
        )


@pytest.mark.parametrize("as_number", [True, False])
def test_their_nodes_by_native_id_keep_all_that_is_theirs(
    empty_neo4j: Neo4jServer, as_number: bool
) -> None:
    _their_people(empty_neo4j, {n: n if as_number else str(n) for n in (1, 2, 3, 77)})
    theirs = "MATCH (n) WHERE n:Person OR n:Other RETURN labels(n), properties(n), "
    theirs += "COUNT { (n)-->() } ORDER BY elementId(n)"
    before = sent(empty_neo4j, theirs)
    pinned = Pinned(label="Twitter `user`", key="the id", network="x")
    with closing(with_terms(empty_neo4j, pinned=pinned)) as store:
        publish(store, 1)
        found = pinned_of(empty_neo4j, "`Twitter ``user```", "`the id`")
        assert {f"x:{n}": has for n, has in found.items()} == wanted_of(run_scores(1))
        after = sent(empty_neo4j, theirs)
        publish(store, 2)
        store.rollback("j")
    assert sent(empty_neo4j, theirs) == after
    for (labels, has, links), (labels_after, has_after, links_after) in zip(
        before, after, strict=True
    ):
        kept = {p: v for p, v in has_after.items() if not p.startswith("influence_")}
        assert (labels, has, links) == (labels_after, kept, links_after)


@pytest.mark.parametrize("chunk", range(3))
def test_a_copy_that_was_cut_off_is_finished_and_a_mixture_shows(
    empty_neo4j: Neo4jServer, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    small_chunks(monkeypatch, 25)
    run = large_run(2)
    scores = run.scores.filter(pl.col("rank") <= 58)
    with closing(with_terms(empty_neo4j, pinned=Pinned())) as store:
        store.publish(large_run(1), large_graph(), previous=None, keep=2)
        with monkeypatch.context() as patch:
            stop_at(patch, len(list(publication.score_chunks(replace(run, scores=scores)))) + chunk)
            with pytest.raises(StoppedError):
                store.publish(replace(run, scores=scores), large_graph(), previous=None, keep=2)
        served = store.published("j")
        assert served is not None
        assert served.run == run.run  # the flip came first
        mixture = pinned_of(empty_neo4j)
        wanted = {**wanted_of(large_run(1)), **wanted_of(replace(run, scores=scores))}
        assert all(
            has in (wanted_of(large_run(1))[who], wanted[who]) for who, has in mixture.items()
        )
        assert {has["influence_run"] for has in mixture.values()} >= {large_run(1).run}
        store.publish(replace(run, scores=scores), large_graph(), previous=None, keep=2)
    assert pinned_of(empty_neo4j) == wanted_of(replace(run, scores=scores))


def test_a_copy_that_cannot_work_is_refused_before_anything_is_written(
    empty_neo4j: Neo4jServer,
) -> None:
    _their_people(empty_neo4j, {1: "someone"})
    with closing(with_terms(empty_neo4j, pinned=Pinned())) as other:
        publish(other, 9, job="k")
    before = everything(empty_neo4j)
    run = run_scores(1)
    odd = run.scores.with_columns(topic=pl.col("topic").replace({"t/b": "t/run"}))
    for pinned, scores, said in (
        (Pinned(label="Person", key="id"), run, r"CREATE INDEX FOR \(n:`Person`\) ON \(n.`id`\)"),
        (Pinned(label="Twitter `user`", key="the id"), run, "None of the first 2 accounts"),
        (Pinned(label="a\\u0060b", key="id"), run, "no name"),
        (Pinned(label="Person", key=""), run, "no name"),
        (Pinned(topics=("overal",)), run, 'Did you mean "overall"'),
        (Pinned(), replace(run, scores=odd), "the run itself would share"),
        (Pinned(), run, 'The job "k" copies'),
    ):
        with (
            closing(with_terms(empty_neo4j, pinned=pinned)) as store,
            pytest.raises(ConfigurationError, match=said),
        ):
            store.publish(scores, Log(), previous=None, keep=2)
        assert everything(empty_neo4j) == before
        with closing(store_of(empty_neo4j)) as store:
            assert store.published("j") is None


# how long runs stay


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def _runs(server: Neo4jServer) -> list[int]:
    rows = sent(server, "MATCH ()-[s:SCORED]->() RETURN DISTINCT s.run AS run ORDER BY run")
    return [int(run[-12:]) for (run,) in rows]


def test_old_runs_go_when_the_grace_is_over(empty_neo4j: Neo4jServer) -> None:
    clock = Clock()
    with closing(with_terms(empty_neo4j, clock=clock, grace_s=100.0)) as store:
        for number in (1, 2, 3, 4):
            clock.now += 40
            publish(store, number)
        assert _runs(empty_neo4j) == [1, 2, 3, 4]  # 1 ended 80 seconds ago, 2 ended 40 ago
        clock.now += 19
        publish(store, 4)
        assert _runs(empty_neo4j) == [1, 2, 3, 4]
        clock.now += 1
        publish(store, 4)
        assert _runs(empty_neo4j) == [2, 3, 4]
        clock.now += 1000
        publish(store, 4)
        assert _runs(empty_neo4j) == [3, 4]  # two are kept, however old
        store.rollback("j")
        publish(store, 3)
        assert _runs(empty_neo4j) == [3, 4]  # 4 ended now
        clock.now -= 10_000  # a clock that was wrong
        publish(store, 5)
        assert _runs(empty_neo4j) == [3, 4, 5]
        clock.now += 101
        publish(store, 5)
        assert _runs(empty_neo4j) == [3, 5]
        publish(store, 4)  # an old run again: its end is forgotten
        clock.now += 1000
        publish(store, 4)
        assert _runs(empty_neo4j) == [4, 5]


def test_without_a_grace_old_runs_go_at_once(store: Neo4jStore, empty_neo4j: Neo4jServer) -> None:
    for number in (1, 2, 3):
        publish(store, number)
    assert _runs(empty_neo4j) == [2, 3]


# the flip


def test_a_rollback_is_few_round_trips(
    store: Neo4jStore, empty_neo4j: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(store, 1)
    publish(store, 2)
    trips = counted(monkeypatch)
    assert store.rollback("j").run == name(1)
    assert trips == ["read", "write", "write"]  # is there anything; the claim; the flip


def test_a_small_publication_is_few_round_trips(
    store: Neo4jStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        publish(store, number)
    trips = counted(monkeypatch)
    publish(store, 3)
    # claim, run, four tables, complete, flip; of the old run: its state, four tables, its node
    assert trips.count("write") == 14
    assert trips.count("read") <= 9


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What goes to the server from now on, as it goes: "read" or "write"."""
    trips: list[str] = []
    write, rows = Link.write, Link.rows

    def counting_write(self: Link, work: Any) -> Any:
        trips.append("write")
        return write(self, work)

    def counting_rows(self: Link, text: str, **parameters: Any) -> Any:
        trips.append("read")
        return rows(self, text, **parameters)

    monkeypatch.setattr(Link, "write", counting_write)
    monkeypatch.setattr(Link, "rows", counting_rows)
    return trips


def test_who_reads_both_of_the_pointer_s_properties_never_gets_a_run_that_is_gone(
    empty_neo4j: Neo4jServer,
) -> None:
    """run and previous are two properties: they may name one run twice, but only runs that are there."""
    clock, stop = Clock(), threading.Event()
    wrong: list[Any] = []
    both = (
        "MATCH (p:Pointer {key: 'j'}) UNWIND [p.run, p.previous] AS run WITH run WHERE run <> '' "
        "OPTIONAL MATCH ()-[s:SCORED]->() WHERE s.run = run AND s.topic = 't/a' AND s.rank <= 2 "
        "RETURN run, count(s) AS n"
    )

    def read() -> None:
        with empty_neo4j.driver() as driver, driver.session() as session:
            while not stop.is_set():
                wrong.extend(row for row in session.run(both).values() if row[1] != 2)

    with closing(with_terms(empty_neo4j, clock=clock, grace_s=1e9)) as store:
        publish(store, 1)
        reader = threading.Thread(target=read)
        reader.start()
        try:
            for number in range(2, 12):
                publish(store, number)
        finally:
            stop.set()
            reader.join()
    assert wrong == []


def test_only_people_with_evidence_are_written_and_top_lists_are_index_seeks(
    store: Neo4jStore, empty_neo4j: Neo4jServer
) -> None:
    publish(store, 1)
    count = "MATCH (a:Account)-[s:SCORED|UNRATED]->(t) RETURN type(s), a.key, t.key, s.rank"
    wanted = [
        ["SCORED", *row] for row in run_scores(1).scores.select("account", "topic", "rank").rows()
    ]
    wanted += [
        ["UNRATED", *row, None] for row in run_scores(1).unrated.select("account", "topic").rows()
    ]
    assert sorted(map(str, sent(empty_neo4j, count))) == sorted(map(str, wanted))
    ranked = "MATCH ()-[s:SCORED]->() WHERE s.rank IS NULL OR s.pct IS NULL RETURN count(s)"
    assert sent(empty_neo4j, ranked) == [[0]]


# readers beside a writer


def test_readers_of_thirty_publications_see_no_mixture_and_no_gap(
    empty_neo4j: Neo4jServer,
) -> None:
    with closing(store_of(empty_neo4j)) as store:
        store.publish(small_run(1), large_graph(), previous=None, keep=2)
    with reading(empty_neo4j, readers=2) as readers:
        seconds = publish_runs(empty_neo4j, readers, first=2, count=30, grace_s=5.0)
    total = readers.total()
    print(f"{total}, {seconds:.3f} s a publication")
    assert total.answers > 100
    assert total.runs > 5
    assert (total.mixed, total.empty) == (0, 0)
