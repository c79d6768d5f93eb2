"""The bundled examples as Python's csv reads them, and the questions that they can answer."""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from graphengine.model import ENDORSEMENT_TYPES, OVERALL, account_key, slug, topic_key
from support.run_job import Ran, endorsers, epoch, read_rows

if TYPE_CHECKING:
    from pathlib import Path

    from graphengine.stores.queries import NamedQuery

__all__ = [
    "ALL_DAYS",
    "EARLIER",
    "KINDS",
    "LARGE",
    "NO_ROWS",
    "TYPES",
    "Event",
    "World",
    "enron_events",
    "examples_folder",
    "keep_few_news",
    "news_events",
    "news_links",
    "places",
    "query_values",
]

ALL_DAYS = 100_000
KINDS = "|".join(ENDORSEMENT_TYPES.values())
EARLIER = {"few-news": "2014-11-30T23:59:59Z", "enron": "2000-12-31T23:59:59Z"}
LARGE = {"charliehebdo", "sydneysiege", "ottawashooting"}  # three quarters of the news
TYPES = {"retweet": "RETWEETED", "reply": "REPLIED", "mention": "MENTIONED"} | dict.fromkeys(
    ("to", "cc", "bcc"), "MESSAGED"
)
# Nobody published before; Enron's mail has no posts and no follow links.
_UNPUBLISHED = {"changed", "rising", "surely-changed"}
NO_ROWS = {
    "few-news": _UNPUBLISHED,
    "enron": {
        *_UNPUBLISHED,
        "cascade",
        "cascades-of",
        "silent-audience",
        "seeds",
        "reach",
    },
}


class Event(NamedTuple):
    """One event as the example's files tell it."""

    word: str
    actor: str
    target: str
    at: int
    topics: frozenset[str]


@dataclass(frozen=True)
class World:
    """An example that was run, the store that is asked, and what its files say."""

    name: str
    ran: Ran
    store: str
    events: tuple[Event, ...]

    @property
    def network(self) -> str:
        """The first part of its keys."""
        return self.ran.job.network

    def account(self, uid: str) -> str:
        """The key of a person or a post."""
        return account_key(self.network, uid)

    def topic(self, word: str) -> str:
        """The key of a topic."""
        return topic_key(self.ran.job.topic_scheme, slug(word))

    def ask(self, name_or_text: str, **parameters: object) -> list[Any]:
        """Rows from the store."""
        return self.ran.ask(name_or_text, store=self.store, **parameters)

    def evidence(self, upto: int | None = None) -> dict[tuple[str, str], int]:
        """How many others endorsed each person, per topic key and overall."""
        events = [e for e in self.events if upto is None or e.at <= upto]
        acts = [(t, e.actor, e.target) for e in events for t in (*e.topics, OVERALL)]
        return {(self.topic(t), self.account(u)): n for (t, u), n in endorsers(acts).items()}

    @cached_property
    def mutual(self) -> tuple[str, str]:
        """The two people who did most to each other."""
        acts = Counter((e.actor, e.target) for e in self.events if e.actor != e.target)
        return max(acts, key=lambda pair: (min(acts[pair], acts[pair[::-1]]), pair))

    @cached_property
    def busiest(self) -> list[str]:
        """Topics' words, the one with the most events first."""
        counts = Counter(t for e in self.events for t in e.topics)
        return sorted(counts, key=lambda t: (-counts[t], t))

    @cached_property
    def largest_tree(self) -> tuple[str, int, str]:
        """The first post, the size and the author of the largest conversation."""
        if self.name == "enron":
            return "1", 0, ""
        posts = read_rows(examples_folder(self.ran) / "news-events" / "posts.csv.gz")
        root, size = Counter(p["root_post"] for p in posts).most_common(1)[0]
        (author,) = (p["author"] for p in posts if p["post"] == root)
        return root, size, author


def examples_folder(ran: Ran) -> Path:
    """Where the examples lie that it read."""
    return ran.job.folder.parent / "examples"


