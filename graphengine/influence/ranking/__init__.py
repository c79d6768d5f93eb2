"""Ranking: the PageRank family on plain sparse matrices, every answer with its certificate."""

from graphengine.influence.ranking.article_rank import article_rank
from graphengine.influence.ranking.backward_push import Contributors, contributors
from graphengine.influence.ranking.contributions import contributions
from graphengine.influence.ranking.eigenvector import eigenvector
from graphengine.influence.ranking.first_visit import Reach, first_visit_reach
from graphengine.influence.ranking.hits import Hits, hits
from graphengine.influence.ranking.iteration import Solution
from graphengine.influence.ranking.katz import katz
from graphengine.influence.ranking.pagerank import pagerank, pagerank_sweeps, stationary
from graphengine.influence.ranking.personalised import one_person_each, personalised
from graphengine.influence.ranking.reasons import reach_reasons
from graphengine.influence.ranking.spectrum import Leading
from graphengine.influence.ranking.strength import in_strength, out_strength
from graphengine.influence.ranking.teams import threads
from graphengine.influence.ranking.topic_sensitive import twitterrank
from graphengine.influence.ranking.trails import trail_visits
from graphengine.influence.ranking.transition import row_normalised, saturated
from graphengine.influence.ranking.trust import SpamMass, spam_mass, trust_rank

__all__ = [
    "Contributors",
    "Hits",
    "Leading",
    "Reach",
    "Solution",
    "SpamMass",
    "article_rank",
    "contributions",
    "contributors",
    "eigenvector",
    "first_visit_reach",
    "hits",
    "in_strength",
    "katz",
    "one_person_each",
    "out_strength",
    "pagerank",
    "pagerank_sweeps",
    "personalised",
    "reach_reasons",
    "row_normalised",
    "saturated",
    "spam_mass",
    "stationary",
    "threads",
    "trail_visits",
    "trust_rank",
    "twitterrank",
]
