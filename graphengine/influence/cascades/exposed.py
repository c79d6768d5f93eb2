"""Parents where none is named: the earlier adopters of the same cascade whom the adopter saw.

Twitter names the source of a retweet, not the retweet it was seen through. A likely path goes
through the people whom the one who retweets follows, or has reacted to before: the *most recent* of
them to adopt, the *first*, or *all* (Bakshy et al. 2011; Goyal, Bonchi & Lakshmanan 2010). Earlier
means strictly earlier, and of somebody who adopts twice the first time counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from graphengine.influence.cascades.adoptions import Adoptions, Exposures, adoptions, exposures
from graphengine.influence.kernels.exposures import count_seen, list_seen, seen_parent

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Path", "check_people", "exposed_lists", "exposed_parents", "with_exposed_parents"]

Path = Literal["last", "first", "all"]


def exposed_parents(
    log: Adoptions, seen: Exposures, *, choose: Literal["last", "first"] = "last"
) -> NDArray[np.int64]:
    """The position in ``log`` of the parent of each adoption (n), −1 where nobody seen is earlier.

    Of equal times the one that stands first.

    Raises:
        ValueError: Somebody in the log is not among the people of the exposures.

    >>> log = adoptions([0, 0, 0], [0, 1, 2], [10, 20, 30])
    >>> seen = exposures([1, 2, 2], [0, 0, 1], n=3)
    >>> exposed_parents(log, seen).tolist(), exposed_parents(log, seen, choose="first").tolist()
    ([-1, 0, 1], [-1, 0, 0])
    """
    check_people(log, seen)
    if choose not in ("last", "first"):
        raise ValueError(f'choose must be "last" or "first": {choose!r}')
    return seen_parent(log.arrays, seen.arrays, 1 if choose == "last" else 0)


def exposed_lists(log: Adoptions, seen: Exposures) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All earlier adopters seen: i's are ``indices[indptr[i]:indptr[i + 1]]``, ascending.

    The two arrays are what ``share_credit`` takes.

    Raises:
        ValueError: Somebody in the log is not among the people of the exposures.

    >>> log = adoptions([0, 0, 0], [0, 1, 2], [10, 20, 30])
    >>> [part.tolist() for part in exposed_lists(log, exposures([1, 2, 2], [0, 0, 1], n=3))]
    [[0, 0, 1, 3], [0, 0, 1]]
    """
    check_people(log, seen)
    indptr = np.concatenate([[0], np.cumsum(count_seen(log.arrays, seen.arrays))])
    return indptr, list_seen(log.arrays, seen.arrays, indptr)


def check_people(log: Adoptions, seen: Exposures) -> None:
    """Refuse a log with people whom the exposures do not number.

    >>> check_people(adoptions([0], [3], [0]), exposures([], [], n=3))
    Traceback (most recent call last):
        ...
    ValueError: person 3 adopts, but the exposures number 3 people; give exposures n = 4
    """
    highest = int(log.person.max()) if log.n else -1
    if highest >= seen.n:
        raise ValueError(
            f"person {highest} adopts, but the exposures number {seen.n} people; "
            f"give exposures n = {highest + 1}"
        )


def with_exposed_parents(
    links: pl.DataFrame, seen: pl.DataFrame, *, choose: Path = "last"
) -> pl.DataFrame:
    """``links`` as ``grow`` takes them, with likely parents where none but the root is named.

    A post's cascade is its ``root``. Posts that name no parent, or their root, get the post of an
    earlier adopter whom their author saw (or all of them, a row each); where there is none they
    stay as they are. Named parents other than the root stay. Posts without a root, an author or a
    time take no part. ``seen`` has the columns person, seen and, perhaps, since (epoch seconds).

    >>> links = pl.DataFrame({"post": ["a", "b", "c"], "parent": [None, "a", "a"],
    ...     "author": ["x", "y", "z"], "at": [0, 5, 9], "root": ["a", "a", "a"]})
    >>> seen = pl.DataFrame({"person": ["z"], "seen": ["y"]})
    >>> with_exposed_parents(links, seen)["parent"].to_list()
    [None, 'a', 'b']
    """
    told = _likely(links, seen, choose=choose)
    open_ones = pl.col("parent").is_null() | (pl.col("parent") == pl.col("root"))
    is_root = (pl.col("post") == pl.col("root")).fill_null(value=False)
    rows = links.with_row_index("row").with_columns(
        key=pl.when(open_ones & ~is_root).then("post")  # rows without a key stay as they are
    )
    return (
        rows.join(told, on="key", how="left")
        .with_columns(parent=pl.coalesce("likely", "parent"))
        .sort("row", "likely")
        .select(links.columns)
    )


def _likely(links: pl.DataFrame, seen: pl.DataFrame, *, choose: Path) -> pl.DataFrame:
    """Columns key, a post, and likely, the post of somebody its author saw."""
    part = (
        links.drop_nulls(["root", "author", "at"])
        .sort("at", "post")
        .unique("post", keep="first", maintain_order=True)
    )
    log, people = _numbered(part, seen)
    if choose == "all":
        indptr, found = exposed_lists(log, people)
    else:
        parent = exposed_parents(log, people, choose=choose)
        indptr = np.concatenate([[0], np.cumsum(parent >= 0)])
        found = parent[parent >= 0]
    child = np.repeat(log.order, np.diff(indptr))
    posts = part["post"]
    return pl.DataFrame({"key": posts.gather(child), "likely": posts.gather(log.order[found])})


def _numbered(part: pl.DataFrame, seen: pl.DataFrame) -> tuple[Adoptions, Exposures]:
    """The posts' cascades and authors as numbers, and the exposures among these authors."""
    authors = part["author"].unique().sort()
    ids = pl.DataFrame({"name": authors}).with_row_index("id")
    among = seen.join(ids.rename({"name": "person", "id": "u"}), on="person").join(
        ids.rename({"name": "seen", "id": "v"}), on="seen"
    )
    since = among["since"].fill_null(np.iinfo(np.int64).min) if "since" in among.columns else None
    who = part.select("author").join(
        ids.rename({"name": "author"}), on="author", maintain_order="left"
    )
    log = adoptions(part["root"].rank("dense").cast(pl.Int64) - 1, who["id"], part["at"])
    return log, exposures(among["u"], among["v"], since, n=len(authors))
