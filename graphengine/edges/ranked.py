"""One call: edges in whatever form, a method by name, ids with scores."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from graphengine.edges.answer import Ranking
from graphengine.edges.forms import edges_of
from graphengine.edges.memory import estimate, refuse_if_too_large
from graphengine.edges.methods import method_named
from graphengine.edges.names import Columns
from graphengine.edges.options import checked_options
from graphengine.errors import InputError, UsageError

if TYPE_CHECKING:
    from graphengine.edges.edge_list import Edges

__all__ = ["rank", "rank_edges"]


def rank(
    edges: Any,
    method: str = "pagerank",
    *,
    source: str | None = None,
    target: str | None = None,
    weight: str | None = None,
    nodes: Any = None,
    **options: Any,
) -> Ranking:
    """Rank the people of an edge list; every answer says how exact it is.

    ``edges`` go from who endorses to who is endorsed: a NumPy array with 2 or 3 columns; a tuple
    (source, target) or (source, target, weight) of arrays; a list of pairs or triples; a SciPy
    sparse matrix (row = endorser); an Arrow table, pandas or polars frame with the columns
    ``source``, ``target`` and, if there is one, ``weight``; a NetworkX graph (an undirected edge
    goes both ways); the name of a CSV, TSV, Parquet or Matrix Market file. Ids are whole numbers,
    with gaps or without, or text. Parallel edges add up; loops count nowhere.

    ``nodes`` names everyone, also people without an edge: a number n (ids 0 to n − 1) or all ids.
    A matrix and a graph name theirs themselves.

    Methods, and the options that they take beside ``damping`` (.85) and ``tolerance`` (1e-9, on
    the error in L1), which all take that have no other listed:

    - pagerank: ``restart`` and ``dangling`` (weights by id), ``alpha`` and ``kappa`` (saturation),
      ``sweeps`` (exactly so many power iterations), ``start`` (a warm start: yesterday's Ranking)
    - article-rank
    - katz: ``alpha`` (.9/ρ unless given), ``tolerance``
    - hits, eigenvector: no option
    - personalised: needs ``seeds``; with several, the score is the mean of their answers
    - trust-rank, spam-mass: need ``seeds``, the people one trusts
    - first-visit-reach: ``alpha`` (.5), ``kappa`` (1), ``restart`` (who starts a trail: weights by
      id), ``exact`` (people who are solved one by one, 100), ``precision`` (.01)
    - trail-visits: ``alpha`` (1), ``kappa`` (0), ``restart``, ``start``
    - contributions: needs ``seeds``, the one person whose PageRank is explained
    - topic-sensitive, twitterrank: need ``topics`` ({topic: {id: count}}) and ``topic``
    - in-strength, out-strength: no option

    Raises:
        InputError: The edges, or people named in an option, cannot be used; or memory is short.
        UsageError: There is no such method or option, or a number is out of its range.
        NotConvergedError: The tolerance is below what float64 can certify, or there is no unique
            answer.

    >>> ranking = rank([("ann", "bob"), ("bob", "cid"), ("ann", "cid")], damping=0.5)
    >>> ranking.ids.tolist(), ranking.scores.round(4).tolist()
    (['ann', 'bob', 'cid'], [0.2424, 0.303, 0.4545])
    """
    name, _ = method_named(method)
    listed = edges_of(edges, columns=Columns(source, target, weight), nodes=nodes)
    return rank_edges(listed, name, options)


def rank_edges(
    edges: Edges, method: str, options: dict[str, Any], *, memory: int | None = None
) -> Ranking:
    """``rank`` of edges that are numbered already.

    ``memory`` is how many bytes may be used; None: what the machine has free.

    Raises:
        InputError, UsageError, NotConvergedError: as ``rank``.

    >>> rank_edges(edges_of([(1, 2)], columns=Columns()), "in-strength", {}).scores
    array([0., 1.])
    """
    name, how = method_named(method)
    given = checked_options(options, takes=how.takes, method=name)
    needed = estimate(edges.people, edges.count, cost=how.cost)
    refuse_if_too_large(needed, memory=memory)
    try:
        with np.errstate(over="raise", invalid="raise"):
            found = how.run(edges, edges.matrix(), given)
    except FloatingPointError as error:
        raise InputError(
            f"A number of {name} grows larger than 64-bit numbers hold. Divide all weights by the "
            "same number, or choose a smaller alpha."
        ) from error
    except ValueError as error:
        raise UsageError(f"{name} cannot be computed: {error}.") from error
    return Ranking(
        name, edges.ids, found.scores, found.error_bound, found.sweeps, edges.count,
        MappingProxyType(found.columns), MappingProxyType(found.facts),
    )  # fmt: skip
