"""People as a table of ranks, and one person as a card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphengine.cli.console import complain, printable, say
from graphengine.cli.tables import count, one_decimal, print_table, shown

if TYPE_CHECKING:
    from graphengine.stores.ports import Answer

__all__ = ["print_card", "print_top"]

_OF_THE_PERSON = ("account", "handle", "person", "followers")


def print_top(answer: Answer) -> None:
    """Rank, who, score, percentile, endorsers; names only where anybody has one."""
    rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    if not rows:
        complain("nobody has a score there: too little evidence for everyone")
        return
    who = [c for c in ("handle", "name") if any(r[c] not in (None, "") for r in rows)]
    print_table(
        ("rank", *who, "account", "score", "percentile", "endorsers"),
        [
            (
                count(r["rank"]),
                *(r[c] or None for c in who),
                r["account"],
                one_decimal(r["score"]),
                one_decimal(r["pct"]),
                count(r["endorsers"]),
            )
            for r in rows
        ],
    )


def print_card(answer: Answer, *, person: str) -> None:
    """Who it is, every topic with a score, then in plain words where the evidence is too thin."""
    rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    _print_head(rows, person=person)
    if not rows:
        say("Nobody endorsed this person in what was published: there is no evidence to score.")
        return
    scored = [r for r in rows if r["status"] == "scored"]
    unrated = [r for r in rows if r["status"] != "scored"]
    if scored:
        print_table(
            ("topic", "score", "rank", "percentile", "endorsers", "raw", "credit"),
            [
                (
                    r["name"],
                    one_decimal(r["score"]),
                    count(r["rank"]),
                    one_decimal(r["pct"]),
                    count(r["endorsers"]),
                    _three(r["raw"]),
                    _three(r["credit"]),
                )
                for r in scored
            ],
        )
    if scored and unrated:
        say()
    for r in unrated:
        people = "1 person" if r["endorsers"] == 1 else f"{count(r['endorsers'])} people"
        say(f"{shown(r['name'])}: not enough evidence for a score (endorsed by {people})")


def _print_head(rows: list[dict[str, Any]], *, person: str) -> None:
    """Name, handle, key and followers, as far as the answer tells them."""
    known = {c: rows[0].get(c) for c in _OF_THE_PERSON} if rows else {}
    names = [known.get("person"), f"@{known['handle']}" if known.get("handle") else None]
    title = [printable(str(n)) for n in names if n]
    key = known.get("account") or ("" if title else person)
    line = "  ".join([*title, printable(str(key))]).strip()
    followers = known.get("followers")
    say(line if followers is None else f"{line}  {count(followers)} followers")
    say()


def _three(value: float | None) -> str:
    return "-" if value is None else f"{value:,.3f}"
