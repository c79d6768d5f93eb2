"""Which estimator: the one that predicts held-out cascades best, among all of them.

Five rates and EM, each static, the four rates of Goyal, Bonchi & Lakshmanan 2010 with time as
well, and each unshrunk, shrunk to the source's rate and to the target's. Nothing is chosen by
taste; the table of all is part of the answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from graphengine.influence.diffusion.learning.counts import count, trials_of
from graphengine.influence.diffusion.learning.em import learn_em
from graphengine.influence.diffusion.learning.held_out import HeldOut, judge
from graphengine.influence.diffusion.learning.prior import Towards, fit_prior
from graphengine.influence.diffusion.learning.static import Rate, learn_rate, rate_counts
from graphengine.influence.diffusion.learning.timed import with_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graphengine.influence.cascades.adoptions import Adoptions, Exposures
    from graphengine.influence.diffusion.learning.counts import Counts
    from graphengine.influence.diffusion.learning.learned import Learned

__all__ = ["ESTIMATORS", "Choice", "Estimator", "choose_estimator", "learn", "learn_each_topic"]


Kind = Rate | Literal["em"]


@dataclass(frozen=True, slots=True)
class Estimator:
    """A way to learn: how it counts, whether influence fades, what rare pairs shrink towards.

    >>> Estimator("bernoulli", timed=True, towards="source").name
    'bernoulli_timed_towards_source'
    """

    kind: Kind
    timed: bool = False
    towards: Towards | None = None

    @property
    def name(self) -> str:
        """Its name in tables."""
        time = "_timed" if self.timed else ""
        return f"{self.kind}{time}" + (f"_towards_{self.towards}" if self.towards else "")


_TIMED: tuple[Rate, ...] = ("bernoulli", "bernoulli_credit", "jaccard", "jaccard_credit")
_STATIC: tuple[Kind, ...] = (*_TIMED, "em")
_SHRUNK: tuple[Towards | None, ...] = (None, "source", "target")
ESTIMATORS: tuple[Estimator, ...] = (
    Estimator("uniform"),
    *(Estimator(kind, towards=to) for kind in _STATIC for to in _SHRUNK),
    *(Estimator(kind, timed=True, towards=to) for kind in _TIMED for to in _SHRUNK),
)


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The best estimator, what it learned, and the verdict on all, best first."""

    best: Estimator
    learned: Learned
    table: tuple[HeldOut, ...]


def learn(
    actions: Adoptions,
    exposures: Exposures,
    *,
    estimator: Estimator = Estimator("em", towards="source"),
    intervals: bool = True,
    threads: int = 1,
) -> Learned:
    """Learn the probability of every exposure from ``actions``, of one topic or of all.

    Raises:
        ValueError: The estimator is unknown, people are numbered differently in the two, or
            nobody saw anybody act and rare pairs are to be shrunk.

    >>> from graphengine.influence.cascades.adoptions import adoptions, exposures
    >>> actions = adoptions([0, 0, 1], [0, 1, 0], [5, 8, 2])
    >>> learn(actions, exposures([1], [0], n=2), estimator=Estimator("jaccard")).probability
    array([0.5])
    """
    counts = count(actions, exposures)
    return _learned(
        actions, exposures, counts, estimator=estimator, intervals=intervals, threads=threads
    )


def choose_estimator(
    fit: Adoptions,
    held: Adoptions,
    exposures: Exposures,
    *,
    estimators: Sequence[Estimator] = ESTIMATORS,
    threads: int = 1,
) -> Choice:
    """Learn from ``fit`` by each of ``estimators``, judge by ``held``, and keep the likeliest.

    Of equals the first in the list is kept. No prediction counts as less likely than what was
    never seen in all trials of ``fit``: 1 in (trials + 2), the same floor for all. The answer was
    learned from ``fit`` alone; learn from all cascades with the estimator found for use.

    Raises:
        ValueError: No estimator, or nothing to learn from, or nothing held out.
    """
    if not estimators:
        raise ValueError("give one estimator or more")
    counts, trials = count(fit, exposures), trials_of(held, exposures)
    floor = 1.0 / (2.0 + max(1.0, float(counts.acts.sum())))
    found: list[tuple[HeldOut, Estimator]] = []
    for estimator in estimators:
        learned = _learned(
            fit, exposures, counts, estimator=estimator, intervals=False, threads=threads
        )
        found.append((judge(learned, trials, floor=floor), estimator))
    found.sort(key=lambda pair: -pair[0].log_likelihood)
    best = found[0][1]
    learned = _learned(fit, exposures, counts, estimator=best, intervals=True, threads=threads)
    return Choice(best, learned, tuple(verdict for verdict, _ in found))


def learn_each_topic(
    topics: Mapping[str, Adoptions],
    exposures: Exposures,
    *,
    estimator: Estimator = Estimator("em", towards="source"),
    threads: int = 1,
) -> dict[str, Learned]:
    """Learn from each topic's own actions alone; no other topic changes a bit of it."""
    return {
        topic: learn(actions, exposures, estimator=estimator, threads=threads)
        for topic, actions in topics.items()
    }


def _learned(
    actions: Adoptions,
    exposures: Exposures,
    counts: Counts,
    *,
    estimator: Estimator,
    intervals: bool,
    threads: int,
) -> Learned:
    person = exposures.targets if estimator.towards == "target" else exposures.sources
    if estimator.kind == "em":
        prior = None
        if estimator.towards:
            plain = learn_em(actions, exposures, counts, intervals=False, threads=threads)
            prior = fit_prior(plain.successes, plain.trials, person)
        learned = learn_em(
            actions, exposures, counts, prior=prior, intervals=intervals, threads=threads
        )
    else:
        prior = None
        if estimator.towards:
            prior = fit_prior(*rate_counts(counts, estimator.kind), person)
        learned = learn_rate(
            counts, exposures, rate=estimator.kind, prior=prior, intervals=intervals
        )
    if estimator.timed:
        learned = with_time(learned, counts, exposures)
    return replace(learned, estimator=estimator.name)
