"""Interactions for tests, row by row; what a row does not say is a plain retweet of b by a."""

from __future__ import annotations

import itertools
from typing import Any

import polars as pl

from graphengine.events import KINDS, Interactions

__all__ = ["ALL", "interactions"]

ALL: dict[str, Any] = {"weights": {}, "endorsements": KINDS}


def interactions(*rows: dict[str, Any]) -> pl.DataFrame:
    """A frame of Interactions; events are numbered unless they bring an event_id."""
    number = itertools.count()
    default = {
        "kind": "retweet", "actor": "a", "target": "b", "at": None, "topics": [], "post": None,
        "parent": None, "weight": 1.0, "source": "s",
    }  # fmt: skip
    full = [{"event_id": f"e{next(number):06}", **default, **row} for row in rows]
    full = [{"word": row["kind"], **row} for row in full]
    return Interactions(pl.DataFrame(full, schema=Interactions.SCHEMA)).frame
