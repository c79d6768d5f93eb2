"""The published data sets as events [actor, target, at, weight, about], the same shape for all."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from tests.support.data import data_root

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["PRIMARY", "SECONDARY", "Set", "load"]


@dataclass(frozen=True)
class Set:
    """events; ``timed`` is False where "at" only numbers cascades; followers [account, at, n];
    posts [account, at]; without: people whose later reactions are not in the data."""

    name: str
    events: pl.DataFrame
    timed: bool = True
    followers: pl.DataFrame | None = None
    posts: pl.DataFrame | None = None
    without: pl.Series | None = None
    top: int | None = None  # judged by NDCG at this depth instead of rank correlation


def _rows(path: Path, **options: object) -> pl.DataFrame:
    with gzip.open(path) as file:
        return pl.read_csv(file.read(), infer_schema=False, **options)  # type: ignore[arg-type]


def _events(frame: pl.DataFrame, **more: pl.Expr) -> pl.DataFrame:
    return frame.select(
        "actor", "target", pl.col("at").cast(pl.Int64), weight=pl.lit(1.0), **more
    ).filter(pl.col("actor") != pl.col("target"))


def higgs(folder: Path) -> Set:
    path = folder / "higgs-activity_time.txt.gz"
    rows = _rows(path, separator=" ", has_header=False, new_columns=["actor", "target", "at", "k"])
    once = rows.unique(["actor", "target", "at"], maintain_order=True)  # a reply is a mention too
    return Set("higgs", _events(once))


def collegemsg(folder: Path) -> Set:
    path = folder / "CollegeMsg.txt.gz"
    rows = _rows(path, separator=" ", has_header=False, new_columns=["actor", "target", "at"])
    return Set("collegemsg", _events(rows))


def gop(folder: Path) -> Set:
    rows = _rows(folder / "interactions.tsv.gz", separator="\t")
    at = pl.col("created").str.to_datetime("%m/%d/%y %H:%M").dt.epoch("s")
    return Set("gop-debate", _events(rows.with_columns(at=at)))


def enron(folder: Path) -> Set:
    rows = _rows(folder / "emails.csv.gz").rename({"sender": "actor", "recipient": "target"})
    rows = rows.with_columns(
        at=pl.col("sent_at").str.to_datetime("%Y-%m-%d %H:%M:%S").dt.epoch("s")
    )
    rows = rows.filter(~pl.col("sent_at").str.starts_with("1979"))
    return Set(
        "enron", _events(rows.unique(["actor", "target", "at"], maintain_order=True)), top=20
    )


def pheme(folder: Path) -> Set:
    rows = _rows(folder / "interactions.csv.gz")
    seconds = pl.col("at").str.to_datetime("%Y-%m-%dT%H:%M:%SZ").dt.epoch("s")
    rows = rows.with_columns(at=seconds)
    posts = _rows(folder / "posts.csv.gz").with_columns(
        at=pl.col("created_at").str.to_datetime("%Y-%m-%dT%H:%M:%SZ").dt.epoch("s"),
        account=pl.col("author"),
    )
    threads = pl.read_csv(folder / "threads.csv", infer_schema=False)
    missing = threads.filter(pl.col("has_retweets") == "0")["author"].unique()
    strongest = rows.sort("at").unique(
        ["actor", "target", "post"], keep="first", maintain_order=True
    )
    sources = posts.filter(pl.col("kind") == "source").select("account", "at")
    original = pl.col("kind").is_in(["retweet", "reply"])
    return Set(
        "pheme",
        _events(strongest, about=pl.col("root_post"), original=original),
        followers=posts.select("account", "at", n=pl.col("followers").cast(pl.Float64)),
        posts=sources,
        without=missing,
    )


def pheme_running(folder: Path) -> Set:
    """Apart: threads that began before the cut count after it as well."""
    data = pheme(folder)
    return replace(data, name="pheme-running", events=data.events.drop("about"))


def twitter15(folder: Path) -> Set:
    rows = _rows(folder / "tree_edges.tsv.gz", separator="\t")
    rows = rows.filter(pl.col("parent_user") != "ROOT")
    rows = rows.unique(["tree", "child_user", "child_tweet"], keep="first", maintain_order=True)
    named = rows.select(actor="child_user", target="parent_user", at="tree", tree="tree")
    return Set("twitter15", _events(named, about=pl.col("tree")), timed=False)


def android(folder: Path) -> Set:
    """Parent rule: the latest earlier participant who is linked to one, either way round."""
    with gzip.open(folder / "graph.txt.gz", "rt") as file:
        next(file)
        links = {tuple(line.split()) for line in file}
    found: list[tuple[str, str, int]] = []
    number = 0
    for name in ("train", "val", "test"):
        with gzip.open(folder / f"{name}.txt.gz", "rt") as file:
            for line in file:
                seed, *rest = line.split()
                number += 1
                seen = [seed]
                for user in rest[::2]:
                    parents = (
                        s for s in reversed(seen) if (user, s) in links or (s, user) in links
                    )
                    parent = next(parents, None)
                    seen.append(user)
                    if parent is not None:
                        found.append((user, parent, number))
    rows = pl.DataFrame(found, schema=["actor", "target", "at"], orient="row")
    return Set("android", _events(rows, about=pl.col("at").cast(pl.String)), timed=False)


PRIMARY: dict[str, tuple[str, Callable[[Path], Set]]] = {
    "higgs": ("higgs", higgs),
    "collegemsg": ("collegemsg", collegemsg),
    "gop-debate": ("gop-debate", gop),
    "enron": ("enron", enron),
    "pheme": ("pheme", pheme),
}
SECONDARY: dict[str, tuple[str, Callable[[Path], Set]]] = {
    "pheme-running": ("pheme", pheme_running),
    "twitter15": ("twitter15", twitter15),
    "android": ("stackexchange-android", android),
}


def load(name: str) -> Set:
    """The set ``name``, read anew."""
    folder, read = (PRIMARY | SECONDARY)[name]
    return read(data_root() / folder)
