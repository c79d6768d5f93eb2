"""Whom to ask: a seed set, the share of the optimum that is certain, and its spread.

OPIM-C (Tang, Tang, Xiao & Yuan 2018) on reverse-reachable sets (Borgs et al. 2014): one half of
the sets chooses greedily, fresh ones, drawn and forgotten, check; both double until the asked
share of the optimum is certified, until two doublings running raised that share by less than
.005 each, or until the sets, the memory or the time are spent. A share that was not reached is
an answer like any other: ``stop`` says which it was. Spread and gains come from further fresh
sets, never from those that chose or that decided when to stop.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from graphengine.influence.diffusion.bounds import proportion_interval
from graphengine.influence.diffusion.questions import Rules, SeedQuestion, rules_for
from graphengine.influence.diffusion.sampling import SetSampler
from graphengine.influence.diffusion.search import (
    CHECKS,
    TIMES,
    Search,
    Stop,
    Watch,
    block_of,
    fresh_sets,
)
from graphengine.influence.diffusion.selection import ChoosingSets, Selection, Sets
from graphengine.influence.kernels.cover import NOBODY, credit_first

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from graphengine.influence.diffusion.graph import DiffusionGraph, Model

__all__ = ["Certificate", "Sampler", "SeedSet", "certify", "choose_seeds", "marked", "measure"]


class Sampler(Protocol):
    """Where reverse-reachable sets come from: every call goes on in the stream."""

    n: int
    weight: float

    def draw(self, sets: int) -> Sequence[Sets]:
        """The next sets."""

    def hits(self, sets: int, chosen: NDArray[np.bool_]) -> int:
        """How many of the next sets hold somebody chosen."""


@dataclass(frozen=True, slots=True, eq=False)
class SeedSet:
    """Seeds in the order in which they were chosen, and what is known of them.

    ``gain`` is what each adds to the spread of those before it; ``spread`` is their sum, the
    expected number of people reached (of their ``roots``' weight), seeds counted, with its 95 % interval ``low`` to ``high``:
    all from fresh sets. ``share`` of the best possible spread under the same rules is certain
    (with probability 1 − δ), ``asked`` was aimed at, ``stop`` says why the search ended:
    certified, flat (more sets no longer help) or spent. ``sets`` chose, ``cost`` was paid.
    """

    seeds: NDArray[np.int64]
    gain: NDArray[np.float64]
    spread: float
    low: float
    high: float
    share: float
    asked: float
    stop: Stop
    sets: int
    seconds: float
    cost: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """The selection that the search ended with, its share, and what came of the fresh sets.

    ``sets`` of ``members`` each chose; of ``times`` as many fresh ones ``hits`` hold a seed.
    """

    selection: Selection
    share: float
    stop: Stop
    sets: int
    hits: int
    members: float
    times: int = 1

    @property
    def fresh(self) -> int:
        """How many further sets tell its spread."""
        return fresh_sets(self.hits, self.sets, times=self.times)

    def answer(
        self,
        credit: NDArray[np.int64],
        sets: int,
        *,
        asked: SeedQuestion,
        rules: Rules,
        weight: float,
    ) -> SeedSet:
        """What is known of the seeds: ``credit`` of so many fresh ``sets`` goes to each of them.

        ``weight`` is the spread of those who would be in every set.
        """
        low, high = (weight * p for p in proportion_interval(int(credit.sum()), sets))
        seeds, gain = self.selection.people, (credit * (weight / sets)).astype(np.float64)
        if asked.roots is None:  # every seed reaches itself, whatever the samples say
            gain = gain + max(0.0, seeds.size - float(gain.sum())) / seeds.size
            low, high = max(low, float(seeds.size)), max(high, float(gain.sum()))
        return SeedSet(
            seeds=seeds,
            gain=gain,
            spread=float(gain.sum()),
            low=low,
            high=high,
            share=self.share,
            asked=asked.share,
            stop=self.stop,
            sets=self.sets,
            seconds=0.0,
            cost=float(rules.cost[seeds].sum()) if rules.cost.size else None,
        )


def choose_seeds(
    graph: DiffusionGraph,
    question: SeedQuestion | int,
    *,
    model: Model = "independent_cascade",
    random_state: int,
    threads: int = 1,
) -> SeedSet:
    """The people who, asked first, reach most others; ``question`` may be their number k alone.

    The same seeds come out for the same ``random_state``, whatever the order of the edges and
    the number of threads (unless ``max_seconds`` ends the search); of people who add the same
    the smaller number is chosen. With a budget the share is that of the best affordable set.

    Raises:
        ValueError: The question cannot be met by this graph; the text says what to change.

    Source: Tang, Tang, Xiao & Yuan 2018; budgets: Khuller, Moss & Naor 1999.

    >>> from graphengine.influence.diffusion.graph import uniform
    >>> star = uniform([0, 0, 0, 4], [1, 2, 3, 5], 0.5)
    >>> found = choose_seeds(star, 2, random_state=1)
    >>> found.seeds, found.stop, 3.8 < found.low < 4.0 < found.high < 4.2
    (array([0, 4]), 'certified', True)
    """
    began = time.perf_counter()
    asked = question if isinstance(question, SeedQuestion) else SeedQuestion(k=question)
    rules = rules_for(asked, graph.n, edges=graph.m)
    sampler = SetSampler(
        graph, model=model, random_state=random_state, threads=threads, roots=asked.roots
    )
    found = certify(sampler, asked, rules, threads=threads)
    credit, sets = measure(sampler, found)
    answer = found.answer(credit, sets, asked=asked, rules=rules, weight=sampler.weight)
    return replace(answer, seconds=time.perf_counter() - began)


def certify(
    sampler: Sampler, question: SeedQuestion, rules: Rules, *, threads: int = 1
) -> Certificate:
    """Choose and check with ever more sets, until one of the three stops."""
    search, half = Search(question, rules), ChoosingSets(sampler.n, threads=threads)
    watch = Watch(question)
    for size in search.sizes:
        half.add(sampler.draw(size - half.sets))
        selection = half.select(rules)
        last = size == search.sizes[-1] or watch.spent(half.members)
        chosen = marked(selection.people, sampler.n)
        times = CHECKS if CHECKS * half.looked_at(chosen) <= 1.0 else 1
        if not search.worth_checking(selection, size, last=last, times=times):
            continue
        hits = sampler.hits(times * size, chosen)
        if times == 1 and search.nearly(hits, selection, size):
            times = TIMES
            hits += sampler.hits((TIMES - 1) * size, chosen)
        stop = search.judge(hits, selection, size, last=last, times=times)
        if stop is not None:
            each = half.members / size
            return Certificate(selection, search.share, stop, size, hits, each, times)
    raise AssertionError("the last round always ends the search")


def measure(sampler: Sampler, found: Certificate) -> tuple[NDArray[np.int64], int]:
    """Of how many fresh sets, and of how many each seed is the first, in its order, that they hold.

    How many are drawn depends on the sets before alone, so an interval is not bent by stopping.
    """
    seeds, n, sets = found.selection.people, sampler.n, found.fresh
    block = block_of(found.members)
    order = np.full(n, NOBODY, np.uint32)
    order[seeds] = np.arange(seeds.size, dtype=np.uint32)
    credit = np.zeros(seeds.size, np.int64)
    for done in range(0, sets, block):
        for chunk in sampler.draw(min(block, sets - done)):
            credit_first(chunk.first.view(np.uint64), chunk.people, order, credit)
    return credit, sets


def marked(people: NDArray[np.int64], n: int) -> NDArray[np.bool_]:
    """Who of n people is one of these."""
    chosen = np.zeros(n, np.bool_)
    chosen[people] = True
    return chosen
