// question: Who has the most influence in a topic?
// parameter topic (topic): the key of a topic, for instance demo/ferguson
// parameter n (integer = 10): the lowest rank that is shown
// columns: rank, account, handle, name, score, low, high, rank_low, rank_high, pct, endorsers
// cost: one range of the index (run, topic, rank)
// hits: <= 50 + 20 per row
MATCH (p:Pointer {key: $job})
WITH p.run AS run
MATCH (a)-[s:SCORED]->(t)
WHERE s.run = run AND s.topic = $topic AND s.rank <= $n AND t.key = $topic
RETURN s.rank AS rank, a.key AS account, a.handle AS handle, a.name AS name, s.score AS score,
       s.low AS low, s.high AS high, s.rank_low AS rank_low, s.rank_high AS rank_high,
       s.pct AS pct, s.endorsers AS endorsers
ORDER BY rank, account
LIMIT $n
