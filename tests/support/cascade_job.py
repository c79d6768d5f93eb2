"""A small job whose cascades are known: who follows whom, and who passes on with what chance."""

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CHANCE", "JOB", "write_cascade_job"]

CHANCE = 0.4  # that somebody passes on what somebody they follow has posted
JOB = """\
name = "relay"
network = "toy"

[[sources]]
name = "posts"
table = "posts"
files = ["posts.csv"]
columns = { post = "post", parent = "parent", kind = "kind", author = "author", at = "at", topic = "topic" }

[[sources]]
name = "acts"
files = ["acts.csv"]
columns = { actor = "who", target = "whom", kind = "kind", at = "at", topic = "topic", post = "post", parent = "parent" }
identity = "post"

[[sources]]
name = "follows"
table = "exposure"
files = ["follows.csv"]
columns = { actor = "follower", target = "followed" }
constants = { kind = "follow" }

[method]
min_endorsers = 1

[diffusion]
seeds = 3
"""
_PEOPLE, _POSTS, _START = 40, 120, 1_704_067_200


def write_cascade_job(folder: Path, *, text: str = JOB, follows: bool = True) -> Path:
    """Write the job and its files into ``folder``; the job file's path.

    Everybody follows two people with smaller numbers, so that the first few reach most. Each post
    spreads by the independent cascade with CHANCE an edge; half of them are about chess.
    """
    draw = random.Random(7)
    followed = {v: sorted(draw.sample(range(v), min(v, 2))) for v in range(_PEOPLE)}
    audience: dict[int, list[int]] = {u: [] for u in range(_PEOPLE)}
    for v, seen in followed.items():
        for u in seen:
            audience[u].append(v)
    posts, acts = [], []
    for number in range(_POSTS):
        author, topic = draw.randrange(12), ("chess", "cooking")[number % 2]
        root = f"p{number}"
        at = _START + 3_600 * number
        posts.append((root, "", "post", f"u{author}", _iso(at), topic))
        reached, queue = {author: root}, [(author, root, at)]
        while queue:
            u, parent, since = queue.pop(0)
            for v in audience[u]:
                if v in reached or draw.random() >= CHANCE:
                    continue
                post, when = f"{root}-{v}", since + 60 + draw.randrange(60)
                reached[v] = post
                posts.append((post, parent, "retweet", f"u{v}", _iso(when), topic))
                acts.append((f"u{v}", f"u{u}", "retweet", _iso(when), topic, post, parent))
                queue.append((v, post, when))
    _write(folder / "posts.csv", ("post", "parent", "kind", "author", "at", "topic"), posts)
    _write(folder / "acts.csv", ("who", "whom", "kind", "at", "topic", "post", "parent"), acts)
    pairs = [(f"u{v}", f"u{u}") for v, seen in followed.items() for u in seen] if follows else []
    _write(folder / "follows.csv", ("follower", "followed"), pairs)
    job = folder / "job.toml"
    job.write_text(text, "utf-8")
    return job


def _write(path: Path, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
