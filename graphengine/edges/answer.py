"""The answer of a ranking: ids with scores, and what they are worth."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["Ranking"]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Everyone with a score, in the order of the ids.

    ``ids`` and ``scores`` have n entries each. ``error_bound`` is the L1 distance of the scores to
    the exact ones, at most; None where the method has no such bound: plain sums, and eigenvectors,
    which carry residual and spectral gap among the ``facts``. ``sweeps`` counts the passes over the
    edges. ``columns`` holds what a method says beside the score (hub, low, high, ...), n entries
    each. ``edges`` counts the edges that were ranked by, parallel ones one by one.
    """

    method: str
    ids: NDArray[Any]
    scores: NDArray[np.float64]
    error_bound: float | None
    sweeps: int | None
    edges: int
    columns: Mapping[str, NDArray[Any]] = field(default_factory=lambda: MappingProxyType({}))
    facts: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    def to_polars(self) -> pl.DataFrame:
        """A frame with id, score and the further columns, one row a person.

        >>> Ranking("katz", np.array([7, 9]), np.array([1.0, 1.5]), 0.0, 2, 1).to_polars().rows()
        [(7, 1.0), (9, 1.5)]
        """
        return pl.DataFrame({"id": _series(self.ids), "score": self.scores, **self.columns})

    def top(self, k: int = 10) -> pl.DataFrame:
        """The ``k`` people with the highest scores, ranked from 1; equal ones in the order of ids.

        >>> Ranking("katz", np.array([7, 9]), np.array([1.0, 1.5]), 0.0, 2, 1).top(1).rows()
        [(1, 9, 1.5)]
        """
        order = np.argsort(-self.scores, kind="stable")[: max(0, k)]
        found = self.to_polars()[order]
        return found.insert_column(0, pl.Series("rank", np.arange(1, len(order) + 1)))


def _series(ids: NDArray[Any]) -> pl.Series:
    """Ids as a column; what is neither number nor text is shown as text."""
    if ids.dtype != object:
        return pl.Series(ids)
    values = ids.tolist()
    return pl.Series(
        values if all(isinstance(v, str) for v in values) else [str(v) for v in values]
    )
