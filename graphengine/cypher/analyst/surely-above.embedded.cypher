// question: Who is surely above a score in a topic?
// parameter topic (topic): the key of a topic, for instance demo/ferguson
// parameter above (float = 60.0): the score that the whole interval lies above
// parameter n (integer = 100): at most so many rows
// columns: rank, account, handle, name, score, low, high, rank_low, rank_high, endorsers
// cost: the index (run, topic, rank) down to at most twice the rank of the last score above
// hits: <= 250 + 6 per person above
MATCH (p:Pointer {key: $job})
WITH p.run AS run
MATCH (a)-[s:SCORED]->(t)
WHERE s.run = run AND s.topic = $topic AND t.key = $topic AND s.low > $above
RETURN s.rank AS rank, a.key AS account, a.handle AS handle, a.name AS name, s.score AS score,
       s.low AS low, s.high AS high, s.rank_low AS rank_low, s.rank_high AS rank_high,
       s.endorsers AS endorsers
ORDER BY rank, account
LIMIT $n
