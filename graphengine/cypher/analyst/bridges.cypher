// question: Who has influence in both of two topics?
// parameter topic (topic): the key of a topic, for instance demo/ferguson
// parameter other (topic): the key of the other topic
// parameter n (integer = 20): at most so many rows
// columns: account, handle, name, smaller_pct, pct, other_pct, score, low, high, other_score, other_low, other_high
// cost: the scores of the first topic, each looked up in the other
// hits: <= 100 + 60 per person scored
MATCH (p:Pointer {key: $job})
WITH p.run AS run
MATCH (a:Account)-[s:SCORED]->(t:Topic {key: $topic})
WHERE s.run = run AND s.topic = $topic AND s.rank >= 1
MATCH (a)-[o:SCORED]->(u:Topic {key: $other})
WHERE o.run = run AND o.topic = $other
RETURN a.key AS account, a.handle AS handle, a.name AS name,
       CASE WHEN s.pct < o.pct THEN s.pct ELSE o.pct END AS smaller_pct,
       s.pct AS pct, o.pct AS other_pct, s.score AS score, s.low AS low, s.high AS high,
       o.score AS other_score, o.low AS other_low, o.high AS other_high
ORDER BY smaller_pct DESC, score DESC, account
LIMIT $n
