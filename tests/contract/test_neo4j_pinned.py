"""The published scores as properties of nodes, ours or other people's."""

from __future__ import annotations

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
    publish,
    sent,
    small_chunks,
    stop_at,
    store_of,
)
from support.neo4j_terms import counted, with_terms
from support.store_cases import run_scores

from graphengine.errors import ConfigurationError
from graphengine.stores.neo4j import Pinned
from graphengine.stores.neo4j import publish as publication

if TYPE_CHECKING:
    from support.neo4j_server import Neo4jServer

    from graphengine.stores.ports import RunScores


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
