"""Ranking: the PageRank family on plain sparse matrices, every answer with its certificate."""

from graphengine.influence.ranking.contributions import contributions
from graphengine.influence.ranking.iteration import Solution
from graphengine.influence.ranking.pagerank import pagerank, pagerank_sweeps, stationary
from graphengine.influence.ranking.topic_sensitive import twitterrank
from graphengine.influence.ranking.trails import trail_visits
from graphengine.influence.ranking.transition import row_normalised, saturated

__all__ = [
    "Solution",
    "contributions",
    "pagerank",
    "pagerank_sweeps",
    "row_normalised",
    "saturated",
    "stationary",
    "trail_visits",
    "twitterrank",
]
