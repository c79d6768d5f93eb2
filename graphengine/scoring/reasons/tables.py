"""The reasons of one person as tables: a row an endorser, a post, a kind of event.

Every row says how many points of the score would go without it (between points − error and points +
error), and which share of the log-score is its own. Points do not add up: each is a removal by
itself. Shares do, to what belongs to some row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.scoring.reasons.removal import Groups, log_scores_without, shares_of
from graphengine.scoring.rows import left_of, numbers_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.scoring.reasons.case import Case
    from graphengine.scoring.reasons.person import Reasons

__all__ = ["of_endorsers", "of_kinds", "of_posts"]

_FIRST = 10
_SURE = 0.005  # points: less than is shown


def of_endorsers(reasons: Reasons, n: int | None) -> pl.DataFrame:
    """See ``Reasons.by_endorser``.

    >>> of_endorsers.__name__
    'of_endorsers'
    """
    case = reasons.case
    groups = Groups(case.by, _follow(case.by, case.credit_of), len(case.endorsers))
    told = pl.DataFrame({
        "account": case.numbered.accounts.gather(case.endorsers),
        "events": np.bincount(case.by, minlength=groups.count),
        "latest": case.column("at").cast(pl.Int64).gather(case.latest_rows),
        **_ladder(case), **_passing(reasons), "credit": _credit(case, groups),
        "_by": np.arange(groups.count),
    })  # fmt: skip
    shown = _ranked(reasons, told, groups, by="account", n=n)
    kinds = _kinds(case, shown["_by"].to_numpy())
    named = shown.join(kinds, on="_by", how="left", maintain_order="left").drop("_by")
    return named.select("account", "events", "kinds", pl.exclude("account", "events", "kinds"))


def of_posts(reasons: Reasons, n: int | None) -> pl.DataFrame:
    """See ``Reasons.by_post``.

    >>> of_posts.__name__
    'of_posts'
    """
    case = reasons.case
    parents = case.column("parent")
    names = pl.concat([parents.rename("post"), case.under.rename("post")])
    posts = names.drop_nulls().unique().sort()
    ids = numbers_of(names, posts)
    groups = Groups(ids[: len(parents)], ids[len(parents) :], len(posts))
    told = pl.DataFrame({
        "post": posts, **_counts(case, groups, "reactions"), "credit": _credit(case, groups),
    })  # fmt: skip
    return _ranked(reasons, told, groups, by="post", n=n)


def of_kinds(reasons: Reasons) -> pl.DataFrame:
    """See ``Reasons.by_kind``.

    >>> of_kinds.__name__
    'of_kinds'
    """
    case = reasons.case
    names = case.column("kind").fill_null("event").rename("kind")
    kinds = names.unique().sort()
    ids = numbers_of(names, kinds)
    groups = Groups(ids, _follow(ids, case.credit_of), len(kinds))
    told = pl.DataFrame({"kind": kinds, **_counts(case, groups, "events")})
    return _ranked(reasons, told, groups, by="kind", n=None)


def _ranked(
    reasons: Reasons, told: pl.DataFrame, groups: Groups, *, by: str, n: int | None
) -> pl.DataFrame:
    """The rows with share, points and error, the most points first; the first are known best."""
    least, most = _points(reasons, groups, n=n or _FIRST)
    share = shares_of(reasons.case, reasons.trails, groups, contributions=reasons.contributions)
    ranked = told.with_columns(
        share=share / reasons.log_score if reasons.log_score > 0.0 else share,
        points=0.5 * (most + least),
        error=0.5 * (most - least),
    ).sort(["points", "share", by], descending=[True, True, False])
    return ranked if n is None else ranked.head(n)


def _points(
    reasons: Reasons, groups: Groups, *, n: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bounds of the points that go with each group; solved where one of the first ``n`` is unsure."""
    low, high = log_scores_without(reasons.case, reasons.trails, groups, values=reasons.values)
    most = reasons.score - reasons.anchors.score(np.exp(low))
    least = reasons.score - reasons.anchors.score(np.exp(high))
    bar = np.sort(least)[-n] if len(least) > n else -np.inf
    for group in np.flatnonzero((most >= bar) & (most - least > 2.0 * _SURE)):
        left = reasons.left(groups.events != group, groups.credit != group)
        least[group] = most[group] = reasons.score - left.score
    return least, most


def _counts(case: Case, groups: Groups, what: str) -> dict[str, NDArray[np.int64]]:
    """How many events and how many different people each group has."""
    inside = groups.events >= 0
    pairs = np.unique(groups.events[inside] * len(case.endorsers) + case.by[inside])
    people = pairs // max(len(case.endorsers), 1)
    return {
        what: np.bincount(groups.events[inside], minlength=groups.count),
        "people": np.bincount(people, minlength=groups.count),
    }


def _credit(case: Case, groups: Groups) -> NDArray[np.float64]:
    inside = groups.credit >= 0
    summed = np.bincount(groups.credit[inside], weights=case.credit[inside], minlength=groups.count)
    return summed.astype(np.float64)


def _follow(groups: NDArray[np.int64], credit_of: NDArray[np.int64]) -> NDArray[np.int64]:
    """The group of the event that made each row of credit, −1 where it is none of the person's."""
    made = credit_of >= 0
    found = np.full(len(credit_of), -1, dtype=np.int64)
    found[made] = groups[credit_of[made]]
    return found


def _ladder(case: Case) -> dict[str, NDArray[np.float64]]:
    age = case.age[case.latest_rows]
    return {
        f"R_{key.half_life:g}": left_of(age, key.half_life)
        for key in case.numbered.model.wanted
        if key.name == "R"
    }


def _passing(reasons: Reasons) -> dict[str, NDArray[np.float64]]:
    """P_ut, the endorsers' own parts of h and what comes through them, at h's main half-life."""
    case = reasons.case
    damping = case.numbered.model.passing.damping
    for half_life, one in list(reasons.trails.items())[:1]:
        passes = case.pairs(half_life).passes
        people = case.endorsers
        return {
            "passes": passes,
            "own": one.reached[people],
            "through": damping * passes * one.visits[people],
        }
    return {}


def _kinds(case: Case, some: NDArray[np.int64]) -> pl.DataFrame:
    """[_by, kinds]: the kinds of the events of ``some`` endorsers in words, the most frequent first."""
    told = pl.DataFrame({"_by": case.by, "kind": case.column("kind").fill_null("event")})
    return (
        told.filter(pl.col("_by").is_in(some.tolist()))
        .group_by("_by", "kind")
        .len("n")
        .sort(["_by", "n", "kind"], descending=[False, True, False])
        .group_by("_by", maintain_order=True)
        .agg(pl.format("{} {}", "n", "kind").str.join(", ").alias("kinds"))
    )
