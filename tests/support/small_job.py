"""A small real job: five kinds of files, topics, cascades, repeats; the same bytes every time.

Three hundred interactions of forty people in two files, then a third file that arrives later: with
events of days that are known already, repeats that name a further topic, and one event that no
window of sanity lets in.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = ["JOB", "TOPICS", "add_late_file", "write_small_job"]

TOPICS = ("chess", "cooking", "rail travel")
JOB = """\
name = "small"
network = "toy"
no_topic = ["-"]

[[sources]]
name = "interactions"
files = ["in/interactions-*.csv*"]
columns = { event = "id", actor = "who", target = "whom", kind = "what", at = "at", topic = "topic", post = "post", parent = "parent" }
topic_separator = ";"
identity = "event"

[[sources]]
name = "posts"
table = "posts"
files = ["in/posts.jsonl"]
columns = { post = "post", parent = "parent", kind = "kind", author = "author", at = "at", root = "root", topic = "topics" }

[[sources]]
name = "accounts"
table = "accounts"
files = ["in/accounts.csv"]
columns = { account = "id", at = "at", handle = "handle", name = "name", followers = "followers" }

[[sources]]
name = "follows"
table = "exposure"
files = ["in/follows.tsv"]
columns = { actor = "follower", target = "followed" }
constants = { kind = "follow" }

[window]
earliest = "2024-01-01"
latest = "2024-03-01"

[method]
half_life_days = 30
min_endorsers = 2
draws = 20

[validation]
cuts = [0.7]
"""

_SEED = 20_240_101
_START = 1_704_067_200  # 2024-01-01
_DAY = 86_400
_PEOPLE, _DAYS = 40, 6
_COLUMNS = ("id", "who", "whom", "what", "at", "topic", "post", "parent")
_KINDS = ("retweet", "reply", "mention", "like")


def write_small_job(folder: Path, *, name: str = "job.toml", text: str = JOB) -> Path:
    """Write the job file and the files that it reads into ``folder``; the job file's path."""
    data = folder / "in"
    data.mkdir(parents=True)
    events = _interactions(random.Random(_SEED), 300, first=1, days=_DAYS)
    (data / "interactions-1.csv.gz").write_bytes(_gzip(_csv(_COLUMNS, events[:180])))
    (data / "interactions-2.csv").write_bytes(_csv(_COLUMNS, [*events[180:], *events[:9]]))
    posts = "".join(f"{json.dumps(post)}\n" for post in _posts(random.Random(_SEED + 1)))
    (data / "posts.jsonl").write_text(posts, "utf-8")
    people = [
        (f"u{n}", _iso(n % 4), f"Person{n}", f"Person No. {n}", 10 * n * n) for n in range(_PEOPLE)
    ]
    (data / "accounts.csv").write_bytes(_csv(("id", "at", "handle", "name", "followers"), people))
    follows = [f"u{n}\tu{m}\n" for n in range(_PEOPLE) for m in range(n % 5)]
    (data / "follows.tsv").write_text("follower\tfollowed\n" + "".join(follows), "utf-8")
    job = folder / name
    job.write_text(text, "utf-8")
    return job


def add_late_file(folder: Path) -> None:
    """Put the third file of interactions beside the first two."""
    known = _interactions(random.Random(_SEED), 300, first=1, days=_DAYS)
    further = [[*row[:5], "cooking;chess", *row[6:]] for row in known[40:60]]
    news = _interactions(random.Random(_SEED + 2), 60, first=301, days=_DAYS + 2)
    too_early = ["e999", "u1", "u2", "like", "1979-12-31T00:00:00Z", "chess", "", ""]
    rows = _csv(_COLUMNS, [*news, *further, too_early])
    (folder / "in" / "interactions-3.csv.gz").write_bytes(_gzip(rows))


def _interactions(draw: random.Random, count: int, *, first: int, days: int) -> list[list[str]]:
    """Rows of _COLUMNS; a few people get most of the attention."""
    rows = []
    for number in range(first, first + count):
        actor = draw.randrange(_PEOPLE)
        target = min(draw.randrange(_PEOPLE), draw.randrange(_PEOPLE), draw.randrange(_PEOPLE))
        kind = draw.choice(_KINDS)
        at = draw.randrange(days * _DAY)
        topic = draw.choice([*TOPICS, TOPICS[0], "-"])
        tied = kind in ("retweet", "reply")
        post, parent = (f"p{number}", f"o{draw.randrange(20)}") if tied else ("", "")
        rows.append(
            [f"e{number}", f"u{actor}", f"u{target}", kind, _iso(0, at), topic, post, parent]
        )
    return rows


def _posts(draw: random.Random) -> list[dict[str, object]]:
    """Twenty originals, and a cascade under each of the first ten."""
    posts: list[dict[str, object]] = [
        {"post": f"o{n}", "kind": "post", "author": f"u{n % 7}", "at": _iso(0),
         "topics": [TOPICS[n % 3]]}
        for n in range(20)
    ]  # fmt: skip
    for root in range(10):
        line = [f"o{root}"]
        for step in range(draw.randrange(2, 8)):
            post = f"c{root}-{step}"
            posts.append(
                {"post": post, "parent": draw.choice(line), "kind": "retweet", "root": line[0],
                 "author": f"u{draw.randrange(_PEOPLE)}", "at": _iso(root % _DAYS, 60 * (step + 1)),
                 "topics": [TOPICS[root % 3]]}
            )  # fmt: skip
            line.append(post)
    return posts


def _iso(day: int, second: int = 0) -> str:
    return datetime.fromtimestamp(_START + day * _DAY + second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue().encode()


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)
