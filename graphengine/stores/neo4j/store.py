"""Neo4jStore: the ports over Bolt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphengine.bolt import Address
from graphengine.errors import NothingToDoError
from graphengine.stores.guard import check_read_only
from graphengine.stores.lookups import CARD, TOP
from graphengine.stores.neo4j.asked import as_asked
from graphengine.stores.neo4j.explain import explain
from graphengine.stores.neo4j.ledger import Ledger
from graphengine.stores.neo4j.load import load_graph
from graphengine.stores.neo4j.pinned import check_nodes, check_topics, pin, properties_of
from graphengine.stores.neo4j.prefix import prefixed
from graphengine.stores.neo4j.publish import flip, write_run
from graphengine.stores.neo4j.publish import verify as read_back
from graphengine.stores.neo4j.read import ask
from graphengine.stores.neo4j.readback import read_scores
from graphengine.stores.neo4j.retire import prune
from graphengine.stores.neo4j.schema import SCHEMA_VERSION, check_version, open_known, prepare
from graphengine.stores.neo4j.statements import statement
from graphengine.stores.neo4j.terms import Terms
from graphengine.stores.ports import Published

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from graphengine.bolt import Link
    from graphengine.stores.neo4j.terms import Pinned
    from graphengine.stores.ports import Answer, GraphSource, RunScores, Watch

__all__ = ["TOP_BY_INDEX", "Neo4jStore"]

# while a database is small the planner starts at the topic, and keeps that plan for a while
TOP_BY_INDEX = TOP.replace("WHERE s.run", "USING INDEX s:SCORED(run, topic, rank)\nWHERE s.run")

_OURS = "Account"  # the label of our own accounts
_LOOKUP_S = 60.0  # far above what a look-up takes
_ALL = 1 << 40  # rows: look-ups are bounded by what they ask


class Neo4jStore:
    """A Neo4j database that several jobs may share, each with a pointer and a ledger of its own.

    Accounts, topics and posts are one graph, by key. Threads may share a store.
    """

    def __init__(self, link: Link, terms: Terms | None = None) -> None:
        self._link = link
        self._terms = terms or Terms()
        self._prepared = False

    @classmethod
    def connect(
        cls, uri: str, *, user: str, password: str, database: str, terms: Terms | None = None
    ) -> Neo4jStore:
        """The store at ``uri``, after it has answered once; ``terms`` None: no grace, no copy.

        Raises:
            StoreUnavailableError: nobody answers there.
            NotPermittedError: name or password are wrong.
            ConfigurationError: the address is none of Bolt's, there is no such database, or a
                newer version wrote it.
        """
        prefix = terms.prefix if terms else ""
        return cls(open_known(Address(uri, user, database), password, prefix=prefix), terms)

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
        """See Publisher. ``previous`` is not needed: what was published here is still here.

        Where a copy on nodes was asked for, it is made after the flip.

        Raises:
            GraphengineError: ``verify``, and the database holds something else than was written.
            InputError: the run does not go with the graph.
            BusyError: another process publishes this job.
            StoreUnavailableError: the server went away; the same call goes on where it was.
            CannotWriteError: the server could not write.
            ConfigurationError: a newer version, or somebody else's rules, are in the database.
        """
        del previous
        self._prepare()
        self._check_copy(run)
        ledger = Ledger(self._link, run.job, watch=watch, writers=self._terms.writers)
        load_graph(ledger, graph, edges=self._terms.edges)
        write_run(ledger, run)
        if verify:
            read_back(ledger, run)
        before = self._order(ledger, run.job)
        order = (*(name for name in before if name != run.run), run.run)[-max(1, keep) :]
        if order != tuple(ledger.entry.published.split()):
            flip(ledger, before=before, order=order, now=self._now())
        if self._terms.pinned is not None:
            self._pin(ledger, self._terms.pinned, run=run.run, scores=run.scores)
        prune(ledger, kept=order, now=self._now(), grace_s=self._terms.grace_s)
        return _published(order)

    def rollback(self, job: str) -> Published:
        """See Publisher; the pointer is set, and nothing is written but that and the copy on nodes.

        Raises:
            BusyError: another process publishes this job.
        """
        before: tuple[str, ...] = ()
        if self.published(job) is not None:
            ledger = Ledger(self._link, job)
            before = self._order(ledger, job)
        order = before[:-1]
        if not order:
            raise NothingToDoError(
                f'The job "{job}" has no earlier run in {self._link.address} to roll back to. '
                "Publish the one you want instead: graphengine publish RUN."
            )
        flip(ledger, before=before, order=order, now=self._now())
        if self._terms.pinned is not None:
            scores = read_scores(self._link, order[-1])
            self._pin(ledger, self._terms.pinned, run=order[-1], scores=scores)
        return _published(order)

    def published(self, job: str) -> Published | None:
        """See Publisher."""
        rows = self._link.rows(statement("publish/pointer"), job=job)
        return Published(rows[0]["run"], rows[0]["previous"] or "") if rows else None

    def top(self, job: str, topic: str, n: int) -> Answer:
        """See ScoreReader; no rows for a job that was never published."""
        asked = {"job": job, "topic": topic, "n": n}
        text = prefixed(TOP_BY_INDEX, self._terms.prefix)
        return ask(self._link, text, asked, timeout_s=_LOOKUP_S, row_limit=_ALL)

    def card(self, job: str, account: str) -> Answer:
        """See ScoreReader; no rows for a job that was never published."""
        asked = {"job": job, "account": account}
        text = prefixed(CARD, self._terms.prefix)
        return ask(self._link, text, asked, timeout_s=_LOOKUP_S, row_limit=_ALL)

    def query(
        self, statement: str, parameters: Mapping[str, Any], *, timeout_s: float, row_limit: int
    ) -> Answer:
        """See CypherReader; `read.ask` says what is raised.

        Named queries get the job's prefix. Other statements are sent as they are.

        Raises:
            ConfigurationError: a named query asks for single events, and the job keeps sums.
        """
        asked = as_asked(statement, prefix=self._terms.prefix, edges=self._terms.edges)
        text = check_read_only(asked)
        return ask(self._link, text, parameters, timeout_s=timeout_s, row_limit=row_limit)

    def explain(self, statement: str, parameters: Mapping[str, Any], *, timeout_s: float) -> Answer:
        """See CypherReader; columns operator, details, estimated_rows, index."""
        return explain(self._link, check_read_only(statement), parameters, timeout_s=timeout_s)

    def close(self) -> None:
        """Close all connections."""
        self._link.close()

    def _prepare(self) -> None:
        """Constraints and indexes, looked at once for each store, or again where they were wiped."""
        if not self._prepared or check_version(self._link) < SCHEMA_VERSION:
            prepare(self._link, edges=self._terms.edges)
            self._prepared = True

    def _check_copy(self, run: RunScores) -> None:
        """A copy on nodes that cannot be made is refused before anything is written."""
        pinned = self._terms.pinned
        if pinned is None:
            return
        topics = {*run.scores["topic"].unique(), *run.unrated["topic"].unique()}
        properties_of(pinned, topics)
        check_topics(self._link, pinned, topics)
        accounts = run.scores["account"].unique(maintain_order=True)
        check_nodes(
            self._link, pinned, job=run.job, ours=self._terms.prefix + _OURS, accounts=accounts
        )

    def _pin(self, ledger: Ledger, copy: Pinned, *, run: str, scores: pl.DataFrame) -> None:
        pin(ledger, copy, ours=self._terms.prefix + _OURS, run=run, scores=scores)

    def _now(self) -> float:
        if self._terms.clock is not None:
            return self._terms.clock()
        return float(self._link.rows(statement("publish/now"))[0]["now"])

    def _order(self, ledger: Ledger, job: str) -> tuple[str, ...]:
        """The runs that were published and are kept; the pointer's where the ledger was deleted."""
        if ledger.entry.published:
            return tuple(ledger.entry.published.split())
        now = self.published(job)
        return tuple(name for name in (now.previous, now.run) if name) if now else ()


def _published(order: tuple[str, ...]) -> Published:
    return Published(run=order[-1], previous=order[-2] if len(order) > 1 else "")
