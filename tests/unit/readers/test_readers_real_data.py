"""The published data sets, read by job files and mappings alone, give their published counts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from support.data import data_root, dataset
from support.reading import read_all, read_file

from graphengine.job import load_job

if TYPE_CHECKING:
    from graphengine.events import Reading

EXAMPLES = Path(__file__).parents[3] / "jobs" / "examples"


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch):
    """Reads jobs/examples/NAME.toml, or skips where its data set is absent."""

    def read(name: str) -> dict[str, Reading]:
        dataset(name)
        monkeypatch.setenv("GRAPHENGINE_DATA", str(data_root()))
        readings = read_all(load_job(EXAMPLES / f"{name}.toml"))
        return {source: files[0] for source, files in readings.items()}

    return read


def distinct(reading: Reading) -> int:
    return reading.frame["event_id"].n_unique()


def test_higgs_equals_its_three_published_edge_lists(example):
    reading = example("higgs")["activity"]
    assert (reading.read, len(reading.rejects), reading.skipped) == (563_069, 0, 0)
    assert distinct(reading) == 563_069
    words = dict(reading.frame["word"].value_counts().rows())
    assert words == {"RT": 354_930, "MT": 171_237, "RE": 36_902}
    for word, name in (("RT", "retweet"), ("MT", "mention"), ("RE", "reply")):
        counted = reading.frame.filter(pl.col("word") == word).group_by("actor", "target").len()
        published = pl.read_csv(
            dataset("higgs") / f"higgs-{name}_network.edgelist.gz",
            has_header=False, separator=" ", new_columns=["actor", "target", "weight"],
        ).with_columns(("x:" + pl.col("actor", "target").cast(pl.String)).name.keep())  # fmt: skip
        both = counted.join(published, on=["actor", "target"], how="full", coalesce=True)
        assert both.filter(~pl.col("len").eq_missing(pl.col("weight"))).is_empty()
        assert len(both) == len(published)


def test_enron_keeps_to_cc_and_bcc_apart_and_refuses_1979():
    reading = read_file(
        dataset("enron") / "emails.csv.gz",
        job={"window": {"earliest": "1998-01-01"}, "no_topic": ["outlier"], "network": "enron"},
        columns={"actor": "sender", "target": "recipient", "at": "sent_at", "kind": "kind",
                 "topic": "topic"},
        kinds={"to": "message", "cc": "message", "bcc": "message"},
    )  # fmt: skip
    assert (reading.read, len(reading.frame), len(reading.rejects)) == (125_409, 125_235, 174)
    assert set(reading.rejects.frame["reason"]) == {"at is outside the job's window"}
    assert distinct(reading) == 46_363
    topics = reading.frame["topics"].explode(empty_as_null=True).drop_nulls()
    assert topics.n_unique() == 32
    assert (topics == "Daily_business").sum() == 12_020


def test_pheme_interactions_posts_follows_and_follower_counts():
    folder = dataset("pheme")
    events = read_file(
        folder / "interactions.csv.gz",
        columns={"event": "event", "actor": "actor", "target": "target", "kind": "kind",
                 "at": "at", "topic": "topic", "post": "post"},
        identity="post",
    )  # fmt: skip
    assert (events.read, len(events.rejects), distinct(events)) == (54_215, 0, 54_215)
    assert events.frame["post"].n_unique() == 50_320
    posts = read_file(
        folder / "posts.csv.gz",
        table="posts",
        columns={"post": "post", "parent": "parent_post", "kind": "kind", "author": "author",
                 "at": "created_at", "root": "root_post", "topic": "topic"},
        kinds={"source": "post", "loose": "post"},
    )  # fmt: skip
    kinds = dict(posts.frame["kind"].value_counts().rows())
    assert kinds == {"post": 351, "reply": 5_014, "retweet": 45_240}
    assert posts.frame["parent"].null_count() == 351
    follows = read_file(
        folder / "follows.csv.gz",
        table="exposure",
        columns={"actor": "follower", "target": "followed"},
        constants={"kind": "follow"},
    )
    assert (len(follows.frame), follows.read) == (94_353, 94_353)
    accounts = read_file(
        folder / "posts.csv.gz",
        table="accounts",
        columns={"account": "author", "at": "created_at", "followers": "followers"},
    )
    assert accounts.frame["account"].n_unique() == 42_266
    assert accounts.frame["followers"].max() == 22_720_010


def test_gop_debate_topics(example):
    readings = example("gop-debate")
    events = readings["interactions"]
    assert (events.read, len(events.rejects), distinct(events)) == (14_046, 0, 14_046)
    assert dict(events.frame["kind"].value_counts().rows()) == {"retweet": 7_686, "mention": 6_360}
    posts = readings["posts"].frame
    topics = dict(posts["topics"].explode(empty_as_null=True).value_counts().rows())
    assert topics[None] == 8_148 + 326
    assert topics["Women's Issues (not abortion though)"] == 362
    assert posts["at"].min() >= 1_438_819_200  # 6 August 2015


def test_twitter15_posts_of_three_columns(example):
    readings = example("twitter15")
    events, posts = readings["passed-on"], readings["posts"]
    assert (events.read, events.skipped, len(events.rejects)) == (622_968, 1_490, 0)
    assert posts.read == 624_458
    assert (posts.frame["kind"] == "post").sum() == 1_490
    assert posts.frame["parent"].null_count() == 1_490
    named = pl.concat([posts.frame["post"], posts.frame["parent"].drop_nulls()])
    assert named.n_unique() == 599_196
    start = 1_420_070_400
    assert (posts.frame["at"] < start).sum() > 0  # negative delays
    assert events.frame["at"].to_list()[:2] == [start + 27, start + 51]  # 0.45, 0.85 minutes


def test_collegemsg_repeats(example):
    reading = example("collegemsg")["messages"]
    assert (reading.read, len(reading.rejects), distinct(reading)) == (59_835, 0, 59_798)
    assert reading.frame["at"].min() == 1_082_040_961


def test_wiki_vote_without_times(example):
    reading = example("wiki-vote")["votes"]
    assert (reading.read, distinct(reading)) == (103_689, 103_689)
    assert pl.concat([reading.frame["actor"], reading.frame["target"]]).n_unique() == 7_115
    assert reading.frame["at"].null_count() == 103_689
    assert reading.frame["line"][0] == 4  # after three comment lines


def test_congress_edge_list(example):
    frame = example("congress")["reactions"].frame
    assert len(frame) == 13_289
    assert frame["weight"].min() == pytest.approx(0.000526, abs=1e-6)
    assert frame["weight"].max() == pytest.approx(0.1306, abs=1e-4)
    assert frame.row(0, named=True) | {"weight": 0} == {
        "event_id": "x:endorse:4:0::", "kind": "endorse", "word": "endorse", "actor": "x:4",
        "target": "x:0", "at": None, "topics": [], "post": None, "parent": None, "weight": 0,
        "source": "reactions", "op": "add", "line": 1,
    }  # fmt: skip


def test_congress_tweets_give_the_authors_own_weights():
    folder = dataset("congress") / "fixture"
    pairs: dict[tuple[str, str], set[str]] = {}
    tweets: dict[str, int] = {}
    for path in sorted(folder.glob("*_tweets.csv")):
        for row in read_file(path, reader="congress").frame.rows(named=True):
            pairs.setdefault((row["target"][2:], row["actor"][2:]), set()).add(row["post"])
        posts = read_file(path, reader="congress", table="posts").frame
        tweets[path.name[0]] = len(posts)
    weights = {pair: len(posts) / tweets[pair[0]] for pair, posts in pairs.items()}
    expected = pl.read_csv(folder / "expected_weights.tsv", separator="\t")
    assert weights == {
        (str(row["source"]), str(row["target"])): row["weight"] for row in expected.rows(named=True)
    }
