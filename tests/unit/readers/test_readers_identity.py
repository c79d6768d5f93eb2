"""Identities never collide, and topic, weight and source are no part of them."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from support.reading import read_text

from graphengine.model import account_key
from graphengine.readers.identity import event_id, event_ids, joined, keys

odd = st.text(st.sampled_from(":%/3A25ab"), max_size=6)


@given(st.lists(odd, min_size=4, max_size=6), st.lists(odd, min_size=4, max_size=6))
def test_two_identities_never_share_an_id(one, other):
    assert (event_id(*one) == event_id(*other)) == (one == other)
    assert (event_id("x", *one[:4]) == event_id("x", *other[:4])) == (one[:4] == other[:4])


@given(st.lists(odd, min_size=2, max_size=2), st.lists(odd, min_size=2, max_size=2))
def test_two_joined_ids_never_meet(one, other):
    frame = pl.DataFrame([one, other], schema=["a", "b"], orient="row")
    texts = frame.select(joined([pl.col("a"), pl.col("b")])).to_series()
    assert (texts[0] == texts[1]) == (one == other)


@given(st.lists(st.text(max_size=6).filter(lambda t: t.isprintable()), min_size=4, max_size=5))
def test_whole_columns_get_the_same_ids(parts):
    frame = pl.DataFrame([parts], schema=[str(i) for i in range(len(parts))], orient="row")
    assert frame.select(event_ids(*(pl.col(c) for c in frame.columns))).item() == event_id(*parts)


def test_keys_are_those_of_the_model():
    made = pl.select(keys(pl.lit("x"), pl.lit("00:7"))).item()
    assert made == account_key("x", "00:7") == "x:00:7"


ROWS = """actor,target,kind,at,post,event,topic,weight
1,2,RT,1970-01-02,p,e,a,1
1,2,RT,1970-01-02,p,e,b,2
1,2,MT,1970-01-02,p,e,a,1
1,2,RT,1970-01-02,q,,a,1
1,2,RT,1970-01-03,,,a,1
"""
NAMES = ("actor", "target", "kind", "at", "post", "event", "topic", "weight")


def ids(folder, *dropped: str, **more) -> list[str]:
    columns = {name: name for name in NAMES if name not in dropped}
    kinds = {"RT": "retweet", "MT": "mention"}
    return read_text(folder, ROWS, columns=columns, kinds=kinds, **more).frame["event_id"].to_list()


def test_the_source_id_else_time_and_post(tmp_path):
    by_event = ["x:RT:1:2:e", "x:RT:1:2:e", "x:MT:1:2:e", "x:RT:1:2:86400:q", "x:RT:1:2:172800:"]
    by_post = ["x:RT:1:2:p", "x:RT:1:2:p", "x:MT:1:2:p", "x:RT:1:2:q", "x:RT:1:2:172800:"]
    assert ids(tmp_path) == ids(tmp_path, identity="event") == by_event
    assert ids(tmp_path, "event") == ids(tmp_path, identity="post") == by_post
    assert ids(tmp_path, identity="time")[0] == "x:RT:1:2:86400:p"
    assert ids(tmp_path, "event", "post")[0] == "x:RT:1:2:86400:"
    assert ids(tmp_path, "event", "post", "at")[0] == "x:RT:1:2::"


def test_the_network_stands_in_front(tmp_path):
    rows = "actor,target,net\n1,2,\n1,2,web\n"
    columns = {"actor": "actor", "target": "target", "network": "net"}
    reading = read_text(
        tmp_path, rows, columns=columns, constants={"kind": "click"}, network="mail"
    )
    assert reading.frame.select("event_id", "actor").rows() == [
        ("mail:click:1:2::", "mail:1"), ("web:click:1:2::", "web:1"),
    ]  # fmt: skip
