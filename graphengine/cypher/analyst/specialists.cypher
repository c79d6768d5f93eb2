// question: Who ranks far higher in a topic than overall?
// parameter topic (topic): the key of a topic, for instance demo/ferguson
// parameter n (integer = 20): at most so many rows
// columns: account, handle, name, gain, rank, overall_rank, score, low, high, overall_score, overall_low, overall_high
// cost: the scores of the topic, each looked up overall
// hits: <= 100 + 60 per person scored
MATCH (p:Pointer {key: $job})
WITH p.run AS run
MATCH (a:Account)-[s:SCORED]->(t:Topic {key: $topic})
WHERE s.run = run AND s.topic = $topic AND s.rank >= 1
MATCH (a)-[o:SCORED]->(u:Topic {slug: 'overall'})
WHERE o.run = run AND o.rank > s.rank
RETURN a.key AS account, a.handle AS handle, a.name AS name, o.rank - s.rank AS gain,
       s.rank AS rank, o.rank AS overall_rank, s.score AS score, s.low AS low,
       s.high AS high, o.score AS overall_score, o.low AS overall_low, o.high AS overall_high
ORDER BY gain DESC, rank, account
LIMIT $n
