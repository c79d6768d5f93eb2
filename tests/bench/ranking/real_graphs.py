"""One topic of real people: wiki-vote, the retweets of Higgs, and all of Higgs, beside all peers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.ranking.graphs import real
from tests.bench.ranking.one_topic import beside_peers

if TYPE_CHECKING:
    from tests.bench.record import Row

__all__ = ["measure"]


def measure(_: str) -> list[Row]:
    """All peers on each graph, whatever the size that is asked for."""
    return [row for graph in real() for row in beside_peers(graph)]