def keep_few_news(folder: Path) -> None:
    """Take the three largest topics, and follow links of people met only there, out of a checkout."""
    news = folder / "examples" / "news-events"
    acts, posts, follows = (
        read_rows(news / f"{name}.csv.gz") for name in ("interactions", "posts", "follows")
    )
    acts, posts = ([r for r in rows if r["topic"] not in LARGE] for rows in (acts, posts))
    met = {r[who] for r in acts for who in ("actor", "target")} | {p["author"] for p in posts}
    follows = [f for f in follows if met >= {f["follower"], f["followed"]}]
    for name, rows in (("interactions", acts), ("posts", posts), ("follows", follows)):
        path = news / f"{name}.csv.gz"
        with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, list(rows[0]))
            table.writeheader()
            table.writerows(rows)


def news_links(ran: Ran) -> tuple[dict[str, int], set[str], set[str]]:
    """How many links of each kind the files of the news tell of; all people, and all posts."""
    news = examples_folder(ran) / "news-events"
    acts, posts, follows = (
        read_rows(news / f"{name}.csv.gz") for name in ("interactions", "posts", "follows")
    )
    answers = Counter(p["kind"] for p in posts if p["parent_post"])
    ends = ((acts, ("actor", "target")), (posts, ("author",)), (follows, ("follower", "followed")))
    people = {row[who] for rows, columns in ends for row in rows for who in columns}
    named = {p[name] for p in posts for name in ("post", "parent_post") if p[name]}
    return (
        {
            "FOLLOWED": len(follows), "POSTED": len(posts), "ABOUT": len(posts),
            "RESHARE_OF": answers["retweet"], "REPLY_TO": answers["reply"],
        },
        people,
        named,
    )  # fmt: skip


def news_events(ran: Ran) -> tuple[Event, ...]:
    """The events of the news events."""
    rows = read_rows(examples_folder(ran) / "news-events" / "interactions.csv.gz")
    return tuple(
        Event(r["kind"], r["actor"], r["target"], epoch(r["at"]), frozenset([r["topic"]]))
        for r in rows
    )


def enron_events(ran: Ran) -> tuple[Event, ...]:
    """The events of the mail, which is the same where word, people and second are; 1979 is certainly wrong."""
    topics: dict[tuple[str, str, str, int], set[str]] = defaultdict(set)
    for row in read_rows(examples_folder(ran) / "enron" / "emails.csv.gz"):
        if not row["sent_at"].startswith("1979"):
            key = (row["kind"], row["sender"], row["recipient"], epoch(row["sent_at"]))
            topics[key] |= {row["topic"]} - {"", "outlier"}
    return tuple(Event(*key, frozenset(words)) for key, words in topics.items())


def query_values(world: World, query: NamedQuery) -> dict[str, object]:
    """A value for each parameter without a default; a topic where all jobs' events would count."""
    actor, target = world.mutual
    first, second = world.busiest[:2]
    root, _, author = world.largest_tree
    if query.name == "cascades-of" and author:
        target = author
    if query.name == "silent-audience" and author:
        target = _followed_in_silence(world)
    if query.name == "within-two-hops":
        first = OVERALL
    values: dict[tuple[str, str], object] = {
        ("topic", "topic"): first, ("other", "topic"): second,
        ("account", "account"): target, ("other", "account"): actor,
        ("post", "post"): root, ("text", "text"): world.account(target)[:-1],
        ("days", "integer"): ALL_DAYS,
        ("above", "float"): 4.0,
    }  # fmt: skip
    if query.name == "reasons":
        values["account", "account"] = world.ask("top", topic=first, n=1)[0][1]
    whole = query.name in ("activity", "daily", "surely-above")
    return {
        p.name: values[p.name, p.type]
        for p in query.parameters
        if p.default is None or (whole and p.name in ("topic", "days", "above"))
    }


def _followed_in_silence(world: World) -> str:
    """Who has the most followers that never acted towards them."""
    acts = {(e.actor, e.target) for e in world.events}
    follows = read_rows(examples_folder(world.ran) / "news-events" / "follows.csv.gz")
    silent = Counter(
        f["followed"] for f in follows
        if (f["follower"], f["followed"]) not in acts and f["follower"] != f["followed"]
    )  # fmt: skip
    return max(silent, key=lambda who: (silent[who], who))


def places(world: World, run: str, *, topic: str) -> dict[str, tuple[int, float]]:
    """Rank and score of everyone who is scored in a topic of a run."""
    table = world.ran.table("scores", of=run)
    rows = table.filter(table["topic"] == topic).select("account", "rank", "score").iter_rows()
    return {account: (rank, score) for account, rank, score in rows}
