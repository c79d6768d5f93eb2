"""What the engine asks of a store, in Protocols of a few methods each.

A store never computes: it is handed the graph as tables, a run's scores as tables, and moves one
pointer. Every adapter passes tests/contract/.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl

__all__ = [
    "Answer",
    "CypherReader",
    "Edges",
    "GraphSource",
    "GraphTables",
    "Published",
    "Publisher",
    "RunScores",
    "ScoreReader",
    "Sums",
    "Watch",
]

Edges = Literal["event", "day", "total"]
Watch = Callable[[int, int], None]  # told: rows written, of how many


@dataclass(frozen=True, slots=True)
class GraphTables:
    """Elements of the graph that some batches of the event log created or changed.

    accounts [key, network, uid, handle, handle_lc, name, followers, created_at]: set by key.
    topics [key, slug, name, scheme]: set by key. posts [key, network, at, root, depth]: by key.
    interactions [type, event_id, actor, target, topic, share, at, weight, post]: one row per
    event and topic, exactly as they stand now. outdated [type, event_id]: events whose stored
    relationships of every topic are dropped before ``interactions`` are added (changed topics,
    retractions). exposure [type, actor, target, at]; posted [account, post, at];
    post_links [type, child, parent, at]; about [post, topic, weight]: set by their pair.

    gone: rows of the same shape for all else that is no longer so (an account was taken back, a
    post is not spoken of any more), None for nothing. Its accounts, posts, exposure, posted,
    post_links and about are removed, by key or by type and pair, before anything is set; other
    columns of its rows mean nothing. An account that is removed is forgotten: its scores in the
    job's runs go with it.
    """

    batch: int  # the last batch these tables embody; 0 is the empty log
    accounts: pl.DataFrame
    topics: pl.DataFrame
    posts: pl.DataFrame
    interactions: pl.DataFrame
    outdated: pl.DataFrame
    exposure: pl.DataFrame
    posted: pl.DataFrame
    post_links: pl.DataFrame
    about: pl.DataFrame
    gone: GraphTables | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """What one account did to another in a topic, in all or by day, where batches changed it.

    now [type, key, actor, target, topic, day, n, share, weight, first_at, last_at]: the sums as
    they stand; ``n`` counts events, ``share`` and ``weight`` are summed, ``day`` is the day's
    begin in epoch seconds, null in totals and for events without a time. gone [type, key]: those
    of which no event is left. ``key`` names actor, target, topic and day.
    """

    now: pl.DataFrame
    gone: pl.DataFrame


class GraphSource(Protocol):
    """The event log seen as a property graph."""

    @property
    def last_batch(self) -> int:
        """The number of the log's last batch; 0 when it is empty."""

    def since(self, batch: int, *, upto: int | None = None) -> Iterator[GraphTables]:
        """All that later batches created, changed or ended, in order; 0 asks for everything.

        ``upto`` stops at that batch as if it were the last, so that a load that was cut off can
        be finished as it was begun, whatever came since.
        """

    def identity(self, batch: int) -> str:
        """A text that only logs share which took in the same up to ``batch``."""

    def sums(self, batch: int, upto: int, *, by: Edges) -> Sums:
        """The sums by "day", or in "total", that the batches after ``batch`` up to ``upto`` changed."""


@dataclass(frozen=True, slots=True)
class RunScores:
    """A finished run as a store needs it.

    properties: values of the (:Run) node but its state. scores [account, topic, rank, score, pct,
    endorsers, raw, pagerank, credit, low, high, rank_low, rank_high, rank_group, evidence, reach,
    amplification, network, cascades, cascade_size, passed_on, spread, spread_low, spread_high];
    unrated [account, topic, endorsers]; ``topic`` is a key. What follows credit is null where it is
    not known, and may be absent. seeds [topic, place, account, gain, k, share, stop, spread, low,
    high]: by topic a set of people who together reach the most, place from 1; None where none was
    chosen. reasons [account, topic, place, endorser, part, events, points]: who makes up the score
    of ``account``, place from 1 for each; None where none were asked for.
    """

    job: str
    run: str
    properties: Mapping[str, str | int | None]
    scores: pl.DataFrame
    unrated: pl.DataFrame
    seeds: pl.DataFrame | None = None
    reasons: pl.DataFrame | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """What the pointer says: the published run and the one before ("" when there is none)."""

    run: str
    previous: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows of a query, normalised: int, float, str, bool, None or lists of them."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    truncated: bool = field(default=False)  # the row limit cut it


class Publisher(Protocol):
    """Moves a store from run to run."""

    def publish(
        self,
        run: RunScores,
        graph: GraphSource,
        *,
        previous: RunScores | None,
        keep: int,
        watch: Watch | None = None,
        verify: bool = False,
    ) -> Published:
        """Bring the graph up to date, write the run beside the old ones, then move the pointer.

        Repeating it is harmless. ``previous`` are the scores of the run now published, for a
        store that is built afresh; all but the ``keep`` newest published runs are dropped.
        ``watch`` is told now and then how many of how many rows are written. ``verify``: what was
        written is read back before the pointer moves, and GraphengineError names the topics whose
        rows are not the run's, bit by bit; the run before is then still served.
        """

    def rollback(self, job: str) -> Published:
        """Point back at the previous run; raises NothingToDoError when there is none."""

    def published(self, job: str) -> Published | None:
        """What the pointer says, or None when the job was never published here."""


class ScoreReader(Protocol):
    """The two look-ups that every front end needs."""

    def top(self, job: str, topic: str, n: int) -> Answer:
        """The first ranks of a topic in the published run.

        Columns rank, account, handle, name, score, pct, endorsers, low, high, rank_low, rank_high.
        """

    def card(self, job: str, account: str) -> Answer:
        """One row per topic of the account, by score downwards.

        Columns topic, name, status (scored|unrated), score, rank, pct, endorsers, raw, pagerank,
        credit, low, high, rank_low, rank_high, rank_group, evidence, reach, amplification, network,
        method_version, cascades, cascade_size, passed_on, spread, spread_low, spread_high.
        """


class CypherReader(Protocol):
    """Read-only Cypher."""

    def query(
        self, statement: str, parameters: Mapping[str, Any], *, timeout_s: float, row_limit: int
    ) -> Answer:
        """Rows of one guarded statement; refuses anything that the guard does not know."""

    def explain(self, statement: str, parameters: Mapping[str, Any], *, timeout_s: float) -> Answer:
        """How the store would answer one guarded statement; the columns are the store's own."""
