// question: Who among the first ranks of a topic is predicted to reach the most people?
// parameter topic (topic): the key of a topic, for instance demo/ferguson
// parameter ranks (integer = 100): the lowest rank that is looked at
// parameter n (integer = 20): at most so many rows
// columns: account, handle, name, spread, spread_low, spread_high, rank, score, low, high, cascades, passed_on
// cost: one range of the index (run, topic, rank)
// hits: <= 50 + 10 per person of these ranks
MATCH (p:Pointer {key: $job})
WITH p.run AS run
MATCH (a)-[s:SCORED]->(t)
WHERE s.run = run AND s.topic = $topic AND s.rank <= $ranks AND t.key = $topic
  AND s.spread IS NOT NULL
RETURN a.key AS account, a.handle AS handle, a.name AS name, s.spread AS spread,
       s.spread_low AS spread_low, s.spread_high AS spread_high, s.rank AS rank,
       s.score AS score, s.low AS low, s.high AS high, s.cascades AS cascades, s.passed_on AS passed_on
ORDER BY spread DESC, account
LIMIT $n
