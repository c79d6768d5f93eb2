"""What one person's score is made of: the events, posts and credit that concern that person alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.scoring.rows import ages, left_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.scoring.parts import PartKey
    from graphengine.scoring.reasons.numbered import Numbered

__all__ = ["Case", "Pairs", "case_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """The m endorsers' passing on to the person at one half-life.

    weight: w_ut decayed. power: w^α. total: κ + Σ_v w_uv^α of the endorser's whole row. there:
    whether the latest event has not left: else nothing is passed on.
    """

    weight: NDArray[np.float64]
    power: NDArray[np.float64]
    total: NDArray[np.float64]
    there: NDArray[np.bool_]

    @property
    def passes(self) -> NDArray[np.float64]:
        """P_ut."""
        return np.where(self.there, self.power, 0.0) / self.total


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """The k events towards one person of m endorsers, the c rows of credit, the original posts.

    who: the person's number. rows: numbers of the events. endorsers: numbers of the m people, and
    ``by`` which of them each event comes from. ages in days. credit_of: which of the k events made
    a row of credit, −1 where it is none of them. under: the person's post above it, where known.
    latest_rows: which of the k events is each endorser's latest (m).
    """

    numbered: Numbered
    who: int
    rows: NDArray[np.int64]
    endorsers: NDArray[np.int64]
    by: NDArray[np.int64]
    age: NDArray[np.float64]
    weight: NDArray[np.float64]
    original: NDArray[np.bool_]
    timed: NDArray[np.bool_]
    posts_age: NDArray[np.float64]
    credit_age: NDArray[np.float64]
    credit: NDArray[np.float64]
    credit_of: NDArray[np.int64]
    under: pl.Series
    latest_rows: NDArray[np.int64]

    def column(self, name: str) -> pl.Series:
        """A column of the k events; nulls where the evidence has none such."""
        events = self.numbered.events
        if name not in events.columns:
            return pl.Series(name, [None] * len(self.rows), pl.String)
        return events[name].gather(self.rows)

    def pairs(self, half_life: float) -> Pairs:
        """How much each endorser passes on to the person."""
        alpha = self.numbered.model.passing.alpha
        total = self.numbered.steps(half_life).total[self.endorsers]
        weight = _sums(self.by, self.decayed(half_life), len(self.endorsers))
        there = left_of(self.age[self.latest_rows], half_life) > 0.0
        return Pairs(weight, np.power(weight, alpha), total, there)

    def decayed(self, half_life: float) -> NDArray[np.float64]:
        """What each of the k events weighs, however old."""
        return self.weight * np.exp2(-self.age / half_life)

    def reduced(self, pairs: Pairs, kept: NDArray[np.bool_], half_life: float) -> Pairs:
        """The same pairs when only the events of the mask ``kept`` (k) are there."""
        alpha = self.numbered.model.passing.alpha
        weight = _sums(self.by[kept], self.decayed(half_life)[kept], len(self.endorsers))
        touched = np.zeros(len(self.endorsers), np.bool_)
        touched[self.by[~kept]] = True
        weight = np.where(touched, weight, pairs.weight)
        power = np.where(touched, np.power(weight, alpha), pairs.power)
        there = left_of(self.latest(kept), half_life) > 0.0
        return Pairs(weight, power, pairs.total - pairs.power + power, there)

    def latest(self, kept: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The age of each endorser's latest event (m) among those ``kept``, inf where none is."""
        age = np.full(len(self.endorsers), np.inf)
        np.minimum.at(age, self.by[kept], self.age[kept])
        return age

    def part(
        self,
        key: PartKey,
        kept: NDArray[np.bool_] | None = None,
        credit: NDArray[np.bool_] | None = None,
    ) -> float:
        """A part other than h, from the events and the rows of credit that are kept (None: all)."""
        if key.name == "R":
            age = self.age[self.latest_rows] if kept is None else self.latest(kept)
            return float(left_of(age, key.half_life).sum())
        if key.name == "S":
            pairs = self.pairs(key.half_life)
            if kept is not None:
                pairs = self.reduced(pairs, kept, key.half_life)
            return float(pairs.passes.sum())
        if key.name == "C":
            amount = self.credit * left_of(self.credit_age, key.half_life)
            return float(amount[slice(None) if credit is None else credit].sum())
        reactions = self.reactions(key.half_life)
        return float(reactions[slice(None) if kept is None else kept].sum())

    def reactions(self, half_life: float) -> NDArray[np.float64]:
        """What each of the k events adds to A: its decayed reaction over posts and c.

        A reaction without a time is divided by all posts, undecayed.
        """
        c = self.numbered.model.passing.posts_prior
        faded = float(left_of(self.posts_age, half_life).sum()) + c
        over = np.where(self.timed, faded, len(self.posts_age) + c)
        return np.where(self.original, left_of(self.age, half_life) / over, 0.0)


def case_of(numbered: Numbered, who: int) -> Case:
    """Everything that concerns the person with the number ``who``.

    >>> from graphengine.scoring.model import load_model
    >>> from graphengine.scoring.parts import Evidence
    >>> from graphengine.scoring.reasons.numbered import number_evidence
    >>> events = pl.DataFrame({"actor": ["b", "b"], "target": ["a", "a"], "at": [0, 0], "weight": 1.0})
    >>> case_of(number_evidence(Evidence(events), model=load_model(), as_of=0), 0).by.tolist()
    [0, 0]
    """
    rows = np.flatnonzero(numbered.target == who)
    endorsers, by = np.unique(numbered.actor[rows], return_inverse=True)
    name, age = numbered.accounts[who], numbered.age[rows]
    order = np.lexsort((age, by))
    posts = _of(numbered.posts, name)
    credit = _of(numbered.credit, name)
    return Case(
        numbered, who, rows, endorsers, by, age, numbered.weight[rows],
        numbered.original[rows], numbered.timed[rows], ages(posts, numbered.as_of), ages(credit, numbered.as_of),
        credit["amount"].to_numpy().astype(np.float64) if "amount" in credit.columns else np.zeros(0),
        _events_of(credit, numbered.events, rows),
        credit["under"] if "under" in credit.columns else pl.Series("under", [None] * credit.height, pl.String),
        order[np.flatnonzero(np.diff(by[order], prepend=-1))],
    )  # fmt: skip


def _sums(which: NDArray[np.int64], amount: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    # of nothing, bincount makes integers
    return np.bincount(which, weights=amount, minlength=count).astype(np.float64)


def _of(frame: pl.DataFrame | None, name: str) -> pl.DataFrame:
    if frame is None:
        return pl.DataFrame(schema={"account": pl.String, "at": pl.Int64})
    return frame.filter(pl.col("account") == name)


def _events_of(
    credit: pl.DataFrame, events: pl.DataFrame, rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    if "post" not in credit.columns or "post" not in events.columns:
        return np.full(credit.height, -1, dtype=np.int64)
    own = pl.DataFrame({"post": events["post"].gather(rows)}).with_row_index("event")
    first = own.drop_nulls("post").unique("post", keep="first", maintain_order=True)
    found = credit.select("post").join(first, on="post", how="left", maintain_order="left")
    return found["event"].cast(pl.Int64).fill_null(-1).to_numpy()
