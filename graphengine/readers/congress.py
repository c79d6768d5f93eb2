"""The Twitter influence network of the 117th US Congress (Fink et al., Data in Brief 2023).

The edge list says ``source target {'weight': p}``: with probability p a tweet of source makes
target react. So target endorses source with weight p. The per-user files ``<user>_tweets.csv``
list, for each tweet, the accounts that it answers, retweets, quotes and mentions: one interaction
for each of them, by the user, with the tweet as its post; as table "posts", one post for each tweet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from graphengine.errors import ConfigurationError
from graphengine.readers.blocks import Block, cell_name
from graphengine.readers.delimited import delimited_blocks
from graphengine.readers.textfile import line_pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from graphengine.job import SourceSettings

__all__ = ["congress_blocks", "congress_source"]

TWEETS = "_tweets.csv"
LISTS = {
    "replied_to_author_ids": "reply",
    "retweeted_author_ids": "retweet",
    "quoted_author_ids": "quote",
    "mentioned_user_ids": "mention",
}
COLUMNS: dict[str, dict[str, str | list[str]]] = {
    "interactions": {n: n for n in ("actor", "target", "kind", "weight", "post")},
    "posts": {"post": "post", "author": "actor"},
}
EDGE = re.compile(r"(\S+)\s+(\S+)\s+\{'weight':\s*(\S+?)\}")
LIST = re.compile(r"\[\s*(?:\w+(?:\s*,\s*\w+)*)?\s*\]")


def congress_source(source: SourceSettings, path: Path) -> SourceSettings:
    """The settings that the set's own shape gives; the job names only the files and the table.

    Raises ``ConfigurationError`` for a table that a file of this set does not hold.
    """
    held = ["interactions", "posts"] if _is_tweets(path) else ["interactions"]
    if source.table not in held:
        raise ConfigurationError(
            f'{path} holds no {source.table}: with reader = "congress" it holds '
            f'{" or ".join(held)}. Correct table in the source "{source.name}".'
        )
    shape = {"columns": COLUMNS[source.table], "constants": {}, "kinds": {}, "skip": {}}
    return source.model_copy(update={**shape, "identity": None, "header": True})


def congress_blocks(path: Path, source: SourceSettings, *, wanted: list[str]) -> Iterator[Block]:
    """The rows of an edge list, or of a user's tweets, with the ``wanted`` columns."""
    if not _is_tweets(path):
        yield from _edges(path, wanted)
        return
    user = path.name[: path.name.index(TWEETS)]
    for block in delimited_blocks(path, source, kind="csv", wanted=["TweetID", *LISTS]):
        yield _tweets(block, user, wanted, posts=source.table == "posts")


def _is_tweets(path: Path) -> bool:
    return TWEETS in path.name


def _edges(path: Path, wanted: list[str]) -> Iterator[Block]:
    first = 1
    for piece in line_pieces(path):
        lines = piece.data.decode("utf-8", "replace").split("\n")
        found = _Found()
        for number, line in enumerate(lines, first):
            match = EDGE.fullmatch(line.strip())
            if match:
                found.add(number, kind="endorse", actor=match[2], target=match[1], weight=match[3])
            elif line.strip():
                found.refused.append((number, "not of the form: source target {'weight': p}"))
        yield found.block(wanted, _text_of(lines, first))
        first += len(lines) - 1


def _text_of(lines: list[str], first: int) -> Callable[[int], str]:
    return lambda line: lines[line - first]


def _tweets(block: Block, user: str, wanted: list[str], *, posts: bool) -> Block:
    found = _Found(refused=block.refused)
    for line, (post, *lists) in zip(block.lines, block.cells.rows(), strict=True):
        if not all(LIST.fullmatch(cell.strip()) for cell in lists):
            found.refused.append((line, "a list of accounts is not of the form [1, 2]"))
        elif posts:
            found.add(line, post=post, actor=user)
        else:
            for kind, cell in zip(LISTS.values(), lists, strict=True):
                for other in re.findall(r"\w+", cell):
                    found.add(line, kind=kind, actor=user, target=other, post=post)
    return found.block(wanted, block.text)


@dataclass
class _Found:
    """Rows found so far, the lines they stand on, and the lines that hold none."""

    rows: list[dict[str, str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, **cells: str) -> None:
        self.rows.append(cells)
        self.lines.append(line)

    def block(self, wanted: list[str], text: Callable[[int], str]) -> Block:
        cells = pl.DataFrame(
            {cell_name(i): [row.get(name) for row in self.rows] for i, name in enumerate(wanted)},
            schema={cell_name(i): pl.String() for i in range(len(wanted))},
        )
        return Block(cells, pl.Series(self.lines, dtype=pl.Int64), text, self.refused)
