// question: How do two people compare, topic by topic?
// parameter account (account): the key of one person
// parameter other (account): the key of the other person
// parameter n (integer = 1000): at most so many rows
// columns: topic, name, rank, other_rank, score, low, high, other_score, other_low, other_high, difference, apart
// cost: the scores of two accounts in the job's topics
// hits: <= 50 + 80 per topic
MATCH (p:Pointer {key: $job})
WITH p.run AS run
MATCH (a:Account {key: $account})
MATCH (b:Account {key: $other})
MATCH (t:Topic)
WHERE t.key STARTS WITH $scheme
OPTIONAL MATCH (a)-[s:SCORED]->(t) WHERE s.run = run
OPTIONAL MATCH (b)-[o:SCORED]->(t) WHERE o.run = run
WITH t, s.rank AS rank, o.rank AS other_rank, s.score AS score, o.score AS other_score,
     s.low AS low, s.high AS high, o.low AS other_low, o.high AS other_high
WHERE score IS NOT NULL OR other_score IS NOT NULL
RETURN t.key AS topic, t.name AS name, rank, other_rank, score, low, high, other_score,
       other_low, other_high,
       coalesce(score, 0.0) - coalesce(other_score, 0.0) AS difference,
       CASE WHEN low > other_high OR high < other_low THEN 'surely'
            WHEN low IS NULL OR other_low IS NULL THEN 'not known' ELSE 'no' END AS apart
ORDER BY difference DESC, topic
LIMIT $n
