"""Reasons in words: a headline, what a score would be without its first reasons, tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphengine.cli.console import printable, say
from graphengine.cli.tables import count, counted, one_decimal, print_table, utc

if TYPE_CHECKING:
    from graphengine.pipeline.explained import Explained, Standing
    from graphengine.scoring.reasons import Reasons

__all__ = ["print_explained"]

_PARTS = {
    "R": "distinct people, the recent counting most",
    "h": "trails of endorsements that lead here",
    "S": "how selective those people are",
    "C": "what was passed on below the person's posts",
    "A": "reactions to each original post",
}


def print_explained(explained: Explained) -> None:
    """The headline, what carries the score, what it would be without, then tables.

    >>> print_explained.__name__
    'print_explained'
    """
    at, reasons = explained.standing, explained.reasons
    say(_headline(at))
    if reasons is None:
        return
    say(_evidence(at, reasons))
    say(_run_line(at, reasons))
    for sentence in _removals(explained):
        say(sentence)
    _print_changes(explained)
    _print_parts(reasons)
    _print_endorsers(explained)
    _print_posts(explained)
    _print_kinds(explained)


def _headline(at: Standing) -> str:
    who = _called(at.handle, at.account)
    topic = printable(at.topic_name)
    if at.status == "nobody":
        return f"{who}: nobody endorsed this person in {topic}, so there is nothing to score."
    if at.status == "unrated" or at.score is None or at.rank is None:
        return (
            f"{who}: not enough evidence for a score in {topic}: {at.endorsers} of {at.needed} "
            "endorsers."
        )
    interval = ""
    if at.low is not None and at.high is not None:
        interval = f" (90 % interval {one_decimal(at.low)} to {one_decimal(at.high)})"
    return (
        f"{who}: {one_decimal(at.score)} of 100 in {topic}{interval}, rank {count(at.rank)} of "
        f"{count(at.people)}."
    )


def _evidence(at: Standing, reasons: Reasons) -> str:
    """How many people reacted how often, how many of them lately, and what carries the score."""
    latest = reasons.case.age[reasons.case.latest_rows]
    day, month = (int((latest <= days).sum()) for days in (1.0, 30.0))
    lately = f", {count(day)} of them in the last day and {count(month)} in the last 30 days"
    text = (
        f"{counted(reasons.endorsers, 'distinct person', 'distinct people')} reacted "
        f"{counted(reasons.events, 'time', 'times')}{lately if at.as_of is not None else ''}."
    )
    shares = _shares(reasons)
    if not shares:
        return text
    name, share = max(shares.items(), key=lambda item: item[1])
    return f"{text} {_most(share)} of the score comes from {_PARTS[name]} ({share:.0%})."


def _shares(reasons: Reasons) -> dict[str, float]:
    """The share of the log-score of each part, its half-lives together; none of a score of 1."""
    if reasons.log_score <= 0.0:
        return {}
    found: dict[str, float] = {}
    for key, amount in reasons.contributions.items():
        found[key.name] = found.get(key.name, 0.0) + amount / reasons.log_score
    return found


def _most(share: float) -> str:
    """A share in words.

    >>> [_most(x) for x in (0.95, 0.6, 0.3)]
    ['Nearly all', 'Most', 'The largest part']
    """
    return "Nearly all" if share >= 0.9 else "Most" if share >= 0.5 else "The largest part"


def _run_line(at: Standing, reasons: Reasons) -> str:
    when = "" if at.as_of is None else f" as of {utc(at.as_of)}"
    exact = f"; explained exactly: {reasons.score:.4f}" if at.score is not None else ""
    return f"Run {at.run}{when}{exact}."


def _removals(explained: Explained) -> list[str]:
    """What was asked away; else what the score would be without the first endorser and post."""
    reasons = explained.reasons
    if reasons is None:
        return []
    if explained.undone:
        undone = explained.undone
        names = " and ".join(map(printable, undone.names))
        return [
            _would_be(
                f"{names} ({counted(undone.events, 'event', 'events')})", undone.left, explained
            )
        ]
    found = []
    for row in explained.endorsers.head(1).iter_rows(named=True):
        who = _short(row["account"], explained)
        what = f"{who}'s {_what(row['events'], row['kinds'])}"
        found.append(_would_be(what, reasons.without(endorsers=[row["account"]]), explained))
    for row in explained.posts.head(1).iter_rows(named=True):
        what = f"what others did with the post {printable(row['post'])}"
        found.append(_would_be(what, reasons.without(posts=[row["post"]]), explained))
    return found


def _short(account: str, explained: Explained) -> str:
    """A handle where there is one, else the key."""
    handle = explained.handles.get(account)
    return printable(f"@{handle}" if handle else account)


def _what(events: int, kinds: str) -> str:
    """So many events, by their kind where there is but one.

    >>> _what(12, "12 retweet"), _what(1, "1 reply"), _what(3, "2 reply, 1 like")
    ('12 retweets', '1 reply', '3 events (2 reply, 1 like)')
    """
    if "," in kinds:
        return f"{counted(events, 'event', 'events')} ({kinds})"
    kind = kinds.partition(" ")[2]
    several = {"reply": "replies", "endorse": "endorsements", "seen": "views"}
    return counted(events, printable(kind), several.get(kind, printable(f"{kind}s")))


def _would_be(what: str, left: Any, explained: Explained) -> str:
    needed = explained.standing.needed
    if left.endorsers < needed:
        return f"Without {what}: not enough evidence, {left.endorsers} of {needed} endorsers."
    return f"Without {what} it would be {one_decimal(left.score)}."


_STEPS = {
    "weights": "weights learned anew from the topic's past",
    "taken back": "events taken back or changed",
    "time passed": "time passed over what was known before",
    "gained": "events, posts and credit gained",
    "others": "what others did elsewhere",
}


def _print_changes(explained: Explained) -> None:
    if explained.changed is None:
        return
    steps = explained.changed.steps
    say()
    say(f"What changed since {explained.changed.since}, one step after the other")
    print_table(
        ("step", "events", "log-score", "points"),
        [
            (_STEPS[row["step"]], count(row["events"]), f"{row['change']:+.4f}", f"{row['points']:+.1f}")
            for row in steps.iter_rows(named=True)
        ]
        + [("together", None, f"{steps['change'].sum():+.4f}", f"{steps['points'].sum():+.1f}")],
    )  # fmt: skip


def _print_parts(reasons: Reasons) -> None:
    say()
    say("What the score is made of")
    whole = reasons.log_score
    print_table(
        ("part", "half-life, days", "value", "weight", "share"),
        [
            (
                row["part"], f"{row['half_life']:g}", f"{row['value']:,.4g}", f"{row['weight']:.3g}",
                _percent(row["contribution"] / whole if whole > 0.0 else 0.0),
            )
            for row in reasons.parts().iter_rows(named=True)
        ],
    )  # fmt: skip


def _print_endorsers(explained: Explained) -> None:
    reasons, table = explained.reasons, explained.endorsers
    if reasons is None or table.is_empty():
        return
    _title("Who carries it", table.height, reasons.endorsers)
    print_table(
        (*(["handle"] if explained.handles else []), "account", "events", "kinds", "latest", "passes on", "own part", "share", "points"),
        [
            (
                *([explained.handles.get(row["account"])] if explained.handles else []),
                row["account"], count(row["events"]), row["kinds"], utc(row["latest"]),
                _percent(row.get("passes")), _three(row.get("own")), _percent(row["share"]),
                _points(row),
            )
            for row in table.iter_rows(named=True)
        ],
    )  # fmt: skip


def _print_posts(explained: Explained) -> None:
    if explained.posts.is_empty():
        return
    say()
    say("Which posts")
    print_table(
        ("post", "reactions", "people", "credit", "share", "points"),
        [
            (
                row["post"], count(row["reactions"]), count(row["people"]),
                f"{row['credit']:,.4g}", _percent(row["share"]), _points(row),
            )
            for row in explained.posts.iter_rows(named=True)
        ],
    )  # fmt: skip


def _print_kinds(explained: Explained) -> None:
    say()
    say("Which kinds of events")
    print_table(
        ("kind", "events", "people", "share", "points"),
        [
            (
                row["kind"], count(row["events"]), count(row["people"]), _percent(row["share"]),
                _points(row),
            )
            for row in explained.kinds.iter_rows(named=True)
        ],
    )  # fmt: skip
    say()
    say(
        "points: how far the score would fall without these events alone; they do not add up. "
        "share: of the log-score; these do."
    )


def _title(text: str, shown: int, of: int) -> None:
    say()
    say(text if shown == of else f"{text}: the first {count(shown)} of {count(of)}")


def _points(row: dict[str, Any]) -> str:
    """Points to a tenth, or as a range where the bracket is wider than that.

    >>> _points({"points": 1.234, "error": 0.001}), _points({"points": 1.25, "error": 0.25})
    ('1.2', '1.0 to 1.5')
    """
    low, high = row["points"] - row["error"], row["points"] + row["error"]
    return f"{row['points']:.1f}" if high - low <= 0.1 else f"{low:.1f} to {high:.1f}"


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{100 * share:.1f}%"


def _three(value: float | None) -> str | None:
    return None if value is None else f"{value:.3f}"


def _called(handle: str | None, account: str) -> str:
    return f"@{printable(handle)} ({printable(account)})" if handle else printable(account)
