"""The graph brought up to date: what changed since the last batch that the ledger names."""

from __future__ import annotations

from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from graphengine.stores.neo4j.chunks import cut, fingerprint
from graphengine.stores.neo4j.faults import StandsInTheWayError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphengine.stores.neo4j.chunks import Chunk
    from graphengine.stores.neo4j.ledger import Ledger
    from graphengine.stores.ports import GraphSource, GraphTables

__all__ = ["chunks_of", "load_graph"]


def load_graph(ledger: Ledger, graph: GraphSource) -> None:
    """Write what the event log says since the ledger's batch; nothing when it says nothing new.

    A load that was cut off goes on at its chunk when the same tables come again.

    Raises:
        InputError: nodes are missing that were written before.
        BusyError: another process publishes this job.
    """
    for part in graph.since(ledger.entry.batch):
        scheme = _scheme(part) or ledger.entry.scheme
        content = f"graph {part.batch} {_fingerprint(part)}"
        if ledger.entry.loading != content:
            _forget_pending(ledger, graph)
            ledger.record(loading=content, pending=part.batch, done=0, scheme=scheme)
        _write_rest(ledger, chunks_of(part, scheme=scheme))
        ledger.record(batch=part.batch, pending=0, loading="", done=0)


def chunks_of(part: GraphTables, *, scheme: str) -> Iterator[Chunk]:
    """All chunks of ``part``: nodes first, so that writers of relationships never wait in a ring.

    ``scheme`` is that of the job's topics: outdated events keep their relationships to others.
    """
    prefix = {"prefix": f"{scheme}/" if scheme else ""}
    yield from cut("load/accounts", part.accounts)
    yield from cut("load/topics", part.topics)
    yield from cut("load/posts", part.posts)
    yield from cut("load/outdated", part.outdated, constants=prefix, complete=False)
    yield from cut("load/interactions", part.interactions, again="load/standing")
    yield from cut("load/exposure", part.exposure)
    yield from cut("load/posted", part.posted)
    yield from cut("load/post-links", part.post_links)
    yield from cut("load/about", part.about)


def _write_rest(ledger: Ledger, chunks: Iterator[Chunk]) -> None:
    done = ledger.entry.done
    for number, chunk in enumerate(chunks):
        if number < done:
            continue
        try:
            ledger.step(number, chunk.write)
        except StandsInTheWayError:
            ledger.step(number, partial(chunk.write, over=True))


def _forget_pending(ledger: Ledger, graph: GraphSource) -> None:
    """Drop the events that an abandoned load may have written and that have changed since.

    A load of batch 5 was cut off, and now the log is at batch 6. What of batch 5 is written still
    stands, but for the events that batch 6 changed; all others come again and are set again.
    """
    entry = ledger.entry
    if not entry.pending:
        return
    prefix = {"prefix": f"{entry.scheme}/" if entry.scheme else ""}
    for later in graph.since(entry.pending):
        for chunk in cut("load/outdated", later.outdated, constants=prefix, complete=False):
            ledger.record(also=chunk.write)


def _scheme(part: GraphTables) -> str:
    """The one scheme of the part's topics; "" when there is none, or several."""
    schemes = part.topics["scheme"].unique()
    return str(schemes[0]) if len(schemes) == 1 else ""


def _fingerprint(part: GraphTables) -> str:
    frames = (getattr(part, field.name) for field in fields(part))
    return fingerprint(*(frame for frame in frames if isinstance(frame, pl.DataFrame)))
