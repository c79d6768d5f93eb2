"""The two look-ups of every front end, as Cypher that means the same on both engines.

Each is one statement, so that its rows come from one run whatever is published meanwhile.
"""

from __future__ import annotations

__all__ = ["CARD", "CARD_COLUMNS", "TOP", "TOP_COLUMNS"]

TOP_COLUMNS = ("rank", "account", "handle", "name", "score", "pct", "endorsers")
CARD_COLUMNS = (
    "topic", "name", "status", "score", "rank", "pct", "endorsers", "raw", "pagerank", "credit",
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
       s.raw AS raw, s.pagerank AS pagerank, s.credit AS credit
ORDER BY coalesce(s.score, -1.0) DESC, t.key
""".strip()
