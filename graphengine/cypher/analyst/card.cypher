// question: How much influence has a person, in every topic?
// parameter account (account): the key of an account
// parameter n (integer = 1000): at most so many rows
// columns: topic, name, status, score, rank, pct, endorsers, raw, pagerank, credit, cascades, cascade_size, passed_on, spread, spread_low, spread_high
// cost: the scores of one account
// hits: <= 50 + 30 per topic
MATCH (p:Pointer {key: $job})
WITH p.run AS run
MATCH (a:Account {key: $account})-[s:SCORED|UNRATED]->(t:Topic)
WHERE s.run = run
RETURN t.key AS topic, t.name AS name,
       CASE type(s) WHEN 'SCORED' THEN 'scored' ELSE 'unrated' END AS status,
       s.score AS score, s.rank AS rank, s.pct AS pct, s.endorsers AS endorsers, s.raw AS raw,
       s.pagerank AS pagerank, s.credit AS credit, s.cascades AS cascades,
       s.cascade_size AS cascade_size, s.passed_on AS passed_on, s.spread AS spread,
       s.spread_low AS spread_low, s.spread_high AS spread_high
ORDER BY status, score DESC, topic
LIMIT $n
