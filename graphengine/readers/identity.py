"""Keys and event ids as text, and the ids that a spreadsheet has ruined."""

from __future__ import annotations

import polars as pl

__all__ = ["RUINED", "event_id", "event_ids", "joined", "keys"]

# 6.29697E+17: the digits of the id are gone, and different ids have become one text
RUINED = r"^\s*[+-]?\d+(?:[.,]\d+[eE]\+?|[eE]\+)\d+\s*$"


def event_id(network: str, *parts: str) -> str:
    """The id of an event: its network and its parts, joined by colons that no part contains.

    The parts are word, actor, target and the source's id of the event (or the post's id); without
    one they are word, actor, target, epoch seconds ("" when there is no time) and the post's id
    ("" when there is none). In every part "%" becomes "%25" and ":" becomes "%3A", so that two
    identities never give one text.

    >>> event_id("x", "RT", "12", "7", "900")
    'x:RT:12:7:900'
    >>> event_id("x", "RT", "a:b", "100%", "1341100972", "")
    'x:RT:a%3Ab:100%25:1341100972:'
    """
    return ":".join(part.replace("%", "%25").replace(":", "%3A") for part in (network, *parts))


def event_ids(*parts: pl.Expr) -> pl.Expr:
    """``event_id`` of whole columns; a null part makes a null id."""
    return pl.concat_str([_escaped(part, ":", "%3A") for part in parts], separator=":")


def joined(parts: list[pl.Expr]) -> pl.Expr:
    """One id of several columns: joined by "/", null if any is.

    A "%" or "/" inside a column becomes "%25" or "%2F", so that two rows never share an id by
    accident; a single column is left as it is.
    """
    if len(parts) == 1:
        return parts[0]
    return pl.concat_str([_escaped(part, "/", "%2F") for part in parts], separator="/")


def keys(network: pl.Expr, native: pl.Expr) -> pl.Expr:
    """Keys of accounts or posts: network, colon, the network's own id, unchanged."""
    return pl.concat_str([network, native], separator=":")


def _escaped(part: pl.Expr, character: str, code: str) -> pl.Expr:
    return part.str.replace_all("%", "%25", literal=True).str.replace_all(
        character, code, literal=True
    )
