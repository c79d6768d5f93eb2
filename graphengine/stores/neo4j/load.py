"""The graph brought up to date: what changed since the last batch that the ledger names."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import polars as pl

from graphengine.stores.neo4j.chunks import cut, fingerprint, write_rest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphengine.stores.neo4j.chunks import Chunk
    from graphengine.stores.neo4j.ledger import Ledger
    from graphengine.stores.ports import GraphSource, GraphTables

__all__ = ["chunks_of", "load_graph"]


def load_graph(ledger: Ledger, graph: GraphSource) -> None:
    """Write what the event log says since the ledger's batch; nothing when it says nothing new.

    A load that was cut off is finished first, up to the batch that it was for, though the log has
    grown: what it removed or set need not differ between the ledger's batch and the log's last.

    Raises:
        InputError: nodes are missing that were written before.
        BusyError: another process publishes this job.
        ConfigurationError: the log ends before what is written.
    """
    if ledger.entry.pending:
        _load(ledger, graph.since(ledger.entry.batch, upto=ledger.entry.pending))
    _load(ledger, graph.since(ledger.entry.batch))


def chunks_of(part: GraphTables, *, scheme: str, job: str) -> Iterator[Chunk]:
    """All chunks of ``part``: first what goes, then nodes, then relationships.

    Nodes come first so that writers of relationships never wait in a ring. ``scheme`` is that of
    the job's topics: outdated events keep their relationships to others.
    """
    prefix = {"prefix": f"{scheme}/" if scheme else ""}
    if part.gone is not None:
        yield from _cut_pairs(part.gone)
    yield from cut("load/outdated", part.outdated, constants=prefix, complete=False)
    if part.gone is not None:
        yield from _cut_nodes(part.gone, job=job)
    yield from cut("load/accounts", part.accounts)
    yield from cut("load/topics", part.topics)
    yield from cut("load/posts", part.posts)
    yield from cut("load/interactions", part.interactions, again="load/standing")
    yield from cut("load/exposure", part.exposure)
    yield from cut("load/posted", part.posted)
    yield from cut("load/post-links", part.post_links)
    yield from cut("load/about", part.about)


def _cut_pairs(gone: GraphTables) -> Iterator[Chunk]:
    """Relationships that go, whoever wrote them: pairs are shared and name no job."""
    yield from cut("load/gone-exposure", gone.exposure, complete=False)
    yield from cut("load/gone-posted", gone.posted, complete=False)
    yield from cut("load/gone-post-links", gone.post_links, complete=False)
    yield from cut("load/gone-about", gone.about, complete=False)


def _cut_nodes(gone: GraphTables, *, job: str) -> Iterator[Chunk]:
    """Nodes that go unless another job's relationships hold them, after the job's own scores.

    The runs that are kept lose these people at once, the served one too: its top shows a gap
    until the next run is served. Forgetting does not wait for it, nor does a rollback undo it.
    """
    accounts = gone.accounts.select("key")
    for kind in ("scored", "unrated"):
        yield from cut(f"load/gone-{kind}", accounts, constants={"job": job}, complete=False)
    yield from cut("load/gone-posts", gone.posts.select("key"), complete=False)
    yield from cut("load/gone-accounts", accounts, complete=False)


def _load(ledger: Ledger, parts: Iterator[GraphTables]) -> None:
    for part in parts:
        scheme = _scheme(part) or ledger.entry.scheme
        content = f"graph {part.batch} {_fingerprint(part)}"
        if ledger.entry.loading != content:
            ledger.record(loading=content, pending=part.batch, done=0, scheme=scheme)
        write_rest(ledger, chunks_of(part, scheme=scheme, job=ledger.job))
        ledger.record(batch=part.batch, pending=0, loading="", done=0)


def _scheme(part: GraphTables) -> str:
    """The one scheme of the part's topics; "" when there is none, or several."""
    schemes = part.topics["scheme"].unique()
    return str(schemes[0]) if len(schemes) == 1 else ""


def _fingerprint(part: GraphTables) -> str:
    tables = [part] if part.gone is None else [part, part.gone]
    values = [getattr(table, field.name) for table in tables for field in fields(table)]
    return fingerprint(*(value for value in values if isinstance(value, pl.DataFrame)))
