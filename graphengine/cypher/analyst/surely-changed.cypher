// question: Whose score has changed by more than its interval since the previous run?
// parameter topic (topic): the key of a topic, for instance demo/ferguson
// parameter n (integer = 20): at most so many rows
// columns: account, handle, name, difference, score_before, low_before, high_before, score_now, low, high, rank_before, rank_now
// cost: the scores of the topic in two runs
// hits: <= 100 + 50 per person scored
MATCH (p:Pointer {key: $job})
WITH p.run AS run, p.previous AS previous
MATCH (a:Account)-[s:SCORED]->(t:Topic {key: $topic})
WHERE s.run = run AND s.topic = $topic AND s.rank >= 1 AND s.low IS NOT NULL
MATCH (a)-[b:SCORED]->(t)
WHERE b.run = previous AND b.topic = $topic AND (b.high < s.low OR b.low > s.high)
RETURN a.key AS account, a.handle AS handle, a.name AS name, s.score - b.score AS difference,
       b.score AS score_before, b.low AS low_before, b.high AS high_before,
       s.score AS score_now, s.low AS low, s.high AS high, b.rank AS rank_before,
       s.rank AS rank_now
ORDER BY abs(difference) DESC, account
LIMIT $n
