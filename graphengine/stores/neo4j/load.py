"""The graph brought up to date: what changed since the last batch that the ledger names."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, TypedDict

import polars as pl

from graphengine.errors import ConfigurationError
from graphengine.stores.neo4j.anew import ANEW, clear_graph
from graphengine.stores.neo4j.chunks import cut, fingerprint, write_rest
from graphengine.stores.run_tables import RUN_TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import TypeAlias

    from graphengine.stores.neo4j.chunks import Chunk
    from graphengine.stores.neo4j.ledger import Ledger
    from graphengine.stores.ports import Edges, GraphSource, GraphTables, Sums

    Carry: TypeAlias = Callable[[Chunk], Chunk]

__all__ = ["chunks_of", "load_graph", "mark_of", "sum_chunks"]


class _Of(TypedDict):
    """Whose chunks: see `chunks_of`."""

    scheme: str
    job: str
    first: bool


def load_graph(
    ledger: Ledger,
    graph: GraphSource,
    *,
    edges: Edges = "event",
    anew: bool = False,
    carry: Carry | None = None,
) -> None:
    """Write what the event log says since the ledger's batch; nothing when it says nothing new.

    A load that was cut off is finished first, up to the batch that it was for, though the log has
    grown: what it removed or set need not differ between the ledger's batch and the log's last.
    ``edges``: one relationship an event and topic; or the sums of a pair and topic by "day", or in
    "total". ``anew``: first remove all that the job has loaded, whatever log it came from. ``carry``
    says by what road a chunk reaches the server; None: over Bolt.

    Raises:
        InputError: nodes are missing that were written before.
        TooLargeError: the server has no memory even for a single row.
        BusyError: another process publishes this job.
        ConfigurationError: the database follows another log or other edges, or the log ends
            before what is written.
    """
    if anew or ledger.entry.loading == ANEW:
        scheme = ledger.entry.scheme or _scheme_of(graph)
        clear_graph(ledger, scheme=scheme, mark=mark_of(ledger.job))
    _check_log(ledger, graph)
    _check_edges(ledger, edges)
    if ledger.entry.pending:
        _load(ledger, graph, carry=carry, upto=ledger.entry.pending)
    _load(ledger, graph, carry=carry)
    if not ledger.entry.log and ledger.entry.batch:  # an older graphengine did not say
        ledger.record(log=graph.identity(ledger.entry.batch))


def mark_of(job: str) -> str:
    """What stands in ``said_by`` of a pair that ``job`` says.

    >>> mark_of("demo")
    '|demo|'
    """
    return f"|{job}|"


def chunks_of(part: GraphTables, *, scheme: str, job: str, first: bool = False) -> Iterator[Chunk]:
    """All chunks of ``part``: first what goes, then nodes, then relationships.

    Nodes come first so that writers of relationships never wait in a ring. ``scheme`` is that of
    the job's topics: outdated events keep their relationships to others. ``first``: nothing of the
    job is there, so that nodes are new unless another job has them.
    """
    prefix = {"prefix": f"{scheme}/" if scheme else ""}
    mark = {"mark": mark_of(job)}
    if part.gone is not None:
        yield from _cut_pairs(part.gone, mark=mark)
    yield from cut("load/outdated", part.outdated, constants=prefix, complete=False)
    if part.gone is not None:
        yield from _cut_nodes(part.gone, job=job)
    yield from _nodes("accounts", part.accounts, first=first)
    yield from cut("load/topics", part.topics)
    yield from _nodes("posts", part.posts, first=first)
    yield from cut("load/interactions", part.interactions, again="load/standing")
    yield from cut("load/exposure", part.exposure, constants=mark)
    yield from cut("load/posted", part.posted, constants=mark)
    yield from cut("load/post-links", part.post_links, constants=mark)
    yield from cut("load/about", part.about, constants=mark)


def sum_chunks(
    part: GraphTables, sums: Sums, *, scheme: str, job: str, first: bool = False
) -> Iterator[Chunk]:
    """All chunks of ``part`` where ``sums`` stand in the place of its single events."""
    nothing = replace(part, interactions=part.interactions.clear(), outdated=part.outdated.clear())
    yield from cut("load/gone-pairs", sums.gone, complete=False)
    yield from chunks_of(nothing, scheme=scheme, job=job, first=first)
    yield from cut("load/pairs", sums.now)


def _nodes(name: str, rows: pl.DataFrame, *, first: bool) -> Iterator[Chunk]:
    """Chunks of nodes: new ones are created, which costs the server less than looking for them."""
    if first:
        return cut(f"load/new-{name}", rows, again=f"load/{name}")
    return cut(f"load/{name}", rows)


def _cut_pairs(gone: GraphTables, *, mark: Mapping[str, str]) -> Iterator[Chunk]:
    """Relationships by pair that go, unless another job says them too."""
    yield from cut("load/gone-exposure", gone.exposure, constants=mark, complete=False)
    yield from cut("load/gone-posted", gone.posted, constants=mark, complete=False)
    yield from cut("load/gone-post-links", gone.post_links, constants=mark, complete=False)
    yield from cut("load/gone-about", gone.about, constants=mark, complete=False)


def _cut_nodes(gone: GraphTables, *, job: str) -> Iterator[Chunk]:
    """Nodes that go unless another job's relationships hold them, after the job's own scores.

    The runs that are kept lose these people at once, the served one too: its top shows a gap
    until the next run is served. Forgetting does not wait for it, nor does a rollback undo it.
    """
    accounts = gone.accounts.select("key")
    for table in RUN_TABLES:
        yield from cut(f"load/gone-{table.kind}", accounts, constants={"job": job}, complete=False)
    yield from cut("load/gone-posts", gone.posts.select("key"), complete=False)
    yield from cut("load/gone-accounts", accounts, complete=False)


def _load(
    ledger: Ledger, graph: GraphSource, *, carry: Carry | None, upto: int | None = None
) -> None:
    edges = ledger.entry.edges
    for part in graph.since(ledger.entry.batch, upto=upto):
        scheme = _scheme(part) or ledger.entry.scheme
        of: _Of = {"scheme": scheme, "job": ledger.job, "first": ledger.entry.batch == 0}
        series, marks = chunks_of(part, **of), [_fingerprint(part)]
        if edges != "event":
            sums = graph.sums(ledger.entry.batch, part.batch, by=edges)
            series = sum_chunks(part, sums, **of)
            marks.append(fingerprint(sums.gone, sums.now))
        content = f"graph {part.batch} {' '.join(marks)}"
        if ledger.entry.loading != content:
            log = graph.identity(part.batch)
            ledger.record(loading=content, pending=part.batch, done=0, scheme=scheme, log=log)
        write_rest(ledger, map(carry, series) if carry else series)
        ledger.record(batch=part.batch, pending=0, loading="", done=0)


def _check_log(ledger: Ledger, graph: GraphSource) -> None:
    """The log has, at the batch that is written here, what it had when that was written."""
    entry = ledger.entry
    known = entry.pending or entry.batch
    if not entry.log or known > graph.last_batch:  # the source says what is wrong with the latter
        return
    found = graph.identity(known)
    if found != entry.log:
        raise ConfigurationError(
            f'What the job "{ledger.job}" has loaded into {ledger.link.address} came from another '
            f"event log: at batch {known} that log was {entry.log[:12]}, this workspace's is "
            f"{found[:12]}. A database follows one log; this one would leave the other's "
            "events standing. Restore the workspace that the database was loaded from. Or, where "
            "this one is to hold from now on, load it from nothing: graphengine load --anew."
        )


def _check_edges(ledger: Ledger, edges: Edges) -> None:
    entry = ledger.entry
    if entry.edges == edges:
        return
    if entry.batch or entry.pending:
        raise ConfigurationError(
            f'The job "{ledger.job}" was loaded into {ledger.link.address} with '
            f'edges = "{entry.edges}", and neo4j.edges of the job file says "{edges}". '
            "The two would stand beside each other. Set it back, or load everything again: "
            "graphengine load --anew."
        )
    ledger.record(edges=edges)


def _scheme(part: GraphTables) -> str:
    """The one scheme of the part's topics; "" when there is none, or several."""
    schemes = part.topics["scheme"].unique()
    return str(schemes[0]) if len(schemes) == 1 else ""


def _scheme_of(graph: GraphSource) -> str:
    """The scheme of a source, of which the ledger knows nothing yet."""
    return next((scheme for part in graph.since(0) if (scheme := _scheme(part))), "")


def _fingerprint(part: GraphTables) -> str:
    tables = [part] if part.gone is None else [part, part.gone]
    values = [getattr(table, field.name) for table in tables for field in fields(table)]
    return fingerprint(*(value for value in values if isinstance(value, pl.DataFrame)))
