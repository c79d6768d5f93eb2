"""A store that keeps everything in frames: for tests, and the plainest reading of the ports."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from graphengine.errors import GraphengineError, NothingToDoError
from graphengine.stores.checksums import differences, topic_sums
from graphengine.stores.lookups import CARD_COLUMNS, TOP_COLUMNS
from graphengine.stores.merge import merged
from graphengine.stores.ports import Answer, Published
from graphengine.stores.run_tables import RUN_TABLES, frame_of

if TYPE_CHECKING:
    from graphengine.stores.ports import GraphSource, GraphTables, RunScores, Watch

__all__ = ["MemoryStore"]


@dataclass(frozen=True)
class _Shelf:
    """One job's graph and runs; ``order`` names the published runs, the served one last."""

    graph: GraphTables | None = None
    order: tuple[str, ...] = ()
    runs: dict[str, RunScores] = field(default_factory=dict)

    def published(self) -> Published:
        previous = self.order[-2] if len(self.order) > 1 else ""
        return Published(run=self.order[-1], previous=previous)


class MemoryStore:
    """The published runs of any number of jobs, for as long as the process lives.

    A shelf is replaced whole, so a reader in another thread sees one state of it.
    """

    def __init__(self) -> None:
        self._shelves: dict[str, _Shelf] = {}

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
        """See Publisher. ``previous`` is not needed: what was published here is still here."""
        del previous, watch
        old = self._shelves.get(run.job, _Shelf())
        order = (*(name for name in old.order if name != run.run), run.run)[-keep:]
        runs = {**old.runs, run.run: _complete(run)}
        known = _up_to_date(old.graph, graph)
        shelf = _Shelf(
            graph=known,
            order=order,
            runs={name: _of_accounts(runs[name], known) for name in order},
        )
        if verify:
            _compare(run, shelf.runs[run.run])
        self._shelves[run.job] = shelf
        return shelf.published()

    def rollback(self, job: str) -> Published:
        """See Publisher."""
        shelf = self._shelves.get(job, _Shelf())
        if len(shelf.order) < 2:
            raise NothingToDoError(
                f'The job "{job}" has no earlier run in this store to roll back to. '
                "Publish another run instead: graphengine publish RUN."
            )
        back = replace(shelf, order=shelf.order[:-1])
        self._shelves[job] = back
        return back.published()

    def published(self, job: str) -> Published | None:
        """See Publisher."""
        shelf = self._shelves.get(job)
        return shelf.published() if shelf else None

    def graph(self, job: str) -> GraphTables | None:
        """The graph that the job's last publication came to; None before the first."""
        shelf = self._shelves.get(job)
        return shelf.graph if shelf else None

    def top(self, job: str, topic: str, n: int) -> Answer:
        """See ScoreReader; no rows for a job that was never published."""
        shelf = self._shelves.get(job)
        if shelf is None or shelf.graph is None:
            return Answer(columns=TOP_COLUMNS, rows=())
        rows = (
            shelf.runs[shelf.order[-1]]
            .scores.filter((pl.col("topic") == topic) & (pl.col("rank") <= n))
            .join(shelf.graph.accounts, left_on="account", right_on="key")
            .sort("rank", "account")
            .select(TOP_COLUMNS)
        )
        return Answer(columns=TOP_COLUMNS, rows=tuple(rows.iter_rows()))

    def card(self, job: str, account: str) -> Answer:
        """See ScoreReader; no rows for a job that was never published."""
        shelf = self._shelves.get(job)
        if shelf is None or shelf.graph is None:
            return Answer(columns=CARD_COLUMNS, rows=())
        run = shelf.runs[shelf.order[-1]]
        parts = [
            run.scores.with_columns(
                status=pl.lit("scored"), method_version=pl.lit(run.properties["method_version"])
            ),
            run.unrated.with_columns(status=pl.lit("unrated")),
        ]
        rows = (
            pl.concat(parts, how="diagonal")
            .filter(pl.col("account") == account)
            .join(shelf.graph.topics, left_on="topic", right_on="key")
            .sort("score", "topic", descending=[True, False], nulls_last=True)
            .select(CARD_COLUMNS)
        )
        return Answer(columns=CARD_COLUMNS, rows=tuple(rows.iter_rows()))

    def close(self) -> None:
        """Forget everything."""
        self._shelves.clear()


def _up_to_date(known: GraphTables | None, graph: GraphSource) -> GraphTables | None:
    if known is None:
        return merged(graph.since(0))
    return merged([known, *graph.since(known.batch)])


def _complete(run: RunScores) -> RunScores:
    """The run with every table and column of the model."""
    frames: dict[str, Any] = {table.name: frame_of(run, table) for table in RUN_TABLES}
    return replace(run, **frames)


def _compare(wanted: RunScores, shelved: RunScores) -> None:
    found = [
        sentence
        for table in RUN_TABLES
        for sentence in differences(
            topic_sums(frame_of(wanted, table)),
            topic_sums(frame_of(shelved, table)),
            what=table.what,
        )
    ]
    if found:
        raise GraphengineError(
            f"The run {wanted.run} is not on the shelf as it was computed: {'; '.join(found)}. "
            "The run served before still is. Publish again."
        )


def _of_accounts(run: RunScores, graph: GraphTables | None) -> RunScores:
    """The run without rows that name accounts which are no longer in the graph."""
    if graph is None:
        return run
    present = graph.accounts["key"].implode()
    left: dict[str, Any] = {
        table.name: frame_of(run, table).filter(
            pl.all_horizontal(pl.col(who).is_in(present) for who in table.people)
        )
        for table in RUN_TABLES
    }
    return replace(run, **left)
