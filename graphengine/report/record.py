"""All that a page says of a run, gathered: nothing is read or computed once this is there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

__all__ = ["InputFile", "Movement", "Quality", "RunRecord", "TopicRecord"]


@dataclass(frozen=True, slots=True, eq=False)
class TopicRecord:
    """One topic: ``scores`` (n) of everybody rated, ``before`` (another n) in the run before.

    ``top``: the first rows of the run's table, by rank; it has the columns that the run has.
    ``said``: what the run notes down of the topic's model and intervals, see report.method.
    ``people`` take part in the topic, ``unrated`` have too little evidence; None: not known.
    """

    key: str
    name: str
    scores: NDArray[np.float64]
    top: pl.DataFrame
    people: int | None = None
    unrated: int | None = None
    before: NDArray[np.float64] | None = None
    said: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Movement:
    """What changed since the run ``before``.

    ``topics``: a row a topic [topic, both, came, left, moved, correlation, churn]; ``movers``:
    rows as of scoring.comparison.movers, and ``sure``, whether the intervals of the two runs lie
    apart, where both runs have intervals; ``points``: how far counts as moved; ``versions``:
    (method, anchors) of the run before; ``broken``: what the gate would say.
    """

    before: str
    points: float
    versions: tuple[str, str]
    topics: pl.DataFrame
    movers: pl.DataFrame
    broken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InputFile:
    """One batch of the event log: read = accepted + duplicate + rejected; skipped stand apart.

    ``conflicts`` of the duplicates differ from what came first; ``retracted`` is how many known
    events the batch took back.
    """

    source: str
    file: str
    table: str
    read: int
    accepted: int
    duplicate: int
    rejected: int
    skipped: int
    conflicts: int
    retracted: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Quality:
    """What went in and what was wrong with it.

    ``files`` is None where the log is not the one that the run was made of; ``why`` says so.
    ``reasons`` [reason, rows]: why rows were rejected, most frequent first; ``unexplained``:
    rejected rows whose reason is not here any more. ``repairs``: what was mended in the links of
    posts, by name. ``missing``: originals of whose reshares none arrived {posts, of, counted}.
    ``unknown``: what could not be computed, a sentence each.
    """

    files: tuple[InputFile, ...] | None
    why: str
    reasons: pl.DataFrame
    unexplained: int
    repairs: Mapping[str, int]
    missing: Mapping[str, int] | None
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class RunRecord:
    """A run as the page shows it.

    ``facts``: label and text of what the run is, in order. ``parameters``: the method's, by name.
    ``topics``: all, the first first. ``names``: what to call an account, by key; keys not in it
    have no other name; who is ``gone`` was taken back since, and is not named. ``movement``,
    ``validation``, ``seeds``: None where there is none.
    """

    run: str
    job: str
    facts: Mapping[str, str]
    parameters: Mapping[str, Any]
    topics: tuple[TopicRecord, ...]
    quality: Quality
    names: Mapping[str, str] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    movement: Movement | None = None
    validation: pl.DataFrame | None = None
    seeds: pl.DataFrame | None = None
