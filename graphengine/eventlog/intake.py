"""What one file's rows come to: which are new, which repeat, which take something back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from graphengine.eventlog.merge import RULES, Retracted, settle

if TYPE_CHECKING:
    from graphengine.eventlog.view import View

__all__ = ["Intake", "take_in"]


@dataclass(frozen=True, slots=True)
class Intake:
    """The rows to store [the table's columns, op], and what a Batch says about them by name."""

    rows: pl.DataFrame
    counts: dict[str, Any]


def take_in(frame: pl.DataFrame, *, table: str, view: View) -> Intake:
    """Settle the rows of one file against themselves and against the log so far.

    A row that takes an event back is accepted the first time that event is named so, and is a
    duplicate afterwards; it is compared with nothing, since it may come before its event.
    """
    rule = RULES[table]
    adds, retracts = _split(frame, table)
    settled = settle(adds, view.known(table, adds.select(rule.key).unique()), rule)
    back = _first_time(retracts, view)
    taken = _taken(settled.new, back, table=table)
    lost = _lost(view, taken)
    arrived_lost = settled.new.filter(view.retracted.and_also(taken).hits(rule))
    touched = [settled.new, *_enriched(settled.added, table=table, view=view), *lost]
    times = settled.new["at"] if "at" in rule.columns else pl.Series("at", [], pl.Int64)
    counts = {
        "accepted": settled.new.height + back.height,
        "duplicate": adds.height - settled.new.height + retracts.height - back.height,
        "conflicts": settled.conflicts,
        "retracts": back.height,
        "retracted": lost[0].height + (arrived_lost.height if table == "interactions" else 0),
        "topics_touched": _words(touched),
        "at_min": times.min(),
        "at_max": times.max(),
    }
    return Intake(_stored(settled.new, settled.added, back), counts)


def _split(frame: pl.DataFrame, table: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that add something, and the rows that take an event back."""
    rows = frame.select(RULES[table].columns)
    if table != "interactions" or "op" not in frame.columns:
        return rows, rows.clear()
    adds = frame["op"] == "add"
    return (rows, rows.clear()) if adds.all() else (rows.filter(adds), rows.filter(~adds))


def _first_time(retracts: pl.DataFrame, view: View) -> pl.DataFrame:
    """The first row for each event that was not taken back before."""
    if retracts.is_empty():
        return retracts
    once = retracts.unique("event_id", keep="first", maintain_order=True)
    return once.join(view.retracted.events, on="event_id", how="anti", maintain_order="left")


def _taken(new: pl.DataFrame, back: pl.DataFrame, *, table: str) -> Retracted:
    """What this file takes back that was not taken back before."""
    events = [pl.DataFrame(schema={"event_id": pl.String()})]
    accounts = pl.DataFrame(schema={"account": pl.String()})
    if back.height:
        events.append(back.select("event_id"))
    if table == "retractions":
        events.append(new.select("event_id").drop_nulls())
        accounts = new.select("account").drop_nulls()
    return Retracted(pl.concat(events), accounts)


def _lost(view: View, taken: Retracted) -> list[pl.DataFrame]:
    """The known events and posts [topics] that stop to count."""
    if taken.events.is_empty() and taken.accounts.is_empty():
        return [pl.DataFrame(schema={"topics": pl.List(pl.String())})]
    return [
        view.select(name, ["topics"], where=taken.hits(RULES[name]))
        for name in ("interactions", "posts")
    ]


def _enriched(added: pl.DataFrame, *, table: str, view: View) -> list[pl.DataFrame]:
    """The known rows that the file adds to, as they stood, and what is added."""
    return [view.known(table, added.select(RULES[table].key)), added] if added.height else []


def _stored(new: pl.DataFrame, added: pl.DataFrame, back: pl.DataFrame) -> pl.DataFrame:
    adds = pl.concat([new, added]).with_columns(op=pl.lit("add"))
    return pl.concat([adds, back.with_columns(op=pl.lit("retract"))])


def _words(frames: list[pl.DataFrame]) -> tuple[str, ...]:
    words: set[str] = set()
    for frame in frames:
        if "topics" in frame.columns:
            words.update(frame["topics"].explode().drop_nulls().unique())
            words.update([""] if (frame["topics"].list.len() == 0).any() else [])
    return tuple(sorted(words))
