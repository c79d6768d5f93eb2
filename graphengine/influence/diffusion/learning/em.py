"""EM for the independent cascade: shared reactions go to those who most likely set them off.

Saito, Nakano & Kimura 2008: k_vw ← Σ over reactions of k_vw/P_w, divided by all trials of v → w,
where P_w = 1 − Π(1 − k). An act of v before which w had not acted is a trial, and it failed if w
never acted. Targets share no parameter, so each is solved alone; reactions that only one source
can have set off, and equal sets of sources, are counted once and for all. A round is linear in
what is left. Steps are extrapolated (Varadhan & Roland 2008) where that raises the likelihood. Where sources
nearly always act together rounds creep all the same, and Newton's steps take over; the answer says
by how much the log-likelihood can still rise at most, and which probabilities are not identified.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graphengine.errors import NotConvergedError
from graphengine.influence.diffusion.learning.counts import earlier_sources
from graphengine.influence.diffusion.learning.learned import Learned
from graphengine.influence.kernels.attribution import Evidence, merge_equal, sweep
from graphengine.influence.kernels.curvature import standard_errors
from graphengine.influence.kernels.interior import settle_targets
from graphengine.influence.kernels.profiles import Z, profile_intervals

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from graphengine.influence.cascades.adoptions import Adoptions, Exposures
    from graphengine.influence.diffusion.learning.counts import Counts
    from graphengine.influence.diffusion.learning.prior import Prior

__all__ = ["evidence_of", "learn_em", "plain_rounds"]

CHUNK = 256  # targets solved in one go, whatever the number of threads
ROUNDS = 20_000
CLOSE = 1e-8  # nats below the top of a target: a probability is then 1.4e-4 of its error off
FEW_TRIALS, FEW_SUCCESSES = 100, 10  # below either, the interval is that of the profile likelihood


@dataclass(frozen=True, slots=True, eq=False)
class _Top:
    """Where the likelihood is largest: probabilities, its logarithm, how much that may yet rise."""

    probability: NDArray[np.float64]
    value: NDArray[np.float64]
    gap: NDArray[np.float64]


def learn_em(
    actions: Adoptions,
    exposures: Exposures,
    counts: Counts,
    *,
    prior: Prior | None = None,
    intervals: bool = True,
    threads: int = 1,
) -> Learned:
    """The probabilities under which what happened is most likely, with errors and intervals.

    ``trials`` are acts of u that v saw before acting, ``successes`` the reactions attributed to
    u. Standard errors come from the observed information; an exposure with fewer than 100 trials
    or 10 successes, or without a finite error, or with one that reaches below 0 or above 1, has a
    profile-likelihood interval. With a ``prior``, its pseudo-counts join the likelihood (not
    ``trials`` and ``successes``). Without ``intervals``, errors are infinite and intervals 0 to 1.
    ``gap`` bounds how much the log-likelihood of all could still rise: 1e-8 a target, or what is
    left after 20,000 rounds where a target shares reactions among more than 512 sources.

    Raises:
        NotConvergedError: The log-likelihood fell in a round, which no log can bring about.

    >>> from graphengine.influence.cascades.adoptions import adoptions, exposures
    >>> from graphengine.influence.diffusion.learning.counts import count
    >>> actions = adoptions([0, 0, 1], [0, 1, 0], [5, 8, 2])
    >>> seen = exposures([1], [0], n=2)
    >>> learn_em(actions, seen, count(actions, seen)).probability
    array([0.5])
    """
    known = evidence_of(actions, exposures, counts, prior=prior)
    top = _settled(known, threads)
    tries, p = counts.tries.astype(np.float64), top.probability
    given = 0.0 if prior is None else prior.successes
    successes = np.where(tries > 0, np.clip(p * known.total - given, 0.0, tries), 0.0)
    error, ends = np.full(p.size, np.inf), np.tile([0.0, 1.0], (p.size, 1))
    if intervals:
        _each_chunk(known, threads, lambda targets: standard_errors(targets, known, p, error))
        few = (tries < FEW_TRIALS) | (successes < FEW_SUCCESSES) | ~np.isfinite(error)
        few |= (p - Z * error < 0.0) | (p + Z * error > 1.0)  # beyond what a probability can be
        wide = np.where(few, 0.0, Z * np.where(few, 0.0, error))
        ends = np.where(few[:, None], ends, np.column_stack([p - wide, p + wide]).clip(0.0, 1.0))
        wanted = few & (known.total > 0)
        _each_chunk(
            known, threads, lambda t: profile_intervals(t, known, wanted, p, top.value, ends)
        )
    return Learned(
        estimator="em",
        probability=np.where(known.total > 0, p, np.nan),
        successes=successes,
        trials=tries,
        standard_error=error,
        low=ends[:, 0],
        high=ends[:, 1],
        n=exposures.n,
        source=exposures.sources,
        target=exposures.targets,
        gap=float(top.gap.sum()),
    )


def evidence_of(
    actions: Adoptions, exposures: Exposures, counts: Counts, *, prior: Prior | None = None
) -> Evidence:
    """What EM needs of the log, compressed: lone reactions, failures, distinct sets of sources."""
    start, entries = earlier_sources(actions, exposures, counts)
    size, head = np.diff(start), entries[start[:-1]]
    alone = np.bincount(head[size == 1], minlength=exposures.m).astype(np.float64)
    fail = (counts.tries - counts.reactions).astype(np.float64)
    shared = counts.reactions - alone
    if prior is not None:
        alone, fail = alone + prior.successes, fail + prior.failures
    rows = np.flatnonzero(size > 1)
    target = exposures.targets[head]
    mark = (
        np.add.reduceat(_scattered(entries), start[:-1])
        if start.size > 1
        else np.empty(0, np.uint64)
    )
    order = rows[np.lexsort((mark[rows], target[rows]))]
    number = merge_equal(order, start, entries, mark)
    kept = order[np.flatnonzero(np.diff(number, prepend=-1))]
    group = np.concatenate([[0], np.cumsum(size[kept])]).astype(np.int64)
    inside = np.repeat(start[kept] - group[:-1], size[kept]) + np.arange(group[-1])
    return Evidence(
        first=exposures.first,
        of=np.searchsorted(target[kept], np.arange(exposures.n + 1)).astype(np.int64),
        group=group,
        entry=entries[inside],
        times=np.bincount(number, minlength=kept.size).astype(np.float64),
        alone=alone,
        fail=fail,
        total=alone + fail + shared,
    )


def plain_rounds(known: Evidence, start: NDArray[np.float64], rounds: int) -> NDArray[np.float64]:
    """The probabilities after exactly so many rounds of EM as published, from ``start``.

    >>> z = np.zeros(1)
    >>> known = Evidence(np.array([0, 1]), np.zeros(2, int), np.zeros(1, int), np.zeros(0, int),
    ...                  z, np.array([1.0]), np.array([3.0]), np.array([4.0]))
    >>> plain_rounds(known, np.array([0.5]), 1)
    array([0.25])
    """
    p = np.array(start, np.float64)
    for _ in range(rounds):
        new = np.zeros_like(p)
        for v in _targets(known):
            mine = slice(known.first[v], known.first[v + 1])
            sweep(v, known, p[mine], new[mine], -1)
        p = new
    return p


def _settled(known: Evidence, threads: int) -> _Top:
    total = np.where(known.total > 0, known.total, 1.0)
    p = 0.5 * (known.alone + known.total - known.fail) / total
    p[(known.fail <= 0.0) & (known.total > 0.0)] = 1.0  # never failed: the more the likelier
    ended = np.zeros((known.first.size - 1, 3))
    _each_chunk(known, threads, lambda t: settle_targets(t, known, p, CLOSE, ROUNDS, ended))
    value, gap, fall = ended.T
    fell = np.flatnonzero(fall > 1e-9 * (1.0 + np.abs(value)))
    if fell.size:
        raise NotConvergedError(
            f"the log-likelihood of person {fell[0]} fell by {fall[fell[0]]:.2g} in a round of EM, "
            "which cannot be: counts are not those of one log"
        )
    return _Top(p, value, gap)


def _targets(known: Evidence) -> NDArray[np.int64]:
    return np.flatnonzero(np.diff(known.first))


def _each_chunk(known: Evidence, threads: int, work: Callable[[NDArray[np.int64]], None]) -> None:
    """Chunks of targets touch different exposures, so no result depends on the threads."""
    targets = _targets(known)
    chunks = [targets[i : i + CHUNK] for i in range(0, targets.size, CHUNK)]
    if threads == 1:
        for chunk in chunks:
            work(chunk)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, chunks))


def _scattered(x: NDArray[np.int64]) -> NDArray[np.uint64]:
    """64 well-mixed bits of each number (SplitMix64: Steele, Lea & Flood 2014)."""
    z = (x.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
