"""The two look-ups of every front end, as Cypher that means the same on both engines.

Each is one statement, so that its rows come from one run whatever is published meanwhile.
"""

from __future__ import annotations

from graphengine.model import CASCADE_FIGURES, SCORE_FIGURES

__all__ = ["CARD", "CARD_COLUMNS", "TOP", "TOP_COLUMNS"]

_WHO = ("account", "handle", "name")
_IN_TOP = ("score", "pct", "endorsers", "low", "high", "rank_low", "rank_high")
_ON_CARD = (
    *("score", "rank", "pct", "endorsers", "raw", "pagerank", "credit"),
    *(p.name for p in SCORE_FIGURES),
    "method_version",
    *(p.name for p in CASCADE_FIGURES),
)

TOP_COLUMNS = ("rank", *_WHO, *_IN_TOP)
CARD_COLUMNS = ("topic", "name", "status", *_ON_CARD)

# The pointer's run is taken in a part of its own, before any row is read: a plan that reads rows
# first may look for a run that was not written yet when it did, and find nothing; one that reads
# the pointer again for each row may find two runs.

# the topic is said twice: its node is the way in on the embedded engine, s.topic the index on Neo4j
TOP = """
MATCH (p:Pointer {key: $job})
WITH p.run AS run
MATCH (t:Topic {key: $topic})<-[s:SCORED]-(a:Account)
WHERE s.run = run AND s.topic = $topic AND s.rank <= $n
RETURN s.rank AS rank, a.key AS account, a.handle AS handle, a.name AS name,
       s.score AS score, s.pct AS pct, s.endorsers AS endorsers, s.low AS low, s.high AS high,
       s.rank_low AS rank_low, s.rank_high AS rank_high
ORDER BY s.rank, a.key
""".strip()

CARD = """
MATCH (p:Pointer {key: $job})
WITH p.run AS run
MATCH (a:Account {key: $account})-[s:SCORED|UNRATED]->(t:Topic)
WHERE s.run = run
RETURN t.key AS topic, t.name AS name,
       CASE WHEN s.score IS NULL THEN 'unrated' ELSE 'scored' END AS status,
       s.score AS score, s.rank AS rank, s.pct AS pct, s.endorsers AS endorsers, s.raw AS raw,
       s.pagerank AS pagerank, s.credit AS credit, s.low AS low, s.high AS high,
       s.rank_low AS rank_low, s.rank_high AS rank_high, s.rank_group AS rank_group,
       s.evidence AS evidence, s.reach AS reach, s.amplification AS amplification,
       s.network AS network, s.method_version AS method_version, s.cascades AS cascades,
       s.cascade_size AS cascade_size, s.passed_on AS passed_on, s.spread AS spread,
       s.spread_low AS spread_low, s.spread_high AS spread_high
ORDER BY coalesce(s.score, -1.0) DESC, t.key
""".strip()
