"""The methods that rank one edge list, by name: which options each takes, and how it is called."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from graphengine.edges.options import Options, people, topic_table, vector
from graphengine.errors import UsageError, did_you_mean
from graphengine.influence import ranking

if TYPE_CHECKING:
    from collections.abc import Callable

    import scipy.sparse as sp
    from numpy.typing import NDArray

    from graphengine.edges.edge_list import Edges

__all__ = ["METHODS", "Found", "Method", "method_named"]


@dataclass(frozen=True, slots=True)
class Found:
    """What a method answers: a score a person, further columns, single figures, and the certificate."""

    scores: NDArray[np.float64]
    error_bound: float | None = None
    sweeps: int | None = None
    columns: dict[str, NDArray[np.generic]] = field(default_factory=dict)
    facts: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Method:
    """One method: its answer, the options it takes, what it costs, and a line about it."""

    run: Callable[[Edges, sp.csr_array, Options], Found]
    takes: tuple[str, ...]
    cost: str
    about: str


def method_named(name: str) -> tuple[str, Method]:
    """A method and its name as it is written; "_" and capitals are forgiven.

    Raises:
        UsageError: There is none.

    >>> method_named("Article_Rank")[0]
    'article-rank'
    """
    found = str(name).strip().lower().replace("_", "-")
    if found not in METHODS:
        known = list(METHODS)
        raise UsageError(
            f'There is no method "{name}".{did_you_mean(found, known)} There are: {", ".join(known)}.'
        )
    return found, METHODS[found]


def _solved(solution: ranking.Solution) -> Found:
    return Found(solution.value, solution.error_bound, solution.sweeps)


def _optional(edges: Edges, given: object, name: str) -> NDArray[np.float64] | None:
    return None if given is None else vector(edges, given, name=name)


def _destinations(edges: Edges, o: Options) -> dict[str, NDArray[np.float64] | None]:
    """Where a surfer goes who restarts, or stands where nobody is endorsed."""
    return {name: _optional(edges, getattr(o, name), name) for name in ("restart", "dangling")}


def _warm(edges: Edges, o: Options) -> NDArray[np.float64] | None:
    return None if o.start is None else vector(edges, o.start, name="start", strict=False)


def _pagerank(edges: Edges, W: sp.csr_array, o: Options) -> Found:
    to, start = _destinations(edges, o), _warm(edges, o)
    if o.sweeps is not None:
        if o.alpha is not None or o.kappa is not None:
            raise UsageError(
                "An exact number of sweeps is for comparison with published iterates, which know no "
                "alpha and no kappa. Leave sweeps out, or both of them."
            )
        return _solved(ranking.pagerank_sweeps(W, o.sweeps, damping=o.damping, start=start, **to))
    return _solved(
        ranking.stationary(
            _transition(W, o, alpha=1.0, kappa=0.0),
            damping=o.damping, tolerance=o.tolerance, start=start, **to,
        )
    )  # fmt: skip


def _transition(W: sp.csr_array, o: Options, *, alpha: float, kappa: float) -> sp.csr_array:
    return ranking.saturated(
        W,
        alpha=alpha if o.alpha is None else o.alpha,
        kappa=kappa if o.kappa is None else o.kappa,
    )


def _article_rank(_: Edges, W: sp.csr_array, o: Options) -> Found:
    return _solved(ranking.article_rank(W, damping=o.damping, tolerance=o.tolerance))


def _katz(_: Edges, W: sp.csr_array, o: Options) -> Found:
    return _solved(ranking.katz(W, alpha=o.alpha, tolerance=o.tolerance))


def _hits(_: Edges, W: sp.csr_array, __: Options) -> Found:
    found = ranking.hits(W)
    return Found(found.authorities, columns={"hub": found.hubs}, facts=_spectral(found))


def _eigenvector(_: Edges, W: sp.csr_array, __: Options) -> Found:
    found = ranking.eigenvector(W)
    return Found(found.value, facts=_spectral(found))


def _spectral(found: ranking.Hits | ranking.Leading) -> dict[str, float]:
    return {"eigenvalue": found.eigenvalue, "residual": found.residual, "gap": found.gap}


def _personalised(edges: Edges, W: sp.csr_array, o: Options) -> Found:
    who = people(edges, o.seeds)
    restarts = ranking.one_person_each(who, n=edges.people)
    answers = ranking.personalised(W, restarts, damping=o.damping, tolerance=o.tolerance)
    mean = np.mean([a.value for a in answers], axis=0)
    columns: dict[str, NDArray[np.generic]] = {}
    if len(who) > 1:
        columns = {f"from {edges.ids[w]}": a.value for w, a in zip(who, answers, strict=True)}
    bound = float(np.mean([a.error_bound for a in answers]))
    return Found(np.asarray(mean), bound, max(a.sweeps for a in answers), columns)


def _trust_rank(edges: Edges, W: sp.csr_array, o: Options) -> Found:
    trusted = people(edges, o.seeds)
    return _solved(ranking.trust_rank(W, trusted, damping=o.damping, tolerance=o.tolerance))


def _spam_mass(edges: Edges, W: sp.csr_array, o: Options) -> Found:
    trusted = people(edges, o.seeds)
    found = ranking.spam_mass(W, trusted, damping=o.damping, tolerance=o.tolerance)
    return Found(
        found.value,
        found.error_bound * edges.people,
        found.visits.sweeps + found.trusted.sweeps,
        facts={"error bound of each": found.error_bound},
    )


def _reach(edges: Edges, W: sp.csr_array, o: Options) -> Found:
    found = ranking.first_visit_reach(
        _transition(W, o, alpha=0.5, kappa=1.0),
        damping=o.damping,
        start=_optional(edges, o.restart, "restart"),
        exact=o.exact,
        precision=o.precision,
        tolerance=o.tolerance,
    )
    columns: dict[str, NDArray[np.generic]] = {"low": found.low, "high": found.high}
    facts = {"exact": float(found.exact.sum())}
    return Found(found.value, found.error_bound, found.visits.sweeps, columns, facts)


def _trail_visits(edges: Edges, W: sp.csr_array, o: Options) -> Found:
    found = ranking.trail_visits(
        _transition(W, o, alpha=1.0, kappa=0.0),
        damping=o.damping,
        start=_optional(edges, o.restart, "restart"),
        tolerance=o.tolerance,
        guess=_warm(edges, o),
    )
    return _solved(found)


def _contributions(edges: Edges, W: sp.csr_array, o: Options) -> Found:
    who = people(edges, o.seeds)
    if len(who) != 1:
        raise UsageError(
            f"contributions explains one person's rank, and seeds names {len(who)}. Name one."
        )
    to = _destinations(edges, o)
    return _solved(
        ranking.contributions(W, int(who[0]), damping=o.damping, tolerance=o.tolerance, **to)
    )


def _topic_sensitive(edges: Edges, W: sp.csr_array, o: Options) -> Found:
    counts, topic = topic_table(edges, o)
    return _solved(
        ranking.pagerank(W, damping=o.damping, restart=counts[:, topic], tolerance=o.tolerance)
    )


def _twitterrank(edges: Edges, W: sp.csr_array, o: Options) -> Found:
    counts, topic = topic_table(edges, o)
    return _solved(ranking.twitterrank(W, counts, topic, damping=o.damping, tolerance=o.tolerance))


def _in_strength(_: Edges, W: sp.csr_array, __: Options) -> Found:
    return Found(ranking.in_strength(W))


def _out_strength(_: Edges, W: sp.csr_array, __: Options) -> Found:
    return Found(ranking.out_strength(W))


_SOLVE = ("damping", "tolerance")

METHODS = {
    "pagerank": Method(
        _pagerank,
        (*_SOLVE, "sweeps", "alpha", "kappa", "restart", "dangling", "start"),
        "solve",
        "shares of a surfer who follows endorsements and sometimes restarts",
    ),
    "article-rank": Method(
        _article_rank, _SOLVE, "solve", "PageRank where who endorses few passes on less"
    ),
    "katz": Method(
        _katz, ("tolerance", "alpha"), "solve", "chains of endorsements, each step worth alpha"
    ),
    "hits": Method(_hits, (), "spectral", "authorities, and hubs beside them"),
    "eigenvector": Method(_eigenvector, (), "spectral", "endorsed by those who are endorsed"),
    "personalised": Method(
        _personalised, (*_SOLVE, "seeds"), "solve", "PageRank as seen from the seeds"
    ),
    "trust-rank": Method(
        _trust_rank, (*_SOLVE, "seeds"), "solve", "PageRank that restarts at trusted seeds"
    ),
    "spam-mass": Method(
        _spam_mass, (*_SOLVE, "seeds"), "solve", "the share of rank that no trusted seed gave"
    ),
    "first-visit-reach": Method(
        _reach,
        (*_SOLVE, "alpha", "kappa", "restart", "exact", "precision"),
        "reach",
        "how many people's trails lead to one, each counted once",
    ),
    "trail-visits": Method(
        _trail_visits,
        (*_SOLVE, "alpha", "kappa", "restart", "start"),
        "solve",
        "how often trails come by",
    ),
    "contributions": Method(
        _contributions,
        (*_SOLVE, "seeds", "restart", "dangling"),
        "solve",
        "who makes up the PageRank of the seed",
    ),
    "topic-sensitive": Method(
        _topic_sensitive,
        (*_SOLVE, "topics", "topic"),
        "solve",
        "PageRank that restarts where a topic is written about",
    ),
    "twitterrank": Method(
        _twitterrank,
        (*_SOLVE, "topics", "topic"),
        "solve",
        "along friends who write much, and on the same topics",
    ),
    "in-strength": Method(_in_strength, (), "strength", "the weight that somebody receives"),
    "out-strength": Method(_out_strength, (), "strength", "the weight that somebody gives"),
}
