"""A job's part of the graph removed, in small transactions, so that it can be loaded from nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphengine.errors import ConfigurationError
from graphengine.model import ENDORSEMENT_TYPES, EXPOSURE_TYPES, POST_LINK_TYPES
from graphengine.stores.neo4j.chunks import remove
from graphengine.stores.neo4j.statements import statement

if TYPE_CHECKING:
    from graphengine.stores.neo4j.ledger import Ledger

__all__ = ["ANEW", "clear_graph"]

ANEW = "anew"  # what the ledger calls its content while the graph is being removed

_BY_PAIR = (*EXPOSURE_TYPES.values(), "POSTED", *dict.fromkeys(POST_LINK_TYPES.values()), "ABOUT")


def clear_graph(ledger: Ledger, *, scheme: str, mark: str) -> None:
    """Remove all relationships that the job's log said, then the nodes that nothing holds.

    Events go by the ``scheme`` of their topics, pairs by the job's ``mark``. Scores of published
    runs stay, and hold their people: what is served still is. Accounts and posts are left where
    other jobs share the database, for they may know people of whom nothing else is known. What was
    cut off goes on; each transaction is small and does no harm when repeated.

    Raises:
        ConfigurationError: another job has topics of the same scheme, and would lose its events.
        BusyError: another process has claimed the ledger.
    """
    others = ledger.link.rows(statement("load/ledger-others"), job=ledger.job)
    for other in others:
        if scheme and other["scheme"] == scheme:
            raise ConfigurationError(
                f'The job "{other["job"]}" has topics of the scheme "{scheme}" in '
                f"{ledger.link.address} too, and events are told apart by the scheme alone. "
                f'Loading "{ledger.job}" anew would remove its events. Give one of the two another '
                "`scheme`, or empty the database and load both."
            )
    ledger.record(loading=ANEW, done=0, batch=0, pending=0, log="", scheme=scheme)
    asked = {"prefix": f"{scheme}/" if scheme else "", "after": ""}
    for kind in ENDORSEMENT_TYPES.values():
        remove(ledger, statement("load/anew-events", kind), asked)
        remove(ledger, statement("load/anew-pairs", kind), asked)
    for kind in _BY_PAIR:
        remove(ledger, statement("load/anew-said", kind), {"mark": mark})
    remove(ledger, statement("load/anew-topics"), asked)
    if not others:
        for nodes in ("posts", "accounts"):
            remove(ledger, statement(f"load/anew-{nodes}"), {"after": ""})
    ledger.record(loading="", done=0)
