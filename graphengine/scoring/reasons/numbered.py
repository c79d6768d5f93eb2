"""The evidence of one topic by number, so that one person after the other can be explained fast.

People become positions in a sorted list of keys, and each half-life one transition. Reading strings
happens here once; everything after it works on arrays.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import scipy.sparse as sp

from graphengine.scoring.reasons.steps import Steps, steps_of
from graphengine.scoring.rows import ages, by_pair, left_of, numbers_of, places_of, up_to

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from graphengine.scoring.model import ScoreModel
    from graphengine.scoring.parts import Evidence

__all__ = ["Numbered", "number_around", "number_evidence"]


@dataclass(frozen=True, slots=True, eq=False)
class Numbered:
    """What is known up to ``as_of`` of n people, by number.

    accounts: their keys, sorted. events: the rows of the evidence on others, in its order; actor,
    target, age (days), weight, original and timed (whether it has a time) stand beside them, one entry a row. posts and credit:
    the evidence's, up to ``as_of``. model: what is made of them.
    """

    accounts: pl.Series
    events: pl.DataFrame
    actor: NDArray[np.int64]
    target: NDArray[np.int64]
    age: NDArray[np.float64]
    weight: NDArray[np.float64]
    original: NDArray[np.bool_]
    timed: NDArray[np.bool_]
    posts: pl.DataFrame | None
    credit: pl.DataFrame | None
    as_of: int
    model: ScoreModel
    _steps: dict[float, Steps] = field(default_factory=dict)
    _whole: bool = True

    @property
    def n(self) -> int:
        """How many people endorse or are endorsed."""
        return len(self.accounts)

    def place(self, who: str) -> int:
        """The number of an account, −1 where nothing is known of it."""
        at = int(self.accounts.search_sorted(who))
        return at if at < self.n and self.accounts[at] == who else -1

    def numbers(self, names: pl.Series) -> NDArray[np.int64]:
        """The numbers of accounts, −1 where nothing is known of one."""
        return numbers_of(names, self.accounts)

    def ages(self, frame: pl.DataFrame) -> NDArray[np.float64]:
        """The ages of rows in days; what has no time does not fade."""
        return ages(frame, self.as_of)

    def steps(self, half_life: float) -> Steps:
        """Where trails go at a half-life in days.

        Raises:
            ValueError: only one person's events are known, and not the steps at this half-life.
        """
        if half_life not in self._steps:
            if not self._whole:
                raise ValueError(f"the steps at {half_life} days were not given; number all events")
            place, shape = (self.actor, self.target), (self.n, self.n)
            decayed = self.weight * np.exp2(-self.age / half_life)
            there = left_of(self.age, half_life) > 0.0
            W = sp.coo_array((decayed, place), shape=shape).tocsr()
            W.eliminate_zeros()
            self._steps[half_life] = steps_of(
                W,
                passing=self.model.passing,
                there=None if there.all() else sp.coo_array((there, place), shape=shape).tocsr(),
            )
        return self._steps[half_life]


def number_evidence(evidence: Evidence, *, model: ScoreModel, as_of: int) -> Numbered:
    """Number the people of ``evidence``, leaving out what is later than ``as_of`` (epoch seconds).

    Raises:
        ValueError: an event's weight is negative or not a number.

    >>> from graphengine.scoring.model import load_model
    >>> from graphengine.scoring.parts import Evidence
    >>> events = pl.DataFrame({"actor": ["b"], "target": ["a"], "at": [0], "weight": [1.0]})
    >>> number_evidence(Evidence(events), model=load_model(), as_of=0).accounts.to_list()
    ['a', 'b']
    """
    kept = up_to(evidence.events, as_of).filter(pl.col("actor") != pl.col("target"))
    weight = kept["weight"].to_numpy().astype(np.float64)
    if not (np.isfinite(weight) & (weight >= 0.0)).all():
        raise ValueError("an event's weight must be a finite number >= 0; leave others out")
    (actor, target), names = places_of(kept["actor"], kept["target"])
    accounts = names.alias("account")
    # in a stated order, so that the order in which rows come changes no bit of any sum
    order = by_pair(target, actor, ages(kept, as_of), weight, people=len(accounts))
    kept, actor, target, weight = kept[order], actor[order], target[order], weight[order]
    flag = kept["original"].fill_null(value=False) if "original" in kept.columns else None
    return Numbered(
        accounts, kept, actor, target,
        ages(kept, as_of), weight,
        np.zeros(kept.height, np.bool_) if flag is None else flag.to_numpy(),
        kept["at"].is_not_null().to_numpy(),
        None if evidence.posts is None else up_to(evidence.posts, as_of),
        None if evidence.credit is None else up_to(evidence.credit, as_of),
        as_of, model,
    )  # fmt: skip


def number_around(
    evidence: Evidence,
    *,
    accounts: pl.Series,
    steps: Mapping[float, Steps],
    model: ScoreModel,
    as_of: int,
) -> Numbered:
    """Number the events towards one person where everybody's ``steps`` are known already.

    ``accounts``: all people, sorted, by whose places ``steps`` (by half-life in days) count. An event by
    somebody who is not among them belongs to nobody, so they must all be there.

    Raises:
        ValueError: an event is of somebody who is not among ``accounts``.

    >>> from graphengine.scoring.model import load_model
    >>> from graphengine.scoring.parts import Evidence
    >>> events = pl.DataFrame({"actor": ["b"], "target": ["a"], "at": [0], "weight": [1.0]})
    >>> whole = number_evidence(Evidence(events), model=load_model(), as_of=0)
    >>> one = number_around(
    ...     Evidence(events), accounts=whole.accounts, steps={8.0: whole.steps(8.0)},
    ...     model=load_model(), as_of=0)
    >>> one.steps(8.0).column(0).tolist()
    [0.0, 0.5]
    """
    found = number_evidence(evidence, model=model, as_of=as_of)
    actor, target = (numbers_of(found.events[name], accounts) for name in ("actor", "target"))
    if (actor < 0).any() or (target < 0).any():
        raise ValueError("an event is of somebody of whom no steps are known; number all events")
    return replace(
        found, accounts=accounts, actor=actor, target=target, _steps=dict(steps), _whole=False
    )
