"""One suite that every store passes: see STORES in tests/support/store_cases.py."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from support.store_cases import (
    BATCHES,
    FIGURES,
    FINAL_EVENTS,
    INTERVALS,
    CypherStore,
    Parts,
    Store,
    before_figures,
    before_intervals,
    rows_like,
    run_scores,
)

from graphengine.errors import (
    BusyError,
    GraphengineError,
    InputError,
    NothingToDoError,
    NotPermittedError,
    UsageError,
)
from graphengine.stores.embedded.content import Content, tables
from graphengine.stores.lookups import CARD_COLUMNS, TOP_COLUMNS
from graphengine.stores.memory import MemoryStore, _compare
from graphengine.stores.merge import merged
from graphengine.stores.ports import Published

TOPICS = ("t/a", "t/b", "t/overall")


def name(number: int) -> str:
    return run_scores(number).run


def publish(store: Store, *numbers: int, job: str = "j", batches: int = 3) -> Published:
    """Publish runs one after another, each given the scores of the one before."""
    given = None
    for number in numbers:
        run = run_scores(number, job=job)
        after = store.publish(run, Parts(BATCHES[:batches]), previous=given, keep=2)
        given = run
    return after


def top_frame(store: Store, topic: str, n: int = 10, *, job: str = "j") -> pl.DataFrame:
    answer = store.top(job, topic, n)
    assert answer.columns == TOP_COLUMNS
    return pl.DataFrame(answer.rows, schema=list(answer.columns), orient="row")


def numbers_in_top(store: Store) -> list[float]:
    """Which run each row of the overall top comes from: run_scores hides the number in scores."""
    rows = store.top("j", "t/overall", 10).rows
    return [(100 - 10 * row[0] - row[4]) * 8 for row in rows]


def test_nothing_was_ever_published(store: Store) -> None:
    assert store.published("j") is None
    with pytest.raises(NothingToDoError):
        store.rollback("j")


def test_the_first_run_is_served_as_it_was_computed(store: Store) -> None:
    assert publish(store, 1) == Published(run=name(1), previous="")
    assert store.published("j") == Published(run=name(1), previous="")
    shown = ["account", "rank", "score", "pct", "endorsers"]
    for topic in TOPICS:
        wanted = run_scores(1).scores.filter(pl.col("topic") == topic).sort("rank")
        assert top_frame(store, topic).select(shown).rows() == wanted.select(shown).rows()
    names = top_frame(store, "t/a")["handle", "name"].rows()
    assert names == [("Anna", "Anna"), ("Żółć 😀", "Żółć 😀")]
    assert top_frame(store, "t/a", 1)["account"].to_list() == ["x:1"]
    assert store.top("j", "t/nowhere", 5).rows == ()


def test_a_card_has_every_topic_and_says_what_is_unrated(store: Store) -> None:
    publish(store, 1)
    card = store.card("j", "x:2")
    assert card.columns == CARD_COLUMNS
    assert [row[0] for row in card.rows] == list(TOPICS)
    assert card.rows[1] == (
        "t/b",
        "B b",
        "scored",
        79.875,
        2,
        0.5,
        3,
        1.002,
        0.25,
        None,
        *[None] * 9,
        "1",
        *[None] * 6,
    )
    unrated = (("t/a", "A", "unrated", None, None, None, 2, *[None] * 19),)
    assert store.card("j", "x:3").rows == unrated
    assert store.card("j", "x:5").rows == ()


def test_a_card_has_what_cascades_say_and_null_where_it_is_not_known(store: Store) -> None:
    publish(store, 1)
    figures = {row[0]: row[-6:] for row in store.card("j", "x:2").rows}
    assert CARD_COLUMNS[-6:] == FIGURES
    assert figures == {
        "t/a": (3, 1.5, 30, 4.5, 3.75, 5.25),
        "t/b": (None,) * 6,
        "t/overall": (3, 1.5, 30, None, None, None),
    }


def test_cards_and_tops_have_intervals_where_they_are_known(store: Store) -> None:
    publish(store, 1)
    cards = {
        row[0]: dict(zip(CARD_COLUMNS, row, strict=True)) for row in store.card("j", "x:2").rows
    }
    said = {topic: tuple(card[name] for name in INTERVALS) for topic, card in cards.items()}
    assert said == {
        "t/a": (30.0, 45.25, 2, 3, 1, 5, 1.25, 0.5, 1.5),
        "t/b": (None,) * 9,
        "t/overall": (*[None] * 5, 5, 1.25, 0.5, 1.5),
    }
    assert {card["method_version"] for card in cards.values()} == {"1"}
    assert top_frame(store, "t/a")[:, -4:].rows() == [(60.0, 90.5, 1, 2), (30.0, 45.25, 2, 3)]
    assert top_frame(store, "t/overall")[:, -4:].rows() == [(None,) * 4] * 2


def test_runs_from_before_there_were_intervals_are_served_beside_those_with(store: Store) -> None:
    old = before_intervals(run_scores(1))
    store.publish(old, Parts(), previous=None, keep=2, verify=True)
    assert top_frame(store, "t/a")["low"].to_list() == [None, None]
    new = store.publish(run_scores(2), Parts(), previous=old, keep=2, verify=True)
    assert new == Published(run=name(2), previous=name(1))
    assert top_frame(store, "t/a")["low"].to_list() == [60.0, 30.0]
    store.rollback("j")
    assert top_frame(store, "t/a")["low"].to_list() == [None, None]
    store.publish(old, Parts(), previous=None, keep=2, verify=True)
    assert numbers_in_top(store) == [1, 1]


def test_runs_from_before_there_were_figures_are_served_beside_those_with(store: Store) -> None:
    old = before_figures(run_scores(1))
    assert store.publish(old, Parts(), previous=None, keep=2, verify=True).run == name(1)
    assert [row[-6:] for row in store.card("j", "x:1").rows] == [(None,) * 6] * 3
    new = store.publish(run_scores(2), Parts(), previous=old, keep=2, verify=True)
    assert new == Published(run=name(2), previous=name(1))
    assert {row[0]: row[-6] for row in store.card("j", "x:1").rows}["t/a"] == 4
    store.rollback("j")
    assert [row[-6:] for row in store.card("j", "x:1").rows] == [(None,) * 6] * 3
    again = store.publish(old, Parts(), previous=None, keep=2, verify=True)
    assert again.run == name(1)
    assert numbers_in_top(store) == [1, 1]


def test_unrated_people_are_never_in_a_top(store: Store) -> None:
    publish(store, 1)
    listed = {account for topic in TOPICS for account in top_frame(store, topic)["account"]}
    assert listed == {"x:1", "x:2"}


def test_a_card_goes_by_score_downwards(store: Store) -> None:
    run = run_scores(1)
    lifted = pl.when(pl.col("topic") == "t/overall").then(99.5).otherwise("score")
    better = run.scores.with_columns(score=lifted)
    store.publish(replace(run, scores=better), Parts(), previous=None, keep=2)
    assert [row[0] for row in store.card("j", "x:1").rows] == ["t/overall", "t/a", "t/b"]


def test_the_pointer_moves_and_goes_back_once(store: Store) -> None:
    assert publish(store, 1, 2) == Published(run=name(2), previous=name(1))
    assert numbers_in_top(store) == [2, 2]
    assert top_frame(store, "t/a")["account"].to_list() == ["x:2", "x:1"]
    assert store.rollback("j") == Published(run=name(1), previous="")
    assert store.published("j") == Published(run=name(1), previous="")
    assert numbers_in_top(store) == [1, 1]
    with pytest.raises(NothingToDoError):
        store.rollback("j")
    assert numbers_in_top(store) == [1, 1]


def test_a_run_that_was_rolled_back_can_be_published_again(store: Store) -> None:
    publish(store, 1, 2)
    store.rollback("j")
    after = store.publish(run_scores(2), Parts(), previous=run_scores(1), keep=2)
    assert after == Published(run=name(2), previous=name(1))
    assert numbers_in_top(store) == [2, 2]
    assert store.rollback("j").run == name(1)


def test_publishing_again_changes_nothing(store: Store) -> None:
    first = publish(store, 1, 2)
    tops = [store.top("j", topic, 10) for topic in TOPICS]
    for given in (None, run_scores(1)):
        assert store.publish(run_scores(2), Parts(), previous=given, keep=2) == first
    assert [store.top("j", topic, 10) for topic in TOPICS] == tops
    assert store.rollback("j") == Published(run=name(1), previous="")


def test_a_run_that_is_read_back_is_served_as_any_other(store: Store) -> None:
    for number in (1, 2, 2):
        after = store.publish(run_scores(number), Parts(), previous=None, keep=2, verify=True)
    assert after == Published(run=name(2), previous=name(1))
    assert numbers_in_top(store) == [2, 2]


def test_the_same_run_over_a_grown_log_keeps_its_previous_run(store: Store) -> None:
    publish(store, 1, 2, batches=2)
    after = store.publish(run_scores(2), Parts(), previous=None, keep=2)
    assert after == Published(run=name(2), previous=name(1))
    assert numbers_in_top(store) == [2, 2]
    store.rollback("j")
    assert numbers_in_top(store) == [1, 1]


def test_only_the_kept_runs_stay(store: Store) -> None:
    assert publish(store, 1, 2, 3) == Published(run=name(3), previous=name(2))
    assert store.rollback("j").run == name(2)
    assert numbers_in_top(store) == [2, 2]
    with pytest.raises(NothingToDoError):
        store.rollback("j")


def test_two_jobs_do_not_see_each_other(shared: Store) -> None:
    publish(shared, 1, 2, job="j")
    publish(shared, 3, job="k")
    assert shared.published("j") == Published(run=name(2), previous=name(1))
    assert shared.published("k") == Published(run=name(3), previous="")
    assert numbers_in_top(shared) == [2, 2]
    assert [row[7] for row in shared.card("k", "x:1").rows] == [3.001] * 3
    shared.rollback("j")
    assert shared.published("k") == Published(run=name(3), previous="")


def test_a_reader_never_sees_two_runs_or_none(store: Store) -> None:
    """Polls from another thread while six runs go out and one comes back."""
    publish(store, 1)
    seen: list[list[float]] = []
    cards: list[set[int]] = []
    stop = threading.Event()

    def poll() -> None:
        while not stop.is_set():
            seen.append(numbers_in_top(store))
            cards.append({int(row[7]) for row in store.card("j", "x:1").rows})
            time.sleep(0.002)  # leave the publisher some of the interpreter

    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(poll)
        try:
            for number in range(2, 8):
                store.publish(run_scores(number), Parts(), previous=run_scores(number - 1), keep=2)
                _wait_for_one_more(seen, reader)
            store.rollback("j")
            _wait_for_one_more(seen, reader)
        finally:
            stop.set()
        reader.result()
    assert {len(rows) for rows in seen} == {2}
    assert {len(set(rows)) for rows in seen} == {1}
    assert {len(runs) for runs in cards} == {1}
    order = [rows[0] for rows in seen]
    assert order[-1] == 6
    assert order[: order.index(7)] == sorted(order[: order.index(7)])
    assert set(order) >= set(range(2, 8))


def _wait_for_one_more(seen: list[list[float]], reader: Future[None]) -> None:
    """Until a poll that began after this call has ended, or the reader has failed."""
    wanted = len(seen) + 2
    while len(seen) < wanted and not reader.done():
        time.sleep(0.001)


def test_the_memory_store_merges_as_written_by_hand() -> None:
    memory = MemoryStore()
    for batches in (1, 2, 3):
        publish(memory, batches, batches=batches)
    graph = memory.graph("j")
    assert graph is not None
    shown = graph.interactions.select("type", "event_id", "topic", "share").sort(pl.all())
    assert shown.rows() == FINAL_EVENTS
    assert dict(graph.accounts.select("key", "followers").rows())["x:1"] == 12
    assert graph.exposure.sort("type")["at"].to_list() == [7, 1_400_000_001]


def test_batch_by_batch_comes_to_the_same_graph_as_all_at_once(cypher: CypherStore) -> None:
    for batches in (1, 2, 3):
        publish(cypher, batches, batches=batches)
    graph = merged(BATCHES)
    assert graph is not None
    wanted = tables(Content(graph=graph, run=run_scores(3), previous=run_scores(2)))
    for table, frame in wanted.items():
        if table in ("Run", "Pointer"):
            continue
        assert rows_like(cypher, table, frame) == sorted(frame.rows(), key=repr), table


SEEDS = (
    "MATCH (a:Account)-[s:SEED]->(t:Topic) WHERE s.run = $run RETURN s.topic AS topic, "
    "s.place AS place, a.key AS account, s.gain AS gain, s.k AS k, s.share AS share, s.stop AS stopped, "
    "s.spread AS spread, s.low AS low, s.high AS high ORDER BY topic, place"
)


def test_seeds_go_out_and_away_with_their_run(cypher: CypherStore) -> None:
    publish(cypher, 1, 2)
    for number in (1, 2):
        seeds = run_scores(number).seeds
        assert seeds is not None
        assert ask(cypher, SEEDS, run=name(number)) == tuple(seeds.rows())
    without = replace(run_scores(3), seeds=None)
    cypher.publish(without, Parts(), previous=run_scores(2), keep=2, verify=True)
    found = [len(ask(cypher, SEEDS, run=name(number))) for number in (1, 2, 3)]
    assert found == [0, 3, 0]


REASONS = (
    "MATCH (e:Account)-[r:REASON]->(a:Account) WHERE r.run = $run RETURN a.key AS account, "
    "r.topic AS topic, r.place AS place, e.key AS endorser, r.part AS part, r.events AS events, "
    "r.points AS points ORDER BY topic, account, place"
)


def test_reasons_go_out_and_away_with_their_run(cypher: CypherStore) -> None:
    publish(cypher, 1, 2)
    for number in (1, 2):
        reasons = run_scores(number).reasons
        assert reasons is not None
        assert ask(cypher, REASONS, run=name(number)) == tuple(reasons.rows())
    without = replace(run_scores(3), reasons=None)
    cypher.publish(without, Parts(), previous=run_scores(2), keep=2, verify=True)
    found = [len(ask(cypher, REASONS, run=name(number))) for number in (1, 2, 3)]
    assert found == [0, 5, 0]


@pytest.mark.parametrize("end", ["account", "endorser"])
def test_a_reason_that_names_somebody_unknown_is_refused(store: Store, end: str) -> None:
    publish(store, 1)
    if isinstance(store, MemoryStore):  # which leaves out whoever is not in the graph
        return
    reasons = run_scores(2).reasons
    assert reasons is not None
    strange = replace(run_scores(2), reasons=reasons.with_columns(pl.lit("x:77").alias(end)))
    with pytest.raises(InputError, match="'x:77'"):
        store.publish(strange, Parts(), previous=None, keep=2)
    assert numbers_in_top(store) == [1, 1]


def test_the_memory_store_leaves_out_reasons_that_name_nobody() -> None:
    memory = MemoryStore()
    reasons = run_scores(1).reasons
    assert reasons is not None
    odd = reasons.with_columns(endorser=pl.col("endorser").replace("x:3", "x:77"))
    memory.publish(replace(run_scores(1), reasons=odd), Parts(), previous=None, keep=2)
    kept = memory._shelves["j"].runs[name(1)].reasons
    assert kept is not None
    assert set(kept["endorser"]) == {"x:1", "x:2"}


def test_a_seed_whom_nobody_knows_is_refused(store: Store) -> None:
    publish(store, 1)
    if isinstance(store, MemoryStore):  # which leaves out whoever is not in the graph
        return
    seeds = run_scores(2).seeds
    assert seeds is not None
    strange = replace(run_scores(2), seeds=seeds.with_columns(account=pl.lit("x:77")))
    with pytest.raises(InputError, match="'x:77'"):
        store.publish(strange, Parts(), previous=None, keep=2)
    assert numbers_in_top(store) == [1, 1]


def test_the_memory_store_notices_a_figure_and_a_seed_that_differ() -> None:
    run = run_scores(1)
    for frames, said in (
        (
            {"scores": run.scores.with_columns(spread=pl.col("spread").fill_null(0.0))},
            "2 scores of 2, but",
        ),
        ({"seeds": run.seeds.with_columns(gain=pl.lit(1.5))}, "seeds of"),  # type: ignore[union-attr]
        ({"scores": run.scores.with_columns(low=pl.col("low") + 1e-13)}, "2 scores of 2, but"),
        ({"reasons": run.reasons.with_columns(place=1 + pl.col("place"))}, "reasons of"),  # type: ignore[union-attr]
    ):
        with pytest.raises(GraphengineError, match=said):
            _compare(run, replace(run, **frames))


def test_runs_and_pointer_can_be_asked_for(cypher: CypherStore) -> None:
    publish(cypher, 1, 2, 3)
    pointer = ask(cypher, "MATCH (p:Pointer) RETURN p.key AS k, p.run AS r, p.previous AS b")
    assert pointer == (("j", name(3), name(2)),)
    runs = ask(cypher, "MATCH (r:Run) RETURN r.key AS k, r.as_of AS t, r.data_from AS f ORDER BY k")
    assert runs == ((name(2), 1_577_836_802, None), (name(3), 1_577_836_803, None))
    scored = "MATCH (:Account)-[s:SCORED|UNRATED]->(:Topic) RETURN DISTINCT s.run AS r ORDER BY r"
    assert ask(cypher, scored) == ((name(2),), (name(3),))


def ask(store: CypherStore, statement: str, **parameters: Any) -> tuple[tuple[Any, ...], ...]:
    return store.query(statement, parameters, timeout_s=30, row_limit=1000).rows


def test_rows_are_plain_values(cypher: CypherStore) -> None:
    publish(cypher, 1)
    statement = (
        "MATCH (a:Account) WHERE a.key IN $keys "
        "RETURN sum(a.followers) AS s, avg(a.followers) AS m, collect(a.key) AS k, $none AS n"
    )
    rows = ask(cypher, statement, keys=["x:1"], none=None)
    assert rows == ((12, 12.0, ["x:1"], None),)
    assert [type(value) for value in rows[0]] == [int, float, list, type(None)]
    with pytest.raises(InputError, match=r'"a".*RETURN a\.key'):
        ask(cypher, "MATCH (a:Account) RETURN a")


def test_integer_parameters_do_not_overflow(cypher: CypherStore) -> None:
    publish(cypher, 1)
    statement = "RETURN $p * $q AS x, -$r AS y, $p + 1 AS z"
    assert ask(cypher, statement, p=100, q=100, r=200) == ((10_000, -200, 101),)


def test_parameters_are_asked_for_and_others_are_ignored(cypher: CypherStore) -> None:
    publish(cypher, 1)
    statement = "MATCH (a:Account {key: $who}) WHERE a.key <> '$text' RETURN a.key AS k // $note"
    assert ask(cypher, statement, who="x:1", extra=1) == (("x:1",),)
    with pytest.raises(UsageError, match=r"\$who"):
        ask(cypher, statement, text="x")


def test_a_row_limit_cuts_and_says_so(cypher: CypherStore) -> None:
    publish(cypher, 1)
    statement = "MATCH (a:Account) RETURN a.key AS k ORDER BY k"
    cut = cypher.query(statement, {}, timeout_s=30, row_limit=2)
    assert cut.truncated
    assert cut.rows == (("x:1",), ("x:2",))
    whole = cypher.query(statement, {}, timeout_s=30, row_limit=5)
    assert not whole.truncated
    assert len(whole.rows) == 5


def test_a_query_that_takes_too_long_is_stopped(cypher: CypherStore) -> None:
    publish(cypher, 1)
    slow = " ".join(f"MATCH (a{n}:Account)" for n in range(12))
    total = " + ".join(f"size(a{n}.key)" for n in range(12))
    with pytest.raises(BusyError, match="--timeout"):
        cypher.query(f"{slow} RETURN sum({total}) AS n", {}, timeout_s=0.3, row_limit=10)
    assert ask(cypher, "RETURN 1 AS n") == ((1,),)


@pytest.mark.parametrize(
    "statement", ["MATCH (a:Account RETURN 1 AS n", "MATCH (a) RETURN b.key AS n"]
)
def test_a_wrong_statement_is_the_askers_mistake(cypher: CypherStore, statement: str) -> None:
    publish(cypher, 1)
    with pytest.raises((InputError, NotPermittedError)) as said:
        ask(cypher, statement)
    assert "Traceback" not in str(said.value)


def test_writing_is_refused_before_it_is_sent(cypher: CypherStore) -> None:
    publish(cypher, 1)
    for statement in ("MATCH (a:Account) SET a.name = 'x'", "CALL timeout=0", "RETURN 1; RETURN 2"):
        with pytest.raises(NotPermittedError):
            ask(cypher, statement)
    assert ask(cypher, "MATCH (a:Account {name: 'x'}) RETURN a.key AS k") == ()


def test_it_says_how_far_the_writing_has_come(cypher: CypherStore) -> None:
    told: list[tuple[int, int]] = []
    graph = Parts(BATCHES)
    cypher.publish(
        run_scores(1), graph, previous=None, keep=2, watch=lambda *rows: told.append(rows)
    )
    assert len(told) > 1
    assert all(0 < done <= total for done, total in told)
    assert told[-1][0] == told[-1][1]
