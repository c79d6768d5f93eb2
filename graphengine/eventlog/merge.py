"""What makes two rows the same thing, what a repeat may add, what is a conflict, what was taken back.

Pure functions on frames. Rows of one key differ, once stored, only in what they add: a repeat is
stored with the values of the row that came first and the topics (or attributes) that are new. So
the order in which stored rows are merged cannot matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from graphengine.events import Accounts, Exposure, Interactions, Posts, Retractions, Table

__all__ = ["RULES", "Retracted", "Rule", "Settled", "merged", "only_known", "repeats", "settle"]


@dataclass(frozen=True, slots=True)
class Rule:
    """How rows of one table relate.

    ``key`` says what a row is about; a repeat may add words to ``topics`` (when ``has_topics``)
    and values to the columns in ``fills`` that were null so far; ``compared`` columns must not
    differ. ``people`` are the columns that hold account keys. A row's source is where it was
    first read: it is neither compared nor merged.
    """

    table: type[Table]
    people: tuple[str, ...]
    fills: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that say what a row is about."""
        return self.table.KEY

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of the table."""
        return tuple(self.table.SCHEMA)

    @property
    def has_topics(self) -> bool:
        """Whether rows carry a list of topics, to which a repeat may add."""
        return "topics" in self.table.SCHEMA

    @property
    def compared(self) -> tuple[str, ...]:
        """The columns in which a repeat must not differ from the row that came first."""
        free = {*self.key, *self.fills, "topics", "source"}
        return tuple(name for name in self.columns if name not in free)


RULES: Final[dict[str, Rule]] = {
    "interactions": Rule(Interactions, ("actor", "target")),
    "posts": Rule(Posts, ("author",), fills=("reshares",)),
    "exposure": Rule(Exposure, ("actor", "target")),
    "accounts": Rule(Accounts, ("account",), fills=("handle", "name", "followers", "created_at")),
    "retractions": Rule(Retractions, ()),
}


@dataclass(frozen=True, slots=True)
class Retracted:
    """What was taken back: single events [event_id], and accounts [account] with all of theirs."""

    events: pl.DataFrame
    accounts: pl.DataFrame

    def __bool__(self) -> bool:
        """Whether anything was."""
        return bool(self.events.height or self.accounts.height)

    def hits(self, rule: Rule) -> pl.Expr:
        """True where a row of that table is about something taken back."""
        of_people = [
            pl.col(name).is_in(self.accounts["account"].implode()).fill_null(value=False)
            for name in rule.people
            if self.accounts.height
        ]
        of_event = (
            [pl.col("event_id").is_in(self.events["event_id"].implode())]
            if rule.table is Interactions and self.events.height
            else []
        )
        return pl.any_horizontal([*of_people, *of_event, pl.lit(value=False)])

    def and_also(self, other: Retracted) -> Retracted:
        """What either of the two takes back."""
        return Retracted(
            pl.concat([self.events, other.events]).unique(maintain_order=True),
            pl.concat([self.accounts, other.accounts]).unique(maintain_order=True),
        )


@dataclass(frozen=True, slots=True)
class Settled:
    """What a file's rows come to, beside what the log knows.

    ``new``: one row per key that the log did not know. ``added``: for known keys, the stored
    values with the topics or attributes that are new (others empty). ``conflicts``: how many
    repeats differ from the row that came first. Rows are in the order of the file.
    """

    new: pl.DataFrame
    added: pl.DataFrame
    conflicts: int


def repeats(rows: pl.DataFrame, rule: Rule) -> pl.Series:
    """True for every row whose key occurs more than once in ``rows``."""
    key: pl.Expr = pl.col(rule.key[0]) if len(rule.key) == 1 else pl.struct(rule.key)
    return rows.select(key.is_duplicated()).to_series()


def merged(rows: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """One row per key: the first one's values, the topics and attributes of all.

    ``rows`` may lack columns that are not wanted, but for the key. Rows that stand alone come
    first, in their order; then the united ones, by first appearance.

    >>> rows = pl.DataFrame({"event_id": ["a", "a"], "at": [1, 1], "topics": [["y"], ["x"]]})
    >>> merged(rows, RULES["interactions"])["topics"].to_list()
    [['x', 'y']]
    """
    repeated = repeats(rows, rule)
    if not repeated.any():
        return rows
    several = rows.filter(repeated)
    united = several.unique(rule.key, keep="first", maintain_order=True)
    if "topics" in rows.columns:
        united = _put(united, _all_words(several, rule), rule=rule).with_columns(
            pl.col("topics").fill_null([])
        )
    for name in (name for name in rule.fills if name in rows.columns):
        values = several.select(*rule.key, name).filter(pl.col(name).is_not_null())
        united = _put(united, values.unique(rule.key, keep="first", maintain_order=True), rule=rule)
    return pl.concat([rows.filter(~repeated), united])


def _all_words(rows: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    words = rows.select(*rule.key, "topics").explode("topics").drop_nulls("topics")
    ordered = words.unique().sort(*rule.key, "topics")
    return ordered.group_by(rule.key, maintain_order=True).agg("topics")


def _put(rows: pl.DataFrame, values: pl.DataFrame, *, rule: Rule) -> pl.DataFrame:
    """``rows`` with the last column of ``values`` in the place of their own, found by key."""
    name = values.columns[-1]
    joined = rows.drop(name).join(
        values, on=rule.key, how="left", nulls_equal=True, maintain_order="left"
    )
    return joined.select(rows.columns)


def only_known(rows: pl.LazyFrame, keys: pl.DataFrame, rule: Rule) -> pl.LazyFrame:
    """The rows whose key occurs in ``keys``."""
    return rows.join(keys.lazy(), on=rule.key, how="semi", nulls_equal=True)


def settle(rows: pl.DataFrame, known: pl.DataFrame, rule: Rule) -> Settled:
    """Compare a file's rows with one another and with what the log knows about their keys.

    ``rows`` and ``known`` have the columns of the table; ``known`` one row per key.
    """
    repeated = repeats(rows, rule)
    fresh = rows
    if known.height:
        keys = known.select(rule.key)
        numbered = rows.with_row_index("_row").lazy()
        recurring = only_known(numbered.select("_row", *rule.key), keys, rule).collect()["_row"]
        in_log = pl.int_range(rows.height, eager=True, dtype=pl.UInt32).is_in(recurring.implode())
        repeated, fresh = repeated | in_log, rows.filter(~in_log)
    if not repeated.any():
        return Settled(rows, rows.clear(), 0)
    united = merged(pl.concat([known, rows.filter(repeated)]), rule)
    told = rows.filter(repeated).join(
        united, on=rule.key, how="left", suffix="_first", nulls_equal=True
    )
    conflicts = int(told.select(_differs(rule)).to_series().sum())
    return Settled(merged(fresh, rule), _added(united, known, rule=rule), conflicts)


def _differs(rule: Rule) -> pl.Expr:
    first = [pl.col(name).ne_missing(pl.col(f"{name}_first")) for name in rule.compared]
    filled = [
        pl.col(name).ne(pl.col(f"{name}_first")).fill_null(value=False) for name in rule.fills
    ]
    return pl.any_horizontal([*first, *filled, pl.lit(value=False)])


def _added(united: pl.DataFrame, known: pl.DataFrame, *, rule: Rule) -> pl.DataFrame:
    """Rows with what the file adds to known keys, if anything."""
    if not known.height or not (rule.has_topics or rule.fills):
        return known.clear()
    both = united.join(
        known, on=rule.key, how="inner", suffix="_known", nulls_equal=True, maintain_order="left"
    )
    news = _news(rule)
    changed = pl.any_horizontal(
        pl.col(name).list.len() > 0 if name == "topics" else pl.col(name).is_not_null()
        for name in news
    )
    return both.with_columns(**news).filter(changed).select(known.columns)


def _news(rule: Rule) -> dict[str, pl.Expr]:
    news: dict[str, pl.Expr] = {
        name: pl.when(pl.col(f"{name}_known").is_null()).then(name) for name in rule.fills
    }
    if rule.has_topics:
        news["topics"] = pl.col("topics").list.set_difference("topics_known").list.sort()
    return news
