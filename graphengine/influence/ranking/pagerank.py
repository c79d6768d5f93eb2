"""PageRank p = d·Pᵀp + d·(Σ over dangling of p)·δ + (1 − d)·v, with Σp = 1 and a certificate.

Brin & Page 1998; Langville & Meyer 2004. The restart v makes it personalised, topic-sensitive
(Haveliwala 2002) or a TrustRank (Gyöngyi et al. 2004). People who endorse nobody (dangling) pass
their share on along δ, which is v unless the caller names another; what a saturated row lacks to
1 returns to v. The stopping rule is the bound ‖p − p*‖₁ ≤ r / (1 − d), never N·tolerance.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from graphengine.influence.ranking.compact import ByTarget, Compact, by_id, placed
from graphengine.influence.ranking.flow import Flow
from graphengine.influence.ranking.iteration import Solution, certifiable, finish, repeat
from graphengine.influence.ranking.packed import Packed, packed
from graphengine.influence.ranking.teams import threads, threads_for
from graphengine.influence.ranking.transition import passed_on, row_normalised

if TYPE_CHECKING:
    import scipy.sparse as sp
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Surfer", "distribution", "pagerank", "pagerank_sweeps", "stationary"]

_ANY = 1 << 62  # edges that are worth all threads


def pagerank(
    W: sp.csr_array | ByTarget,
    *,
    damping: float = 0.85,
    restart: ArrayLike | None = None,
    dangling: ArrayLike | None = None,
    tolerance: float = 1e-9,
    start: ArrayLike | None = None,
) -> Solution:
    """The stationary shares of a surfer who follows the weights ``W`` and sometimes restarts.

    ``W`` is n × n, row = endorser, weights ≥ 0: a sparse matrix, or a structure, which is read as
    it lies. Vectors are by id for both. ``restart`` (v), ``dangling`` (δ, default v) and
    ``start`` (a warm start, default v) have n entries ≥ 0 and are scaled to sum 1; the default v
    is uniform. ``tolerance`` bounds the L1 error; Σ value = 1.

    Raises:
        NotConvergedError: The tolerance is below what float64 can certify.
        ValueError: A weight, a distribution or the damping is out of its range.

    >>> import scipy.sparse as sp
    >>> pagerank(sp.csr_array([[0, 1.0], [1.0, 0]]), restart=[1, 0]).value.round(6)
    array([0.540541, 0.459459])
    """
    return stationary(
        row_normalised(W),
        damping=damping,
        restart=restart,
        dangling=dangling,
        tolerance=tolerance,
        start=start,
    )


def stationary(
    P: sp.csr_array | Compact,
    *,
    damping: float = 0.85,
    restart: ArrayLike | None = None,
    dangling: ArrayLike | None = None,
    tolerance: float = 1e-9,
    start: ArrayLike | None = None,
) -> Solution:
    """PageRank of a given transition ``P`` (row sums ≤ 1), as ``saturated`` makes it.

    Whoever endorses nobody is dangling and passes on along ``dangling``; what a row with
    endorsements lacks to 1 goes to ``restart``. Everything else is as in ``pagerank``.

    >>> import scipy.sparse as sp
    >>> stationary(sp.csr_array([[0, 0.5], [0.5, 0]])).value
    array([0.5, 0.5])
    """
    surfer = Surfer(P, damping=damping, restart=restart, dangling=dangling)
    return surfer.settled(start, tolerance=tolerance, prepare=False)


def pagerank_sweeps(
    W: sp.csr_array | ByTarget,
    sweeps: int,
    *,
    damping: float = 0.85,
    restart: ArrayLike | None = None,
    dangling: ArrayLike | None = None,
    start: ArrayLike | None = None,
) -> Solution:
    """Exactly ``sweeps`` power iterations, for comparison with published iterates.

    Parameters are those of ``pagerank``; the certificate says how far the iterate still is.

    >>> import scipy.sparse as sp
    >>> pagerank_sweeps(sp.csr_array([[0, 1.0], [0, 0]]), 1).value
    array([0.2875, 0.7125])
    """
    surfer = Surfer(row_normalised(W), damping=damping, restart=restart, dangling=dangling)
    return surfer.swept(start, sweeps)


def distribution(values: ArrayLike, n: int, *, name: str) -> NDArray[np.float64]:
    """``values`` as n entries ≥ 0 scaled to sum 1.

    Raises:
        ValueError: Another length, a negative or infinite entry, or nothing but zeros.

    >>> distribution([1, 0, 3], 3, name="restart")
    array([0.25, 0.  , 0.75])
    """
    vector = np.asarray(values, dtype=np.float64)
    if vector.shape != (n,):
        raise ValueError(f"{name} needs {n} entries, one a node, got the shape {vector.shape}")
    largest = vector.max(initial=0.0)
    if not np.isfinite(vector).all() or (vector < 0.0).any() or (n > 0 and largest == 0.0):
        raise ValueError(f"{name} needs finite entries >= 0 that are not all 0")
    vector = vector / largest if n else vector
    return np.asarray(vector / vector.sum()) if n else vector


class Surfer:
    """One step of the random surfer, and its fast solve; the parts computed once."""

    def __init__(
        self,
        P: sp.csr_array | Compact,
        *,
        damping: float = 0.85,
        restart: ArrayLike | None = None,
        dangling: ArrayLike | None = None,
    ) -> None:
        if not 0.0 <= damping < 1.0:
            raise ValueError(f"the damping must lie in [0, 1), got {damping}")
        self.n = P.shape[0]
        self._P = P
        self.v = (
            np.full(self.n, 1.0 / max(self.n, 1))  # in whatever order
            if restart is None
            else self._shares(restart, name="restart")
        )
        self._even = restart is None and self.n > 0
        self._delta = None if dangling is None else self._shares(dangling, name="dangling")
        passes_on = passed_on(P)
        endorses = P.endorses if isinstance(P, Compact) else np.diff(P.indptr) > 0
        self._dangling = _together(np.flatnonzero(~endorses))
        self._missing = np.where(endorses, 1.0 - passes_on, 0.0)
        self._lacking = bool(self._missing.any())
        self._damping = damping
        self._threads = threads_for(_ANY)  # those allowed now, not when a solve asks for them
        self._made: dict[str, object] = {}  # what is prepared once it is needed, for all copies
        self._seated: NDArray[np.float64] | None = None

    @property
    def _flow(self) -> Flow:
        if "flow" not in self._made:
            with threads(self._threads):
                self._made["flow"] = Flow(self._P, damping=self._damping)
        return cast("Flow", self._made["flow"])

    @property
    def _packed(self) -> Packed | None:
        if "packed" not in self._made:
            P = self._P if isinstance(self._P, Compact) and self._delta is None else None
            self._made["packed"] = None if P is None else packed(P, damping=self._damping)
        return cast("Packed | None", self._made["packed"])

    def prepared(self) -> Surfer:
        """The surfer, its graph laid out anew for the solves that follow, here and in copies.

        That takes as long as a few solves, and 2 to 4 bytes an edge. Loops compile once, in some
        seconds. Small graphs need no asking: ``settled`` lays them out itself.
        """
        if self._packed is None and isinstance(self._P, Compact):
            self._flow.prepare()
            order = self._P.structure.order
            self._made["place"] = place = np.empty(len(order), dtype=np.uint32)
            place[order] = np.arange(len(order), dtype=np.uint32)
        return self

    def restarting(self, restart: ArrayLike) -> Surfer:
        """The same surfer with another restart; nothing is prepared again."""
        other = copy.copy(self)
        other.v, other._seated = self._shares(restart, name="restart"), None
        other._even = False
        return other

    def step(self, p: NDArray[np.float64]) -> NDArray[np.float64]:
        """One power iteration from the shares ``p``, which are arranged as ``v`` is."""
        d, following = self._damping, self._flow.follow(p)
        following *= d
        to_v = (1.0 - d) + (d * float(np.einsum("i,i", p, self._missing)) if self._lacking else 0.0)
        dangling = d * float(p[self._dangling].sum())
        if self._delta is None:
            to_v += dangling
        else:
            following += dangling * self._delta
        following += to_v * (self.v[0] if self._even else self.v)
        return following

    def settled(
        self, start: ArrayLike | None = None, *, tolerance: float = 1e-9, prepare: bool = True
    ) -> Solution:
        """The stationary shares by id, certified; ``start`` is a warm start.

        ``prepare``: a small graph is laid out anew for this solve and those that follow; the loops
        that do so take seconds to compile, once.
        """
        at_once = self._at_once(tolerance) if prepare and start is None else None
        if at_once is not None:
            return at_once
        guess = None if start is None else self._shares(start, name="start")

        def fast(
            guess: NDArray[np.float64] | None, asked: float
        ) -> tuple[NDArray[np.float64], int]:
            return self._fast(guess, 0.5 * asked) if self.n else (self.v, 0)

        found = finish(self.step, fast, guess, damping=self._damping, tolerance=tolerance)
        return replace(found, value=self._by_id(found.value))

    def _by_id(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        place = self._made.get("place")
        return by_id(self._P, x) if place is None else np.take(x, cast("NDArray[Any]", place))

    def _at_once(self, tolerance: float) -> Solution | None:
        """The same of a small graph, in one call; None where that is not the way."""
        certifiable(tolerance, self._damping)
        small = self._packed
        if small is None:
            return None
        if self._seated is None:
            self._seated = small.seated(self.v)
        return small.settled(self._seated, tolerance=tolerance)

    def swept(self, start: ArrayLike | None, sweeps: int) -> Solution:
        """Exactly ``sweeps`` power iterations from ``start``, or from v; by id."""
        p = self.v if start is None else self._shares(start, name="start")
        found = repeat(self.step, p, sweeps, damping=self._damping)
        return replace(found, value=self._by_id(found.value))

    def _shares(self, values: ArrayLike, *, name: str) -> NDArray[np.float64]:
        return placed(self._P, distribution(values, self.n, name=name))

    def _fast(
        self, guess: NDArray[np.float64] | None, tolerance: float
    ) -> tuple[NDArray[np.float64], int]:
        """Trails from v, and where δ is another, s times trails from δ: p is proportional to both.

        s is what reaches the dangling for each trail from v: s = d·D(x_v) + s·d·D(x_δ).
        """
        x, sweeps = self._flow.solve(self.v, tolerance=tolerance, start=guess)
        if self._delta is not None:
            y, more = self._flow.solve(self._delta, tolerance=tolerance, start=guess)
            once, again = (self._damping * float(z[self._dangling].sum()) for z in (x, y))
            x, sweeps = x + once / (1.0 - again) * y, sweeps + more
        return np.asarray(x / x.sum()), sweeps


def _together(places: NDArray[np.int64]) -> NDArray[np.int64] | slice:
    """The same places as a slice where they follow one another; that is read without a copy."""
    if len(places) and int(places[-1]) - int(places[0]) == len(places) - 1:
        return slice(int(places[0]), int(places[-1]) + 1)
    return places
