"""The two look-ups of every front end, as Cypher that means the same on both engines.

Each is one statement, so that its rows come from one run whatever is published meanwhile.
"""

from __future__ import annotations

__all__ = ["CARD", "CARD_BEFORE", "CARD_COLUMNS", "TOP", "TOP_COLUMNS"]

TOP_COLUMNS = ("rank", "account", "handle", "name", "score", "pct", "endorsers")
CARD_COLUMNS = (
    "topic", "name", "status", "score", "rank", "pct", "endorsers", "raw", "pagerank", "credit",
    "cascades", "cascade_size", "passed_on", "spread", "spread_low", "spread_high",
)  # fmt: skip

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
       s.score AS score, s.pct AS pct, s.endorsers AS endorsers
ORDER BY s.rank, a.key
""".strip()

CARD = """
MATCH (p:Pointer {key: $job})
WITH p.run AS run
MATCH (a:Account {key: $account})-[s:SCORED|UNRATED]->(t:Topic)
WHERE s.run = run
RETURN t.key AS topic, t.name AS name,
       CASE WHEN s.score IS NULL THEN 'unrated' ELSE 'scored' END AS status,
       s.score AS score, s.rank AS rank, s.pct AS pct, s.endorsers AS endorsers,
       s.raw AS raw, s.pagerank AS pagerank, s.credit AS credit, s.cascades AS cascades,
       s.cascade_size AS cascade_size, s.passed_on AS passed_on, s.spread AS spread,
       s.spread_low AS spread_low, s.spread_high AS spread_high
ORDER BY coalesce(s.score, -1.0) DESC, t.key
""".strip()

# for a published file that was made before there were figures of cascades
CARD_BEFORE = """
MATCH (p:Pointer {key: $job})
WITH p.run AS run
MATCH (a:Account {key: $account})-[s:SCORED|UNRATED]->(t:Topic)
WHERE s.run = run
RETURN t.key AS topic, t.name AS name,
       CASE WHEN s.score IS NULL THEN 'unrated' ELSE 'scored' END AS status,
       s.score AS score, s.rank AS rank, s.pct AS pct, s.endorsers AS endorsers,
       s.raw AS raw, s.pagerank AS pagerank, s.credit AS credit, NULL AS cascades,
       NULL AS cascade_size, NULL AS passed_on, NULL AS spread, NULL AS spread_low,
       NULL AS spread_high
ORDER BY coalesce(s.score, -1.0) DESC, t.key
""".strip()
