"""Neo4jStore: the ports over Bolt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphengine.bolt.faults import Address
from graphengine.bolt.link import open_link
from graphengine.errors import NothingToDoError
from graphengine.stores.guard import check_read_only
from graphengine.stores.lookups import CARD, TOP
from graphengine.stores.neo4j.ledger import Ledger
from graphengine.stores.neo4j.load import load_graph
from graphengine.stores.neo4j.publish import flip, prune, write_run
from graphengine.stores.neo4j.read import ask
from graphengine.stores.neo4j.schema import check_version, prepare
from graphengine.stores.neo4j.statements import statement
from graphengine.stores.ports import Published

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphengine.bolt.link import Link
    from graphengine.stores.ports import Answer, GraphSource, RunScores, Watch

__all__ = ["TOP_BY_INDEX", "Neo4jStore"]

# while a database is small the planner starts at the topic, and keeps that plan for a while
TOP_BY_INDEX = TOP.replace("WHERE s.run", "USING INDEX s:SCORED(run, topic, rank)\nWHERE s.run")

_LOOKUP_S = 60.0  # far above what a look-up takes
_ALL = 1 << 40  # rows: look-ups are bounded by what they ask


class Neo4jStore:
    """A Neo4j database that several jobs may share, each with a pointer and a ledger of its own.

    Accounts, topics and posts are one graph, by key. Threads may share a store.
    """

    def __init__(self, link: Link) -> None:
        self._link = link

    @classmethod
    def connect(cls, uri: str, *, user: str, password: str, database: str) -> Neo4jStore:
        """The store at ``uri``, after it has answered once.

        Raises:
            StoreUnavailableError: nobody answers there.
            NotPermittedError: name or password are wrong.
            ConfigurationError: the address is none of Bolt's, there is no such database, or a
                newer version wrote it.
        """
        link = open_link(Address(uri, user, database), password)
        try:
            check_version(link)
        except BaseException:
            link.close()
            raise
        return cls(link)

    def publish(
        self,
        run: RunScores,
        graph: GraphSource,
        *,
        previous: RunScores | None,
        keep: int,
        watch: Watch | None = None,
    ) -> Published:
        """See Publisher. ``previous`` is not needed: what was published here is still here.

        Raises:
            InputError: the run does not go with the graph.
            BusyError: another process publishes this job.
            StoreUnavailableError: the server went away; the same call goes on where it was.
            CannotWriteError: the server could not write.
            ConfigurationError: a newer version, or somebody else's rules, are in the database.
        """
        del previous
        prepare(self._link)
        ledger = Ledger(self._link, run.job, watch=watch)
        load_graph(ledger, graph)
        write_run(ledger, run)
        others = tuple(name for name in self._order(ledger, run.job) if name != run.run)
        order = (*others, run.run)[-max(1, keep) :]
        if order != tuple(ledger.entry.published.split()):
            flip(ledger, run.job, order=order)
        prune(ledger, run.job, kept=order)
        return _published(order)

    def rollback(self, job: str) -> Published:
        """See Publisher; one property of the pointer is set, and nothing is written but that.

        Raises:
            BusyError: another process publishes this job.
        """
        order: tuple[str, ...] = ()
        if self.published(job) is not None:
            ledger = Ledger(self._link, job)
            order = self._order(ledger, job)[:-1]
        if not order:
            raise NothingToDoError(
                f'The job "{job}" has no earlier run in {self._link.address} to roll back to. '
                "Publish the one you want instead: graphengine publish RUN."
            )
        flip(ledger, job, order=order)
        return _published(order)

    def published(self, job: str) -> Published | None:
        """See Publisher."""
        rows = self._link.rows(statement("publish/pointer"), job=job)
        return Published(rows[0]["run"], rows[0]["previous"] or "") if rows else None

    def top(self, job: str, topic: str, n: int) -> Answer:
        """See ScoreReader; no rows for a job that was never published."""
        asked = {"job": job, "topic": topic, "n": n}
        return ask(self._link, TOP_BY_INDEX, asked, timeout_s=_LOOKUP_S, row_limit=_ALL)

    def card(self, job: str, account: str) -> Answer:
        """See ScoreReader; no rows for a job that was never published."""
        asked = {"job": job, "account": account}
        return ask(self._link, CARD, asked, timeout_s=_LOOKUP_S, row_limit=_ALL)

    def query(
        self, statement: str, parameters: Mapping[str, Any], *, timeout_s: float, row_limit: int
    ) -> Answer:
        """See CypherReader; `read.ask` says what is raised."""
        text = check_read_only(statement)
        return ask(self._link, text, parameters, timeout_s=timeout_s, row_limit=row_limit)

    def close(self) -> None:
        """Close all connections."""
        self._link.close()

    def _order(self, ledger: Ledger, job: str) -> tuple[str, ...]:
        """The runs that were published and are kept; the pointer's where the ledger was deleted."""
        if ledger.entry.published:
            return tuple(ledger.entry.published.split())
        now = self.published(job)
        return tuple(name for name in (now.previous, now.run) if name) if now else ()


def _published(order: tuple[str, ...]) -> Published:
    return Published(run=order[-1], previous=order[-2] if len(order) > 1 else "")
