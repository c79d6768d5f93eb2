"""The reader of the Congress set on small texts of its two shapes."""

from __future__ import annotations

import pytest
from support.reading import read_text

from graphengine.errors import ConfigurationError, InputError

HEADER = "TweetID,replied_to_author_ids,retweeted_author_ids,quoted_author_ids,mentioned_user_ids\n"


def test_an_edge_is_read_against_its_direction(tmp_path):
    edges = "0 4 {'weight': 0.25}\nnonsense\n4 0 {'weight': -1}\n"
    reading = read_text(tmp_path, edges, file="congress.edgelist", reader="congress")
    assert reading.frame.select("actor", "target", "kind", "weight", "at", "line").rows() == [
        ("x:4", "x:0", "endorse", 0.25, None, 1)
    ]
    assert reading.rejects.frame.select("line", "reason", "text").rows() == [
        (2, "not of the form: source target {'weight': p}", "nonsense"),
        (3, "weight is negative", "4 0 {'weight': -1}"),
    ]


def test_a_tweet_gives_a_row_for_each_list_and_account(tmp_path):
    rows = HEADER + '10,[],[2],[],"[2, 3]"\n11,[5],[],[6],[]\n12,[],[],[],[]\n13,[],[],[],x y\n'
    reading = read_text(tmp_path, rows, file="0_tweets.csv", reader="congress")
    assert reading.frame.select("kind", "actor", "target", "post", "line").rows() == [
        ("retweet", "x:0", "x:2", "x:10", 2),
        ("mention", "x:0", "x:2", "x:10", 2),
        ("mention", "x:0", "x:3", "x:10", 2),
        ("reply", "x:0", "x:5", "x:11", 3),
        ("quote", "x:0", "x:6", "x:11", 3),
    ]
    assert reading.frame["event_id"][0] == "x:retweet:0:2:10"
    assert reading.rejects.frame.select("line", "reason").rows() == [
        (5, "a list of accounts is not of the form [1, 2]")
    ]
    posts = read_text(tmp_path, rows, file="0_tweets.csv", reader="congress", table="posts")
    assert posts.frame.select("post", "author").rows() == [
        ("x:10", "x:0"), ("x:11", "x:0"), ("x:12", "x:0"),
    ]  # fmt: skip


def test_what_the_set_does_not_hold(tmp_path):
    with pytest.raises(
        ConfigurationError, match=r"it holds interactions\. Correct table in the so"
    ):
        read_text(tmp_path, "0 4 {'weight': 1}", file="e", reader="congress", table="posts")
    with pytest.raises(InputError, match="Every one of the 2 rows"):
        read_text(tmp_path, "1,2\n3,4\n", file="e", reader="congress")
