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
    _print_cascades(scored)
    if scored and unrated:
        say()
    for r in unrated:
        people = _counted(r["endorsers"], "person", "people")
        say(f"{shown(r['name'])}: not enough evidence for a score (endorsed by {people})")


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
        None if cascades is None else f"{_counted(cascades, 'cascade', 'cascades')} started",
        None if size is None else f"median size {_plain(size)}",
        None if people is None else f"passed on by {_counted(people, 'person', 'people')}",
        None if spread is None else f"predicted reach {_plain(spread)}{_interval(low, high)}",
    ]
    return [phrase for phrase in phrases if phrase]


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" ({_plain(low)}–{_plain(high)})"


def _counted(n: int, one: str, several: str) -> str:
    return f"{count(n)} {one if n == 1 else several}"


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
