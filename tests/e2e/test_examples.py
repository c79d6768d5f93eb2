"""Both bundled examples, the whole way, on both stores, against what Python's csv reads in them.

The two jobs share one Neo4j. Without one its half is skipped; the embedded half never is. All of
the mail goes there, and of the news six topics of nine; `make soak` publishes them all there.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from support.examples import (
    ALL_DAYS,
    EARLIER,
    KINDS,
    NO_ROWS,
    TYPES,
    World,
    enron_events,
    examples_folder,
    keep_few_news,
    news_events,
    news_links,
    places,
    query_values,
)
from support.neo4j_server import wipe
from support.run_job import (
    Ran,
    bare,
    checkout,
    epoch,
    password_in_environment,
    read_rows,
    run_job,
    with_neo4j,
)

from graphengine.job import load_job
from graphengine.model import OVERALL
from graphengine.stores.queries import NamedQuery, named_queries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from support.neo4j_server import Neo4jServer


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """All of the news; its whole job is the demo, which has tests of its own."""
    folder = checkout(tmp_path_factory.mktemp("news"))
    return run_job(bare(load_job(folder / "jobs" / "demo.toml")))


@pytest.fixture(scope="module")
def few_news(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = checkout(tmp_path_factory.mktemp("few-news"))
    keep_few_news(folder)
    return run_job(load_job(folder / "jobs" / "demo.toml"))


@pytest.fixture(scope="module")
def enron(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return run_job(load_job(checkout(tmp_path_factory.mktemp("enron")) / "jobs" / "enron.toml"))


@pytest.fixture(scope="module")
def database(few_news: Ran, enron: Ran, neo4j_server: Neo4jServer) -> Iterator[Neo4jServer]:
    """One database that serves both jobs."""
    wipe(neo4j_server, keep_rules=True)
    with password_in_environment(neo4j_server):
        [with_neo4j(ran, neo4j_server).publish(None, to=["neo4j"]) for ran in (few_news, enron)]
        yield neo4j_server


def _world(request: pytest.FixtureRequest, name: str, store: str) -> World:
    ran = request.getfixturevalue(name.replace("-", "_"))
    events = (enron_events if name == "enron" else news_events)(ran)
    if store == "neo4j":
        ran = with_neo4j(ran, request.getfixturevalue("database"))
    return World(name, ran, store, events)


@pytest.fixture(scope="module", params=["news", "enron"])
def example(request: pytest.FixtureRequest) -> World:
    return _world(request, request.param, "embedded")


@pytest.fixture(scope="module", params=["few-news", "enron"])
def shared(request: pytest.FixtureRequest) -> World:
    """What both stores hold."""
    return _world(request, request.param, "embedded")


@pytest.fixture(
    scope="module",
    params=[
        ("news", "embedded"),
        ("enron", "embedded"),
        ("few-news", "neo4j"),
        ("enron", "neo4j"),
    ],
    ids="-".join,
)
def world(request: pytest.FixtureRequest) -> World:
    return _world(request, *request.param)


def _same(found: Iterable[Iterable[object]], expected: dict) -> None:
    assert {row[0]: row[1] for row in found} == {k: n for k, n in expected.items() if n}


def test_every_row_that_was_read_is_accounted_for(example: World) -> None:
    counts = {
        f.source: (f.read, f.accepted, f.duplicate, f.rejected)
        for f in example.ran.report.ingest.files
    }
    news = {
        "interactions": (54_215, 54_215, 0, 0),
        "posts": (50_605, 50_605, 0, 0),
        "follower counts": (50_605, 50_602, 3, 0),
        "follows": (94_353, 94_353, 0, 0),
    }
    enron = {"mail": (125_409, 46_363, 78_872, 174), "people": (184, 184, 0, 0)}
    assert counts == (news if example.name == "news" else enron)


def test_rejected_mails_are_listed_with_their_lines(enron: Ran) -> None:
    (file,) = enron.report.ingest.rejects_files
    listed = {int(row["line"]) for row in read_rows(Path(file))}
    mails = read_rows(examples_folder(enron) / "enron" / "emails.csv.gz")
    assert listed == {n for n, r in enumerate(mails, start=2) if r["sent_at"].startswith("1979")}


def test_the_log_holds_every_event_once_with_all_its_topics(example: World) -> None:
    rows = example.ran.log.interactions().frame.select("word", "actor", "target", "at", "topics")
    found = Counter((*row[:4], frozenset(row[4])) for row in rows.iter_rows())
    account = example.account
    assert found == Counter(
        (e.word, account(e.actor), account(e.target), e.at, e.topics) for e in example.events
    )
    assert sum(found.values()) == {"news": 54_215, "enron": 46_363}[example.name]


def test_the_store_holds_what_the_log_holds(world: World) -> None:
    relationships = Counter[str]()
    for event in world.events:
        relationships[TYPES[event.word]] += max(1, len(event.topics))
    found = world.ask(
        f"MATCH (a:Account)-[r:{KINDS}]->(b:Account) WHERE b.network = $network "
        "RETURN type(r) AS kind, count(r) AS n ORDER BY kind",
        network=world.network,
    )
    _same(found, relationships)
    (events,) = world.ask(
        f"MATCH (a:Account)-[r:{KINDS}]->(b:Account) WHERE b.network = $network "
        "RETURN count(DISTINCT r.event_id) AS n, sum(r.share) AS whole",
        network=world.network,
    )
    assert events == (len(world.events), pytest.approx(len(world.events)))


def test_the_store_holds_posts_and_follow_links(world: World) -> None:
    news = world.name != "enron"
    links, people, posts = news_links(world.ran)
    if world.name == "news":
        assert links == {
            "FOLLOWED": 94_353, "POSTED": 50_605, "RESHARE_OF": 45_240, "REPLY_TO": 5_014,
            "ABOUT": 50_605,
        }  # fmt: skip
        assert (len(people), len(posts)) == (53_905, 50_605 + 99)
    for kind, number in links.items():
        rows = world.ask(
            f"MATCH (a)-[r:{kind}]->() WHERE a.key STARTS WITH $network RETURN count(r) AS n",
            network=f"{world.network}:",
        )
        assert rows == [(number if news else 0,)], kind
    nodes = [
        world.ask(
            f"MATCH (n:{label}) WHERE n.network = $network RETURN count(n) AS n",
            network=world.network,
        )[0][0]
        for label in ("Account", "Post")
    ]
    assert nodes == ([len(people), len(posts)] if news else [184, 0])


def test_acts_upon_oneself_are_kept_and_give_nothing(world: World) -> None:
    own = Counter[str]()
    for event in world.events:
        own[TYPES[event.word]] += event.actor == event.target
    found = world.ask(
        f"MATCH (a:Account)-[r:{KINDS}]->(b:Account) WHERE a.key = b.key AND b.network = $network "
        "RETURN type(r) AS kind, count(DISTINCT r.event_id) AS n ORDER BY kind",
        network=world.network,
    )
    _same(found, own)
    assert sum(own.values()) == {"news": 138, "few-news": 72, "enron": 5_981}[world.name]


def test_evidence_is_the_number_of_others_who_acted(example: World) -> None:
    """Not oneself, not followers, nobody twice: in the run, for every person and topic."""
    _compare_evidence(example, run=None, upto=None)


def _compare_evidence(world: World, *, run: str | None, upto: int | None) -> None:
    expected = world.evidence(upto)
    found = [
        {(t, a): n for t, a, n in world.ran.table(name, of=run).select(columns).iter_rows()}
        for name, columns in (
            ("scores", ["topic", "account", "endorsers"]),
            ("unrated", ["topic", "account", "endorsers"]),
        )
    ]
    assert found[0] == {key: n for key, n in expected.items() if n >= 3}
    assert found[1] == {key: n for key, n in expected.items() if n < 3}
    assert len(found[0]) > 100


def test_scores_are_the_same_without_follows_and_acts_upon_oneself(
    few_news: Ran, tmp_path: Path
) -> None:
    folder = checkout(tmp_path)
    keep_few_news(folder)
    text = (folder / "jobs" / "demo.toml").read_text("utf-8")
    head, _, tail = text.partition('[[sources]]\nname = "follows"')
    (folder / "jobs" / "demo.toml").write_text(head + tail[tail.index("[window]") :], "utf-8")
    path = folder / "examples" / "news-events" / "interactions.csv.gz"
    rows = pl.read_csv(path, infer_schema=False)
    others = rows.filter(pl.col("actor") != pl.col("target"))
    assert (rows.height, others.height) == (12_670, 12_670 - 72)
    path.unlink()
    others.write_csv(path, compression="gzip")
    bare = run_job(load_job(folder / "jobs" / "demo.toml"))
    assert bare.report.score.run != few_news.report.score.run
    # who sees whom is what follows are for: it says who could have reacted and did not
    learned = [
        "spread", "spread_low", "spread_high", "low", "high", "rank_low", "rank_high", "rank_group",
    ]  # fmt: skip
    for name in ("scores", "unrated", "trees"):
        mine, theirs = (ran.table(name).drop(learned, strict=False) for ran in (bare, few_news))
        assert mine.equals(theirs), name


@pytest.mark.parametrize("query", named_queries(), ids=lambda q: q.name)
def test_named_queries_give_the_same_rows_on_both_stores(
    shared: World, database: Neo4jServer, query: NamedQuery
) -> None:
    ran = with_neo4j(shared.ran, database)
    chosen = query_values(shared, query)
    embedded, neo4j = (ran.ask(query.name, store=s, **chosen) for s in ("embedded", "neo4j"))
    assert embedded == neo4j
    assert bool(embedded) == (query.name not in NO_ROWS[shared.name])


def test_rows_are_what_the_files_say(world: World) -> None:
    evidence, (_, target) = world.evidence(), world.mutual
    for word in (*world.busiest[:9], OVERALL):
        rows = world.ask("top", topic=word, n=20)
        scored = sum(n >= 3 for (t, _), n in evidence.items() if t == world.topic(word))
        assert [row[0] for row in rows] == list(range(1, min(20, scored) + 1))
        assert all(row[10] == evidence[world.topic(word), row[1]] for row in rows)
        assert [row[4] for row in rows] == sorted((row[4] for row in rows), reverse=True)
    card = {row[0]: row[11] for row in world.ask("card", account=target)}
    assert card == {t: n for (t, who), n in evidence.items() if who == world.account(target)}
    amplifiers = {row[0]: row[3] for row in world.ask("amplifiers", account=target, n=10_000)}
    assert amplifiers == Counter(
        world.account(e.actor) for e in world.events if target == e.target != e.actor
    )
    word = world.busiest[0]
    activity = {row[0]: row[1] for row in world.ask("activity", topic=word, days=ALL_DAYS)}
    assert activity == Counter(TYPES[e.word] for e in world.events if word in e.topics)
    assert {row[0]: (row[2], row[3]) for row in world.ask("topics")} == {
        t.key: (t.scored, t.unrated) for t in world.ran.report.score.topics if t.scored or t.unrated
    }


@pytest.mark.parametrize(
    "world", [("news", "embedded"), ("few-news", "neo4j")], indirect=True, ids="-".join
)
def test_a_cascade_is_the_whole_conversation(world: World) -> None:
    root, size, _ = world.largest_tree
    posts = read_rows(examples_folder(world.ran) / "news-events" / "posts.csv.gz")
    account = world.account
    expected = {
        (account(p["post"]), account(p["parent_post"]) if p["parent_post"] else None,
         account(p["author"]))
        for p in posts if p["root_post"] == root
    }  # fmt: skip
    assert len(expected) == size == {"news": 781, "few-news": 579}[world.name]
    found = [(row[1], row[2], row[4]) for row in world.ask("cascade", post=root)]
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_running_again_finds_nothing_to_do(example: World) -> None:
    again = example.ran.again()
    assert again.nothing_new
    assert (again.score.run, again.score.created) == (example.ran.report.score.run, False)


@pytest.mark.parametrize("store", ["embedded", "neo4j"])
@pytest.mark.parametrize("name", ["few-news", "enron"])
def test_another_date_is_another_run_and_back_again(
    request: pytest.FixtureRequest, name: str, store: str
) -> None:
    """After all others: no fixture of the module has its name, so nothing moves it up."""
    world = _world(request, name, store)
    ran, first, to = world.ran, world.ran.report.score.run, [world.store]
    upto = epoch(EARLIER[world.name])
    made = ran.again(as_of=upto, to=to)
    second = made.score.run
    assert second != first
    assert [(s.published, s.previous) for s in made.publish.stores] == [(second, first)]
    assert ran.again(as_of=upto, to=to).nothing_new
    _compare_evidence(world, run=second, upto=upto)
    _compare_change(world, before=first, now=second)

    back = ran.rollback(to=to)
    assert [(s.store, s.published) for s in back.stores] == [(world.store, first)]
    assert world.ask("published")[0][0] == first
    assert ran.again(as_of=upto, to=to).publish.held_back == (world.store,)
    assert world.ask("published")[0][0] == first

    for run in (second, first):
        ran.publish(run, to=to)
        assert world.ask("published")[0][0] == run
    assert ran.flaws() == []


def _compare_change(world: World, *, before: str, now: str) -> None:
    """Everyone whose place or score moved overall, against the two run folders."""
    old, new = (places(world, run, topic=world.topic(OVERALL)) for run in (before, now))
    changed = world.ask("changed", topic=OVERALL, n=100_000)
    assert {row[0] for row in changed} == {a for a in old | new if old.get(a) != new.get(a)}
    nothing = (None, None)
    assert all((r[4], r[6]) == old.get(r[0], nothing) for r in changed)
    assert all((r[5], r[7]) == new.get(r[0], nothing) for r in changed)
    gains = {a: old[a][0] - new[a][0] for a in old.keys() & new.keys()}
    rising = {row[0]: row[3] for row in world.ask("rising", topic=OVERALL, n=100_000)}
    assert rising == {a: n for a, n in gains.items() if n > 0}
    assert len(changed) > len(rising) > 0


def test_answers_to_absent_posts_are_told(news: Ran) -> None:
    """127 replies answer 99 posts that are not in the files."""
    assert news.report.score.repairs["missing"] == 127
    posts = read_rows(examples_folder(news) / "news-events" / "posts.csv.gz")
    here = {p["post"] for p in posts}
    absent = [p["parent_post"] for p in posts if p["parent_post"] and p["parent_post"] not in here]
    assert (len(absent), len(set(absent))) == (127, 99)


def test_missing_reshares_are_told(news: Ran) -> None:
    """Sixteen conversations came without the retweets that the network counts for them."""
    missing = news.report.score.missing
    posts = read_rows(examples_folder(news) / "news-events" / "posts.csv.gz")
    reshared = {p["parent_post"] for p in posts if p["kind"] == "retweet"}
    counted = {
        p["post"]: int(p["retweet_count"])
        for p in posts
        if p["kind"] in ("source", "loose") and int(p["retweet_count"] or 0) > 0
    }
    none = {post: n for post, n in counted.items() if post not in reshared}
    assert missing is not None
    assert missing.posts == len(none) >= 16
    assert (missing.of, missing.counted) == (len(counted), sum(none.values()))


def test_heads_of_enron_are_near_the_top_of_its_mail(enron: Ran) -> None:
    """Positions were no input. Presidents, vice presidents and CEOs are 40 of the 184 (22 %).

    They are 8 of the first 20 overall (40 %); CEOs and presidents alone are 10 of the 184 (5 %), 3
    of the first 20 (15 %).
    """
    notes = {
        row["id"]: row["note"] for row in read_rows(examples_folder(enron) / "enron" / "people.csv")
    }
    heads = {f"enron:{i}" for i, note in notes.items() if "President" in note or "CEO" in note}
    first = {f"enron:{i}" for i, note in notes.items() if note.startswith(("President", "CEO"))}
    assert (len(notes), len(heads), len(first)) == (184, 40, 10)
    top = [row[1] for row in enron.ask("top", topic=OVERALL, n=20)]
    among = [sum(a in group for a in top) for group in (heads, first)]
    assert among == [8, 3]
    assert among[0] / 20 > 1.5 * len(heads) / len(notes)
    assert among[1] / 20 > 2.5 * len(first) / len(notes)
