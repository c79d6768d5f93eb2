"""A job of posts that are passed on: forty that are over, and a few that are in full flight."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["AS_OF", "JOB", "write_viral_job"]

AS_OF = 1_704_844_800  # 2024-01-10
JOB = """\
name = "viral"
network = "toy"

[[sources]]
name = "posts"
table = "posts"
files = ["posts.csv"]
columns = { post = "post", parent = "parent", kind = "kind", author = "author", at = "at", topic = "topic" }

[[sources]]
name = "accounts"
table = "accounts"
files = ["accounts.csv"]
columns = { account = "id", at = "at", followers = "followers" }

[[sources]]
name = "interactions"
files = ["interactions.csv"]
columns = { event = "event", actor = "who", target = "whom", kind = "kind", at = "at", topic = "topic", post = "post", parent = "parent" }
identity = "event"
"""


def write_viral_job(
    folder: Path, *, finished: int = 40, followers: bool = True, posts: bool = True
) -> Path:
    """Write the job into ``folder``; the path of its job file.

    Post ``old-k`` had k reshares after ten minutes and 2·k in the end. At AS_OF, ``new`` is 15
    minutes old and has 20 reshares, ``wild`` has 12 within a minute by people whom nobody follows
    (but one), ``quiet`` is two days old and has 9, ``reply`` is a reply that is reshared twice, and
    ``gone``, of which only its reshares are known, has 3.
    """
    rows = [("post", "parent", "kind", "author", "at", "topic")]
    if posts:
        for k in range(1, finished + 1):
            start = AS_OF - 6 * 86_400 + 60 * k
            early = [start + 5 + 590 * j // (k + 1) for j in range(k)]
            rows += _post(f"old-{k}", start, [*early, *(start + 2_000 + 50 * j for j in range(k))])
        rows += _post("new", AS_OF - 900, [AS_OF - 890 + 40 * j for j in range(20)], topic="chess")
        rows += _post("wild", AS_OF - 60, [AS_OF - 50 + j for j in range(12)], who="lonely")
        rows += _post("quiet", AS_OF - 172_800, [AS_OF - 172_000 + j for j in range(9)])
        rows.append(("reply", "quiet", "reply", "u1", _iso(AS_OF - 4_000), "chess"))
        rows += _post("reply", AS_OF - 4_000, [AS_OF - 3_000, AS_OF - 2_000], topic="chess")[1:]
    events = [("event", "who", "whom", "kind", "at", "topic", "post", "parent")]
    for j in range(3):
        parent = "gone" if posts else ""
        at = _iso(AS_OF - 1_000 + 500 * j)
        events.append((f"e{j}", f"u{j}", "u9", "retweet", at, "go", f"g{j}", parent))
    people = [("id", "at", "followers"), ("lonely0", "", "1")]
    if followers:
        people += [(f"u{j}", "", str(9_000 + j)) for j in range(100)]
        people.append(("u0", _iso(AS_OF + 50), "1000000"))  # later: not to be used
        people += [(f"lonely{j}", "", "0") for j in range(1, 13)]
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in (("posts", rows), ("interactions", events), ("accounts", people)):
        kept = table if followers or name != "accounts" else [*table[:1], ("u0", "", "")]
        text = "".join(",".join(row) + "\n" for row in kept)
        (folder / f"{name}.csv").write_text(text, "utf-8")
    job = folder / "viral.toml"
    job.write_text(JOB, "utf-8")
    return job


def _post(
    name: str, start: int, times: list[int], *, who: str = "u", topic: str = "go"
) -> list[tuple[str, ...]]:
    """A post by the first person and its reshares by the others."""
    first = (name, "", "post", f"{who}0", _iso(start), topic)
    return [first, *(
        (f"{name}-{j}", name, "retweet", f"{who}{j + 1}", _iso(at), topic)
        for j, at in enumerate(times)
    )]  # fmt: skip


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
