"""The congress authors' own four-user example: at most one event per tweet and other user."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import polars as pl
import pytest

from graphengine.events import Interactions
from graphengine.graph import compress, influence_events

FOLDER = Path(__file__).parent / "congress"
KINDS = {
    "replied_to_author_ids": "reply",
    "retweeted_author_ids": "retweet",
    "quoted_author_ids": "quote",
    "mentioned_user_ids": "mention",
}


def _events(user: str) -> tuple[list[dict[str, object]], int]:
    with (FOLDER / f"{user}_tweets.csv").open(newline="") as file:
        tweets = list(csv.DictReader(file))
    rows: list[dict[str, object]] = [
        {"event_id": f"x:{kind}:{user}:{other}:{tweet['TweetID']}", "kind": kind, "word": kind,
         "actor": f"x:{user}", "target": f"x:{other}", "at": None, "topics": [],
         "post": f"x:{tweet['TweetID']}", "parent": None, "weight": 1.0, "source": "congress"}
        for tweet in tweets
        for column, kind in KINDS.items()
        for other in json.loads(tweet[column])
    ]  # fmt: skip
    return rows, len(tweets)


def test_the_authors_weights() -> None:
    read = {user: _events(user) for user in "0123"}
    rows = [row for events, _ in read.values() for row in events]
    frame = Interactions(pl.DataFrame(rows, schema=Interactions.SCHEMA)).frame
    graph = compress(
        "congress/overall", influence_events(frame, weights={}, endorsements=list(KINDS.values()))
    )
    accounts = graph.accounts.to_list()
    events = graph.endorsement_matrix().tocoo()
    found = {}  # their edges run from the one who is reacted to, per tweet of that person
    for actor, target, count in zip(*events.coords, events.data, strict=True):
        source = accounts[target].removeprefix("x:")
        found[source, accounts[actor].removeprefix("x:")] = (count, read[source][1])
    with (FOLDER / "expected_weights.tsv").open(newline="") as file:
        expected = list(csv.DictReader(file, delimiter="\t"))
    assert len(expected) == len(found) == 6
    for row in expected:
        count, tweets = found[row["source"], row["target"]]
        assert (count, tweets) == (int(row["events"]), int(row["source_tweets"]))
        assert count / tweets == pytest.approx(float(row["weight"]), abs=1e-15)
