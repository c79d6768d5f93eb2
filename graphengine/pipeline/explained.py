"""What ``explain`` tells its caller: where somebody stands, why, and what would be left without."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from graphengine.errors import InputError, did_you_mean
from graphengine.model import account_key
from graphengine.stores.ports import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from graphengine.eventlog.view import View
    from graphengine.job import Job
    from graphengine.scoring.reasons import Reasons, Without

__all__ = ["Changed", "Explained", "Named", "Standing", "Undone", "account_named", "handles_of"]

_COLUMNS = (
    "section", "name", "half_life", "value", "share", "points", "points_error", "events", "people",
    "latest_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Named:
    """An account by its key, and what it is called where that is known."""

    key: str
    handle: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a run has somebody in a topic.

    status: "scored", "unrated" (fewer endorsers than ``needed``) or "nobody" (endorsed by nobody).
    people: how many have a score there.
    """

    run: str
    as_of: int | None
    topic: str
    topic_name: str
    account: str
    handle: str | None
    name: str | None
    status: str
    endorsers: int
    needed: int
    people: int
    rank: int | None
    score: float | None
    low: float | None
    high: float | None
    raw: float | None


@dataclass(frozen=True, slots=True)
class Undone:
    """What ``names`` stand for (``events`` of them), and what is left without them."""

    names: tuple[str, ...]
    events: int
    left: Without


@dataclass(frozen=True, slots=True)
class Changed:
    """The steps since an earlier run, as ``explain_changes`` has them."""

    since: str
    steps: pl.DataFrame


@dataclass(frozen=True)
class Explained:
    """A standing and its reasons (None where nobody endorsed), ``n`` rows of each kind.

    handles: what the first endorsers are called, where that is known.
    """

    standing: Standing
    reasons: Reasons | None
    undone: Undone | None
    changed: Changed | None
    n: int
    handles: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def endorsers(self) -> pl.DataFrame:
        """The first ``n`` endorsers, as ``Reasons.by_endorser`` has them."""
        return self.reasons.by_endorser(self.n) if self.reasons else pl.DataFrame()

    @cached_property
    def posts(self) -> pl.DataFrame:
        """The first ``n`` posts, as ``Reasons.by_post`` has them."""
        return self.reasons.by_post(self.n) if self.reasons else pl.DataFrame()

    @cached_property
    def kinds(self) -> pl.DataFrame:
        """The kinds of events, as ``Reasons.by_kind`` has them."""
        return self.reasons.by_kind() if self.reasons else pl.DataFrame()

    def answer(self) -> Answer:
        """All of it as rows of one table; what a section does not have is null there.

        section: score, part, trail, endorser, post, kind, without or change. value: the score, a part, Pr[a person's trail leads here] (trail, endorser), credit (post),
        events (kind), the score that is left (without), the log-score's change (change).
        """
        rows = [tuple(row.get(column) for column in _COLUMNS) for row in self._rows()]
        return Answer(_COLUMNS, tuple(rows))

    def _after(self) -> Iterator[dict[str, Any]]:
        """What would be left, and what changed."""
        if self.undone and self.reasons:
            left = self.undone.left
            yield {"section": "without", "name": ", ".join(self.undone.names), "value": left.score,
                   "points": self.reasons.score - left.score, "points_error": 0.0,
                   "events": self.undone.events, "people": left.endorsers}  # fmt: skip
        if self.changed:
            for row in self.changed.steps.iter_rows(named=True):
                yield {"section": "change", "name": row["step"], "value": row["change"],
                       "points": row["points"], "points_error": 0.0, "events": row["events"]}  # fmt: skip

    def _rows(self) -> Iterator[dict[str, Any]]:
        at = self.standing
        yield {"section": "score", "name": at.account, "value": at.score, "people": at.endorsers,
               "events": self.reasons.events if self.reasons else 0}  # fmt: skip
        if self.reasons is None:
            return
        whole = self.reasons.log_score
        for row in self.reasons.parts().iter_rows(named=True):
            yield {"section": "part", "name": row["part"], "half_life": row["half_life"],
                   "value": row["value"],
                   "share": row["contribution"] / whole if whole > 0.0 else 0.0}  # fmt: skip
        for row in self.reasons.people().head(self.n).iter_rows(named=True):
            yield {"section": "trail", "name": row["account"], "half_life": row["half_life"],
                   "value": row["part"]}  # fmt: skip
        tables = (
            ("endorser", "account", "own", self.endorsers),
            ("post", "post", "credit", self.posts),
            ("kind", "kind", "events", self.kinds),
        )
        for section, name, value, table in tables:
            for row in table.iter_rows(named=True):
                yield {"section": section, "name": row[name], "value": row.get(value),
                       "share": row["share"], "points": row["points"], "points_error": row["error"],
                       "events": row.get("events", row.get("reactions")),
                       "people": row.get("people"), "latest_at": row.get("latest")}  # fmt: skip
        yield from self._after()


def account_named(text: str, view: View, *, scored: pl.Series, job: Job) -> Named:
    """The account that ``text`` names: a key, an id in the job's network, or a handle.

    ``scored``: keys of accounts that are known to be there, looked at first.

    Raises:
        InputError: nobody is called so, or several are.
    """
    keys = (text, account_key(job.network, text))
    for key in keys:  # cheap to ask for: most are there
        if (scored == key).any():
            known = _latest(view, pl.col("account") == key)
            return Named(*known.row(0)) if known.height else Named(key)
    latest = _latest(view)
    handle = text.removeprefix("@").casefold()
    for called in (
        latest.filter(pl.col("account").is_in(keys)),
        latest.filter(pl.col("handle").str.to_lowercase() == handle),
    ):
        if called.height > 1:
            raise InputError(
                f'"{text}" is the handle of several accounts: {", ".join(called["account"])}. Give '
                "one of the keys."
            )
        if called.height:
            return Named(*called.row(0))
    people = _people(view)
    found = next((key for key in keys if (people == key).any()), None)
    if found is not None:
        return Named(found)
    names = [*latest["handle"].drop_nulls(), *(key.split(":", 1)[1] for key in people)]
    near = [name for name in names if name.casefold()[:1] == handle[:1]]
    raise InputError(
        f'There is nobody called "{text}" in the job "{job.name}".{did_you_mean(handle, near)} '
        f"Give a handle, an id, or a key such as {account_key(job.network, '123')}."
    )


def handles_of(accounts: pl.Series, view: View) -> dict[str, str]:
    """The handles of those of ``accounts`` that have one, by key."""
    latest = _latest(view, pl.col("account").is_in(accounts.implode()))
    return dict(latest.select("account", "handle").drop_nulls().iter_rows())


def _latest(view: View, where: pl.Expr | None = None) -> pl.DataFrame:
    """[account, handle, name] as last told."""
    accounts = view.select("accounts", ["account", "at", "handle", "name"], where=where)
    return (
        accounts.sort("account", "at", nulls_last=False)
        .group_by("account", maintain_order=True)
        .agg(pl.col(name).drop_nulls().last() for name in ("handle", "name"))
    )


def _people(view: View) -> pl.Series:
    """Everybody whom the log's events name."""
    events = view.select("interactions", ["actor", "target"])
    return pl.concat([events["actor"], events["target"].rename("actor")]).unique()
