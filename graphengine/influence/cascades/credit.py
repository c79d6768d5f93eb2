"""Credit for adoption: who moved whom, when everyone who adopted earlier and was seen counts.

Bakshy et al. 2011. Each adopter passes one unit on to the earlier adopters it saw: all of it to
the *first* or the *last* of them, *split* evenly, in proportion to e^(−age/τ) (*decay*) or to any
given *weights*. With Γ
the matrix of these shares, direct credit is Γ·unit and total influence φ = (I − Γ)⁻¹·unit, the
adopter itself included: at a root of a tree it is the size of the tree. Both are one scan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from graphengine.influence.kernels.shares import (
    accumulate,
    split_by_decay,
    split_by_weight,
    split_evenly,
    take_first,
    take_last,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Rule", "Shares", "direct_credit", "share_credit", "total_credit"]

Rule = Literal["first", "last", "split", "decay", "weights"]


@dataclass(frozen=True, slots=True)
class Shares:
    """The matrix Γ, by adopter: i gives ``share[e]`` to ``indices[e]``.

    e runs from ``indptr[i]`` to ``indptr[i + 1]``; an adopter's shares sum to 1, or it has none.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int64]
    share: NDArray[np.float64]


def share_credit(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int64],
    at: NDArray[np.int64],
    *,
    rule: Rule,
    decay_seconds: float = 3600.0,
    weight: NDArray[np.float64] | None = None,
) -> Shares:
    """How each adopter's unit is shared among the earlier adopters that it saw.

    Adopter i saw ``indices[indptr[i]:indptr[i + 1]]``; adopters are numbered so that all of these
    are smaller than i. ``at`` are times in seconds, ``decay_seconds`` is τ of the rule "decay",
    ``weight`` has one number an entry of ``indices``, for the rule "weights".
    Among equal times, "first" and "last" take the one that stands first.

    Raises:
        ValueError: Somebody saw a later adopter, an unknown rule, τ is not positive, or a weight is
            negative, not finite or missing, or all of an adopter's are 0.

    >>> a, b, c = np.array([0, 0, 1, 3]), np.array([0, 0, 1]), np.array([0, 10, 30])
    >>> share_credit(a, b, c, rule="split").share
    array([1. , 0.5, 0.5])
    """
    if (indices >= np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))).any():
        raise ValueError("every adopter must have a larger number than those it saw")
    if rule == "first":
        share = take_first(indptr, indices, at)
    elif rule == "last":
        share = take_last(indptr, indices, at)
    elif rule == "split":
        share = split_evenly(indptr)
    elif rule == "decay" and decay_seconds > 0.0:
        share = split_by_decay(indptr, indices, at, decay_seconds)
    elif rule == "weights" and weight is not None:
        share = _given(indptr, indices, weight)
    else:
        raise ValueError(
            "needs first, last, split or decay with τ > 0, or weights and a weight a link: "
            f"{rule}, {decay_seconds}"
        )
    return Shares(indptr, indices, share)


def _given(
    indptr: NDArray[np.int64], indices: NDArray[np.int64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    if weight.shape != indices.shape:
        raise ValueError(f"{weight.size} weights came; each of the {indices.size} links needs one")
    wrong = np.flatnonzero(~((weight >= 0.0) & (weight < np.inf)))
    if wrong.size:
        raise ValueError(
            f"weight {weight[wrong[0]]} at place {wrong[0]} ({wrong.size} such); weights must be "
            "finite and not negative"
        )
    share = split_by_weight(indptr, weight)
    if np.isnan(share).any():
        raise ValueError("all weights of an adopter are 0; at least one must be positive")
    return share


def direct_credit(shares: Shares, unit: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Γ·unit: what each adopter receives from those who saw it; ``unit`` is 1 each by default.

    >>> direct_credit(Shares(np.array([0, 0, 1, 2]), np.array([0, 1]), np.ones(2)))
    array([1., 1., 0.])
    """
    n = len(shares.indptr) - 1
    given = np.repeat(np.ones(n) if unit is None else unit, np.diff(shares.indptr))
    received = np.bincount(shares.indices, weights=shares.share * given, minlength=n)
    return received.astype(np.float64)  # without any share, numpy counts in integers


def total_credit(shares: Shares, unit: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """φ = (I − Γ)⁻¹·unit: each adopter's own unit and all that comes back to it, however far.

    >>> total_credit(Shares(np.array([0, 0, 1, 2]), np.array([0, 1]), np.ones(2)))
    array([3., 2., 1.])
    """
    units = np.ones(len(shares.indptr) - 1) if unit is None else np.asarray(unit, np.float64)
    return accumulate(shares.indptr, shares.indices, shares.share, units)
