// question: How much influence has a person, in every topic?
// parameter account (account): the key of an account
// parameter n (integer = 1000): at most so many rows
// columns: topic, name, status, score, rank, pct, endorsers, raw, pagerank, credit
// cost: the scores of one account
// hits: <= 50 + 30 per topic
MATCH (p:Pointer {key: $job})
WITH p.run AS run
MATCH (a:Account {key: $account})-[s:SCORED|UNRATED]->(t:Topic)
WHERE s.run = run
RETURN t.key AS topic, t.name AS name,
       CASE type(s) WHEN 'SCORED' THEN 'scored' ELSE 'unrated' END AS status,
       s.score AS score, s.rank AS rank, s.pct AS pct, s.endorsers AS endorsers, s.raw AS raw,
       s.pagerank AS pagerank, s.credit AS credit
ORDER BY status, score DESC, topic
LIMIT $n
