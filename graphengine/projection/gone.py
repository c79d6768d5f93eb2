"""What one state of the log holds and a later one does not: posts, exposure, accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from graphengine.eventlog.merge import RULES, Retracted
from graphengine.model import EXPOSURE_TYPES
from graphengine.projection.posts import PostTables

if TYPE_CHECKING:
    from graphengine.eventlog.view import View

__all__ = ["exposure_rows", "fresh_posts", "gone_accounts", "gone_exposure", "gone_posts"]


def fresh_posts(current: PostTables, past: PostTables) -> PostTables:
    """The rows of ``current`` that ``past`` lacks, or has with other values."""
    return PostTables(
        _without(current.posts, past.posts, by=current.posts.columns),
        _without(current.posted, past.posted, by=current.posted.columns),
        _without(current.links, past.links, by=current.links.columns),
        _without(current.about, past.about, by=current.about.columns),
    )


def gone_posts(current: PostTables, past: PostTables) -> PostTables:
    """The rows of ``past`` whose element ``current`` does not have at all."""
    return PostTables(
        _without(past.posts, current.posts, by=["key"]),
        _without(past.posted, current.posted, by=["account", "post"]),
        _without(past.links, current.links, by=["type", "child", "parent"]),
        _without(past.about, current.about, by=["post", "word"]),
    )


def gone_exposure(before: View, taken: Retracted) -> pl.DataFrame:
    """[type, actor, target, at] of ``before`` that goes with the accounts taken back."""
    return exposure_rows(_of_people(before, "exposure", taken.accounts))


def exposure_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of the log's exposure as relationships [type, actor, target, at]."""
    kind = pl.col("kind").replace_strict(EXPOSURE_TYPES, return_dtype=pl.String)
    return rows.select(kind.alias("type"), "actor", "target", "at")


def gone_accounts(
    now: View, before: View, *, taken: Retracted, events: pl.DataFrame, others: list[pl.Series]
) -> pl.Series:
    """The accounts that occur in ``before`` and nowhere in ``now``.

    ``events`` [event_id] are those that ``now`` lacks, ``others`` the people of exposure and posts
    that it lacks: whoever is gone is among these people, or was taken back. So the log is only
    searched for them.
    """
    ends = before.select("interactions", ["actor", "target"], only=events)
    described = _of_people(before, "accounts", taken.accounts)["account"]
    people = [ends["actor"], ends["target"], described, *others]
    perhaps = pl.concat([one.rename("account") for one in people]).unique().sort()
    found = [pl.Series("account", [], pl.String)]
    for table, rule in RULES.items():
        if rule.people and len(perhaps):
            rows = _of_people(now, table, perhaps.to_frame())
            found += [rows[name].rename("account").drop_nulls() for name in rule.people]
    return perhaps.filter(~perhaps.is_in(pl.concat(found).unique().implode()))


def _of_people(view: View, table: str, people: pl.DataFrame) -> pl.DataFrame:
    """The rows of ``table`` that name one of ``people`` [account]: their key, people and time."""
    rule = RULES[table]
    columns = list(
        dict.fromkeys([*rule.key, *rule.people, *(["at"] if "at" in rule.columns else [])])
    )
    where = Retracted(pl.DataFrame(schema={"event_id": pl.String}), people).hits(rule)
    return view.select(table, columns, where=where)


def _without(rows: pl.DataFrame, others: pl.DataFrame, *, by: list[str]) -> pl.DataFrame:
    return rows.join(others, on=by, how="anti", nulls_equal=True, maintain_order="left")
