"""The log as a property graph: whole, and brought up to date batch by batch."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.log_rows import feed

from graphengine.errors import ConfigurationError
from graphengine.eventlog import EventLog
from graphengine.projection import LogGraph
from graphengine.stores.merge import merged

if TYPE_CHECKING:
    from graphengine.stores.ports import GraphTables

KEYS = {
    "accounts": ["key"], "topics": ["key"], "posts": ["key"],
    "interactions": ["type", "event_id", "topic"], "exposure": ["type", "actor", "target"],
    "posted": ["account", "post"], "post_links": ["type", "child", "parent"], "about": ["post", "topic"],
}  # fmt: skip


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    return EventLog(tmp_path / "log")


def whole(log: EventLog) -> GraphTables:
    [tables] = LogGraph(log, scheme="s").since(0)
    return tables


def test_an_empty_log_has_nothing_to_say(log: EventLog) -> None:
    graph = LogGraph(log, scheme="s")
    assert graph.last_batch == 0
    assert list(graph.since(0)) == []


def test_a_store_ahead_of_its_log(log: EventLog) -> None:
    feed(log, "interactions", {})
    graph = LogGraph(log, scheme="s")
    assert list(graph.since(1)) == []
    with pytest.raises(ConfigurationError, match="embodies batch 2 of an event log that ends at"):
        list(graph.since(2))


def test_an_event_is_one_row_a_topic_and_its_shares_sum_to_one(log: EventLog) -> None:
    feed(log, "interactions", {"event_id": "a", "topics": ["T u", "V"], "post": "x:p"},
         {"event_id": "b", "kind": "like", "target": "x:a", "at": None})  # fmt: skip
    tables = whole(log)
    at = 1_400_000_000
    assert tables.interactions.rows() == [
        ("RETWEETED", "a", "x:a", "x:b", "s/t-u", 0.5, at, 1.0, "x:p"),
        ("RETWEETED", "a", "x:a", "x:b", "s/v", 0.5, at, 1.0, "x:p"),
        ("LIKED", "b", "x:a", "x:a", "s/none", 1.0, None, 1.0, None),
    ]
    assert tables.topics["key"].to_list() == ["s/none", "s/overall", "s/t-u", "s/v"]
    assert tables.batch == 1


def test_every_account_that_occurs_anywhere_is_a_node(log: EventLog) -> None:
    feed(log, "interactions", {"actor": "x:1", "target": "mail:a:b@c"})
    feed(log, "exposure", {"actor": "x:2", "target": "x:3", "kind": "seen", "at": 4})
    feed(log, "posts", {"author": "x:4"}, {"post": "x:orphan"})
    feed(log, "accounts", {"account": "x:5", "handle": "ÉVA", "name": "Eva", "followers": 7},
         {"account": "x:1", "handle": "old", "at": 1}, {"account": "x:1", "handle": "New", "at": 2})  # fmt: skip
    tables = whole(log)
    assert tables.accounts.rows() == [
        ("mail:a:b@c", "mail", "a:b@c", None, None, None, None, None),
        ("x:1", "x", "1", "New", "new", None, None, None),
        ("x:2", "x", "2", None, None, None, None, None),
        ("x:3", "x", "3", None, None, None, None, None),
        ("x:4", "x", "4", None, None, None, None, None),
        ("x:5", "x", "5", "ÉVA", "éva", "Eva", 7, None),
    ]
    assert tables.exposure.rows() == [("SAW", "x:2", "x:3", 4)]


def test_accounts_have_the_same_columns_where_nobody_is_described(log: EventLog) -> None:
    feed(log, "interactions", {"actor": "x:b", "target": "x:a"})
    plain = whole(log).accounts
    feed(log, "accounts", {"account": "x:a", "handle": "Ann", "followers": 7})
    described = whole(log).accounts
    assert plain.schema == described.schema
    assert plain.row(1) == described.row(1) == ("x:b", "x", "b", None, None, None, None, None)
    assert plain.row(0) == ("x:a", "x", "a", None, None, None, None, None)
    assert described.row(0)[3:7] == ("Ann", "ann", None, 7)


def test_a_conversation_from_posts_and_from_interactions(log: EventLog) -> None:
    feed(log, "posts", {"post": "x:1", "author": "x:a", "at": 1, "topics": ["t", "u"]},
         {"post": "x:2", "author": "x:b", "at": 2, "parent": "x:1", "kind": "reply"})  # fmt: skip
    feed(log, "interactions",
         {"event_id": "a", "actor": "x:c", "post": "x:3", "parent": "x:2", "at": 3, "kind": "quote"},
         {"event_id": "b", "actor": "x:c", "post": "x:3", "parent": "x:2", "at": 3, "kind": "mention"},
         {"event_id": "c", "actor": "x:d", "post": "x:1", "at": 9, "kind": "like", "topics": ["v"]})  # fmt: skip
    tables = whole(log)
    assert tables.posts.rows() == [
        ("x:1", "x", 1, "x:1", 0), ("x:2", "x", 2, "x:1", 1), ("x:3", "x", 3, "x:1", 2),
    ]  # fmt: skip
    assert tables.post_links.rows() == [
        ("REPLY_TO", "x:2", "x:1", 2),
        ("RESHARE_OF", "x:3", "x:2", 3),
    ]
    assert tables.posted.rows() == [("x:a", "x:1", 1), ("x:b", "x:2", 2), ("x:c", "x:3", 3)]
    assert tables.about.rows() == [("x:1", "s/t", 0.5), ("x:1", "s/u", 0.5)]


def test_missing_parents_several_parents_and_cycles(log: EventLog) -> None:
    reply = {"kind": "reply"}
    feed(log, "posts",
         {"post": "x:b", "parent": "x:lost", "at": 5, **reply},
         {"post": "x:c", "parent": "x:b", "at": 6, **reply},
         {"post": "x:c", "parent": "x:late", "at": 6, **reply},
         {"post": "x:late", "at": 9},
         {"post": "x:told", "parent": "x:far", "root": "x:root", "at": 3, **reply},
         {"post": "x:below", "parent": "x:told", "at": 4, **reply},
         {"post": "x:m", "parent": "x:n", "at": 2, **reply},
         {"post": "x:n", "parent": "x:m", "at": 1, **reply},
         {"post": "x:self", "parent": "x:self", **reply})  # fmt: skip
    found = {row[0]: row[2:] for row in whole(log).posts.rows()}
    assert found == {
        "x:lost": (None, "x:lost", 0), "x:b": (5, "x:lost", 1), "x:c": (6, "x:lost", 2),
        "x:late": (9, "x:late", 0), "x:far": (None, "x:far", 0), "x:told": (3, "x:root", 1),
        "x:below": (4, "x:far", 2), "x:n": (1, "x:n", 0), "x:m": (2, "x:n", 1),
        "x:self": (None, "x:self", 0),
    }  # fmt: skip
    assert whole(log).post_links.height == 8


def test_a_late_parent_moves_everything_below_it(log: EventLog) -> None:
    feed(log, "posts", {"post": "x:b", "parent": "x:a", "kind": "reply", "at": 2},
         {"post": "x:c", "parent": "x:b", "kind": "reply", "at": 3}, {"post": "x:z"})  # fmt: skip
    feed(log, "posts", {"post": "x:a", "parent": "x:0", "kind": "reply", "at": 1})
    [tables] = LogGraph(log, scheme="s").since(1)
    assert tables.posts.select("key", "root", "depth").rows() == [
        ("x:0", "x:0", 0), ("x:a", "x:0", 1), ("x:b", "x:0", 2), ("x:c", "x:0", 3),
    ]  # fmt: skip
    assert tables.post_links.rows() == [("REPLY_TO", "x:a", "x:0", 1)]


def test_only_what_changed(log: EventLog) -> None:
    feed(log, "interactions", {"event_id": "a", "topics": ["t"]}, {"event_id": "b"},
         {"event_id": "c", "actor": "x:c"})  # fmt: skip
    feed(
        log, "interactions", {"event_id": "a", "topics": ["u"]}, {"event_id": "b", "op": "retract"}
    )
    [tables] = LogGraph(log, scheme="s").since(1)
    assert tables.interactions.select("event_id", "topic", "share").rows() == [
        ("a", "s/t", 0.5), ("a", "s/u", 0.5),
    ]  # fmt: skip
    assert tables.outdated.columns == ["type", "event_id"]
    assert tables.outdated.sort("event_id").rows() == [("RETWEETED", "a"), ("RETWEETED", "b")]
    assert tables.accounts["key"].to_list() == ["x:a", "x:b"]
    assert tables.posts.height == tables.exposure.height == 0


ROW = st.one_of(
    st.builds(
        lambda n, topics, op: (
            "interactions",
            {"event_id": f"x:{n}", "actor": f"x:{n % 3}", "target": f"x:{n % 2}", "at": n,
             "topics": topics, "op": op, "post": f"x:p{n}" if n % 2 else None,
             "parent": f"x:p{n // 2}" if n % 3 else None, "kind": "reply" if n % 5 else "quote"},
        ),
        st.integers(0, 9), st.sampled_from([[], ["t"], ["t", "u"]]),
        st.sampled_from(["add", "add", "add", "retract"]),
    ),
    st.builds(
        lambda n, m, root: (
            "posts",
            {"post": f"x:p{n}", "parent": f"x:p{m}", "kind": "reply", "author": f"x:{n % 4}",
             "at": n, "root": f"x:p{root}" if root else None, "topics": ["v"] * (m % 2)},
        ),
        st.integers(0, 6), st.integers(0, 8), st.just(0),
    ),
    st.builds(lambda a, b: ("exposure", {"actor": f"x:{a}", "target": f"x:{b}"}),
              st.integers(0, 3), st.integers(4, 6)),
    st.builds(lambda a, at, n: ("accounts", {"account": f"x:{a}", "at": at, "followers": n}),
              st.integers(0, 7), st.sampled_from([None, 1]), st.integers(1, 3)),
    st.builds(lambda a: ("retractions", {"account": f"x:{a}"}), st.integers(0, 6)),
    st.builds(lambda n: ("retractions", {"event_id": f"x:{n}"}), st.integers(0, 9)),
)  # fmt: skip


def stored(tables: dict[str, dict[Any, Any]], news: GraphTables) -> None:
    """What a store does with news: drop what is outdated or gone, then set by key."""
    outdated = set(news.outdated.select("type", "event_id").rows())
    tables["interactions"] = {
        k: row for k, row in tables["interactions"].items() if k[:2] not in outdated
    }
    for name, key in KEYS.items():
        if news.gone is not None and name != "interactions":
            for place in getattr(news.gone, name).select(key).rows():
                del tables[name][place]  # only what is there is ever called gone
        for row in getattr(news, name).to_dicts():
            tables[name][tuple(row[k] for k in key)] = row


@settings(max_examples=60)
@given(st.lists(st.lists(ROW, min_size=1, max_size=5), min_size=1, max_size=4))
def test_news_bring_a_store_to_where_a_fresh_one_would_be(
    batches: list[list[tuple[str, dict[str, Any]]]],
) -> None:
    followed: dict[str, dict[Any, Any]] = {name: {} for name in KEYS}
    fresh: dict[str, dict[Any, Any]] = {name: {} for name in KEYS}
    late: dict[str, dict[Any, Any]] = {name: {} for name in KEYS}
    seen, parts = 0, []
    with tempfile.TemporaryDirectory() as folder:
        log = EventLog(Path(folder) / "log")
        for batch in batches:
            for table in dict.fromkeys(name for name, _ in batch):
                feed(log, table, *(row for name, row in batch if name == table))
            for news in LogGraph(log, scheme="s").since(seen):
                stored(followed, news)
                seen = news.batch
                parts.append(news)
        for batch_before in range(seen):  # one batch at a time, of a log that is far ahead
            for news in LogGraph(log, scheme="s").since(batch_before, upto=batch_before + 1):
                stored(late, news)
        for news in LogGraph(log, scheme="s").since(0):
            stored(fresh, news)
            assert news.gone is None
    for name in KEYS:
        assert followed[name] == fresh[name], name
        assert late[name] == fresh[name], name
    whole_graph = merged(parts)
    for name, key in KEYS.items():
        rows = getattr(whole_graph, name).to_dicts()
        assert {tuple(row[k] for k in key): row for row in rows} == fresh[name], name
        assert len(rows) == len(fresh[name]), name


def test_an_account_that_was_only_described_is_taken_back(log: EventLog) -> None:
    feed(log, "accounts", {"account": "x:1", "handle": "one"}, {"account": "x:2"})
    feed(log, "retractions", {"account": "x:1"})
    [tables] = LogGraph(log, scheme="s").since(1)
    assert tables.gone is not None
    assert tables.gone.accounts["key", "handle"].rows() == [("x:1", None)]


def test_a_stronger_kind_turns_a_link_into_one_of_another_type(log: EventLog) -> None:
    post = {"post": "x:p2", "parent": "x:p1"}
    feed(log, "interactions", {"event_id": "a", "kind": "reply", **post})
    feed(log, "interactions", {"event_id": "b", "kind": "quote", **post})
    [tables] = LogGraph(log, scheme="s").since(1)
    assert tables.post_links["type"].to_list() == ["RESHARE_OF"]
    assert tables.gone is not None
    assert tables.gone.post_links["type"].to_list() == ["REPLY_TO"]
