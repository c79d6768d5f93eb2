// question: Who has gained the most ranks in a topic since the previous run?
// parameter topic (topic): the key of a topic, for instance demo/ferguson
// parameter n (integer = 20): at most so many rows
// columns: account, handle, name, gain, rank_before, rank_now, score_before, score_now, low, high
// cost: the scores of the topic in two runs
// hits: <= 100 + 50 per person scored
MATCH (p:Pointer {key: $job})
WITH p.run AS run, p.previous AS previous
MATCH (a:Account)-[s:SCORED]->(t:Topic {key: $topic})
WHERE s.run = run AND s.topic = $topic AND s.rank >= 1
MATCH (a)-[b:SCORED]->(t)
WHERE b.run = previous AND b.topic = $topic AND b.rank > s.rank
RETURN a.key AS account, a.handle AS handle, a.name AS name, b.rank - s.rank AS gain,
       b.rank AS rank_before, s.rank AS rank_now, b.score AS score_before, s.score AS score_now,
       s.low AS low, s.high AS high
ORDER BY gain DESC, rank_now, account
LIMIT $n
