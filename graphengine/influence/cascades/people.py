"""Credit summed over people: what others did because of somebody's posts.

*Direct*: the units of others' posts that name one of the person's posts as a parent, shared by
the rule where they name several. *Total*: the units of others' posts anywhere below one of the
person's posts, each once however many of the person's posts stand above it. So nobody earns
credit by answering themselves, alone or in turns with a friend (``own`` lets them). Totals follow
the tree (one parent a post), also where a source names several parents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.influence.cascades.credit import Rule, share_credit
from graphengine.influence.cascades.trees import grow
from graphengine.influence.kernels.forests import sum_below, under_own

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphengine.influence.cascades.forest import Choice, Forest, Repairs

__all__ = ["credit_by_person", "faded", "forests_by_topic", "number_authors"]


def credit_by_person(
    forest: Forest, *, rule: Rule, decay_seconds: float = 3600.0, own: bool = False
) -> pl.DataFrame:
    """Columns account, posts, direct, total: one row an author, sorted; unknown authors apart.

    The rules "first" and "last" follow the tree, which ``grow`` made by the same rule; "split" and
    "decay" share direct credit among all earlier parents that a post names. With ``own`` the posts
    of somebody below their own posts count as everybody's do.

    Raises:
        ValueError: The forest was grown by "first" and the rule is "last", or the reverse.

    >>> from graphengine.influence.cascades.trees import grow
    >>> posts = {"post": ["a", "b", "c"], "parent": [None, "a", "b"], "author": ["x", "y", "x"]}
    >>> forest, _ = grow(pl.DataFrame(posts).with_columns(at=pl.Series([0, 1, 2])))
    >>> credit_by_person(forest, rule="last").rows()
    [('x', 2, 1.0, 1.0), ('y', 1, 1.0, 1.0)]
    """
    people, author = number_authors(forest)
    known = author >= 0
    direct, total = (
        _direct(forest, author if not own else None, rule=rule, decay_seconds=decay_seconds),
        _total(forest, author, people, own=own),
    )

    def per_person(amount: np.ndarray) -> np.ndarray:
        summed = np.bincount(author[known], weights=amount[known], minlength=len(people))
        return summed.astype(np.float64)  # of nothing, bincount makes integers

    return pl.DataFrame(
        {
            "account": people,
            "posts": np.bincount(author[known], minlength=len(people)),
            "direct": per_person(direct),
            "total": np.maximum(per_person(total), 0.0),  # units below 1 leave rounding behind
        }
    )


def forests_by_topic(
    links: pl.DataFrame, *, choose: Choice = "last"
) -> Iterator[tuple[str, Forest, Repairs]]:
    """Topic, trees and repairs, one topic after the other in order of their keys.

    ``links`` are those of ``grow`` with a column topic: a post of k topics is k times there, with
    the unit 1/k. Every topic has trees of its own posts alone, so that posts of another topic
    change nothing in it.

    >>> links = {"post": ["a"], "parent": [None], "author": ["x"], "topic": ["t"]}
    >>> list(forests_by_topic(pl.DataFrame(links).with_columns(at=pl.lit(0))))[0][0]
    't'
    """
    for (topic,), part in sorted(links.partition_by("topic", as_dict=True).items()):
        forest, repairs = grow(part.drop("topic"), choose=choose)
        yield str(topic), forest, repairs


def faded(links: pl.DataFrame, *, as_of: int, half_life: float) -> pl.DataFrame:
    """``links`` whose units have faded by 2^(−age/half-life) at ``as_of``, both in seconds.

    A post of several times has the age of the earliest, one without a time does not fade.

    Raises:
        ValueError: The half-life is not positive, or a post is later than ``as_of``.

    >>> links = {"post": ["a"], "parent": [None], "author": ["x"], "at": [0]}
    >>> faded(pl.DataFrame(links), as_of=60, half_life=30)["unit"].to_list()
    [0.25]
    """
    if not half_life > 0:
        raise ValueError(f"half_life is {half_life}; it must be a positive number of seconds")
    late = links.filter(pl.col("at") > as_of)
    if late.height:
        raise ValueError(
            f"{late.height} rows are later than as_of {as_of}, the first of post {late['post'][0]} "
            f"at {late['at'][0]}; leave them out, or name a later as_of"
        )
    unit = pl.col("unit") if "unit" in links.columns else pl.lit(1.0)
    age = (as_of - pl.col("at").min().over("post")).fill_null(0)
    return links.with_columns(unit=unit * (2.0 ** (-age / half_life)))


def number_authors(forest: Forest) -> tuple[pl.Series, np.ndarray]:
    """The different known authors in order, and the number of each post's author, −1 if unknown.

    >>> forest, _ = grow(pl.DataFrame({"post": ["a"], "parent": [None], "author": ["x"], "at": [0]}))
    >>> number_authors(forest)[1].tolist()
    [0]
    """
    people = forest.authors.drop_nulls().unique().sort().alias("account")
    return people, _numbered(forest.authors, people)


def _numbered(authors: pl.Series, people: pl.Series) -> np.ndarray:
    numbers = pl.DataFrame({"account": people, "id": np.arange(len(people), dtype=np.int64)})
    joined = pl.DataFrame({"account": authors}).join(
        numbers, on="account", how="left", maintain_order="left"
    )
    return joined["id"].fill_null(-1).to_numpy()


def _direct(
    forest: Forest, author: np.ndarray | None, *, rule: Rule, decay_seconds: float
) -> np.ndarray:
    child = np.repeat(np.arange(forest.n), np.diff(forest.named_from))
    if rule in ("split", "decay"):
        share = share_credit(
            forest.named_from, forest.named, forest.at, rule=rule, decay_seconds=decay_seconds
        ).share
    elif rule == forest.choose:
        share = (forest.named == forest.parent[child]).astype(np.float64)
    else:
        raise ValueError(f'the rule "{rule}" needs a forest grown by it, not by "{forest.choose}"')
    given = share * forest.unit[child]
    if author is not None:
        given = np.where(author[child] == author[forest.named], 0.0, given)
    return np.bincount(forest.named, weights=given, minlength=forest.n)


def _total(
    forest: Forest, author: np.ndarray, people: pl.Series, *, own: bool = False
) -> np.ndarray:
    """What each post adds: all below its author's highest posts, less all of the author's own."""
    inner = under_own(forest.parent, author, len(people))
    less = np.where(inner & own, 0.0, forest.unit)
    return np.where(inner, 0.0, sum_below(forest.parent, forest.unit)) - less
