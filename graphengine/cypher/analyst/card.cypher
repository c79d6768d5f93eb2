// question: How much influence has a person, in every topic?
// parameter account (account): the key of an account
// parameter n (integer = 1000): at most so many rows
// columns: topic, name, status, score, low, high, rank, rank_low, rank_high, rank_group, pct, endorsers, evidence, reach, amplification, network, raw, pagerank, credit, cascades, cascade_size, passed_on, spread, spread_low, spread_high, method_version
// cost: the scores of one account
// hits: <= 50 + 40 per topic
MATCH (p:Pointer {key: $job})
WITH p.run AS run
MATCH (a:Account {key: $account})-[s:SCORED|UNRATED]->(t:Topic)
WHERE s.run = run
RETURN t.key AS topic, t.name AS name,
       CASE type(s) WHEN 'SCORED' THEN 'scored' ELSE 'unrated' END AS status,
       s.score AS score, s.low AS low, s.high AS high, s.rank AS rank, s.rank_low AS rank_low,
       s.rank_high AS rank_high, s.rank_group AS rank_group, s.pct AS pct,
       s.endorsers AS endorsers, s.evidence AS evidence, s.reach AS reach,
       s.amplification AS amplification, s.network AS network, s.raw AS raw,
       s.pagerank AS pagerank, s.credit AS credit, s.cascades AS cascades,
       s.cascade_size AS cascade_size, s.passed_on AS passed_on, s.spread AS spread,
       s.spread_low AS spread_low, s.spread_high AS spread_high,
       s.method_version AS method_version
ORDER BY status, score DESC, topic
LIMIT $n
