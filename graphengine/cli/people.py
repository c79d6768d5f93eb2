"""People as a table of ranks, and one person as a card."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from graphengine.cli.console import complain, printable, say
from graphengine.cli.tables import count, counted, one_decimal, print_table, shown

if TYPE_CHECKING:
    from graphengine.stores.ports import Answer

__all__ = ["print_card", "print_top"]

_OF_THE_PERSON = ("account", "handle", "person", "followers")


def print_top(answer: Answer) -> None:
    """Rank, who, score, percentile, endorsers; names and intervals only where anybody has one."""
    rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    if not rows:
        complain("nobody has a score there: too little evidence for everyone")
        return
    who = [c for c in ("handle", "name") if any(r[c] not in (None, "") for r in rows)]
    intervals = any(r.get("low") is not None for r in rows)
    print_table(
        ("rank", *(["ranks"] if intervals else []), *who, "account", "score",
         *(["interval"] if intervals else []), "percentile", "endorsers"),
        [
            (
                count(r["rank"]),
                *([_ranks(r)] if intervals else []),
                *(r[c] or None for c in who),
                r["account"],
                one_decimal(r["score"]),
                *([_points(r)] if intervals else []),
                one_decimal(r["pct"]),
                count(r["endorsers"]),
            )
            for r in rows
        ],
    )  # fmt: skip


def print_card(answer: Answer, *, person: str) -> None:
    """Who it is, every topic with a score, then in plain words where the evidence is too thin."""
    rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    _print_head(rows, person=person)
    if not rows:
        say("Nobody endorsed this person in what was published: there is no evidence to score.")
        return
    scored = [r for r in rows if r["status"] == "scored"]
    unrated = [r for r in rows if r["status"] != "scored"]
    if any(_is_evident(r) for r in scored):
        _print_evident(scored)
    elif scored:
        _print_plain(scored)
    _print_unsure(scored)
    _print_cascades(scored)
    if scored and unrated:
        say()
    for r in unrated:
        people = counted(r["endorsers"], "person", "people")
        say(f"{shown(r['name'])}: not enough evidence for a score (endorsed by {people})")


def _print_evident(rows: list[dict[str, Any]]) -> None:
    """Every topic with its intervals, then with its sub-scores: one table would be too wide."""
    print_table(
        ("topic", "score", "rank", "percentile", "endorsers", "events"),
        [
            (
                r["name"],
                _score(r),
                _rank(r),
                one_decimal(r["pct"]),
                count(r["endorsers"]),
                None if r.get("evidence") is None else count(r["evidence"]),
            )
            for r in rows
        ],
    )
    say()
    parts = ("reach", "amplification", "network", "credit")
    print_table(
        ("topic", *parts), [(r["name"], *(_three(r.get(part)) for part in parts)) for r in rows]
    )


def _print_plain(rows: list[dict[str, Any]]) -> None:
    """Every topic of a run from before there were intervals and sub-scores."""
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
            for r in rows
        ],
    )


def _is_evident(row: dict[str, Any]) -> bool:
    """Whether more is known of the score than the number."""
    return any(row.get(c) is not None for c in ("low", "evidence", "reach", "network"))


def _score(row: dict[str, Any]) -> str:
    """A score in whole points and its interval, whose ends are taken outwards.

    >>> _score({"score": 78.4, "low": 74.2, "high": 80.3}), _score({"score": 78.9, "low": None})
    ('78 (74–81)', '78')
    """
    interval = _points(row)
    return f"{math.floor(row['score'] + 1e-9)}{f' ({interval})' if interval else ''}"


def _points(row: dict[str, Any]) -> str | None:
    low, high = row.get("low"), row.get("high")
    if low is None or high is None:
        return None
    return f"{math.floor(low + 1e-9)}–{math.ceil(high - 1e-9)}"


def _rank(row: dict[str, Any]) -> str:
    """A rank and its interval.

    >>> _rank({"rank": 12, "rank_low": 9, "rank_high": 17}), _rank({"rank": 1_003})
    ('12th (9th–17th)', '1,003rd')
    """
    interval = _ranks(row)
    return f"{_ordinal(row['rank'])}{f' ({interval})' if interval else ''}"


def _ranks(row: dict[str, Any]) -> str | None:
    low, high = row.get("rank_low"), row.get("rank_high")
    return None if low is None or high is None else f"{_ordinal(low)}–{_ordinal(high)}"


def _ordinal(number: int) -> str:
    """A place in words' shape.

    >>> [_ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 112)]
    ['1st', '2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '112th']
    """
    teens = 10 <= number % 100 <= 20
    return f"{count(number)}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _print_unsure(rows: list[dict[str, Any]]) -> None:
    """Where there is no interval, and why, as far as the answer tells."""
    unsure = [r for r in rows if "low" in r and r["low"] is None]
    if not unsure:
        return
    say()
    if rows[0].get("draws") == 0:
        say("No intervals: the job asks for none (draws = 0).")
    elif not any(_is_evident(r) for r in rows):
        say("No intervals: the run was made before scores had them.")
    else:
        for r in unsure:
            say(f"{shown(r['name'])}: not enough evidence for an interval")


def _print_cascades(rows: list[dict[str, Any]]) -> None:
    """A sentence a topic with what is known of cascades and reach; once, what was missing for it."""
    sentences = [f"{shown(r['name'])}: {', '.join(known)}" for r in rows if (known := _figures(r))]
    missing = rows[0].get("missing") if rows else None
    if sentences or missing:
        say()
    for sentence in sentences:
        say(sentence)
    if missing:
        say(f"Some figures of cascades are left out: {', '.join(missing)}.")


def _figures(row: dict[str, Any]) -> list[str]:
    """What is known of one topic, a phrase each."""
    cascades, size, people = (row.get(c) for c in ("cascades", "cascade_size", "passed_on"))
    spread, low, high = (row.get(c) for c in ("spread", "spread_low", "spread_high"))
    phrases = [
        None if cascades is None else f"{counted(cascades, 'cascade', 'cascades')} started",
        None if size is None else f"median size {_plain(size)}",
        None if people is None else f"passed on by {counted(people, 'person', 'people')}",
        None if spread is None else f"predicted reach {_plain(spread)}{_interval(low, high)}",
    ]
    return [phrase for phrase in phrases if phrase]


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" ({_plain(low)}–{_plain(high)})"


def _plain(value: float) -> str:
    """Whole from ten upwards, else one digit after the point where there is something to say.

    >>> _plain(309.6), _plain(7.0), _plain(1.25), _plain(12345.0)
    ('310', '7', '1.2', '12,345')
    """
    text = f"{value:,.0f}" if value >= 10 else f"{value:.1f}"
    return text.removesuffix(".0")


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
